import { Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  Authentication,
  Credentials,
  type EnvironmentProps,
  type KafkaClusterProps,
  type KafkaConfiguration,
  KafkaVersion,
  Listener,
} from '../../lib';
import { type Role, restartedFor, roleProperties } from '../../lib/kafka/kafka-config';
import {
  DYNAMIC_SETTINGS,
  isDynamic,
  splitConfiguration,
  wrongValue,
} from '../../lib/kafka/kafka-config-keys';
import { isKafkaUuid, kafkaUuid } from '../../lib/kafka/kafka-ids';
import { heapOptions, jvmOptions, logging } from '../../lib/kafka/kafka-jvm';
import { brokerProperties, controllerProperties } from '../../lib/kafka/kafka-member-config';
import { kafkaModel } from './kafka-model-of';

const DEVELOPMENT: EnvironmentProps = { durability: 'development' };
const GI = Size.gibibytes;

const lines = (role: Role, props: Partial<KafkaClusterProps> = {}) =>
  roleProperties(kafkaModel(props, DEVELOPMENT), role).split('\n');

/** Lines that props add to and take from the default text. */
function difference(role: Role, props: Partial<KafkaClusterProps>): { added: string[]; gone: string[] } {
  const [before, after] = [lines(role), lines(role, props)];
  return {
    added: after.filter((line) => !before.includes(line)),
    gone: before.filter((line) => !after.includes(line)),
  };
}

const own = (props: Partial<KafkaClusterProps> = {}, id = 0, environment: EnvironmentProps = {}) => {
  const model = kafkaModel(props, environment);
  return brokerProperties(model, model.brokers.find((broker) => broker.id === id)!);
};

describe('broker.properties', () => {
  it('is this by default', () => {
    expect(roleProperties(kafkaModel(), 'broker')).toBe(`# role
process.roles=broker

# metadata
controller.quorum.bootstrap.servers=${[3000, 3001, 3002]
      .map((id) => `kafka-controller-${id}.kafka-controller.data.svc.cluster.local:9093`)
      .join(',')}

# listeners
listeners=REPLICATION://:9091,INTERNAL://:9092
listener.security.protocol.map=REPLICATION:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT
inter.broker.listener.name=REPLICATION
controller.listener.names=CONTROLLER

# topics
auto.create.topics.enable=false
default.replication.factor=3
unclean.leader.election.enable=false

# brokers' own topics
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2

# starting and stopping
controlled.shutdown.enable=true
num.recovery.threads.per.data.dir=2
initial.broker.registration.timeout.ms=600000
`);
  });

  it('has share groups where the release has them', () => {
    expect(difference('broker', { version: KafkaVersion.V3_9 })).toEqual({
      added: [],
      gone: ['share.coordinator.state.topic.replication.factor=3', 'share.coordinator.state.topic.min.isr=2'],
    });
  });

  it.each([
    [1, 1, 1],
    [2, 2, 1],
    [3, 3, 2],
    [6, 3, 2],
  ])('has of topics in %i brokers %i copies, %i of them in sync', (brokers, copies, inSync) => {
    const all = lines('broker', { brokers });
    expect(all).toContain(`default.replication.factor=${copies}`);
    expect(all).toContain(`offsets.topic.replication.factor=${copies}`);
    expect(all).toContain(`transaction.state.log.min.isr=${inSync}`);
    expect(kafkaModel({ brokers }).defaults).toEqual({ replicationFactor: copies, minInSync: inSync });
    expect(kafkaModel({ brokers }).dynamic).toEqual({ 'min.insync.replicas': String(inSync) });
  });

  it('counts only brokers that stay', () => {
    expect(lines('broker', { brokers: { count: 4, leaving: [2, 3] } })).toContain(
      'default.replication.factor=2',
    );
  });

  it('replaces a default in its place, and sorts what it does not know', () => {
    const { added, gone } = difference('broker', {
      configuration: {
        zzz: true,
        'default.replication.factor': 2,
        'auto.create.topics.enable': true,
        aaa: 'x',
        missing: undefined,
      },
    });
    expect(gone).toEqual(['auto.create.topics.enable=false', 'default.replication.factor=3']);
    expect(added).toEqual([
      'auto.create.topics.enable=true',
      'default.replication.factor=2',
      '# further',
      'aaa=x',
      'zzz=true',
    ]);
  });

  it('has every setting where there is no steward', () => {
    const configuration = { 'log.retention.hours': 24, 'message.max.bytes': 2000000 };
    expect(difference('broker', { configuration }).added).toEqual([]);
    expect(difference('broker', { configuration, operations: 'none' }).added).toEqual([
      '# further',
      'log.retention.hours=24',
      'message.max.bytes=2000000',
      'min.insync.replicas=2',
    ]);
  });

  it('is restarted for by what only a restart brings into effect', () => {
    const hashed = (props: Partial<KafkaClusterProps>) => restartedFor(kafkaModel(props), 'broker');
    const same: Partial<KafkaClusterProps>[] = [
      { controllers: { count: 5, founders: 3 } },
      { brokers: 1 },
      { brokers: 9 },
      { configuration: { 'num.recovery.threads.per.data.dir': 8 } },
      { configuration: { 'log.segment.bytes': 1e8 } },
    ];
    for (const props of same) expect(hashed(props), JSON.stringify(props)).toBe(hashed({}));
    const other: Partial<KafkaClusterProps>[] = [
      { configuration: { 'offsets.topic.replication.factor': 1 } },
      { configuration: { 'num.io.threads': 4 } },
      { listeners: [Listener.internal({ port: 9200 })] },
    ];
    for (const props of other) expect(hashed(props), JSON.stringify(props)).not.toBe(hashed({}));
  });
});

