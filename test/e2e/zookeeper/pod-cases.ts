import { killFirstProcess } from '../faults/pods';
import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import * as pods from '../quorum/pod-cases';
import type { Numbers } from '../witness/witness';
import { Ensemble, type EnsembleOptions, FORMING, MEMBERS } from './ensemble';

const formed = (run: Run, options?: EnsembleOptions): Promise<Ensemble> => new Ensemble(run, options).form();

/** The leader's pod is deleted, as by hand or by a controller. */
export async function deleteOnePod(run: Run): Promise<Numbers> {
  return pods.deleteLeader(await formed(run));
}

/** All members lose their pods at the same moment: the power cut. */
export async function deleteAll(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  return pods.deleteAll(await formed(run, options));
}

/** The leader's server ends by itself; its container restarts in the same pod. */
export async function killLeader(run: Run): Promise<Numbers> {
  const ensemble = await formed(run);
  const leader = await ensemble.leader();
  await killFirstProcess(run, leader, 'zookeeper');
  await run.waitFor(`a restart of ${leader}`, 60, async () => {
    const pod = (await run.cluster.pods(run.namespace, MEMBERS)).find((each) => nameOf(each) === leader);
    if (!pod?.status?.containerStatuses?.[0].restartCount) missing('its container has not restarted');
  });
  return ensemble.finish();
}

/** The network of the leader's pod is gone for longer than a session lasts, then it comes back. */
export async function cutLeader(run: Run): Promise<Numbers> {
  return pods.cutLeader(await formed(run));
}

/** A drain takes one member; the budget refuses the second while the first is away. */
export async function evictTwo(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  return pods.evictTwo(await formed(run, options));
}

/** While no steward looks after it, only one member is left, then none; then all come back. */
export async function scaleToZero(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  return pods.scaleToZero(await formed(run, options));
}

/** Somebody scales the StatefulSet down, or replaces it without saying how many: the steward puts it back. */
export async function prune(run: Run): Promise<Numbers> {
  return pods.prune(await formed(run), FORMING);
}
