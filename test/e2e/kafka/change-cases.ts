import { KafkaVersion } from '../../../lib';
import { killSteward } from '../faults/steward';
import { nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import type { Numbers } from '../witness/witness';
import { Brokers, NAME, ROLLING, SERVERS } from './brokers';

/** Another image and another setting that is read at the start only, for every server in one apply. */
const EVERYTHING = {
  version: KafkaVersion.V4_3,
  configuration: { 'num.network.threads': 4 },
};

/** All servers change in one apply: one after the other, the quorum's leader as the last of the controllers. */
export async function rollAll(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  killSteward(run, NAME);
  return changeEverything(brokers);
}

/** The same while nobody kills the steward, so that the gaps can be compared. */
export async function rollWithSteward(run: Run): Promise<Numbers> {
  return changeEverything(await new Brokers(run).form());
}

/** The same by Kubernetes alone: all StatefulSets replace their pods at the same moment, and nothing is written meanwhile. */
export async function rollWithoutSteward(run: Run): Promise<Numbers> {
  // Nobody makes the topic, so brokers do.
  const configuration = { 'auto.create.topics.enable': true, 'num.partitions': 6 };
  const props = { operations: 'none', topics: undefined, configuration } as const;
  const brokers = await new Brokers(run, { props }).form();
  const departures = await Departures.watch(run, SERVERS);
  await brokers.apply({
    ...EVERYTHING,
    configuration: { ...configuration, ...EVERYTHING.configuration },
  });
  await brokers.settled(ROLLING);
  const numbers = await brokers.finish();
  departures.stop();
  if (departures.overlapping.length === 0)
    return run.fail('no two servers were away at the same time: the steward would not be needed');
  return numbers;
}

/** An image that cannot be pulled stops the roll at its first server; a revert takes it back. */
export async function brokenImage(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const departures = await Departures.watch(run, SERVERS);
  await brokers.apply({ image: 'apache/kafka:4.2.none' });
  await brokers.says({ todo: /fails on what was applied last: apply a commit that mends or reverts it/ });
  await brokers.witness.writesAgain(60);
  // Long enough for a second one to be taken away, if that could be.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  if (departures.all.length !== 1)
    return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted, not one server`);
  await brokers.apply({ image: undefined });
  const numbers = await brokers.finish(ROLLING);
  departures.stop();
  const [first, ...others] = departures.all.map(({ pod }) => pod);
  if (others.join() !== first)
    return run.fail(`${first} was to be replaced, and nobody else: ${others.join(', ')}`);
  return numbers;
}

/** A setting that Kafka takes while it runs restarts nobody. */
export async function changeLive(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const departures = await Departures.watch(run, SERVERS);
  await brokers.apply({
    configuration: { 'log.retention.ms': 3_600_000 },
    topics: { witness: { partitions: 9, configuration: { 'segment.bytes': 10_485_760 } }, more: {} },
  });
  const numbers = await brokers.finish();
  departures.stop();
  if (departures.all.length > 0)
    return run.fail(
      `${departures.all.map(({ pod }) => pod)} were restarted for settings that need no restart`,
    );
  return numbers;
}

/** A release up; `metadata.version` follows when every server runs it. */
export async function upgrade(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run, { props: { version: KafkaVersion.V4_1 } }).form();
  await brokers.apply({ version: KafkaVersion.V4_2 });
  return brokers.finish(ROLLING);
}

/** The same manifests again change nothing. */
export async function applyTwice(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const departures = await Departures.watch(run, SERVERS);
  await brokers.apply();
  const numbers = await brokers.finish();
  departures.stop();
  if (departures.all.length > 0) return run.fail(`${departures.all.map(({ pod }) => pod)} were restarted`);
  return numbers;
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  // Brokers ask the controllers before they end, and those may be gone before them; then it takes their whole grace.
  await brokers.uninstall(360);
  if (!(await run.cluster.read(brokers.formedMark)))
    return run.fail('the mark of the formed cluster is gone, and its data is there');
  await brokers.apply();
  return brokers.finish(ROLLING);
}

async function changeEverything(brokers: Brokers): Promise<Numbers> {
  const { run } = brokers;
  const leader = await brokers.leader();
  const departures = await Departures.watch(run, SERVERS);
  await brokers.apply(EVERYTHING);
  await brokers.settled(ROLLING);
  const numbers = await brokers.finish();
  departures.stop();
  const order = departures.all.map(({ pod }) => pod);
  if (departures.overlapping.length > 0)
    return run.fail(`${departures.overlapping.join('; ')} (in the order ${order})`);
  if (order.length !== 6) return run.fail(`${order.length} restarts, not 6: ${order}`);
  if (order[2] !== leader) return run.fail(`the leader, ${leader}, was not the last controller: ${order}`);
  for (const pod of await run.cluster.pods(run.namespace, SERVERS)) {
    const image = pod.spec?.containers[0].image;
    if (image !== KafkaVersion.V4_3.image) return run.fail(`${nameOf(pod)} runs ${image}`);
  }
  return numbers;
}
