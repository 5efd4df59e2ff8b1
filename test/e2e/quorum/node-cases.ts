import { drain, quietestNode, stopNode } from '../faults/nodes';
import { nameOf } from '../harness/cluster';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import { missing } from '../harness/wait';
import type { Numbers } from '../witness/witness';
import type { QuorumSubject } from './quorum-subject';

/** A member's machine loses its power and boots again. */
export async function stopMembersNode(subject: QuorumSubject, forming: number): Promise<Numbers> {
  const { run } = subject;
  const { witness, members } = await placement(subject);
  const node = await quietestNode(
    run,
    [...new Set(members.values())].filter((each) => each !== witness),
  );
  const start = await stopNode(run, node);
  await notReady(run, node);
  await subject.witness.writesAgain(60);
  await start();
  return subject.finish(forming);
}

/** Labels of a case's members alone, since kubectl drains all namespaces: others have clusters of the same name. */
export function ofThisCase({ name }: Run): { metadata: { labels: Record<string, string> } } {
  return { metadata: { labels: { drain: name } } };
}

/**
 * Two machines are drained at the same time: the second member goes only when the first one is back. The members carry the
 * labels of this case.
 */
export async function drainTwo(subject: QuorumSubject, forming: number): Promise<Numbers> {
  const { run, members: selector } = subject;
  const { members } = await placement(subject);
  const places = [...new Set(members.values())].slice(0, 2);
  if (places.length < 2) return run.fail(`all members are on ${places}`);
  const departures = await Departures.watch(run, selector);
  const drains = places.map((node) => drain(run, node, `${selector},drain=${run.name}`));
  await run.waitFor('the first member to be evicted', 30, async () => {
    if (departures.all.length === 0) missing('none is');
  });
  await subject.says({ doing: /cannot run: not scheduled/ }, 60);
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const gone = departures.all.map(({ pod }) => pod);
  if (gone.length !== 1) return run.fail(`the drains took ${gone} away, not one member`);
  await subject.witness.writesAgain(30);
  const first = places.indexOf(members.get(gone[0]) ?? '');
  await drains[first].done;
  await drains[first].uncordon();
  await drains[1 - first].done;
  await drains[1 - first].uncordon();
  const numbers = await subject.finish(forming);
  departures.stop();
  if (departures.overlapping.length > 0) return run.fail(departures.overlapping.join('; '));
  return numbers;
}

/** The nodes on which the witness runs, and each member. */
export async function placement({
  members: selector,
  run: { cluster, namespace },
}: QuorumSubject): Promise<{ witness: string; members: Map<string, string> }> {
  const pods = await cluster.pods(namespace);
  const members = await cluster.pods(namespace, selector);
  const witness = pods.find((pod) => nameOf(pod) === 'witness')?.spec?.nodeName ?? '';
  return { witness, members: new Map(members.map((pod) => [nameOf(pod), pod.spec?.nodeName ?? ''])) };
}

async function notReady(run: Run, name: string): Promise<void> {
  await run.waitFor(`${name} not ready`, 60, async () => {
    const { status } = await run.cluster.core.readNode({ name });
    if (status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'))
      missing('it is ready');
  });
}
