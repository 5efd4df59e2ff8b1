import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaControllers } from '../../../lib/kafka/steward/controllers';
import type { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import type { Observed } from '../../../lib/steward/adapter';
import type { Step } from '../../../lib/steward/facts';
import { factsOf } from '../../../lib/steward/gather';
import { nextStep } from '../../../lib/steward/next-step';
import { podObject, setObject } from '../../steward/fake-world';
import { eventually } from '../../support/eventually';
import { type KafkaCluster, kafkaMissing, startKafka } from '../../support/kafka-cluster';
import { loopbackAdmin, loopbackControllers, loopbackKafka, loseDisk } from './loopback-kafka';

const ENOUGH = 180_000;

describe.skipIf(kafkaMissing).each(['3.9.1', '4.2.1', '4.3.1'])('controllers of Kafka %s', (version) => {
  let cluster: KafkaCluster;
  let admin: KafkaAdmin;
  let system: KafkaControllers;

  const roles = ({ servers }: Observed) =>
    [...servers].map(([id, server]) =>
      server.state === 'serving'
        ? `${id} ${server.role}${server.synced ? '' : ' behind'}`
        : `${id} ${server.state}`,
    );
  const leaderOf = ({ servers }: Observed) =>
    [...servers].find(([, server]) => server.state === 'serving' && server.role === 'leader')?.[0];
  const synced = (count: number) => (seen: Observed) =>
    [...seen.servers.values()].filter((server) => server.state === 'serving' && server.synced).length ===
    count;
  const look = (ids: readonly number[] = [3000, 3001, 3002]) => system.look(ids);

  /** What the steward would do next, with all pods ready. */
  const next = (observed: Observed, wanted: readonly number[]): Step => {
    const ids = [...observed.servers.keys()].filter((id) => id > 0);
    const settings = {
      ...loopbackKafka(cluster),
      members: wanted.map((id) => ({ id, part: 'voter' as const })),
    };
    const set = { ...setObject(settings, ids.length, 'a'), metadata: setObject(settings, 3, 'a').metadata };
    const pods = ids.map((id) => {
      const pod = podObject(id, { uid: `${id}`, revision: 'a', created: 0, terminating: false, ready: true });
      return { ...pod, metadata: { ...pod.metadata, name: `kafka-controller-${id}` } };
    });
    const objects = { sets: new Map([['kafka-controller', set]]), pods, formed: true };
    return nextStep(factsOf(objects, observed, settings, undefined, Date.now()));
  };

  beforeAll(async () => {
    cluster = await startKafka({ version, controllers: 3, brokers: 1 });
    admin = loopbackAdmin(cluster);
    system = loopbackControllers(cluster, admin);
  }, ENOUGH);
  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
  });

  it('lead, follow and vote', async () => {
    const seen = await eventually(look, synced(3));
    expect(roles(seen).filter((each) => each.endsWith('leader'))).toHaveLength(1);
    expect(roles(seen).filter((each) => each.endsWith('follower'))).toHaveLength(2);
    expect(seen.membership).toEqual(new Map([3000, 3001, 3002].map((id) => [id, 'voter'])));
    expect(seen.ghosts).toEqual(new Map());
    expect(next(seen, [3000, 3001, 3002]).step).toBe('rest');
  });

  it(
    'get their vote back after their disk was lost',
    async () => {
      const leader = leaderOf(await eventually(look, synced(3)));
      const lost = [3000, 3001, 3002].find((id) => id !== leader)!;
      await loseDisk(cluster, cluster.controllers.get(lost)!);

      const seen = await eventually(look, ({ ghosts }) => ghosts?.size === 1);
      expect(roles(seen)).toContain(`-${lost} silent`);
      expect(seen.membership?.get(-lost)).toBe('voter');
      expect(seen.membership?.has(lost)).toBe(false);
      const followed = await eventually(look, synced(3));
      expect(roles(followed)).toContain(`${lost} observer`);

      await expect(system.admit(lost, 'voter')).rejects.toThrow('DUPLICATE_VOTER');
      expect(next(followed, [3000, 3001, 3002])).toMatchObject({
        step: 'dismiss',
        id: -lost,
        why: expect.stringContaining(`the lost disk of kafka-controller-${lost}`),
      });
      await system.dismiss(-lost);
      const dismissed = await eventually(look, (each) => each.membership?.size === 2 && synced(3)(each));
      expect(dismissed.ghosts?.size).toBe(0);
      expect(next(dismissed, [3000, 3001, 3002])).toMatchObject({ step: 'admit', id: lost });
      await system.admit(lost, 'voter');
      const admitted = await eventually(look, (each) => each.membership?.size === 3 && synced(3)(each));
      expect(admitted.membership?.get(lost)).toBe('voter');
      expect(next(admitted, [3000, 3001, 3002]).step).toBe('rest');
    },
    ENOUGH,
  );

  it(
    'come and go, the leader too, which goes on as an observer',
    async () => {
      const { id } = await cluster.joinController();
      const all = [3000, 3001, 3002, id];
      const joined = await eventually(() => look(all), synced(4));
      expect(roles(joined)).toContain(`${id} observer`);
      expect(next(joined, all)).toMatchObject({ step: 'admit', id });
      await system.admit(id, 'voter');
      const four = await eventually(
        () => look(all),
        (each) => each.membership?.size === 4 && synced(4)(each),
      );
      const leader = leaderOf(four)!;
      await system.dismiss(leader);
      const three = await eventually(
        () => look(all),
        (each) => each.membership?.size === 3 && synced(4)(each) && leaderOf(each) !== leader,
      );
      expect(roles(three)).toContain(`${leader} observer`);
      expect(three.membership?.has(leader)).toBe(false);
      // The vote is given back: nothing keeps a controller out that was dismissed.
      await system.admit(leader, 'voter');
      await eventually(
        () => look(all),
        (each) => each.membership?.size === 4 && synced(4)(each),
      );
    },
    ENOUGH,
  );

  it('are only changed as they were looked at', async () => {
    const other = loopbackControllers(cluster, admin);
    await other.look([3000, 3001, 3002]);
    await system.look([3000, 3001, 3002]);
    const leader = leaderOf(await look())!;
    const victim = [...cluster.controllers.keys()].find((id) => id !== leader)!;
    await other.dismiss(victim);
    await expect(system.dismiss(leader)).rejects.toThrow('the voters of the quorum have changed meanwhile');
  });

  it(
    'are seen to be gone at once, and to have no leader',
    async () => {
      const ids = [...cluster.controllers.keys()];
      await cluster.controllers.get(ids[0])!.server.stop();
      expect((await look(ids)).servers.get(ids[0])).toEqual({
        state: 'silent',
        reason: 'nothing listens on its port',
      });
      await cluster.controllers.get(ids[1])!.server.stop();
      await cluster.controllers.get(ids[2])!.server.stop();
      const seen = await eventually(
        () => look(ids),
        ({ membership }) => membership === undefined,
      );
      expect(roles(seen)).toContain(`${ids[3]} waiting`);
    },
    ENOUGH,
  );
});
