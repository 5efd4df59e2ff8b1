import { loseVolume } from '../faults/pods';
import { nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import type { QuorumSubject } from './quorum-subject';

/** Seconds that a change of the size may take. */
const SCALING = 300;

/** Through several sizes, from `first` on, under load; no pod may end before its member has left. */
export async function scaleThrough(
  subject: QuorumSubject,
  [first, ...sizes]: readonly number[],
): Promise<Numbers> {
  const { run, members, witness } = subject;
  const left: Promise<string | undefined>[] = [];
  const departures = await Departures.watch(run, members, (pod) => left.push(stillListed(subject, pod)));
  for (const size of sizes) {
    await subject.resize(size);
    await subject.settled(SCALING);
    await subject.expectListed(size);
    await witness.writesAgain(30);
  }
  const numbers = await subject.finish();
  departures.stop();
  const early = (await Promise.all(left)).filter(Boolean);
  if (early.length > 0) return run.fail(early.join('; '));
  const gone = [first, ...sizes].reduce(
    (sum, size, index, all) => sum + Math.max(0, (all[index - 1] ?? size) - size),
    0,
  );
  const order = departures.all.map(({ pod }) => pod);
  if (order.length !== gone) return run.fail(`${order.length} pods ended, not ${gone}: ${order}`);
  return numbers;
}

/** Why a pod must not end now; undefined when it may. */
async function stillListed(subject: QuorumSubject, pod: string): Promise<string | undefined> {
  const listed = await subject.listed();
  return !listed || listed.includes(pod) ? `${pod} ended while the members were ${listed}` : undefined;
}

/** The leader is lost in the middle of growing from three to five, and of shrinking again. */
export async function scaleWithoutLeader(subject: QuorumSubject): Promise<Numbers> {
  const { run } = subject;
  for (const [size, doing] of [
    [5, /^Growing/],
    [3, /^Shrinking/],
  ] as const) {
    await subject.resize(size);
    await subject.says({ doing });
    const name = await subject.leader();
    await run.cluster.core.deleteNamespacedPod({ namespace: run.namespace, name, gracePeriodSeconds: 0 });
    console.log(`${run.name}: ${name} was lost while it was ${(await subject.status()).doing}`);
    await subject.settled(SCALING);
    await subject.expectListed(size);
    await subject.witness.writesAgain(30);
  }
  return subject.finish();
}

/** A follower comes back with an empty disk, then the leader. */
export async function loseVolumes(subject: QuorumSubject): Promise<Numbers> {
  const { run } = subject;
  const [follower] = await subject.followers();
  for (const member of [follower, undefined]) {
    const pod = member ?? (await subject.leader());
    const claim = `data-${pod}`;
    const before = await volumeOf(run, claim);
    await loseVolume(run, pod, claim);
    await run.waitFor(`a new volume for ${pod}`, 60, async () => {
      const volume = await volumeOf(run, claim);
      if (!volume || volume === before) missing(`${claim} has ${volume ?? 'none'}`);
    });
    await subject.settled();
  }
  return subject.finish();
}

async function volumeOf({ cluster, namespace }: Run, claim: string): Promise<string | undefined> {
  const { items } = await cluster.core.listNamespacedPersistentVolumeClaim({ namespace });
  return items.find((each) => nameOf(each) === claim)?.spec?.volumeName;
}