describe('controller.properties', () => {
  it('is this by default', () => {
    expect(lines('controller').filter((line) => !line.startsWith('controller.quorum'))).toEqual([
      '# role',
      'process.roles=controller',
      '',
      '# metadata',
      '',
      '# listeners',
      'listeners=CONTROLLER://:9093',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT',
      'controller.listener.names=CONTROLLER',
      '',
      '# topics',
      'default.replication.factor=3',
      'unclean.leader.election.enable=false',
      '',
    ]);
  });

  it('has what controllers read, and nothing that brokers alone do', () => {
    const configuration = {
      'num.partitions': 6,
      'log.dir.failure.timeout.ms': 1,
      'replica.lag.time.max.ms': 1,
    };
    expect(difference('controller', { configuration }).added).toEqual(['# further', 'num.partitions=6']);
    expect(difference('broker', { configuration }).added).toHaveLength(4);
  });

  it('has a controller announce itself by its own name', () => {
    const model = kafkaModel();
    expect(controllerProperties(model, model.controllers!)).toBe(`node.id={id}
advertised.listeners=CONTROLLER://kafka-controller-{id}.kafka-controller.data.svc.cluster.local:9093
log.dirs=/data/0/kafka
metadata.log.dir=/data/0/kafka
`);
  });
});

describe('combined.properties', () => {
  it('has the listeners of both', () => {
    const all = lines('combined', { controllers: 'combined', brokers: 1 });
    expect(all).toContain('process.roles=broker,controller');
    expect(all).toContain('listeners=REPLICATION://:9091,CONTROLLER://:9093,INTERNAL://:9092');
    expect(all).toContain('controller.quorum.bootstrap.servers=kafka-broker-0.data.svc.cluster.local:9093');
    expect(own({ controllers: 'combined', brokers: 1 }, 0, DEVELOPMENT)).toContain(
      'advertised.listeners=REPLICATION://kafka-broker-0.data.svc.cluster.local:9091,' +
        'CONTROLLER://kafka-broker-0.data.svc.cluster.local:9093,INTERNAL://kafka-broker-0.data.svc.cluster.local:9092\n',
    );
  });
});

describe("a broker's own lines", () => {
  it('are these', () => {
    const brokers = {
      count: 3,
      overrides: { 2: { storage: [GI(1), GI(2)], configuration: { 'num.io.threads': 4 } } },
    };
    expect(own({ brokers }, 2, { zones: ['h', 'i', 'j'] })).toBe(`node.id={id}
advertised.listeners=REPLICATION://kafka-broker-2.data.svc.cluster.local:9091,INTERNAL://kafka-broker-2.data.svc.cluster.local:9092
broker.rack=j
log.dirs=/data/0/kafka,/data/1/kafka
metadata.log.dir=/data/0/kafka
num.io.threads=4
`);
  });

  it('advertise each listener where its clients reach it', () => {
    const listeners = [
      Listener.internal(),
      Listener.nodePort('nodes', { hosts: () => 'node', nodePorts: (id) => 31000 + id }),
      Listener.loadBalancer('lb', { hosts: (id) => `b${id}.example.com`, advertisedPort: () => 443 }),
      Listener.addresses('gateway', { hosts: () => '192.0.2.1', advertisedPort: (id) => 9400 + id }),
    ];
    expect(/^advertised\.listeners=(.*)$/m.exec(own({ listeners }, 1))?.[1].split(',')).toEqual([
      'REPLICATION://kafka-broker-1.data.svc.cluster.local:9091',
      'INTERNAL://kafka-broker-1.data.svc.cluster.local:9092',
      'NODES://node:31001',
      'LB://b1.example.com:443',
      'GATEWAY://192.0.2.1:9401',
    ]);
  });
});

