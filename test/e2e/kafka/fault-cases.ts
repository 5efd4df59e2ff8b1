import {
  cutOff,
  deleteAllPods,
  deletePod,
  evict,
  killFirstProcess,
  loseVolume,
  podNames,
} from '../faults/pods';
import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing, SECOND, sleep } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { BROKERS, Brokers, ROLLING, SERVERS } from './brokers';

/** All servers lose their pods at the same moment: the power cut. */
export async function deleteAll(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  await deleteAllPods(run, SERVERS);
  return brokers.finish(ROLLING);
}

/** The quorum's leader is deleted, then a broker. */
export async function deleteLeader(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  await deletePod(run, await brokers.leader());
  await brokers.settled();
  await deletePod(run, 'kafka-broker-0-0');
  return brokers.finish();
}

/** A broker's server ends by itself; its container restarts in the same pod. */
export async function killBroker(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  await killFirstProcess(run, 'kafka-broker-1-0', 'kafka');
  await run.waitFor('a restart of kafka-broker-1-0', 120, async () => {
    const pod = (await run.cluster.pods(run.namespace, BROKERS)).find(
      (each) => nameOf(each) === 'kafka-broker-1-0',
    );
    if (!pod?.status?.containerStatuses?.[0].restartCount) missing('its container has not restarted');
  });
  return brokers.finish();
}

/** The network of a broker's pod is gone for two minutes, then it comes back. */
export async function cutBroker(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const heal = await cutOff(run, 'kafka-broker-1-0');
  await sleep(120 * SECOND);
  await brokers.witness.writesAgain(60);
  await heal();
  return brokers.finish();
}

/** A broker comes back with an empty disk, then a controller, then the quorum's leader. */
export async function loseVolumes(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const follower = ['kafka-controller-3000', 'kafka-controller-3001'];
  await loseVolume(run, 'kafka-broker-1-0', 'data-0-kafka-broker-1-0');
  await brokers.settled();
  const leader = await brokers.leader();
  const other = follower.find((pod) => pod !== leader) ?? '';
  for (const pod of [other, await brokers.leader()]) {
    await loseVolume(run, pod, `data-0-${pod}`);
    await brokers.settled();
  }
  return brokers.finish();
}

/** A drain takes one server; the budget refuses the second while the first is away. */
export async function evictTwo(run: Run): Promise<Numbers> {
  const brokers = await new Brokers(run).form();
  const [first, second] = await podNames(run, BROKERS);
  const granted = await evict(run, first);
  if (granted.refused) return run.fail(`the eviction of ${first} was refused: ${granted.refused}`);
  const { refused } = await evict(run, second);
  if (!refused)
    return run.fail(`the eviction of ${second} was granted while ${first} was away: no budget forbade it`);
  return brokers.finish();
}
