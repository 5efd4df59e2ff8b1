import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Provisioner, type ProvisionSettings } from '../../../lib/kafka/steward/provision';
import { tryAtBrokers } from '../../../lib/kafka/steward/provision-login';
import { Passwords } from '../../../lib/kafka/steward/provision-passwords';
import type { WantedTopic, WantedUser } from '../../../lib/kafka/steward/settings';
import { KafkaAdmin, tryLogin } from '../../../lib/kafka/wire/kafka-admin';
import type { ScramMechanism } from '../../../lib/kafka/wire/types';
import {
  KAFKA_VERSION,
  KAFKA_VERSIONS,
  type KafkaCluster,
  type KafkaOptions,
  kafkaMissing,
  startKafka,
} from '../../support/kafka-cluster';
import { startStandalone, type ZooKeeperProcess, zookeeperMissing } from '../../support/zookeeper-server';
import { SecretsDirectory } from './secrets-directory';

const JAAS = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const TOPIC: WantedTopic = { name: 'orders', partitions: 2, replicationFactor: 1, configs: {} };
const ANN: WantedUser = { name: 'ann', scram: 'SCRAM-SHA-512', acls: [], quotas: {} };
const READ = {
  resource: 'topic',
  name: 'ord',
  pattern: 'prefixed',
  host: '*',
  operation: 'Read',
  permission: 'allow',
} as const;

let zookeeper: ZooKeeperProcess | undefined;
let cluster: KafkaCluster;
let admin: KafkaAdmin;
let secrets: SecretsDirectory;
let tried: string[];

const start = async (options: KafkaOptions) => {
  const kept = options.zookeeper
    ? 'kafka.security.authorizer.AclAuthorizer'
    : 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';
  cluster = await startKafka({
    ...options,
    listeners: { CLIENT: 'SASL_PLAINTEXT' },
    properties: {
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.client.scram-sha-256.sasl.jaas.config': JAAS,
      'listener.name.client.scram-sha-512.sasl.jaas.config': JAAS,
      'authorizer.class.name': kept,
      'super.users': 'User:ANONYMOUS',
    },
  });
  admin = new KafkaAdmin({
    brokers: () => cluster.addresses(),
    controllers: () => cluster.controllerAddresses(),
    transport: () => ({ timeoutMs: 10_000 }),
  });
};

const stop = async () => {
  admin?.close();
  await cluster?.stop();
  await zookeeper?.stop();
};

beforeEach(() => {
  secrets = new SecretsDirectory();
  tried = [];
});

afterEach(() => secrets.close());

/** A steward that begins anew; it looks at everything each time. */
function provisioner(
  settings: Partial<ProvisionSettings> & { topics?: WantedTopic[]; users?: WantedUser[] },
) {
  const { topics = [], users = [], ...rest } = settings;
  const { CLIENT } = cluster.brokers.get(0)!.addresses;
  const brokers = [
    { id: 0, set: 'kafka-broker-0', host: CLIENT.host, port: 0, leaving: false, rendered: '' },
  ];
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((mechanism) => ({
    port: CLIENT.port,
    tls: false,
    mechanism,
  }));
  const all = { dynamicConfiguration: {}, wanted: { topics, users, acls: true }, scram, ...rest };
  const login = tryAtBrokers({ brokers, scram }, () => undefined);
  const passwords = new Passwords((user, mechanism, password) => {
    tried.push(`${user} ${mechanism}`);
    return login(user, mechanism, password);
  }, secrets.path);
  return new Provisioner(admin, all, passwords, { settled: 0, missing: 0, pause: 1_000, budget: 10_000 });
}

const everything = (each: Provisioner) =>
  expect.poll(async () => (await each.look()).missing, { timeout: 10_000 }).toBe(undefined);

const logsIn = (username: string, mechanism: ScramMechanism, password: string) =>
  tryLogin(cluster.addresses('CLIENT')[0], { login: { mechanism, username, password }, timeoutMs: 5_000 });

/** Settings of a topic's own, or of all brokers. */
const configs = async (type: 'topic' | 'broker', name: string) => {
  const found = (await admin.describeConfigs([{ type, name }])).get(name) ?? [];
  const own = found.filter(({ source }) => source === (type === 'topic' ? 'topic' : 'default-broker'));
  return Object.fromEntries(own.map((entry) => [entry.name, entry.value]));
};

