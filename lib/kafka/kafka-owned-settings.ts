/** Settings that follow from props, so that `configuration` may not name them. */
export function isOwned(key: string): boolean {
  return (
    [
      'process.roles',
      'node.id',
      'broker.id',
      'broker.id.generation.enable',
      'broker.rack',
      'listeners',
      'advertised.listeners',
      'early.start.listeners',
      'control.plane.listener.name',
      'listener.security.protocol.map',
      'inter.broker.listener.name',
      'inter.broker.protocol.version',
      'security.inter.broker.protocol',
      'controller.listener.names',
      'controller.quorum.voters',
      'controller.quorum.bootstrap.servers',
      'controller.quorum.auto.join.enable',
      'cordoned.log.dirs',
      'leader.replication.throttled.rate',
      'follower.replication.throttled.rate',
      'log.dir',
      'log.dirs',
      'metadata.log.dir',
      'super.users',
      'authorizer.class.name',
      'ssl.client.auth',
      'ssl.principal.mapping.rules',
      'ssl.endpoint.identification.algorithm',
      'sasl.enabled.mechanisms',
      'sasl.jaas.config',
    ].includes(key) ||
    /^(listener\.name|zookeeper|config\.providers|ssl\.(keystore|truststore|key)|sasl\.(mechanism|oauthbearer))(\.|$)/.test(
      key,
    )
  );
}
