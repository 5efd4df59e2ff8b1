import { describe, expect, it } from 'vitest';
import { FakeAdmin } from './fake-admin';

const move = (topic: string, partition: number, replicas: number[] | undefined) => [
  { topic, partition, replicas },
];

describe('a cluster in memory', () => {
  it('moves partitions as time goes by', async () => {
    const admin = new FakeAdmin([0, 1, 2, 3]);
    admin.put('a', [[0, 1, 2]]);
    await admin.reassign(move('a', 0, [3, 1, 2]));
    expect(await admin.reassignments()).toEqual([
      { topic: 'a', partition: 0, replicas: [3, 1, 2, 0], adding: [3], removing: [0] },
    ]);
    expect(admin.partition('a', 0).isr).toEqual([0, 1, 2]);
    admin.tick();
    expect(await admin.reassignments()).toEqual([]);
    expect(admin.partition('a', 0)).toMatchObject({ leader: 3, replicas: [3, 1, 2], isr: [1, 2, 3] });
  });

  it('moves nothing to a broker that is away, and takes a move back', async () => {
    const admin = new FakeAdmin([0, 1, 2, 3]);
    admin.put('a', [[0, 1]]);
    admin.stop(3);
    await admin.reassign(move('a', 0, [0, 3]));
    admin.tick();
    expect(await admin.reassignments()).toHaveLength(1);
    await admin.reassign(move('a', 0, undefined));
    expect(admin.partition('a', 0)).toMatchObject({
      replicas: [0, 1],
      isr: [0, 1],
      adding: [],
      removing: [],
    });
    await admin.reassign(move('a', 0, undefined));
  });

  it('takes replicas away, and puts them in another order, at once', async () => {
    const admin = new FakeAdmin();
    admin.put('a', [[0, 1, 2]]);
    await admin.reassign(move('a', 0, [2, 1]));
    expect(admin.partition('a', 0)).toMatchObject({ leader: 2, replicas: [2, 1], isr: [1, 2] });
    await admin.reassign(move('a', 0, [1, 2]));
    expect(admin.partition('a', 0)).toMatchObject({ leader: 2, replicas: [1, 2] });
    await admin.electPreferredLeaders();
    expect(admin.partition('a', 0).leader).toBe(1);
  });

  it('loses a broker and gets it back', async () => {
    const admin = new FakeAdmin();
    admin.put('a', [[0, 1], [0]]);
    admin.stop(0);
    expect(admin.partition('a', 0)).toMatchObject({ leader: 1, isr: [1] });
    expect(admin.partition('a', 1)).toMatchObject({ leader: -1, isr: [0] });
    expect((await admin.describe()).brokers.map(({ id }) => id)).toEqual([1, 2]);
    expect((await admin.describe()).topics[0].partitions[0].offlineReplicas).toEqual([0]);
    await expect(admin.describe(0)).rejects.toThrow('broker 0 does not answer');
    admin.start(0);
    expect(admin.partition('a', 1).leader).toBe(0);
    expect(admin.partition('a', 0).isr).toEqual([1]);
    admin.tick();
    expect(admin.partition('a', 0).isr).toEqual([0, 1]);
  });

  it('tells what holds for a topic, and where that comes from', async () => {
    const admin = new FakeAdmin();
    admin.put('a', [[0]], { 'retention.ms': '5' });
    await admin.alterConfigs({ type: 'broker', name: '' }, [['min.insync.replicas', '2']]);
    const entries = (await admin.describeConfigs([{ type: 'topic', name: 'a' }])).get('a');
    expect(entries?.map(({ name, value, source }) => [name, value, source])).toEqual([
      ['retention.ms', '5', 'topic'],
      ['min.insync.replicas', '2', 'default-broker'],
    ]);
  });

  it('changes its quorum', async () => {
    const admin = new FakeAdmin([0], [3000, 3001]);
    const { clusterId } = admin;
    const address = { host: 'c', port: 9093 };
    await admin.addVoter({ clusterId, id: 3002, directoryId: 'd', listener: 'CONTROLLER', address });
    const { voters } = await admin.describeQuorum('brokers');
    expect(voters.map(({ id }) => id)).toEqual([3000, 3001, 3002]);
    await expect(admin.removeVoter({ clusterId, id: 3000, directoryId: 'd' })).rejects.toMatchObject({
      code: 'VOTER_NOT_FOUND',
    });
    await admin.removeVoter({ clusterId, id: 3000, directoryId: voters[0].directoryId });
    expect(await admin.describeQuorum('controllers')).toMatchObject({ leaderId: 3001 });
  });

  it('raises features, and lowers them when that is said', async () => {
    const admin = new FakeAdmin();
    admin.featureList = [{ name: 'metadata.version', min: 7, max: 29, finalized: 25 }];
    await admin.updateFeature('metadata.version', 29);
    await expect(admin.updateFeature('metadata.version', 27)).rejects.toMatchObject({
      code: 'INVALID_UPDATE_VERSION',
    });
    await admin.updateFeature('metadata.version', 27, 'safe');
    expect(await admin.features()).toMatchObject([{ finalized: 27 }]);
  });
});
