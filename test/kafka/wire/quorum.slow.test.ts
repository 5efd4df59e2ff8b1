import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import {
  CONTROLLER,
  type KafkaCluster,
  kafkaClassPath,
  kafkaMissing,
  startKafka,
} from '../../support/kafka-cluster';
import { adminOf, eventually, PLAIN_TEXT, refused } from './admin-calls';

const title = kafkaMissing
  ? `three controllers and brokers (skipped: ${kafkaMissing})`
  : 'three controllers and brokers';

describe.skipIf(kafkaMissing)(title, () => {
  let cluster: KafkaCluster;
  let admin: KafkaAdmin;
  const partitionOf = async (topic: string) =>
    (await admin.describe()).topics.find(({ name }) => name === topic)?.partitions[0];
  const voterIds = async () => (await admin.describeQuorum('controllers')).voters.map(({ id }) => id).sort();

  beforeAll(async () => {
    await kafkaClassPath();
    cluster = await startKafka({
      controllers: 3,
      brokers: 3,
      properties: { 'broker.session.timeout.ms': 3_000, 'broker.heartbeat.interval.ms': 500 },
    });
    admin = adminOf(cluster);
  }, 300_000);
  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
  });

  it('moves a partition, shows the move, and cancels one', async () => {
    await admin.createTopics([{ name: 'moved', partitions: 1, replicationFactor: 2, configs: {} }]);
    const before = await eventually(
      () => partitionOf('moved'),
      (partition) => partition?.isr.length === 2,
    );
    const [first, second] = before?.replicas ?? [];
    const other = [0, 1, 2].find((id) => id !== first && id !== second)!;
    // A move to a broker that is away does not end by itself.
    await cluster.brokers.get(other)?.server.stop();
    await eventually(
      () => admin.describe(),
      ({ brokers }) => brokers.every(({ id }) => id !== other),
    );
    const move = { topic: 'moved', partition: 0, replicas: [first, other] };
    await admin.reassign([move]);
    const [seen] = await eventually(
      () => admin.reassignments(),
      ({ length }) => length === 1,
    );
    expect(seen).toEqual({
      topic: 'moved',
      partition: 0,
      replicas: [first, other, second],
      adding: [other],
      removing: [second],
    });
    await admin.reassign([{ ...move, replicas: undefined }]);
    await eventually(
      () => admin.reassignments(),
      ({ length }) => length === 0,
    );
    // The broker that is asked may hear of it a moment later.
    await eventually(
      () => partitionOf('moved'),
      (partition) => partition?.replicas.join() === [first, second].join(),
    );

    await cluster.brokers.get(other)?.server.start();
    await cluster.brokers.get(other)?.server.serving();
    await admin.reassign([move]);
    await eventually(
      () => partitionOf('moved'),
      (partition) => partition?.isr.includes(other) === true && partition.replicas.length === 2,
    );
    await admin.reassign([move]);
  });

  it('gives leadership back to the first replica', async () => {
    await admin.createTopics([{ name: 'led', partitions: 1, replicationFactor: 3, configs: {} }]);
    const created = await eventually(
      () => partitionOf('led'),
      (partition) => partition?.isr.length === 3,
    );
    const [first] = created?.replicas ?? [];
    const server = cluster.brokers.get(first)?.server;
    await server?.stop('SIGTERM');
    await eventually(
      () => partitionOf('led'),
      (partition) => partition?.leader !== first && partition?.leader !== -1,
    );
    // The first replica is away: nothing to be done about it, and no error.
    await admin.electPreferredLeaders();
    await server?.start();
    await server?.serving();
    await eventually(
      () => partitionOf('led'),
      (partition) => partition?.isr.length === 3,
    );
    await admin.electPreferredLeaders();
    await eventually(
      () => partitionOf('led'),
      (partition) => partition?.leader === first,
    );
  });

  it('asks another broker where one is away', async () => {
    const [away, ...others] = cluster.addresses();
    const list = [{ host: '127.0.0.1', port: 9 }, away, ...others];
    const patient = new KafkaAdmin({
      brokers: () => list,
      controllers: () => [],
      transport: () => PLAIN_TEXT,
    });
    expect((await patient.describe()).brokers).toHaveLength(3);
    patient.close();
    const nobody = {
      brokers: () => list.slice(0, 1),
      controllers: () => list.slice(0, 1),
      transport: () => PLAIN_TEXT,
    };
    const lost = new KafkaAdmin(nobody);
    await expect(lost.describe()).rejects.toEqual(refused('BROKER_NOT_AVAILABLE', '127.0.0.1:9'));
    await expect(lost.describeQuorum('controllers')).rejects.toEqual(
      refused('BROKER_NOT_AVAILABLE', 'ECONNREFUSED'),
    );
  });

  it('makes a controller a voter and takes the vote away', async () => {
    const { clusterId } = cluster;
    const { id, directoryId, addresses } = await cluster.joinController();
    expect(await voterIds()).toEqual([3000, 3001, 3002]);
    const { observers } = await admin.describeQuorum('controllers');
    expect(observers).toContainEqual(expect.objectContaining({ id, directoryId }));

    const voter = { clusterId, id, directoryId };
    const address = addresses[CONTROLLER];
    await eventually(
      () => admin.addVoter({ ...voter, listener: CONTROLLER, address }).then(() => true),
      (done) => done,
    );
    expect(await voterIds()).toEqual([3000, 3001, 3002, 3003]);
    await expect(admin.addVoter({ ...voter, listener: CONTROLLER, address })).rejects.toEqual(
      refused('DUPLICATE_VOTER'),
    );

    const { leaderId } = await admin.describeQuorum('controllers');
    const leader = cluster.controllers.get(leaderId)!;
    await admin.removeVoter({ clusterId, id: leaderId, directoryId: leader.directoryId });
    const left = [3000, 3001, 3002, 3003].filter((each) => each !== leaderId);
    await eventually(voterIds, (ids) => ids.join() === left.join());
    await leader.server.stop('SIGTERM');
    cluster.controllers.delete(leaderId);
    await expect(
      admin.removeVoter({ clusterId, id: leaderId, directoryId: leader.directoryId }),
    ).rejects.toEqual(refused('VOTER_NOT_FOUND'));
    expect((await admin.describeQuorum('brokers')).voters.map(({ id }) => id).sort()).toEqual(left);
  });

  it('finds the new leader of the quorum when the old one is killed', async () => {
    const { leaderId } = await admin.describeQuorum('controllers');
    await cluster.controllers.get(leaderId)?.server.stop();
    const after = await eventually(
      () => admin.describeQuorum('controllers'),
      (quorum) => quorum.leaderId !== leaderId,
    );
    expect(after.voters.map(({ id }) => id)).toContain(leaderId);
    await admin.createTopics([{ name: 'later', partitions: 1, replicationFactor: 1, configs: {} }]);
    await cluster.controllers.get(leaderId)?.server.start();
    await cluster.controllers.get(leaderId)?.server.serving();
  });

  it('unregisters a broker that is stopped, once', async () => {
    const { id, server } = await cluster.joinBroker();
    expect((await admin.describe()).brokers.map((each) => each.id)).toContain(id);
    await server.stop('SIGTERM');
    await eventually(
      () => admin.describe(),
      ({ brokers }) => brokers.every((each) => each.id !== id),
    );
    expect(await admin.registered([0, id, id + 1])).toEqual([0, id]);
    await admin.unregisterBroker(id);
    expect(await admin.registered([0, id, id + 1])).toEqual([0]);
    await eventually(
      () =>
        admin.unregisterBroker(id).then(
          () => 'NONE',
          ({ code }) => code,
        ),
      (code) => code === 'BROKER_ID_NOT_REGISTERED',
    );
  });
});
