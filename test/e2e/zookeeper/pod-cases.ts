import { cutOff, deleteAllPods, deletePod, evict, killFirstProcess, podNames } from '../faults/pods';
import { nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, type EnsembleOptions, MEMBERS, NAME } from './ensemble';

/** The leader's pod is deleted, as by hand or by a controller. */
export async function deleteOnePod(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  await deletePod(run, await ensemble.leader());
  return ensemble.finish();
}

/** All members lose their pods at the same moment: the power cut. */
export async function deleteAll(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  const ensemble = await new Ensemble(run, options).form();
  await deleteAllPods(run, MEMBERS);
  return ensemble.finish();
}

/** The leader's server ends by itself; its container restarts in the same pod. */
export async function killLeader(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
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
  const ensemble = await new Ensemble(run).form();
  const leader = await ensemble.leader();
  const heal = await cutOff(run, leader);
  await run.waitFor('another leader', 60, async () => {
    const modes = await ensemble.modes();
    if (![...modes].some(([pod, mode]) => pod !== leader && mode === 'leader'))
      missing(JSON.stringify([...modes]));
    if (modes.get(leader) !== 'not serving')
      missing(`${leader}, cut off, still says it is ${modes.get(leader)}`);
  });
  await ensemble.witness.writesAgain(30);
  await heal();
  return ensemble.finish();
}

/** A drain takes one member; the budget refuses the second while the first is away. */
export async function evictTwo(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  const ensemble = await new Ensemble(run, options).form();
  const [first, second] = await podNames(run, MEMBERS);
  const granted = await evict(run, first);
  if (granted.refused)
    return run.fail(`the eviction of ${first} was refused while all members were ready: ${granted.refused}`);
  const { refused } = await evict(run, second);
  if (!refused)
    return run.fail(
      `the eviction of ${second} was granted while ${first} was away: no disruption budget forbade it`,
    );
  return ensemble.finish();
}

/** Only one member is left, then none, then all come back. A member without a quorum must say that it is not ready. */
export async function scaleToZero(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  const ensemble = await new Ensemble(run, options).form();
  const last = (await podNames(run, MEMBERS))[0];
  await scaleWorkload(run, 1);
  await run.waitFor(`${last} not ready, since it has no quorum`, 45, async () => {
    const members = await run.cluster.pods(run.namespace, MEMBERS);
    if (members.length > 1) missing(`${members.length} members are left`);
    const addresses = await readyAddresses(run);
    if (addresses.length > 0) missing(`clients are still sent to ${addresses}, a member without a quorum`);
  });
  await scaleWorkload(run, 0);
  await run.waitFor('no members', 60, async () => {
    const left = await podNames(run, MEMBERS);
    if (left.length > 0) missing(`${left} are left`);
  });
  await ensemble.apply();
  return ensemble.finish();
}

async function scaleWorkload({ cluster, namespace }: Run, replicas: number): Promise<void> {
  await cluster.merge({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: NAME, namespace },
    spec: { replicas },
  });
}

/** Where the clients' Service sends them. */
async function readyAddresses({ cluster, namespace }: Run): Promise<string[]> {
  const slices = await cluster.list('discovery.k8s.io/v1', 'EndpointSlice', namespace);
  return slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === NAME)
    .flatMap(
      (slice) =>
        (slice.endpoints ?? []) as { conditions: { ready?: boolean }; targetRef: { name: string } }[],
    )
    .filter((endpoint) => endpoint.conditions.ready)
    .map((endpoint) => endpoint.targetRef.name);
}