describe('listeners', () => {
  const ports = (...listeners: Listener[]) => kafkaModel({ listeners }).listeners.map(({ port }) => port);
  const named = (name: string, port?: number) => Listener.internal({ name, port });

  it('have 9092, then 9094 and on, and leave out what is taken', () => {
    expect(ports(named('a'), named('b'), named('c'))).toEqual([9092, 9094, 9095]);
    expect(ports(named('a'), named('b'), named('c', 9094))).toEqual([9092, 9095, 9094]);
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => named(name));
    expect(ports(...many)).toEqual([9092, 9094, 9095, 9096, 9097, 9098, 9100]);
  });

  const protocols = (props: Partial<KafkaClusterProps>) =>
    lines('broker', props).find((line) => line.startsWith('listener.security.protocol.map='));
  const scram = Authentication.scram();

  it.each<[string, Partial<KafkaClusterProps>, string]>([
    ['nothing', {}, 'REPLICATION:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT'],
    ['keys', { tls: {} }, 'REPLICATION:SSL,CONTROLLER:SSL,INTERNAL:SSL'],
    [
      'passwords',
      { listeners: [Listener.internal({ authentication: scram })] },
      'REPLICATION:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,INTERNAL:SASL_PLAINTEXT',
    ],
    [
      'both, and one listener of each kind',
      {
        tls: {},
        listeners: [
          Listener.internal({ authentication: scram }),
          Listener.internal({ name: 'clear', tls: false }),
          Listener.internal({ name: 'login', tls: false, authentication: scram }),
          Listener.internal({ name: 'mutual', authentication: Authentication.mutualTls() }),
        ],
      },
      'REPLICATION:SSL,CONTROLLER:SSL,INTERNAL:SASL_SSL,CLEAR:PLAINTEXT,LOGIN:SASL_PLAINTEXT,MUTUAL:SSL',
    ],
  ])('speak by %s', (_what, props, expected) => {
    expect(protocols(props)).toBe(`listener.security.protocol.map=${expected}`);
  });
});

