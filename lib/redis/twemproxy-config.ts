import { objectLabels, selectorLabels } from '../core/names';
import { TWEMPROXY_PATHS, TWEMPROXY_PORTS, type TwemproxySettings } from './twemproxy/settings';
import { shardSettings, type TwemproxyModel } from './twemproxy-model';

/** Labels of the objects of a proxy, and of the Job that moves its keys. */
export const twemproxyLabels = (
  { name }: Pick<TwemproxyModel, 'name'>,
  component: 'proxy' | 'reshard',
): Record<string, string> => objectLabels('twemproxy', name, component);

/** User of the programs beside a proxy on its shards. */
export const agentUser = ({ name }: Pick<TwemproxyModel, 'name'>): string => `${name}-agent`;

/**
 * The pool, but for its password, which is added where it is known. Shards have names, so that keys follow these and not the
 * addresses. https://github.com/twitter/twemproxy#configuration
 */
export function poolText(model: TwemproxyModel, listen = `0.0.0.0:${TWEMPROXY_PORTS.clients}`): string {
  const { name, layout, timeout, serverConnections, ejection, shards } = model;
  const servers = shards.map((shard) => {
    const { master } = shardSettings(shard);
    return `   - ${master.host}:${master.port}:1 ${shard.name}`;
  });
  const lines = [
    `${name}:`,
    `  listen: ${listen}`,
    `  hash: ${layout.hash}`,
    ...(layout.hashTag ? [`  hash_tag: ${JSON.stringify(layout.hashTag)}`] : []),
    '  distribution: ketama',
    '  redis: true',
    '  tcpkeepalive: true',
    `  timeout: ${timeout}`,
    `  server_connections: ${serverConnections}`,
    `  auto_eject_hosts: ${ejection !== undefined}`,
    ...(ejection
      ? [`  server_failure_limit: ${ejection.failures}`, `  server_retry_timeout: ${ejection.retryAfter}`]
      : []),
    '  servers:',
    ...servers,
  ];
  return `${lines.join('\n')}\n`;
}

/** How the proxy is started; its numbers are for the agent in its pod alone. */
export function nutcrackerArguments({ mbufSize }: Pick<TwemproxyModel, 'mbufSize'>): string[] {
  return [
    `--conf-file=${TWEMPROXY_PATHS.run}/nutcracker.yml`,
    '--stats-addr=127.0.0.1',
    `--stats-port=${TWEMPROXY_PORTS.stats}`,
    '--stats-interval=10000',
    `--mbuf-size=${mbufSize}`,
    // Where distributions have it log to, and keep its number, nobody may write.
    '--output=/dev/stderr',
    '--pid-file=/tmp/nutcracker.pid',
  ];
}

/** What the programs beside a proxy are told. */
export function twemproxySettings(model: TwemproxyModel): TwemproxySettings {
  const { name, namespace, use, layout, shards, leaving, serverConnections, timeout } = model;
  return {
    name,
    namespace,
    use,
    layout,
    shards: shards.map(shardSettings),
    leaving: leaving.map(shardSettings),
    user: agentUser(model),
    serverConnections,
    timeoutMs: timeout,
    selector: selectorLabels(name, 'proxy'),
  };
}
