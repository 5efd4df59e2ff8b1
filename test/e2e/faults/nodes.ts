import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Departures } from '../harness/departures';
import type { Run } from '../harness/run';
import { missing, SECOND, sleep } from '../harness/wait';
import { breakUntil, script } from './reference-cluster';

/** Takes the power from a node until the function that this gives is called, or the case is over. */
export async function stopNode(run: Run, node: string): Promise<() => Promise<void>> {
  const start = await breakUntil('node', 'stop', 'start', node);
  run.onEnd(start);
  return start;
}

/** Pulls a node's network cable until the function that this gives is called, or the case is over. */
export async function isolateNode(run: Run, node: string): Promise<() => Promise<void>> {
  // A cable that could not be plugged in again is not pulled; plugging in what is plugged in does nothing.
  await script('node', 'rejoin', node);
  const rejoin = await breakUntil('node', 'isolate', 'rejoin', node);
  run.onEnd(rejoin);
  return rejoin;
}

/** Waits until a node is no longer ready, as Kubernetes knows it. */
export async function notReady(run: Run, name: string): Promise<void> {
  await run.waitFor(`${name} not ready`, 60, async () => {
    const { status } = await run.cluster.core.readNode({ name });
    if (status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
      missing('it is ready');
  });
}

/** Of some nodes the one whose loss hits the fewest pods of others. */
export async function quietestNode({ cluster, namespace }: Run, nodes: readonly string[]): Promise<string> {
  const { items } = await cluster.core.listPodForAllNamespaces();
  const others = (node: string) =>
    items.filter(
      (pod) =>
        pod.spec?.nodeName === node &&
        pod.metadata?.namespace !== namespace &&
        pod.status?.phase === 'Running',
    ).length;
  const [quietest] = [...nodes].sort((a, b) => others(a) - others(b));
  if (!quietest) throw new Error('no node to choose from');
  return quietest;
}

/** Labels of a case's members alone, since kubectl drains all namespaces: others have clusters of the same name. */
export function ofThisCase({ name }: Run): { metadata: { labels: Record<string, string> } } {
  return { metadata: { labels: { drain: name } } };
}

/** Two nodes that are drained at the same time. */
export interface DrainInTurn {
  readonly run: Run;
  /** Of the members, which carry the labels of this case. */
  readonly selector: string;
  /** Nodes of the members; the first two that are not the same are drained. */
  readonly nodes: readonly string[];
  /** What must hold while the first member is away and the second waits. */
  readonly away: () => Promise<void>;
}

/** Drains two nodes: the second member goes only when the first one is back. */
export async function drainInTurn<T>(
  { run, selector, nodes, away }: DrainInTurn,
  finish: () => Promise<T>,
): Promise<T> {
  const [first, second] = new Set(nodes);
  if (!second) return run.fail(`all members are on ${first}`);
  const departures = await Departures.watch(run, selector);
  const drains = [first, second].map((node) => drain(run, node, `${selector},drain=${run.name}`));
  await run.waitFor('the first member to be evicted', 30, async () => {
    if (departures.all.length === 0) missing('none is');
  });
  await away();
  await sleep(15 * SECOND);
  const gone = departures.all.map(({ pod }) => pod);
  if (gone.length !== 1) return run.fail(`the drains took ${gone} away, not one member`);
  const done = await Promise.race(drains.map((each) => each.done.then(() => each)));
  await done.uncordon();
  for (const other of drains.filter((each) => each !== done)) {
    await other.done;
    await other.uncordon();
  }
  const result = await finish();
  departures.stop();
  if (departures.overlapping.length > 0) return run.fail(departures.overlapping.join('; '));
  return result;
}

/**
 * Drains a node by kubectl, of the pods of a selector alone. `done` resolves when all are gone; no
 * pod starts there until the function `uncordon` is called, or the case is over.
 */
export function drain(
  run: Run,
  node: string,
  selector: string,
): { done: Promise<void>; uncordon: () => Promise<void> } {
  const kubectl = promisify(execFile);
  const uncordon = async () => void (await kubectl('kubectl', ['uncordon', node]));
  run.onEnd(uncordon);
  const options = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s'];
  const done = kubectl('kubectl', ['drain', node, `--pod-selector=${selector}`, ...options]);
  done.catch(() => undefined);
  return { done: done.then(() => undefined), uncordon };
}
