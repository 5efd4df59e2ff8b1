import { type Manifest, nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import type { QuorumSubject } from './quorum-subject';

/** Seconds that a roll of three members may take. */
export const ROLLING = 240;

/** What `change` applies rolls through all members: one at a time, the leader last. */
export async function rollThrough(
  subject: QuorumSubject,
  change: () => Promise<unknown>,
  rolling = ROLLING,
): Promise<Numbers> {
  const { run, members } = subject;
  const leader = await subject.leader();
  const departures = await Departures.watch(run, members);
  await change();
  await subject.settled(rolling);
  const numbers = await subject.finish();
  departures.stop();
  await expectOneAtATime(subject, departures, 3);
  const last = departures.all.at(-1)?.pod;
  if (last !== leader) return run.fail(`${last} was the last to be restarted, not the leader, ${leader}`);
  return numbers;
}

/** Applies what no member can run on, and fails unless only one is taken away for it while the others go on. */
export async function stopAtTheFirst(
  subject: QuorumSubject,
  breakIt: () => Promise<unknown>,
): Promise<Departures> {
  const { container, members, name, run, witness } = subject;
  const leader = await subject.leader();
  const departures = await Departures.watch(run, members);
  await breakIt();
  const status = await subject.says({
    doing: new RegExp(
      `^Rolling: waits until every member is well: ${name}-\\d cannot run: container ${container}: `,
    ),
    todo: new RegExp(`^${name}-\\d fails on what was applied last: apply a commit that mends or reverts it`),
  });
  await witness.writesAgain(30);
  // Long enough for a second one to be taken away, if that could be.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await witness.writesAgain(30);
  const gone = departures.all.map(({ pod }) => pod);
  if (gone.length !== 1 || gone[0] === leader)
    await run.fail(`${gone} were restarted, not one follower; the leader was ${leader}`);
  const { todo } = await subject.status();
  if (!todo.startsWith(gone[0]) || !status.members.includes(gone[0]))
    await run.fail(`the status does not name ${gone[0]}: ${todo}`);
  return departures;
}

/** Fails unless so many members were restarted, and no two of them at the same time. */
export async function expectOneAtATime(
  { run }: QuorumSubject,
  departures: Departures,
  count: number,
): Promise<void> {
  const order = departures.all.map(({ pod }) => pod).join(', ');
  if (departures.overlapping.length > 0)
    await run.fail(`${departures.overlapping.join('; ')} (in the order ${order})`);
  if (departures.all.length !== count)
    await run.fail(`${departures.all.length} restarts, not ${count}: ${order}`);
}

/** An image that cannot be pulled stops the roll at its first member; `mend` takes it back. */
export async function brokenImage(
  subject: QuorumSubject,
  breakIt: () => Promise<unknown>,
  mend: () => Promise<unknown>,
): Promise<Numbers> {
  const departures = await stopAtTheFirst(subject, breakIt);
  await mend();
  const numbers = await subject.finish(ROLLING);
  departures.stop();
  const [first, ...others] = departures.all.map(({ pod }) => pod);
  if (others.join() !== first)
    return subject.run.fail(`${first} was to be replaced, and nobody else: ${others.join(', ')}`);
  return numbers;
}

/** Everything but the claims is removed and installed again under the same name. */
export async function reinstall(subject: QuorumSubject): Promise<Numbers> {
  const { run } = subject;
  await subject.uninstall();
  const { items } = await run.cluster.core.listNamespacedPersistentVolumeClaim({ namespace: run.namespace });
  if (items.length !== 3) return run.fail(`${items.length} claims outlived the uninstall, not 3`);
  if (!(await run.cluster.read(subject.formedMark)))
    return run.fail('the mark of the formed cluster is gone, and its data is there');
  await subject.apply();
  return subject.finish();
}

/** Fails unless every pod runs this image. */
export async function expectImage({ members, run }: QuorumSubject, wanted: string): Promise<void> {
  for (const pod of await run.cluster.pods(run.namespace, members)) {
    const image = pod.spec?.containers[0].image;
    if (image !== wanted) await run.fail(`${nameOf(pod)} runs ${image}, not ${wanted}`);
  }
}

/** The same manifests are applied again: nothing changes. A finished Job that was deleted runs again and changes nothing. */
export async function applyTwice(subject: QuorumSubject): Promise<Numbers> {
  const { run } = subject;
  const jobs = () => subject.applied.filter(({ kind }) => kind === 'Job');
  const before = await stored(subject, subject.applied);
  await subject.apply();
  const changed = difference(before, await stored(subject, subject.applied));
  if (changed.length > 0) return run.fail(`a second apply changed ${changed.join(', ')}`);
  for (const job of jobs()) {
    await run.waitFor(`${job.metadata.name} complete`, 60, () => completed(subject, job));
    await run.cluster.delete(job);
    await run.waitFor(`${job.metadata.name} gone`, 30, async () => {
      if (await run.cluster.read(job)) missing('it is there');
    });
  }
  await subject.apply();
  for (const job of jobs())
    await run.waitFor(`${job.metadata.name} complete again`, 60, () => completed(subject, job));
  return subject.finish();
}

/** Throws what is missing until a Job has succeeded. */
export async function completed(
  { run: { cluster, namespace } }: QuorumSubject,
  { metadata: { name } }: Manifest,
): Promise<void> {
  const { status } = await cluster.batch.readNamespacedJob({ namespace, name });
  if (!status?.succeeded) missing(`Job ${name} has not succeeded`);
}

/** Objects as they are stored, without what Kubernetes reports in them. */
async function stored({ run }: QuorumSubject, manifests: readonly Manifest[]): Promise<Manifest[]> {
  return Promise.all(
    manifests.map(
      async (manifest) => (await run.cluster.read(manifest)) ?? missing(`${manifest.metadata.name} is gone`),
    ),
  );
}

function difference(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  // Status and the times in managedFields move on their own; resourceVersion with them where there is a status.
  const wanted = ({ status, metadata, ...rest }: Manifest) =>
    JSON.stringify([
      rest,
      {
        ...metadata,
        managedFields: undefined,
        resourceVersion: status ? undefined : metadata.resourceVersion,
      },
    ]);
  return before
    .filter((manifest, index) => wanted(manifest) !== wanted(after[index]))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
