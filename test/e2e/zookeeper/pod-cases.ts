import { cutOff, deleteAllPods, deletePod, evict, killFirstProcess, podNames } from '../faults/pods';
import { stewardOf } from '../faults/steward';
import { type Manifest, nameOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import { Ensemble, type EnsembleOptions, FORMING, MEMBERS, NAME } from './ensemble';

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

/**
 * While no steward looks after it, only one member is left, then none; then all come back. A member without a quorum must
 * say that it is not ready.
 */
export async function scaleToZero(run: Run, options?: EnsembleOptions): Promise<Numbers> {
  const ensemble = await new Ensemble(run, options).form();
  const last = (await podNames(run, MEMBERS))[0];
  await scale(run, 'Deployment', `${NAME}-steward`, 0);
  await run.waitFor('no steward', 30, async () => {
    const left = await podNames(run, stewardOf(NAME));
    if (left.length > 0) missing(`${left} is left`);
  });
  await scale(run, 'StatefulSet', NAME, 1);
  await run.waitFor(`${last} not ready, since it has no quorum`, 45, async () => {
    const members = await run.cluster.pods(run.namespace, MEMBERS);
    if (members.length > 1) missing(`${members.length} members are left`);
    const addresses = await readyAddresses(run);
    if (addresses.length > 0) missing(`clients are still sent to ${addresses}, a member without a quorum`);
  });
  await scale(run, 'StatefulSet', NAME, 0);
  await run.waitFor('no members', 60, async () => {
    const left = await podNames(run, MEMBERS);
    if (left.length > 0) missing(`${left} are left`);
  });
  await ensemble.apply();
  return ensemble.finish();
}

/** Somebody scales the StatefulSet down, or replaces it without saying how many: the steward puts it back. */
export async function prune(run: Run): Promise<Numbers> {
  const ensemble = await new Ensemble(run).form();
  const prunings: Record<string, () => Promise<void>> = {
    'one member less': () => scale(run, 'StatefulSet', NAME, 2),
    'two members less': () => scale(run, 'StatefulSet', NAME, 1),
    'no members': () => scale(run, 'StatefulSet', NAME, 0),
    'a StatefulSet without replicas': () => replaceWithoutReplicas(run),
  };
  for (const [what, pruning] of Object.entries(prunings)) {
    await pruning();
    await run.waitFor(`the steward to undo ${what}`, 60, async () => {
      const set = await run.cluster.read(setOf(run));
      if (set?.spec.replicas !== 3) missing(`the StatefulSet is to have ${set?.spec.replicas} pods`);
    });
    await ensemble.settled(FORMING);
    await ensemble.expectMembership('1 2 3');
    await ensemble.witness.writesAgain(30);
  }
  return ensemble.finish();
}

/** Scales as `kubectl scale` does. */
async function scale(
  { cluster, namespace }: Run,
  kind: 'StatefulSet' | 'Deployment',
  name: string,
  replicas: number,
): Promise<void> {
  await cluster.merge({ apiVersion: 'apps/v1', kind, metadata: { name, namespace }, spec: { replicas } });
}

function setOf({ namespace }: Run): Manifest {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: NAME, namespace } };
}

/** As `kubectl replace` of what was rendered. */
async function replaceWithoutReplicas(run: Run): Promise<void> {
  const set = await run.cluster.read(setOf(run));
  if (!set) return run.fail('there is no StatefulSet');
  const { replicas: _, ...spec } = set.spec;
  await run.cluster.replace({ ...set, spec });
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
