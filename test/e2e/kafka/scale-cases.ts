import { deletePod, podNames } from '../faults/pods';
import { killSteward } from '../faults/steward';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { BROKERS, Brokers, CONTROLLERS, NAME, ROLLING, smallBrokers, smallControllers } from './brokers';

/** Three brokers become five, which receive their share; two leave again, emptied before they go. */
export async function scaleThrough(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  killSteward(run, NAME);
  await brokers.brokers({ count: 5 });
  await brokers.settled(ROLLING);
  await expectShares(brokers, [0, 1, 2, 3, 4]);
  await brokers.brokers({ count: 5, leaving: [1, 4] });
  // While it drains, a server that holds some of what moves is restarted.
  await deletePod(run, 'kafka-broker-2-0');
  await brokers.settled(ROLLING);
  await brokers.says({ doing: /may be dropped from the list/ });
  await brokers.brokers({ count: undefined, ids: [0, 2, 3], leaving: undefined });
  await prune(brokers, [1, 4]);
  await brokers.settled(ROLLING);
  await expectShares(brokers, [0, 2, 3]);
  return brokers.finish();
}

/** One controller becomes three, and one again. */
export async function scaleControllers(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run, { props: { controllers: smallControllers(1) } }).form();
  await brokers.apply({ controllers: smallControllers(3, 1) });
  await brokers.settled(ROLLING);
  await expectControllers(brokers, 3);
  await brokers.apply({ controllers: smallControllers(1) });
  await brokers.settled(ROLLING);
  await expectControllers(brokers, 1);
  return brokers.finish();
}

/** A broker is dropped from the list without having left: it is told of, and nothing settles until it is put back. */
export async function dropWithoutLeaving(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run, { props: { brokers: smallBrokers(4) } }).form();
  await brokers.brokers({ count: 3 });
  await prune(brokers, [3]);
  await brokers.says({ todo: /broker 3|brokers\.leaving/ });
  await brokers.witness.writesAgain(60);
  await brokers.brokers({ count: 4, leaving: [3] });
  await brokers.says({ doing: /may be dropped from the list/ }, ROLLING);
  await brokers.brokers({ count: 3, leaving: undefined });
  await prune(brokers, [3]);
  return brokers.finish(ROLLING);
}

/** Deletes what is rendered no more of some brokers, as a GitOps controller does once somebody has confirmed it. */
async function prune({ run }: Brokers, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    const metadata = { namespace: run.namespace, name: `${NAME}-broker-${id}` };
    await run.cluster.delete({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
    await run.cluster.delete({ apiVersion: 'v1', kind: 'Service', metadata });
  }
}

async function expectControllers({ run }: Brokers, wanted: number): Promise<void> {
  await run.waitFor(`${wanted} controllers`, 60, async () => {
    const pods = await podNames(run, CONTROLLERS);
    if (pods.length !== wanted) missing(`there are ${pods}`);
  });
}

/** Fails unless exactly these brokers run and the status shows that each holds partitions. */
async function expectShares(brokers: Brokers, ids: readonly number[]): Promise<void> {
  const { run } = brokers;
  const pods = await podNames(run, BROKERS);
  const wanted = ids.map((id) => `${NAME}-broker-${id}-0`);
  if (pods.join() !== wanted.join()) await run.fail(`${pods} run, not ${wanted}`);
  const { members } = await brokers.status();
  for (const pod of wanted) {
    const [, replicas] = new RegExp(`^${pod} +\\S+ +\\S+ +(\\d+)`, 'm').exec(members) ?? [];
    if (!(Number(replicas) > 0)) await run.fail(`${pod} holds no partitions:\n${members}`);
  }
}
