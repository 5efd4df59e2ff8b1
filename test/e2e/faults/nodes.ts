import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Run } from '../harness/run';
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
