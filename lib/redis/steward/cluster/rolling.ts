import { wait } from '../../../steward/charge';
import type { Phase } from '../../../steward/facts';
import { describe, newFails, stuck } from './cluster-advice';
import type { ClusterNode, ClusterStep } from './cluster-facts';
import type { Cluster, Viewed } from './cluster-state';
import { fault, isIdle, trouble } from './node-state';
import { entryOf, isStaying, stayingNodes } from './shards';
import { slotsText } from './slots';

/** A pod that does nothing for the cluster costs nothing to replace, and may be what keeps its own mending away. */
export function replaceUseless(cluster: Cluster): ClusterStep | undefined {
  const useless = cluster.facts.nodes.filter(
    (node) => node.kube?.outdated && !node.kube.ready && !node.kube.terminating && isIdle(cluster, node),
  );
  const chosen =
    useless.find(({ kube }) => kube?.broken) ??
    (newFails(cluster) ? undefined : useless.find(({ kube }) => kube?.stalled));
  if (!chosen?.kube) return undefined;
  const why = `${describe(cluster, chosen)}, and ${chosen.kube.outdated}`;
  return { phase: 'Healing', step: 'restart', pod: chosen.pod, uid: chosen.kube.uid, why };
}

/**
 * Restarts what is outdated, one at a time, replicas first. A master hands its slots over before; where it has no replica, its
 * slots are away for as long as it takes, which is only done where it comes back with its keys.
 */
export function roll(cluster: Cluster): ClusterStep | undefined {
  const outdated = outdatedOf(cluster);
  let held: ClusterStep | undefined;
  for (const node of outdated) {
    if (unreadyBeside(cluster, node).length > 0) continue;
    const left = outdated.length > 1 ? `, ${outdated.length - 1} more after it` : '';
    const step = replace(cluster, node, `${node.pod}: ${node.kube?.outdated}${left}`);
    if (step?.step !== 'wait') return step;
    held ??= step;
  }
  return held;
}

/** Replicas first, the last of each shard before the others; masters at the end. */
function outdatedOf(cluster: Cluster): Viewed[] {
  const rank = (node: Viewed) => Number(entryOf(cluster, node).slots.length > 0);
  return cluster.inside
    .filter((node) => isStaying(cluster, node) && node.kube?.outdated && !node.kube.terminating)
    .sort((a, b) => rank(a) - rank(b) || a.shard - b.shard || b.ordinal - a.ordinal);
}

/** Nodes whose state forbids to end another. Of several that serve and are never ready on what was applied before, one is first. */
function unreadyBeside(cluster: Cluster, target: ClusterNode): ClusterNode[] {
  const alike = ({ kube }: ClusterNode) => !target.kube?.ready && kube?.outdated;
  return stayingNodes(cluster).filter(
    (node) =>
      node !== target && trouble(cluster, node) !== undefined && !(alike(node) && !fault(cluster, node)),
  );
}

function replace(cluster: Cluster, node: Viewed, why: string): ClusterStep {
  const { pod, kube } = node;
  const { slots } = entryOf(cluster, node);
  const restart = (more = ''): ClusterStep => ({
    ...{ phase: 'Rolling', step: 'restart', pod, uid: kube?.uid ?? '', why: `${why}${more}` },
  });
  if (slots.length === 0) return restart();
  const handed = handOver(cluster, node, 'Rolling', why);
  if (handed) return handed;
  const late = followersOf(cluster, node).find((each) => fault(cluster, each) !== undefined);
  if (late) {
    return stuck(cluster, 'Rolling', 'member', `${why}; its replica is awaited: ${describe(cluster, late)}`, [
      late,
    ]);
  }
  const away = `${slotsText(slots)} cannot be read or written meanwhile, since its shard has no replica`;
  if (cluster.facts.keepsData) return restart(`; ${away}`);
  const todo = `Give the shard a replica, or have it lose its keys now: kubectl delete pod ${pod}`;
  return wait(
    'Rolling',
    'held',
    `${why}; it would come back without its keys, and its shard has no replica`,
    todo,
  );
}

/** Has a replica take a master's place, so that this one can go; undefined: it has none that could. */
export function handOver(cluster: Cluster, node: Viewed, phase: Phase, why: string): ClusterStep | undefined {
  const [heir] = heirsOf(cluster, node);
  if (!heir) return undefined;
  const { unprovisioned, provisionFailed } = cluster.facts;
  if (unprovisioned) {
    const todo = provisionFailed && `Provisioning failed; mend what it names: ${provisionFailed}`;
    return wait(phase, 'provision', `${heir.pod} takes over once it is provisioned: ${unprovisioned}`, todo);
  }
  return { phase, step: 'failover', pod: heir.pod, why: `${heir.pod} takes the place of ${why}` };
}

/** Replicas that are ready to take a master's place, the best first: such as stay, are up to date, and have most of its writes. */
function heirsOf(cluster: Cluster, master: Viewed): Viewed[] {
  const offset = ({ server }: Viewed) => (server.state === 'serving' ? server.offset : 0);
  const rank = (node: Viewed) =>
    (isStaying(cluster, node) ? 0 : 2) + (node.kube?.outdated === undefined ? 0 : 1);
  return followersOf(cluster, master)
    .filter((node) => trouble(cluster, node) === undefined)
    .sort((a, b) => rank(a) - rank(b) || offset(b) - offset(a) || a.ordinal - b.ordinal);
}

/** Replicas of a master, in its own shard, that have what it has. */
function followersOf(cluster: Cluster, master: Viewed): Viewed[] {
  return cluster.inside.filter(
    (node) =>
      node.shard === master.shard &&
      entryOf(cluster, node).master === master.view.id &&
      node.server.state === 'serving' &&
      node.server.linked &&
      node.kube?.terminating === false,
  );
}
