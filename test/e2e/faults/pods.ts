import { nameOf, reasonOf, statusOf } from '../harness/cluster';
import type { Run } from '../harness/run';
import { breakUntil } from './reference-cluster';

/** Deletes one pod, as a person or a controller would. */
export async function deletePod({ cluster, namespace }: Run, name: string): Promise<void> {
  await cluster.core.deleteNamespacedPod({ namespace, name });
}

/** Deletes all pods of a selector at once and without any grace: the power cut. */
export async function deleteAllPods({ cluster, namespace }: Run, labelSelector: string): Promise<void> {
  await cluster.core.deleteCollectionNamespacedPod({ namespace, labelSelector, gracePeriodSeconds: 0 });
}

/** Ends the first process of a container. SIGKILL from inside would do nothing: the kernel protects PID 1. */
export async function killFirstProcess(
  { cluster, namespace }: Run,
  pod: string,
  container: string,
): Promise<void> {
  await cluster.exec(namespace, pod, ['bash', '-c', 'kill -TERM 1'], container);
}

/** Deletes a member's claim and its pod, so that it comes back with an empty volume. */
export async function loseVolume({ cluster, namespace }: Run, pod: string, claim: string): Promise<void> {
  // The claim goes only once nobody uses it.
  await cluster.core.deleteNamespacedPersistentVolumeClaim({ namespace, name: claim });
  await cluster.core.deleteNamespacedPod({ namespace, name: pod, gracePeriodSeconds: 0 });
}

/** Asks for the eviction of a pod; `refused` holds the answer when a budget forbids it. */
export async function evict({ cluster, namespace }: Run, name: string): Promise<{ refused?: string }> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  try {
    await cluster.core.createNamespacedPodEviction({ namespace, name, body });
    return {};
  } catch (error) {
    if (statusOf(error) === 429) return { refused: reasonOf(error) };
    throw error;
  }
}

/** Cuts a pod off from all others until the function that this gives is called, or the case is over. */
export async function cutOff(run: Run, pod: string): Promise<() => Promise<void>> {
  const heal = await breakUntil('pod', 'cut', 'heal', `${run.namespace}/${pod}`);
  run.onEnd(heal);
  return heal;
}

/** Names of a namespace's pods with a label. */
export async function podNames({ cluster, namespace }: Run, labelSelector: string): Promise<string[]> {
  return (await cluster.pods(namespace, labelSelector)).map(nameOf);
}
