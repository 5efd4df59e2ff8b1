import { expect, it } from 'vitest';
import { isKafkaError, KafkaAdmin, tryLogin } from '../../../lib/kafka/wire/kafka-admin';
import { RemoveRaftVoter } from '../../../lib/kafka/wire/messages/cluster';
import type { Acl, Transport } from '../../../lib/kafka/wire/types';
import { eventually as seen } from '../../support/eventually';
import { CONTROLLER, type KafkaCluster } from '../../support/kafka-cluster';

/** A listener of the brokers where SCRAM and PLAIN are accepted. */
export const LOGIN = 'LOGIN';

/** What the servers of these tests are set up with: an authorizer that lets the test do everything, and a listener with logins. */
export const WITH_USERS = {
  listeners: { [LOGIN]: 'SASL_PLAINTEXT' },
  properties: {
    'super.users': 'User:ANONYMOUS',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`listener.name.${LOGIN.toLowerCase()}.plain.sasl.jaas.config`]:
      'org.apache.kafka.common.security.plain.PlainLoginModule required user_steward="its password";',
    ...Object.fromEntries(
      ['scram-sha-256', 'scram-sha-512'].map((mechanism) => [
        `listener.name.${LOGIN.toLowerCase()}.${mechanism}.sasl.jaas.config`,
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      ]),
    ),
  },
};

export const PLAIN_TEXT: Transport = { timeoutMs: 15_000 };

/** A client of the cluster's brokers and controllers. */
export function adminOf(cluster: KafkaCluster, transport: Transport = PLAIN_TEXT): KafkaAdmin {
  return new KafkaAdmin({
    brokers: () => cluster.addresses(),
    controllers: () => cluster.controllerAddresses(),
    transport: () => transport,
  });
}

/** Asks until the answer is as it should be: a change reaches all brokers only after a moment, and till then some refuse. */
export function eventually<T>(ask: () => Promise<T>, so: (answer: T) => boolean): Promise<T> {
  return seen(ask, so, { bears: isKafkaError });
}

export const refused = (code: string, message = '') =>
  expect.objectContaining({ name: 'KafkaError', code, message: expect.stringContaining(message) });