/** Names of the topics that a user may see. */
async function seenBy(username: string, password: string): Promise<string[]> {
  const login = { mechanism: 'SCRAM-SHA-512' as const, username, password };
  const client = new KafkaAdmin({
    brokers: () => cluster.addresses('CLIENT'),
    controllers: () => [],
    transport: () => ({ login, timeoutMs: 5_000 }),
  });
  try {
    return (await client.describe()).topics.map(({ name }) => name).sort();
  } finally {
    client.close();
  }
}

describe.each([
  ...KAFKA_VERSIONS.map((version) => ({ version, metadata: 'kraft' })),
  { version: '3.9.1', metadata: 'zookeeper' },
])('provisioning Kafka $version with $metadata', ({ version, metadata }) => {
  const missing = kafkaMissing ?? zookeeperMissing;
  if (missing) return it.skip(`cannot run: ${missing}`, () => undefined);
  beforeAll(async () => {
    zookeeper = metadata === 'zookeeper' ? await startStandalone() : undefined;
    const { host, port } = zookeeper?.address ?? {};
    await start({ version, zookeeper: zookeeper && `${host}:${port}` });
  }, 120_000);
  afterAll(stop);

  it('brings about everything that is declared, once', async () => {
    secrets.put('ann', 'secret\n');
    const ann: WantedUser = {
      ...ANN,
      acls: [
        READ,
        { ...READ, resource: 'group', name: '*', pattern: 'literal' },
        {
          ...READ,
          resource: 'cluster',
          name: 'kafka-cluster',
          pattern: 'literal',
          operation: 'IdempotentWrite',
        },
        { ...READ, resource: 'transactionalId', operation: 'Describe', permission: 'deny' },
      ],
      quotas: { producer_byte_rate: 1_000_000, consumer_byte_rate: 2_000_000, request_percentage: 12.5 },
    };
    const declared = {
      topics: [
        {
          ...TOPIC,
          configs: {
            'retention.ms': '3600000',
            'cleanup.policy': 'compact, delete',
            'min.cleanable.dirty.ratio': '0.50',
            'unclean.leader.election.enable': 'FALSE',
            'max.message.bytes': '2000000',
          },
        },
      ],
      users: [ann],
      dynamicConfiguration: {
        'log.retention.ms': '7200000',
        'log.cleaner.io.max.bytes.per.second': '10000000.0',
      },
    };
    const first = provisioner(declared);
    expect((await first.look()).blocked).toBeUndefined();
    await first.provision();
    await everything(first);
    expect(tried).toEqual([]);
    expect(await configs('topic', 'orders')).toMatchObject({
      'cleanup.policy': 'compact,delete',
      'min.cleanable.dirty.ratio': '0.5',
      'unclean.leader.election.enable': 'false',
    });
    expect(await logsIn('ann', 'SCRAM-SHA-512', 'secret')).toBe(true);
    expect(await seenBy('ann', 'secret')).toEqual(['orders']);
    const next = provisioner(declared);
    expect(await next.look()).toEqual({ notes: [], factors: new Map() });
    expect(tried).toEqual(['ann SCRAM-SHA-512']);
  });

  it('takes away what is declared no more, and nothing of others', async () => {
    const orders = { type: 'topic' as const, name: 'orders' };
    await admin.alterConfigs(orders, [['leader.replication.throttled.replicas', '*']]);
    await admin.alterConfigs({ type: 'broker', name: '' }, [['leader.replication.throttled.rate', '1000']]);
    await admin.createAcls([{ ...READ, principal: 'User:bob' }]);
    await admin.alterQuota('bob', { producer_byte_rate: 5 });
    await admin.setScramUser('bob', 'SCRAM-SHA-512', 'bobs');
    await admin.createTopics([{ ...TOPIC, name: 'bobs', configs: { 'retention.ms': '5' } }]);
    secrets.put('ann', 'secret');
    const each = provisioner({
      topics: [{ ...TOPIC, partitions: 3, configs: { 'retention.ms': '1000' } }],
      users: [{ ...ANN, acls: [{ ...READ, operation: 'Describe' }], quotas: { producer_byte_rate: 7 } }],
    });
    await each.provision();
    await everything(each);
    expect(await configs('topic', 'orders')).toEqual({
      'leader.replication.throttled.replicas': '*',
      'retention.ms': '1000',
    });
    const { 'min.insync.replicas': _, ...rates } = await configs('broker', '');
    expect(rates).toEqual({ 'leader.replication.throttled.rate': '1000' });
    expect(
      (await admin.acls()).map(({ principal, operation }) => `${principal} ${operation}`).sort(),
    ).toEqual(['User:ann Describe', 'User:bob Read']);
    const quotas = new Map((await admin.quotas()).map(({ user, limits }) => [user, limits]));
    expect(quotas).toEqual(
      new Map([
        ['ann', { producer_byte_rate: 7 }],
        ['bob', { producer_byte_rate: 5 }],
      ]),
    );
    expect(await logsIn('bob', 'SCRAM-SHA-512', 'bobs')).toBe(true);
    expect(await configs('topic', 'bobs')).toEqual({ 'retention.ms': '5' });
    const { topics } = await admin.describe();
    expect(topics.find(({ name }) => name === 'orders')?.partitions).toHaveLength(3);
  });

  it('follows the Secret of a user, in every mechanism', async () => {
    secrets.put('ann', 'secret');
    await admin.setScramUser('ann', 'SCRAM-SHA-256', 'older');
    const each = provisioner({ users: [ANN] });
    await each.provision();
    await everything(each);
    expect(await logsIn('ann', 'SCRAM-SHA-256', 'older')).toBe(false);
    expect(await logsIn('ann', 'SCRAM-SHA-256', 'secret')).toBe(true);
    secrets.put('ann', 'changed');
    expect((await each.look()).missing).toBe(
      'sets the SCRAM-SHA-512 password of the user ann; sets the SCRAM-SHA-256 password of the user ann',
    );
    await each.provision();
    await everything(each);
    expect(await logsIn('ann', 'SCRAM-SHA-512', 'changed')).toBe(true);
    expect(await logsIn('ann', 'SCRAM-SHA-512', 'secret')).toBe(false);
  });

  it('deletes what is marked', async () => {
    const each = provisioner({
      topics: [{ ...TOPIC, delete: true }],
      users: [{ ...ANN, delete: true }],
    });
    await each.provision();
    await everything(each);
    expect([...(await admin.scramUsers()).keys()]).toEqual(['bob']);
    expect((await admin.acls()).map(({ principal }) => principal)).toEqual(['User:bob']);
    expect((await admin.quotas()).map(({ user }) => user)).toEqual(['bob']);
    const { topics } = await admin.describe();
    expect(topics.map(({ name }) => name)).not.toContain('orders');
  });

  it('says what Kafka refuses, and does the rest', async () => {
    const each = provisioner({
      topics: [
        { ...TOPIC, name: 'wrong', configs: { 'retention.ms': 'soon' } },
        { ...TOPIC, name: 'right' },
      ],
      dynamicConfiguration: { 'log.retention.ms': 'later' },
    });
    const error: Error = await each.provision().catch((caught) => caught);
    expect(error.message).toMatch(
      /^sets log\.retention\.ms of all brokers: .*later.*; creates the topic wrong: .*soon/s,
    );
    await expect.poll(async () => (await admin.describe()).topics.map(({ name }) => name)).toContain('right');
    expect((await each.look()).blocked).toContain('soon');
  });
});