describe('security', () => {
  it('is by certificates where there are any, and reloads them whatever names they hold', () => {
    const { added } = difference('broker', { tls: {} });
    expect(added).toEqual([
      'listener.security.protocol.map=REPLICATION:SSL,CONTROLLER:SSL,INTERNAL:SSL',
      '# security',
      'ssl.keystore.type=PEM',
      'ssl.keystore.location=/secrets/tls/tls-combined.pem',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=/secrets/tls/ca.crt',
      'ssl.allow.san.changes=true',
      'ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT',
      'listener.name.replication.ssl.client.auth=required',
      'listener.name.controller.ssl.client.auth=required',
    ]);
    expect(difference('controller', { tls: {} }).added).not.toContain(
      'listener.name.replication.ssl.client.auth=required',
    );
  });

  const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const file = (directory: string, name: string) => `\${dir:/secrets/${directory}:${name}}`;
  const password = file('internal', 'password');
  const login = `${PLAIN} username="kafka-internal" password="${password}" user_kafka-internal="${password}";`;
  const provider = [
    'config.providers=dir',
    'config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  ];

  it('is by a login of the servers where clients have one, and asks what they may do', () => {
    const props = {
      listeners: [Listener.internal({ authentication: Authentication.scram('SCRAM-SHA-256') })],
    };
    expect(difference('broker', props).added.slice(1)).toEqual([
      '# security',
      'sasl.mechanism.inter.broker.protocol=PLAIN',
      'listener.name.replication.sasl.enabled.mechanisms=PLAIN',
      `listener.name.replication.plain.sasl.jaas.config=${login}`,
      'sasl.mechanism.controller.protocol=PLAIN',
      'listener.name.controller.sasl.enabled.mechanisms=PLAIN',
      `listener.name.controller.plain.sasl.jaas.config=${login}`,
      'listener.name.internal.sasl.enabled.mechanisms=SCRAM-SHA-256',
      'listener.name.internal.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users=User:kafka-internal',
      ...provider,
    ]);
    expect(difference('controller', props).added.slice(1)).toEqual([
      '# security',
      'sasl.mechanism.controller.protocol=PLAIN',
      'listener.name.controller.sasl.enabled.mechanisms=PLAIN',
      `listener.name.controller.plain.sasl.jaas.config=${login}`,
      'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users=User:kafka-internal',
      ...provider,
    ]);
  });

  it('reads PLAIN users, and their names, from files', () => {
    const users = [Credentials.existing('a'), Credentials.generated()];
    const listeners = [Listener.internal({ name: 'apps', authentication: Authentication.plain(users) })];
    expect(lines('broker', { listeners })).toContain(
      `listener.name.apps.plain.sasl.jaas.config=${PLAIN} ` +
        `user_${file('plain/apps/0', 'username')}="${file('plain/apps/0', 'password')}" ` +
        `user_${file('plain/apps/1', 'username')}="${file('plain/apps/1', 'password')}";`,
    );
  });

  it('checks tokens by what their server publishes, and lets the JVM ask there alone', () => {
    const authentication = Authentication.oauthBearer({
      jwksEndpoint: 'https://id.example.com/keys',
      issuer: 'https://id.example.com',
      audience: ['kafka', 'all'],
      principalClaim: 'client_id',
    });
    const props = { listeners: [Listener.internal({ authentication })] };
    expect(lines('broker', props).filter((line) => line.startsWith('listener.name.internal.'))).toEqual([
      'listener.name.internal.sasl.enabled.mechanisms=OAUTHBEARER',
      'listener.name.internal.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
      'listener.name.internal.oauthbearer.sasl.server.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
      'listener.name.internal.sasl.oauthbearer.jwks.endpoint.url=https://id.example.com/keys',
      'listener.name.internal.sasl.oauthbearer.expected.issuer=https://id.example.com',
      'listener.name.internal.sasl.oauthbearer.expected.audience=kafka,all',
      'listener.name.internal.sasl.oauthbearer.sub.claim.name=client_id',
    ]);
    expect(jvmOptions(kafkaModel(props)).split(' ')).toContain(
      '-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=https://id.example.com/keys',
    );
  });

  it('asks what users may do unless told not to, and names who may do everything', () => {
    const authentication = Authentication.mutualTls();
    const props = { tls: { commonName: 'servers' }, listeners: [Listener.internal({ authentication })] };
    const superUsers = ['User:admin', 'User:servers'];
    expect(lines('broker', { ...props, superUsers })).toContain('super.users=User:servers;User:admin');
    expect(lines('broker', { ...props, authorization: 'none' }).join()).not.toContain('authorizer');
    expect(lines('broker', { tls: {} }).join()).not.toContain('authorizer');
    expect(lines('broker', { tls: {}, authorization: 'acl' })).toContain('super.users=User:kafka.data');
  });
});

describe('dynamic settings', () => {
  const split = (given: KafkaConfiguration, line = '4.2') =>
    splitConfiguration(given, { steward: true, line });

  it('go to the steward, times in hours as milliseconds', () => {
    expect(split({ 'log.retention.hours': 24, 'log.roll.hours': 2, 'num.io.threads': 8 })).toEqual({
      dynamic: { 'log.retention.ms': '86400000', 'log.roll.ms': '7200000' },
      files: { 'num.io.threads': '8' },
    });
    expect(split({ 'log.retention.hours': -1 }).dynamic).toEqual({ 'log.retention.ms': '-1' });
    expect(split({ 'log.retention.minutes': 5, 'log.retention.hours': 24 }).dynamic).toEqual({
      'log.retention.ms': '300000',
    });
    expect(split({ 'log.retention.hours': 24, 'log.retention.ms': 1000 }).dynamic).toEqual({
      'log.retention.ms': '1000',
    });
  });

  it('stand in the files where a release does not take them while it runs', () => {
    const given = { 'group.share.assignment.interval.ms': 500, 'log.message.downconversion.enable': false };
    expect(Object.keys(split(given, '3.9').dynamic)).toEqual(['log.message.downconversion.enable']);
    expect(Object.keys(split(given, '4.2').dynamic)).toEqual([]);
    expect(Object.keys(split(given, '4.3').dynamic)).toEqual(['group.share.assignment.interval.ms']);
  });

  it('are no numbers of threads, which Kafka lets only double or halve', () => {
    for (const key of Object.keys(DYNAMIC_SETTINGS)) expect(key).not.toContain('threads');
    expect(isDynamic('num.io.threads', '4.2')).toBe(false);
  });

  it.each<[string, unknown, string | undefined]>([
    ['log.retention.ms', 1000, undefined],
    ['log.retention.ms', -1, undefined],
    ['log.retention.ms', '12', undefined],
    ['log.retention.ms', -2, 'a whole number from -1'],
    ['log.retention.ms', 1.5, 'a whole number from -1'],
    ['log.retention.ms', '', 'a whole number from -1'],
    ['log.retention.ms', 'week', 'a whole number from -1'],
    ['log.cleaner.min.cleanable.ratio', 0.1, undefined],
    ['log.cleaner.min.cleanable.ratio', 2, 'a number from 0 to 1'],
    ['unclean.leader.election.enable', true, undefined],
    ['unclean.leader.election.enable', 'yes', 'true or false'],
    ['compression.type', 'zstd', undefined],
    ['compression.type', 'rar', 'one of uncompressed, zstd, lz4, snappy, gzip, producer'],
    ['log.cleanup.policy', 'compact,delete', undefined],
    ['log.cleanup.policy', 'shred', 'a list of delete, compact'],
    ['max.connections.per.ip.overrides', 'a:1', undefined],
    ['num.io.threads', 'many', undefined],
  ])('%s may not be everything: %s', (key, value, wrong) => {
    expect(wrongValue(key, value)).toBe(wrong);
  });
});

describe('memory', () => {
  const heaps = (props: Partial<KafkaClusterProps>) => {
    const { brokers, controllers } = kafkaModel(props);
    return [heapOptions(brokers[0]), controllers && heapOptions(controllers)];
  };

  it('goes by a quarter to the heap of brokers, by half to that of controllers', () => {
    expect(heaps({})).toEqual(['-Xms1024m -Xmx1024m', '-Xms512m -Xmx512m']);
    expect(heaps({ memory: GI(64) })[0]).toBe('-Xms6144m -Xmx6144m');
    expect(heaps({ brokers: { count: 3, memory: GI(8), heap: GI(3) } })[0]).toBe('-Xms3072m -Xmx3072m');
    expect(heaps({ controllers: { count: 3, memory: GI(2) } })[1]).toBe('-Xms1024m -Xmx1024m');
  });
});

describe('logging', () => {
  it('is set in the words of the release', () => {
    const of = (version: KafkaVersion) => logging(kafkaModel({ version, logLevel: 'WARN' }));
    expect(of(KafkaVersion.V4_2)).toMatchObject({
      file: 'log4j2.yaml',
      options: '-Dlog4j2.configurationFile=/config/log4j2.yaml',
      text: expect.stringContaining('level: WARN\n      AppenderRef'),
    });
    expect(of(KafkaVersion.V3_9)).toMatchObject({
      file: 'log4j.properties',
      options: '-Dlog4j.configuration=file:/config/log4j.properties',
      text: expect.stringContaining('log4j.rootLogger=WARN, stdout\n'),
    });
  });
});

describe('ids', () => {
  it('are UUIDs of version 5 that Kafka takes, and always the same', () => {
    expect(kafkaUuid('test/data/kafka')).toBe('YpQxryluWTm4R8mgD0Lang');
    const ids = Array.from({ length: 500 }, (_, index) => kafkaUuid(String(index)));
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) {
      expect(isKafkaUuid(id), id).toBe(true);
      expect(id).not.toMatch(/^-/);
      const bytes = Buffer.from(id, 'base64url');
      expect([bytes.length, bytes[6] >> 4, bytes[8] >> 6]).toEqual([16, 5, 2]);
    }
  });

  it.each([
    '',
    'short',
    'AAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAQ',
    '!8fFEbKGQ22B6M_Da_vCBw',
    'p8fFEbKGQ22B6M_Da_vCBx',
  ])('are not "%s"', (id) => {
    expect(isKafkaUuid(id)).toBe(false);
  });
});
