import { type Properties as Settings, sectionsText } from '../core/properties-text';
import { onlyTls, PORTS, type ZooKeeperModel } from './zookeeper-model';

const KEY_STORE = '/run/zookeeper/tls/keystore.pem';
const TRUST_STORE = '/run/zookeeper/tls/ca.pem';
const PROVIDER = 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider';
const WORDS = ['srvr', 'ruok', 'mntr', 'conf', 'isro'];

/** Settings that follow from props, so that `configuration` may not name them. */
export const OWNED_SETTINGS = [
  'dataDir',
  'dataLogDir',
  'clientPort',
  'clientPortAddress',
  'secureClientPort',
  'dynamicConfigFile',
  'standaloneEnabled',
  'reconfigEnabled',
  'quorumListenOnAllIPs',
  'serverCnxnFactory',
  'sslQuorum',
  'portUnification',
  'admin.enableServer',
  'admin.serverPort',
  'metricsProvider.className',
  'metricsProvider.httpPort',
  'skipACL',
  'forceSync',
  'peerType',
];

/** Sections of zoo.cfg, without the membership, which the gate and ZooKeeper itself keep on the data volume. */
function sections(model: ZooKeeperModel): [string, Settings][] {
  const { tls, props } = model;
  const { authentication, configuration = {} } = props;
  const keyStores = (prefix: string) => ({
    [`${prefix}keyStore.location`]: KEY_STORE,
    [`${prefix}keyStore.type`]: 'PEM',
    [`${prefix}trustStore.location`]: TRUST_STORE,
    [`${prefix}trustStore.type`]: 'PEM',
  });
  // A system property that ZooKeeper reads without the prefix that it puts before those in zoo.cfg.
  const { '4lw.commands.whitelist': words, 'jute.maxbuffer': _flag, ...further } = configuration;
  const allowed =
    words === '*'
      ? '*'
      : [...new Set([...WORDS, ...String(words ?? '').split(/[\s,]+/)])].filter(Boolean).join(',');
  const sasl = (authentication?.clients?.length ?? 0) > 0;
  return [
    [
      'ensemble',
      {
        standaloneEnabled: false,
        reconfigEnabled: true,
        quorumListenOnAllIPs: true,
        tickTime: 2000,
        initLimit: 30,
        syncLimit: 5,
      },
    ],
    [
      'storage',
      {
        dataDir: '/data',
        dataLogDir: model.transactionLog ? '/datalog' : undefined,
        'autopurge.snapRetainCount': 3,
        'autopurge.purgeInterval': 1,
      },
    ],
    [
      'clients',
      {
        clientPort: PORTS.client,
        // Probes stay with plain text, which then nobody outside of the pod can reach.
        clientPortAddress: onlyTls(model) ? '127.0.0.1' : undefined,
        secureClientPort: tls.clients === 'off' ? undefined : PORTS.secureClient,
        maxClientCnxns: 0,
        '4lw.commands.whitelist': allowed,
      },
    ],
    [
      'client TLS',
      tls.clients === 'off'
        ? {}
        : {
            serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
            ...keyStores('ssl.'),
            'ssl.clientAuth': tls.clientAuthentication,
            'client.certReload': true,
          },
    ],
    [
      'quorum TLS',
      tls.quorum ? { sslQuorum: true, ...keyStores('ssl.quorum.'), sslQuorumReloadCertFiles: true } : {},
    ],
    [
      'client authentication',
      sasl
        ? {
            'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
            ...(authentication?.required
              ? { 'enforce.auth.enabled': true, 'enforce.auth.schemes': 'sasl' }
              : {}),
          }
        : {},
    ],
    [
      'quorum authentication',
      authentication?.quorum
        ? {
            'quorum.auth.enableSasl': true,
            'quorum.auth.learnerRequireSasl': true,
            'quorum.auth.serverRequireSasl': true,
            'quorum.auth.learner.saslLoginContext': 'QuorumLearner',
            'quorum.auth.server.saslLoginContext': 'QuorumServer',
            'quorum.cnxn.threads.size': 20,
          }
        : {},
    ],
    [
      'administration',
      {
        'admin.enableServer': props.backup !== undefined,
        'admin.serverPort': props.backup ? PORTS.admin : undefined,
        'admin.restore.enabled': props.backup ? false : undefined,
      },
    ],
    [
      'metrics',
      {
        'metricsProvider.className': PROVIDER,
        'metricsProvider.httpPort': PORTS.metrics,
        'metricsProvider.exportJvmInfo': true,
      },
    ],
    ['further', sorted(further)],
  ];
}

function sorted(settings: Settings): Settings {
  const keys = Object.keys(settings).sort();
  return Object.fromEntries(keys.map((key) => [key, settings[key]]));
}

/** zoo.cfg without its membership: section by section, a setting that is given replacing the default in its place. */
export function zooCfg(model: ZooKeeperModel): string {
  const { '4lw.commands.whitelist': _words, ...given } = model.props.configuration ?? {};
  return sectionsText(sections(model), given);
}

/** JVM flags of the server alone (SERVER_JVMFLAGS); the heap has a variable of its own. */
export function serverJvmFlags(model: ZooKeeperModel): string {
  const { authentication, configuration } = model.props;
  const maxBuffer = configuration?.['jute.maxbuffer'];
  const sasl = (authentication?.clients?.length ?? 0) > 0 || authentication?.quorum !== undefined;
  return [
    `-Xms${model.heap}m`,
    '-XX:+ExitOnOutOfMemoryError',
    // An empty database votes only where the gate has allowed it to found the ensemble.
    '-Dzookeeper.db.autocreate=false',
    // The name of a pod that has just started may take a while to resolve.
    '-Dzookeeper.electionPortBindRetry=0',
    '-Dsun.net.inetaddr.ttl=10',
    // A member that finds nobody to vote with asks again after a time that doubles up to this, a minute by default.
    '-Dzookeeper.fastleader.maxNotificationInterval=2000',
    '-Dsun.net.inetaddr.negative.ttl=1',
    '-Dlogback.configurationFile=/config/logback.xml',
    ...(maxBuffer === undefined ? [] : [`-Djute.maxbuffer=${maxBuffer}`]),
    // FIPS mode forbids DIGEST-MD5 and the verification of members' host names.
    ...(sasl || model.tls.quorum ? ['-Dzookeeper.fips-mode=false'] : []),
    ...(sasl ? ['-Djava.security.auth.login.config=/run/zookeeper/jaas.conf'] : []),
    ...(authentication?.superUser ? ['@/run/zookeeper/jvm.options'] : []),
  ].join(' ');
}

/** Console logging; read again every half minute. */
export function logbackXml(level: string): string {
  return `<configuration scan="true" scanPeriod="30 seconds">
  <appender name="CONSOLE" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n</pattern>
    </encoder>
  </appender>
  <!-- says that it was asked a four letter word, at every probe -->
  <logger name="org.apache.zookeeper.server.NIOServerCnxn" level="WARN"/>
  <logger name="org.apache.zookeeper.server.NettyServerCnxn" level="WARN"/>
  <root level="${level}">
    <appender-ref ref="CONSOLE"/>
  </root>
</configuration>
`;
}
