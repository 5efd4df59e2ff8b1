import { cutOff, deleteAllPods, deletePod, evict, podNames } from '../faults/pods';
import { stewardOf } from '../faults/steward';
import type { Manifest } from '../harness/cluster';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import type { QuorumSubject } from './quorum-subject';

/** The leader's pod is deleted, as by hand or by a controller. */
export async function deleteLeader(subject: QuorumSubject): Promise<Numbers> {
  await deletePod(subject.run, await subject.leader());
  return subject.finish();
}

/** All members lose their pods at the same moment: the power cut. */
export async function deleteAll(subject: QuorumSubject): Promise<Numbers> {
  await deleteAllPods(subject.run, subject.members);
  return subject.finish();
}

/** The network of the leader's pod is gone for longer than anybody waits for it, then it comes back. */
export async function cutLeader(subject: QuorumSubject): Promise<Numbers> {
  const { run, witness } = subject;
  const leader = await subject.leader();
  const heal = await cutOff(run, leader);
  await run.waitFor('another leader', 90, async () => {
    const now = await subject.leader();
    if (now === leader) missing(`it is still ${now}`);
  });
  await witness.writesAgain(60);
  // Twice as long as any of the systems waits for who is silent.
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  await witness.writesAgain(30);
  await heal();
  return subject.finish();
}

/** A drain takes one member; the budget refuses the second while the first is away. */
export async function evictTwo(subject: QuorumSubject): Promise<Numbers> {
  const { run, members } = subject;
  const [first, second] = await podNames(run, members);
  const granted = await evict(run, first);
  if (granted.refused)
    return run.fail(`the eviction of ${first} was refused while all members were ready: ${granted.refused}`);
  const { refused } = await evict(run, second);
  if (!refused)
    return run.fail(
      `the eviction of ${second} was granted while ${first} was away: no disruption budget forbade it`,
    );
  return subject.finish();
}

/**
 * While no steward looks after it, only one member is left, then none; then all come back. A member without a quorum must
 * say that it is not ready.
 */
export async function scaleToZero(subject: QuorumSubject): Promise<Numbers> {
  const { members, name, run } = subject;
  await scale(subject, 'Deployment', `${name}-steward`, 0);
  await run.waitFor('no steward', 30, async () => {
    const left = await podNames(run, stewardOf(name));
    if (left.length > 0) missing(`${left} is left`);
  });
  await scale(subject, 'StatefulSet', name, 1);
  await run.waitFor(`${subject.first} not ready, since it has no quorum`, 45, async () => {
    const left = await run.cluster.pods(run.namespace, members);
    if (left.length > 1) missing(`${left.length} members are left`);
    const addresses = await readyAddresses(subject);
    if (addresses.length > 0) missing(`clients are still sent to ${addresses}, a member without a quorum`);
  });
  await scale(subject, 'StatefulSet', name, 0);
  await run.waitFor('no members', 60, async () => {
    const left = await podNames(run, members);
    if (left.length > 0) missing(`${left} are left`);
  });
  await subject.apply();
  return subject.finish();
}

/** Somebody scales the StatefulSet down, or replaces it without saying how many: the steward puts it back. */
export async function prune(subject: QuorumSubject, forming: number): Promise<Numbers> {
  const { run, name } = subject;
  const prunings: Record<string, () => Promise<void>> = {
    'one member less': () => scale(subject, 'StatefulSet', name, 2),
    'two members less': () => scale(subject, 'StatefulSet', name, 1),
    'no members': () => scale(subject, 'StatefulSet', name, 0),
    'a StatefulSet without replicas': () => replaceWithoutReplicas(subject),
  };
  for (const [what, pruning] of Object.entries(prunings)) {
    await pruning();
    await run.waitFor(`the steward to undo ${what}`, 60, async () => {
      const set = await run.cluster.read(setOf(subject));
      if (set?.spec.replicas !== 3) missing(`the StatefulSet is to have ${set?.spec.replicas} pods`);
    });
    await subject.settled(forming);
    await subject.expectListed(3);
    await subject.witness.writesAgain(30);
  }
  return subject.finish();
}

/** Scales as `kubectl scale` does. */
async function scale(
  { run: { cluster, namespace } }: QuorumSubject,
  kind: 'StatefulSet' | 'Deployment',
  name: string,
  replicas: number,
): Promise<void> {
  await cluster.merge({ apiVersion: 'apps/v1', kind, metadata: { name, namespace }, spec: { replicas } });
}

function setOf({ name, run: { namespace } }: QuorumSubject): Manifest {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name, namespace } };
}

/** As `kubectl replace` of what was rendered. */
async function replaceWithoutReplicas(subject: QuorumSubject): Promise<void> {
  const { run } = subject;
  const set = await run.cluster.read(setOf(subject));
  if (!set) return run.fail('there is no StatefulSet');
  const { replicas: _, ...spec } = set.spec;
  await run.cluster.replace({ ...set, spec });
}

/** Where the clients' Service sends them. */
async function readyAddresses({ name, run: { cluster, namespace } }: QuorumSubject): Promise<string[]> {
  const slices = await cluster.list('discovery.k8s.io/v1', 'EndpointSlice', namespace);
  return slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(
      (slice) =>
        (slice.endpoints ?? []) as { conditions: { ready?: boolean }; targetRef: { name: string } }[],
    )
    .filter((endpoint) => endpoint.conditions.ready)
    .map((endpoint) => endpoint.targetRef.name);
}
