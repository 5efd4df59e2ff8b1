import { App, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials, Environment, ObjectStore, type ZooKeeperClusterProps } from '../../lib';
import { logbackXml, OWNED_SETTINGS, serverJvmFlags, zooCfg } from '../../lib/zookeeper/zookeeper-config';
import { completeZooKeeper } from '../../lib/zookeeper/zookeeper-model';
import { ensemble, podOf, storage } from '../support/rendering';

const user = Credentials.existing('user');
const backup = { schedule: '0 3 * * *', to: ObjectStore.s3({ bucket: 'b', credentials: user }) };

function modelOf(props: Partial<ZooKeeperClusterProps> = {}) {
  return completeZooKeeper('zk', 'data', { storage, ...props }, Environment.attach(new App(), {})).model;
}
const cfg = (props?: Partial<ZooKeeperClusterProps>) => zooCfg(modelOf(props));
const lines = (props?: Partial<ZooKeeperClusterProps>) => cfg(props).split('\n');
const flags = (props?: Partial<ZooKeeperClusterProps>) => serverJvmFlags(modelOf(props)).split(' ');

/** Lines that props add to and take from the default text. */
function difference(props: Partial<ZooKeeperClusterProps>): { added: string[]; gone: string[] } {
  const [before, after] = [lines(), lines(props)];
  return {
    added: after.filter((line) => !before.includes(line)),
    gone: before.filter((line) => !after.includes(line)),
  };
}