/** What every version and kind of cluster answers alike. `of` gives the cluster once it has started. */
export function adminCalls(of: () => { readonly cluster: KafkaCluster; readonly admin: KafkaAdmin }): void {
  const topicNames = async () => (await of().admin.describe()).topics.map(({ name }) => name);

  it('describes brokers and topics', async () => {
    const { cluster, admin } = of();
    const all = await eventually(
      () => admin.describe(),
      ({ brokers }) => brokers.length === cluster.brokers.size,
    );
    const { clusterId, brokers, controllerId } = all;
    expect(clusterId).toMatch(/^[\w-]{22}$/);
    expect(brokers.map(({ id }) => id)).toEqual([...cluster.brokers.keys()]);
    expect(brokers).toContainEqual({ id: 0, ...cluster.addresses()[0], rack: undefined });
    expect([...cluster.brokers.keys()]).toContain(controllerId);
    expect((await admin.describe(0)).clusterId).toBe(clusterId);
    await expect(admin.describe(7)).rejects.toEqual(
      refused('BROKER_NOT_AVAILABLE', 'broker 7 does not serve'),
    );
  });

  it('creates, grows and deletes topics', async () => {
    const { admin } = of();
    const orders = {
      name: 'orders',
      partitions: 2,
      replicationFactor: 1,
      configs: { 'retention.ms': '1000' },
    };
    await admin.createTopics([orders, { ...orders, name: 'returns', partitions: 1 }]);
    const seen = await eventually(
      topicNames,
      (names) => names.includes('orders') && names.includes('returns'),
    );
    expect(seen).not.toContain('nothing');
    await expect(admin.createTopics([orders])).rejects.toEqual(
      refused(
        'TOPIC_ALREADY_EXISTS',
        "CreateTopics orders: TOPIC_ALREADY_EXISTS: Topic 'orders' already exists",
      ),
    );
    await expect(admin.createTopics([{ ...orders, name: 'many', replicationFactor: 9 }])).rejects.toEqual(
      refused('INVALID_REPLICATION_FACTOR'),
    );
    await expect(
      admin.createTopics([{ ...orders, name: 'odd', configs: { 'retention.ms': 'soon' } }]),
    ).rejects.toEqual(refused('INVALID_CONFIG'));

    await admin.growTopic('orders', 3);
    await expect(admin.growTopic('orders', 2)).rejects.toEqual(refused('INVALID_PARTITIONS'));
    const partitions = async () =>
      (await admin.describe()).topics.find(({ name }) => name === 'orders')?.partitions ?? [];
    const three = await eventually(partitions, ({ length }) => length === 3);
    for (const { replicas, isr, leader, offlineReplicas } of three) {
      expect({ isr, offlineReplicas }).toEqual({ isr: replicas, offlineReplicas: [] });
      expect(replicas).toEqual([leader]);
    }

    await admin.deleteTopic('returns');
    await eventually(topicNames, (names) => !names.includes('returns'));
    await expect(admin.deleteTopic('returns')).rejects.toEqual(
      refused('UNKNOWN_TOPIC_OR_PARTITION', 'returns'),
    );
  });

  it('reads and changes settings of topics and brokers', async () => {
    const { admin } = of();
    await admin.createTopics([
      { name: 'settings', partitions: 1, replicationFactor: 1, configs: { 'retention.ms': '7000' } },
    ]);
    const topic = { type: 'topic', name: 'settings' } as const;
    const setting = async (resource: typeof topic | { type: 'broker'; name: string }, name: string) =>
      (await admin.describeConfigs([resource])).get(resource.name)?.find((entry) => entry.name === name);
    const retention = () => setting(topic, 'retention.ms');
    await eventually(retention, (entry) => entry?.source === 'topic');
    await admin.alterConfigs(topic, [
      ['retention.ms', '8000'],
      ['retention.bytes', '100'],
    ]);
    await eventually(retention, (entry) => entry?.value === '8000');
    expect(await setting(topic, 'retention.bytes')).toEqual({
      name: 'retention.bytes',
      value: '100',
      readOnly: false,
      source: 'topic',
    });
    await admin.alterConfigs(topic, [['retention.ms', undefined]]);
    await eventually(retention, (entry) => entry?.source === 'default');
    await expect(admin.alterConfigs(topic, [['retention.ms', 'soon']])).rejects.toEqual(
      refused('INVALID_CONFIG'),
    );
    await expect(admin.describeConfigs([{ type: 'topic', name: 'nothing' }])).rejects.toEqual(
      refused('UNKNOWN_TOPIC_OR_PARTITION'),
    );

    const one = { type: 'broker', name: '0' } as const;
    const all = { type: 'broker', name: '' } as const;
    const rate = () => setting(one, 'leader.replication.throttled.rate');
    await admin.alterConfigs(one, [['leader.replication.throttled.rate', '1000000']]);
    await eventually(rate, (entry) => entry?.value === '1000000' && entry.source === 'broker');
    await admin.alterConfigs(one, [['leader.replication.throttled.rate', undefined]]);
    await eventually(rate, (entry) => entry?.source !== 'broker');
    await admin.alterConfigs(all, [['log.retention.ms', '9000000']]);
    const kept = await eventually(
      () => setting(one, 'log.retention.ms'),
      (entry) => entry?.value === '9000000',
    );
    expect(kept?.source).toBe('default-broker');
    expect((await setting(all, 'log.retention.ms'))?.value).toBe('9000000');
    expect(await setting(one, 'node.id')).toMatchObject({ readOnly: true });
    const unknown = { type: 'broker', name: '7' } as const;
    await expect(admin.describeConfigs([unknown])).rejects.toEqual(refused('BROKER_NOT_AVAILABLE'));
  });

  it('gives directories with what is in them', async () => {
    const { cluster, admin } = of();
    await admin.createTopics([{ name: 'placed', partitions: 1, replicationFactor: 1, configs: {} }]);
    const { topics } = await eventually(
      () => admin.describe(),
      ({ topics }) => topics.some(({ name, partitions }) => name === 'placed' && partitions[0]?.leader >= 0),
    );
    const { leader } = topics.find(({ name }) => name === 'placed')?.partitions[0] ?? { leader: -1 };
    const replicas = async () => (await admin.logDirs(leader)).flatMap((dir) => dir.replicas);
    const all = await eventually(replicas, (list) => list.some(({ topic }) => topic === 'placed'));
    expect(all).toContainEqual({
      topic: 'placed',
      partition: 0,
      sizeBytes: 0,
      offsetLag: 0,
      isFuture: false,
    });
    const [dir] = await admin.logDirs(leader);
    expect(dir).toMatchObject({ path: cluster.brokers.get(leader)?.server.data, error: undefined });
    expect(dir.totalBytes).toBeGreaterThan(dir.usableBytes);
    expect(dir.usableBytes).toBeGreaterThan(0);
  });

  it('has users log in by SCRAM and PLAIN', async () => {
    const { cluster, admin } = of();
    const [address] = cluster.addresses(LOGIN);
    const login = (
      mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
      username: string,
      password: string,
    ) => tryLogin(address, { ...PLAIN_TEXT, login: { mechanism, username, password } });
    // Two of these characters have a meaning in SCRAM. Beyond ASCII Kafka takes passwords, and no names.
    const user = 'a=b,c d';
    const first = 'prémière, 1';
    await admin.setScramUser(user, 'SCRAM-SHA-512', first);
    await admin.setScramUser(user, 'SCRAM-SHA-256', 'other, of 256');
    await eventually(
      () => login('SCRAM-SHA-512', user, first),
      (good) => good,
    );
    await eventually(
      () => login('SCRAM-SHA-256', user, 'other, of 256'),
      (good) => good,
    );
    expect((await admin.scramUsers()).get(user)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-512']);
    expect(await login('SCRAM-SHA-512', user, 'wrong')).toBe(false);
    expect(await login('SCRAM-SHA-256', user, first)).toBe(false);
    expect(await login('SCRAM-SHA-512', 'nobody', first)).toBe(false);
    expect(await login('PLAIN', 'steward', 'its password')).toBe(true);
    expect(await login('PLAIN', 'steward', 'wrong')).toBe(false);

    await admin.setScramUser(user, 'SCRAM-SHA-512', 'second');
    await eventually(
      () => login('SCRAM-SHA-512', user, 'second'),
      (good) => good,
    );
    await admin.deleteScramUser(user, 'SCRAM-SHA-512');
    await eventually(
      async () => (await admin.scramUsers()).get(user),
      (mechanisms) => mechanisms?.join() === 'SCRAM-SHA-256',
    );
    await expect(admin.deleteScramUser(user, 'SCRAM-SHA-512')).rejects.toEqual(
      refused('RESOURCE_NOT_FOUND', user),
    );
    await admin.deleteScramUser(user, 'SCRAM-SHA-256');
    await eventually(
      () => admin.scramUsers(),
      (users) => !users.has(user),
    );
  });

  it('does as ACLs say once it is logged in', async () => {
    const { cluster, admin } = of();
    const acl: Acl = {
      resource: 'topic',
      name: 'orders',
      pattern: 'prefixed',
      principal: 'User:steward',
      host: '*',
      operation: 'Create',
      permission: 'allow',
    };
    const others: Acl[] = [
      { ...acl, resource: 'group', name: '*', pattern: 'literal', operation: 'Read' },
      {
        ...acl,
        resource: 'cluster',
        name: 'kafka-cluster',
        pattern: 'literal',
        operation: 'IdempotentWrite',
      },
      { ...acl, resource: 'transactionalId', operation: 'All', permission: 'deny', host: '127.0.0.7' },
    ];
    const steward = new KafkaAdmin({
      brokers: () => cluster.addresses(LOGIN),
      controllers: () => [],
      transport: () => ({
        ...PLAIN_TEXT,
        login: { mechanism: 'PLAIN', username: 'steward', password: 'its password' },
      }),
    });
    try {
      const topic = { name: 'orders-of-steward', partitions: 1, replicationFactor: 1, configs: {} };
      await expect(steward.createTopics([topic])).rejects.toEqual(refused('TOPIC_AUTHORIZATION_FAILED'));
      await expect(steward.acls()).rejects.toEqual(refused('CLUSTER_AUTHORIZATION_FAILED'));
      await admin.createAcls([acl, ...others]);
      const listed = await eventually(
        () => admin.acls(),
        ({ length }) => length === 4,
      );
      for (const each of [acl, ...others]) expect(listed).toContainEqual(each);
      await eventually(
        () =>
          steward.createTopics([topic]).then(
            () => true,
            () => false,
          ),
        (created) => created,
      );
      await admin.deleteAcls([acl, ...others.slice(0, 2)]);
      expect(
        await eventually(
          () => admin.acls(),
          ({ length }) => length === 1,
        ),
      ).toEqual([others[2]]);
      await admin.deleteAcls(others);
      await expect(admin.createAcls([{ ...acl, operation: 'Fly' }])).rejects.toEqual(
        refused('INVALID_REQUEST', 'Fly'),
      );
      await expect(admin.createAcls([{ ...acl, principal: 'steward' }])).rejects.toEqual(
        expect.objectContaining({ name: 'KafkaError' }),
      );
    } finally {
      steward.close();
    }
  });

  it('sets and removes quotas', async () => {
    const { admin } = of();
    await admin.alterQuota('miser', { producer_byte_rate: 1024, request_percentage: 12.5 });
    const miser = async () => (await admin.quotas()).find(({ user }) => user === 'miser')?.limits ?? {};
    const limits = await eventually(miser, (found) => 'producer_byte_rate' in found);
    expect(limits).toEqual({ producer_byte_rate: 1024, request_percentage: 12.5 });
    await admin.alterQuota('miser', { producer_byte_rate: undefined, consumer_byte_rate: 1 });
    await eventually(miser, (found) => found.consumer_byte_rate === 1);
    expect(await miser()).toEqual({ request_percentage: 12.5, consumer_byte_rate: 1 });
    await admin.alterQuota('miser', { request_percentage: undefined, consumer_byte_rate: undefined });
    await eventually(miser, (found) => Object.keys(found).length === 0);
    await expect(admin.alterQuota('miser', { bytes: 1 })).rejects.toEqual(
      refused('INVALID_REQUEST', 'bytes'),
    );
  });

  it('elects preferred leaders where there is nothing to elect, and knows of no moves', async () => {
    const { admin } = of();
    await admin.electPreferredLeaders();
    expect(await admin.reassignments()).toEqual([]);
    await admin.createTopics([{ name: 'still', partitions: 1, replicationFactor: 1, configs: {} }]);
    await eventually(topicNames, (names) => names.includes('still'));
    await admin.reassign([{ topic: 'still', partition: 0, replicas: undefined }]);
    await expect(admin.reassign([{ topic: 'still', partition: 0, replicas: [7] }])).rejects.toEqual(
      refused('INVALID_REPLICA_ASSIGNMENT', 'still partition 0'),
    );
    await expect(admin.reassign([{ topic: 'nothing', partition: 0, replicas: [0] }])).rejects.toEqual(
      refused('UNKNOWN_TOPIC_OR_PARTITION'),
    );
  });
}

/** What clusters without ZooKeeper answer alike, however many controllers they have. */
export function kraftCalls(of: () => { readonly cluster: KafkaCluster; readonly admin: KafkaAdmin }): void {
  it('describes the quorum, by way of brokers and of controllers', async () => {
    const { cluster, admin } = of();
    const controllers = cluster.combined ? cluster.brokers : cluster.controllers;
    for (const via of ['brokers', 'controllers'] as const) {
      const { leaderId, leaderEpoch, highWatermark, voters, observers } = await admin.describeQuorum(via);
      expect(voters.map(({ id, directoryId }) => [id, directoryId]).sort()).toEqual(
        [...controllers.values()].map(({ id, directoryId }) => [id, directoryId]),
      );
      expect(voters.map(({ id }) => id)).toContain(leaderId);
      expect(leaderEpoch).toBeGreaterThan(0);
      expect(highWatermark).toBeGreaterThan(0);
      for (const { logEndOffset } of voters) expect(logEndOffset).toBeGreaterThan(0);
      expect(observers.map(({ id }) => id)).toEqual(cluster.combined ? [] : [...cluster.brokers.keys()]);
    }
  });

  it('is refused a voter that is no observer, or is none', async () => {
    const { cluster, admin } = of();
    const { clusterId } = cluster;
    const stranger = { clusterId, id: 3900, directoryId: 'abcdefghijklmnopqrstuw' };
    const address = { host: '127.0.0.1', port: 9 };
    await expect(admin.addVoter({ ...stranger, listener: CONTROLLER, address })).rejects.toEqual(
      expect.objectContaining({
        name: 'KafkaError',
        code: expect.stringMatching(/INVALID_REQUEST|REQUEST_TIMED_OUT/),
      }),
    );
    await expect(admin.removeVoter(stranger)).rejects.toEqual(refused('VOTER_NOT_FOUND'));
    // Brokers hand it on just so.
    const body = { clusterId, voterId: stranger.id, voterDirectoryId: stranger.directoryId };
    await expect(admin.request('broker', RemoveRaftVoter, body)).rejects.toEqual(refused('VOTER_NOT_FOUND'));
    await expect(admin.removeVoter({ ...stranger, clusterId: 'abcdefghijklmnopqrstuw' })).rejects.toEqual(
      refused('INCONSISTENT_CLUSTER_ID'),
    );
  });

  it('tells the features and changes them', async () => {
    const { admin } = of();
    const feature = async (name: string) => (await admin.features()).find((each) => each.name === name);
    const metadata = await feature('metadata.version');
    expect(metadata?.finalized).toBe(metadata?.max);
    const { finalized = 0, max = 0 } = metadata ?? {};
    await expect(admin.updateFeature('metadata.version', max + 50)).rejects.toEqual(
      expect.objectContaining({
        name: 'KafkaError',
        code: expect.stringMatching(/INVALID_UPDATE_VERSION|FEATURE_UPDATE_FAILED/),
      }),
    );
    await admin.updateFeature('metadata.version', finalized);
  });

  it('unregisters only brokers that are registered', async () => {
    const { admin } = of();
    expect(await admin.registered([0, 7, 2999])).toEqual([0]);
    await expect(admin.unregisterBroker(7)).rejects.toEqual(refused('BROKER_ID_NOT_REGISTERED'));
  });
}
