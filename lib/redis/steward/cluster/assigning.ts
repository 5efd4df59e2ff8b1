import type { ClusterNode, ClusterStep } from './cluster-facts';
import { type Cluster, claimsOf, isViewed } from './cluster-state';
import { freeSlots, hasSlots, headOf, isUp, ownersOf, stayingNodes, stayingShards, straysOf } from './shards';
import { dealSlots } from './slot-plan';
import { rangesOf, slotsText } from './slots';

/** Gives slots that nobody has to masters: to such as have keys of them, or else evenly. */
export function assign(cluster: Cluster): ClusterStep | undefined {
  const free = freeSlots(cluster);
  if (free.length === 0 || !isComplete(cluster)) return undefined;
  const phase = cluster.facts.formed ? 'Healing' : 'Forming';
  for (const node of cluster.inside) {
    const found = straysOf(cluster, node).filter((slot) => free.includes(slot));
    if (found.length === 0) continue;
    const why = `nobody has ${slotsText(found)}, and ${node.pod} has keys of them`;
    return { phase, step: 'assign', pod: node.pod, ranges: rangesOf(found), why };
  }
  const heads = stayingShards(cluster)
    .flatMap(({ index }) => headOf(cluster, index) ?? [])
    .filter((head) => isUp(head) && head.role === 'master');
  if (heads.length === 0) return undefined;
  const shares = dealSlots(
    free,
    heads.map(({ slots }) => slots.length),
  );
  const at = shares.findIndex((share) => share.length > 0);
  const node = heads[at]?.node;
  if (!node) return undefined;
  const why = `nobody has ${slotsText(shares[at])}`;
  return { phase, step: 'assign', pod: node.pod, ranges: rangesOf(shares[at]), why };
}

/** Whether nobody who is not there could have slots that nobody names; where nothing is kept, who has no pod has none. */
function isComplete(cluster: Cluster): boolean {
  const { facts, inside, outside } = cluster;
  if (outside.some((node) => claimsOf(node).length > 0)) return false;
  const isGone = ({ kube, server }: ClusterNode) =>
    !kube || (server.state === 'gate' && server.disk === 'empty');
  if (!facts.keepsData) return facts.nodes.every((node) => isViewed(node) || isGone(node));
  return (
    (hasSlots(cluster) || !facts.formed) &&
    facts.nodes.every((node) => isViewed(node) || (!node.kube && !node.wanted)) &&
    stayingNodes(cluster).every((node: ClusterNode) => (inside as readonly ClusterNode[]).includes(node)) &&
    stayingShards(cluster).every(({ index }) => headOf(cluster, index)?.role === 'master') &&
    ownersOf(cluster).every(({ node }) => node)
  );
}