describe('zoo.cfg', () => {
  it('is this by default', () => {
    expect(cfg()).toBe(
      `# ensemble
standaloneEnabled=false
reconfigEnabled=true
quorumListenOnAllIPs=true
tickTime=2000
initLimit=30
syncLimit=5

# storage
dataDir=/data
autopurge.snapRetainCount=3
autopurge.purgeInterval=1

# clients
clientPort=2181
maxClientCnxns=0
4lw.commands.whitelist=srvr,ruok,mntr,conf,isro

# metrics
metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
metricsProvider.httpPort=7000
metricsProvider.exportJvmInfo=true
`.replace('# metrics', '# administration\nadmin.enableServer=false\n\n# metrics'),
    );
  });

  it('never holds the membership, which changes while members run', () => {
    for (const props of [{}, { voters: 5, observers: 2, firstId: 11 }])
      expect(cfg(props)).not.toMatch(/server\.|dynamicConfigFile|myid/);
    expect(cfg({ voters: 5, observers: 2, firstId: 11, founders: 3 })).toBe(cfg());
  });

  it('puts transactions onto their own volume', () => {
    expect(difference({ storage: { ...storage, transactionLog: Size.gibibytes(1) } })).toEqual({
      added: ['dataLogDir=/datalog'],
      gone: [],
    });
  });

  it('replaces a default in its place, and sorts what it does not know', () => {
    const { added, gone } = difference({
      configuration: {
        zzz: true,
        tickTime: 3000,
        'autopurge.purgeInterval': 2,
        aaa: 'x',
        missing: undefined,
      },
    });
    expect(gone).toEqual(['tickTime=2000', 'autopurge.purgeInterval=1']);
    expect(added).toEqual(['tickTime=3000', 'autopurge.purgeInterval=2', '# further', 'aaa=x', 'zzz=true']);
  });

  it('names each setting once', () => {
    const all = {
      tls: { clients: 'optional' },
      authentication: { clients: [user], quorum: user, required: true },
      backup,
    } as const;
    const names = lines({
      ...all,
      configuration: { tickTime: 1, 'ssl.clientAuth': 'none', maxClientCnxns: 5, other: 1 },
    })
      .filter((line) => /^[^#]/.test(line))
      .map((line) => line.split('=')[0]);
    expect(names).toEqual([...new Set(names)]);
  });

  it('always answers the four letter words that probes need', () => {
    const words = (given: string) =>
      lines({ configuration: { '4lw.commands.whitelist': given } }).find((line) => line.startsWith('4lw'));
    expect(words('cons, srvr dump')).toBe('4lw.commands.whitelist=srvr,ruok,mntr,conf,isro,cons,dump');
    expect(words('*')).toBe('4lw.commands.whitelist=*');
  });

  it('leaves jute.maxbuffer to a flag: ZooKeeper would put a prefix before it that it does not read', () => {
    const configuration = { 'jute.maxbuffer': 4194304 };
    expect(cfg({ configuration })).toBe(cfg());
    expect(flags({ configuration })).toContain('-Djute.maxbuffer=4194304');
    expect(flags()).not.toContainEqual(expect.stringContaining('jute'));
  });

  it('speaks TLS only, with probes on plain text inside of the pod', () => {
    expect(difference({ tls: {} })).toEqual({
      gone: [],
      added: [
        'clientPortAddress=127.0.0.1',
        'secureClientPort=2281',
        '# client TLS',
        'serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory',
        'ssl.keyStore.location=/run/zookeeper/tls/keystore.pem',
        'ssl.keyStore.type=PEM',
        'ssl.trustStore.location=/run/zookeeper/tls/ca.pem',
        'ssl.trustStore.type=PEM',
        'ssl.clientAuth=need',
        'client.certReload=true',
        '# quorum TLS',
        'sslQuorum=true',
        'ssl.quorum.keyStore.location=/run/zookeeper/tls/keystore.pem',
        'ssl.quorum.keyStore.type=PEM',
        'ssl.quorum.trustStore.location=/run/zookeeper/tls/ca.pem',
        'ssl.quorum.trustStore.type=PEM',
        'sslQuorumReloadCertFiles=true',
      ],
    });
  });

  it('speaks TLS beside plain text, or between members alone', () => {
    const optional = lines({ tls: { clients: 'optional', quorum: false, clientAuthentication: 'none' } });
    expect(optional).toEqual(
      expect.arrayContaining(['clientPort=2181', 'secureClientPort=2281', 'ssl.clientAuth=none']),
    );
    expect(optional.filter((line) => /clientPortAddress|[qQ]uorum\.|sslQuorum/.test(line))).toEqual([]);
    const between = lines({ tls: { clients: 'off' } });
    expect(between).toContain('sslQuorum=true');
    expect(
      between.filter((line) => /^ssl\.keyStore|secureClientPort|Netty|clientPortAddress/.test(line)),
    ).toEqual([]);
  });

  it('lets users in', () => {
    expect(difference({ authentication: { clients: [user] } }).added).toEqual([
      '# client authentication',
      'authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
    ]);
    expect(difference({ authentication: { clients: [user], required: true } }).added.slice(2)).toEqual([
      'enforce.auth.enabled=true',
      'enforce.auth.schemes=sasl',
    ]);
    expect(difference({ authentication: { superUser: user } })).toEqual({ added: [], gone: [] });
  });

  it('makes members log in to one another', () => {
    expect(difference({ authentication: { quorum: user } }).added).toEqual([
      '# quorum authentication',
      'quorum.auth.enableSasl=true',
      'quorum.auth.learnerRequireSasl=true',
      'quorum.auth.serverRequireSasl=true',
      'quorum.auth.learner.saslLoginContext=QuorumLearner',
      'quorum.auth.server.saslLoginContext=QuorumServer',
      'quorum.cnxn.threads.size=20',
    ]);
  });

  it('opens the AdminServer for backups only, without its power to restore', () => {
    expect(difference({ backup })).toEqual({
      gone: ['admin.enableServer=false'],
      added: ['admin.enableServer=true', 'admin.serverPort=8080', 'admin.restore.enabled=false'],
    });
  });

  it('owns what would endanger the data', () => {
    expect(OWNED_SETTINGS).toEqual(
      expect.arrayContaining([
        'dataDir',
        'dataLogDir',
        'skipACL',
        'forceSync',
        'reconfigEnabled',
        'standaloneEnabled',
        'dynamicConfigFile',
      ]),
    );
  });
});

describe('JVM flags', () => {
  it('are these by default', () => {
    expect(flags()).toEqual([
      '-Xms614m',
      '-XX:+ExitOnOutOfMemoryError',
      '-Dzookeeper.db.autocreate=false',
      '-Dzookeeper.electionPortBindRetry=0',
      '-Dsun.net.inetaddr.ttl=10',
      '-Dzookeeper.fastleader.maxNotificationInterval=2000',
      '-Dsun.net.inetaddr.negative.ttl=1',
      '-Dlogback.configurationFile=/config/logback.xml',
      '@/run/zookeeper/jvm.options',
    ]);
  });

  it('know no super user where there is no steward and none is given', () => {
    expect(flags({ operations: 'none' })).not.toContain('@/run/zookeeper/jvm.options');
    const given = { operations: 'none', authentication: { superUser: user } } as const;
    expect(flags(given)).toContain('@/run/zookeeper/jvm.options');
  });

  it.each<[string, Partial<ZooKeeperClusterProps>, string[]]>([
    ['a heap', { heap: Size.mebibytes(256) }, ['-Xms256m']],
    ['TLS between members', { tls: { clients: 'off' } }, ['-Dzookeeper.fips-mode=false']],
    [
      'users',
      { authentication: { clients: [user] } },
      ['-Dzookeeper.fips-mode=false', '-Djava.security.auth.login.config=/run/zookeeper/jaas.conf'],
    ],
    [
      'members that log in',
      { authentication: { quorum: user } },
      ['-Dzookeeper.fips-mode=false', '-Djava.security.auth.login.config=/run/zookeeper/jaas.conf'],
    ],
    ['TLS for clients alone', { tls: { quorum: false } }, []],
  ])('follow from %s', (_, props, added) => {
    expect(flags(props).filter((flag) => !flags().includes(flag))).toEqual(added);
  });

  it('never hold a password', () => {
    expect(
      flags({ authentication: { superUser: user, clients: [user], quorum: user } }).join(' '),
    ).not.toMatch(/password|superDigest/i);
  });

  it('leave the maximum of the heap to the variable of the image', () => {
    const [{ env }] = podOf(ensemble({ memory: Size.gibibytes(2) }).find('StatefulSet', 'zk')).spec
      .containers;
    expect(env).toContainEqual({ name: 'ZK_SERVER_HEAP', value: '1228' });
    expect(flags({ memory: Size.gibibytes(2) })).toContain('-Xms1228m');
  });
});

describe('logging', () => {
  it('has the level that was asked for and is read again while the server runs', () => {
    expect(logbackXml('DEBUG')).toContain('<root level="DEBUG">');
    expect(logbackXml('INFO')).toContain('<configuration scan="true" scanPeriod="30 seconds">');
    expect(ensemble({ logLevel: 'WARN' }).find('ConfigMap', 'zk-config').data['logback.xml']).toBe(
      logbackXml('WARN'),
    );
  });
});

describe('the hash of the configuration, by which members restart', () => {
  const hash = (props?: Partial<ZooKeeperClusterProps>) =>
    podOf(ensemble(props).find('StatefulSet', 'zk')).metadata.annotations['cdk8s-stateful/config-hash'];

  it.each<[string, Partial<ZooKeeperClusterProps>]>([
    ['a setting', { configuration: { tickTime: 3000 } }],
    ['a setting that is not known', { configuration: { other: 1 } }],
    ['a volume for transactions', { storage: { ...storage, transactionLog: Size.gibibytes(1) } }],
    ['users', { authentication: { clients: [user] } }],
    ['TLS', { tls: { secret: 'tls' } }],
  ])('changes with %s', (_, props) => {
    expect(hash(props)).not.toBe(hash());
  });

  it.each<[string, Partial<ZooKeeperClusterProps>]>([
    ['the log level', { logLevel: 'DEBUG' }],
    ['voters', { voters: 5 }],
    ['observers', { observers: 2 }],
    ['founders', { founders: 1 }],
    ['a setting that says what is so anyway', { configuration: { tickTime: 2000 } }],
    ['memory, which restarts by itself', { memory: Size.gibibytes(2) }],
    [
      'the size of volumes',
      { storage: { data: { size: Size.gibibytes(20), initialSize: Size.gibibytes(10) } } },
    ],
    ['member services', { memberServices: true }],
  ])('does not change with %s', (_, props) => {
    expect(hash(props)).toBe(hash());
  });
});
