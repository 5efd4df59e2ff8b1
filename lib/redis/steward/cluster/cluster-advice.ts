import { wait } from '../../../steward/charge';
import type { Cause, Phase } from '../../../steward/facts';
import { few, lookAt } from '../../../steward/words';
import type { ClusterNode, ClusterStep } from './cluster-facts';
import type { Cluster } from './cluster-state';
import { trouble } from './node-state';
import { stayingNodes } from './shards';

/** How a node is, in one sentence. */
export const describe = (cluster: Cluster, node: ClusterNode): string =>
  trouble(cluster, node) ?? `${node.pod} serves`;

/** How several nodes are. */
export const describeAll = (cluster: Cluster, nodes: readonly ClusterNode[]): string =>
  few(
    nodes.map((node) => describe(cluster, node)),
    '; ',
    5,
  );

/** Whether somebody runs well on what was applied last, so that who fails on it does so for reasons of its own. */
const isProven = (cluster: Cluster): boolean =>
  stayingNodes(cluster).some(
    (node) => node.kube && !node.kube.outdated && trouble(cluster, node) === undefined,
  );

/** Whether what was applied last is not known to work, and is seen to fail. */
export const newFails = (cluster: Cluster): boolean =>
  !isProven(cluster) && cluster.facts.nodes.some(({ kube }) => kube && !kube.outdated && kube.broken);

/** Waits, with what a person can do about nodes that will not come by themselves. */
export function stuck(
  cluster: Cluster,
  phase: Phase,
  cause: Cause,
  why: string,
  nodes: readonly ClusterNode[],
): ClusterStep {
  const failing = nodes.find(({ kube }) => kube?.broken && !kube.outdated);
  if (failing) return wait(phase, 'revision', why, adviceForFailing(cluster, failing));
  const gone = nodes.find(({ kube }) => kube?.terminating && kube.stalled);
  if (gone) return wait(phase, cause, why, adviceForGone(gone));
  const late = nodes.find(({ kube }) => kube?.stalled);
  return wait(phase, cause, why, late && `Read what ${late.pod} says: ${lookAt(late.pod)}`);
}

function adviceForFailing(cluster: Cluster, node: ClusterNode): string {
  if (isProven(cluster)) {
    return (
      `Others run well on what was applied last, so look at the node and the volumes of ${node.pod} first: ` +
      `${lookAt(node.pod)}. A commit that mends or reverts what was applied last helps, too.`
    );
  }
  return (
    `${node.pod} fails on what was applied last: apply a commit that mends or reverts it. ` +
    'Nodes that serve are left alone until it is well.'
  );
}

function adviceForGone({ pod, kube }: ClusterNode): string {
  return (
    `${pod} has not ended in time, so its node${kube?.node ? ` ${kube.node}` : ''} may be lost. If the machine is gone for ` +
    'good, delete the Node or taint it out-of-service; Kubernetes then starts the server elsewhere.'
  );
}
