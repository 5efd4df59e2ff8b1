import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrokersObserved, KafkaBrokers } from '../../../lib/kafka/steward/brokers';
import type { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import { eventually } from '../../support/eventually';
import { type KafkaCluster, kafkaMissing, startKafka } from '../../support/kafka-cluster';
import { loopbackAdmin, loopbackBrokers } from './loopback-kafka';

const ENOUGH = 180_000;

/** Where each release was formatted, and to where it is raised. */
const VERSIONS = [
  { version: '3.9.1', format: [], to: undefined },
  { version: '4.2.1', format: ['--release-version=4.1-IV1'], to: { name: '4.2-IV1', level: 29 } },
  { version: '4.3.1', format: ['--release-version=4.2-IV1'], to: { name: '4.3-IV0', level: 30 } },
] as const;

describe.skipIf(kafkaMissing).each(VERSIONS)('brokers of Kafka $version', ({ version, format, to }) => {
  let cluster: KafkaCluster;
  let admin: KafkaAdmin;
  let system: KafkaBrokers;

  const look = () => system.look();
  const states = ({ brokers }: BrokersObserved) =>
    [...brokers.values()].map(({ id, server }) => `${id} ${server.state}`);
  const of = (topic: string) => (seen: BrokersObserved) =>
    seen.partitions.filter((each) => each.topic === topic);
  const moved = of('moved');
  const throttles = async () => {
    const brokers = [0, 1, 2].map((id) => ({ type: 'broker' as const, name: String(id) }));
    const found = await admin.describeConfigs([...brokers, { type: 'topic', name: 'moved' }]);
    return [...found].flatMap(([name, entries]) =>
      entries
        .filter(
          (each) => each.name.includes('replication.throttled') && ['broker', 'topic'].includes(each.source),
        )
        .map((each) => `${name} ${each.name}=${each.value}`),
    );
  };

  beforeAll(async () => {
    const properties = { 'broker.session.timeout.ms': 3_000, 'min.insync.replicas': 1 };
    cluster = await startKafka({ version, controllers: 1, brokers: 3, properties, format });
    admin = loopbackAdmin(cluster);
    system = loopbackBrokers(cluster, admin, to && { metadataVersion: to });
    const configs = { 'min.insync.replicas': '2' };
    await admin.createTopics([{ name: 'orders', partitions: 4, replicationFactor: 3, configs }]);
    await admin.createTopics([{ name: 'moved', partitions: 2, replicationFactor: 1, configs: {} }]);
  }, ENOUGH);
  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
  });

  it('serve, and tell what it takes for a partition to be safe', async () => {
    const inSync = (each: BrokersObserved) => of('orders')(each).filter(({ isr }) => isr.length === 3).length;
    const seen = await eventually(look, (each) => inSync(each) === 4 && moved(each).length === 2);
    expect(states(seen)).toEqual(['0 serving', '1 serving', '2 serving']);
    expect(seen.known).toBe(true);
    expect(seen.throttled).toBe(false);
    expect([...seen.brokers.values()].map(({ registered }) => registered)).toEqual([true, true, true]);
    expect(seen.brokers.has(3000)).toBe(false);
    expect(of('orders')(seen)).toHaveLength(4);
    expect(of('orders')(seen)[0]).toMatchObject({ minInSync: 2, adding: [], removing: [] });
    expect(moved(seen)[0]).toMatchObject({ minInSync: 1 });
    expect([...seen.logDirs.keys()]).toEqual([0, 1, 2]);
  });

  it('move partitions with a throttle, which leaves no trace', async () => {
    const before = moved(await look());
    const [{ replicas }] = before;
    const target = [0, 1, 2].find((id) => !replicas.includes(id))!;
    await system.reassign(before.map(({ topic, partition }) => ({ topic, partition, replicas: [target] })));
    const rates = (await throttles()).filter((each) => /^\d/.test(each));
    expect(rates).toContain(`${target} follower.replication.throttled.rate=50000000`);
    expect(rates).toContain(`${replicas[0]} leader.replication.throttled.rate=50000000`);
    expect(await throttles()).toContainEqual(
      expect.stringMatching(new RegExp(`^moved follower.replication.throttled.replicas=.*0:${target}`)),
    );
    expect((await look()).throttled).toBe(true);
    await eventually(look, (seen) =>
      moved(seen).every((each) => each.replicas.join() === String(target) && each.adding.length === 0),
    );
    await system.unthrottle();
    await eventually(throttles, (found) => found.length === 0);
    await eventually(look, ({ throttled }) => !throttled);
  });

  it.skipIf(!to)('raise metadata.version, and nothing else', async () => {
    const { upgrade } = await look();
    expect(upgrade).toEqual({
      name: 'metadata.version',
      from: to!.level - (to!.level === 29 ? 2 : 1),
      to: to!.level,
      says: to!.name,
    });
    const before = await admin.features();
    await system.upgrade(upgrade!.name, upgrade!.to);
    await eventually(look, (seen) => seen.upgrade === undefined);
    const after = await admin.features();
    const other = (features: typeof after) => features.filter(({ name }) => name !== 'metadata.version');
    expect(other(after)).toEqual(other(before));
  });

  it(
    'are seen to be gone at once, and stay registered until they are not to be',
    async () => {
      await cluster.brokers.get(2)!.server.stop();
      const gone = await look();
      expect(states(gone)).toEqual(['0 serving', '1 serving', '2 starting']);
      const fenced = await eventually(look, (seen) =>
        of('orders')(seen).every(({ isr }) => !isr.includes(2)),
      );
      expect(fenced.brokers.get(2)).toMatchObject({ registered: true, server: { state: 'starting' } });
      await system.unregister(2);
      await eventually(look, (seen) => seen.brokers.get(2)?.registered === false);
      // Once more is as good.
      await system.unregister(2);
    },
    ENOUGH,
  );

  it(
    'are not believed without a quorum',
    async () => {
      await cluster.controllers.get(3000)!.server.stop();
      const seen = await look();
      expect(seen).toMatchObject({ known: false, partitions: [], unknown: expect.any(String) });
      expect(seen.brokers.get(0)?.server).toEqual({
        state: 'silent',
        reason: 'nobody can say whether it is fenced',
      });
    },
    ENOUGH,
  );
});