describe(`provisioning Kafka ${KAFKA_VERSION} while it grows`, () => {
  if (kafkaMissing) return it.skip(`cannot run: ${kafkaMissing}`, () => undefined);
  beforeAll(() => start({ controllers: 1 }), 120_000);
  afterAll(stop);

  it('waits with a topic for its brokers, which tell the sizes of its logs', async () => {
    const each = provisioner({ topics: [{ ...TOPIC, replicationFactor: 2 }] });
    const why = 'the topic orders is created once 2 brokers serve, as many as it has replicas; 1 does now';
    expect(await each.look()).toMatchObject({ missing: why, blocked: why });
    await each.provision();
    await cluster.joinBroker();
    await expect.poll(async () => (await each.look()).blocked, { timeout: 20_000 }).toBeUndefined();
    await each.provision();
    await everything(each);
    for (const id of [0, 1]) {
      const found = async () => (await admin.logDirs(id))[0];
      const copies = async () => (await found()).replicas.filter(({ topic }) => topic === 'orders').length;
      await expect.poll(copies).toBe(2);
      expect((await found()).totalBytes).toBeGreaterThan(0);
    }
    const more = provisioner({ topics: [{ ...TOPIC, replicationFactor: 1 }] });
    expect(await more.look()).toEqual({ notes: [], factors: new Map([['orders', 1]]) });
  });
});
