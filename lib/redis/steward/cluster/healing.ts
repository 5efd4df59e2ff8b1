import { wait } from '../../../steward/charge';
import type { ClusterStep } from './cluster-facts';
import { type Cluster, claimsOf, type Entry, keysOf, type Viewed } from './cluster-state';
import { phaseOf } from './joining';
import { isLastCopy, isNeeded, isOrphan, lostMasters } from './missing-masters';
import { nameIn, nameOf, reach } from './node-state';
import { entriesIn, entryOf, headOf, isStaying, isUp, stayingShards } from './shards';
import { slotsText } from './slots';

/** Takes places out of the cluster that nobody can take up again, and where nothing is kept such as had slots, too. */
export function forget(cluster: Cluster): ClusterStep | undefined {
  const empty = [...cluster.entries.values()].filter(
    (entry) => !isNeeded(cluster, entry) && isOrphan(cluster, entry) && !isFollowed(cluster, entry),
  );
  if (empty.length > 0) {
    const why = `nobody comes back to the place of ${empty.map(nameOf).join(', ')}, which has no slots`;
    return { phase: 'Healing', step: 'forget', ids: empty.map(({ id }) => id), why };
  }
  const lost = cluster.facts.keepsData ? [] : lostMasters(cluster);
  if (lost.length === 0) return undefined;
  const [{ entry }] = lost;
  // Nobody forgets whom he follows.
  const follower = [...cluster.entries.values()].find(
    ({ node, master }) => node && master === entry.id,
  )?.node;
  if (follower) {
    const why = `${follower.pod} follows ${nameOf(entry)}, which is gone, and has nothing of it`;
    return { phase: 'Healing', step: 'reset', pod: follower.pod, why };
  }
  const why = `${nameOf(entry)} is gone with the keys of ${slotsText(entry.slots)}, of which nothing is kept`;
  return { phase: 'Healing', step: 'forget', ids: [entry.id], why };
}

/** Who follows a place must first be told whom else to follow; it would know of nobody, and others not of it. */
const isFollowed = ({ entries }: Cluster, { id }: Entry): boolean =>
  [...entries.values()].some(({ master, node }) => node && master === id);

/** Places that nobody can take up again, until most miss them so that they can be forgotten. */
export function awaitForgotten(cluster: Cluster): ClusterStep | undefined {
  const left = [...cluster.entries.values()].filter(({ node }) => !node);
  if (left.length === 0) return undefined;
  const why = `nodes still look for ${left.map(nameOf).join(', ')}, which is gone`;
  return wait('Healing', 'member', why);
}

/** Makes nodes without slots replicas of their shard's master. */
export function replicate(cluster: Cluster): ClusterStep | undefined {
  for (const node of cluster.inside) {
    if (!isStaying(cluster, node)) continue;
    const head = headOf(cluster, node.shard);
    if (!head?.node || head.id === node.view.id || head.role !== 'master') continue;
    if (!isUp(head) || !reach(node, head.node) || !isFree(cluster, node, head)) continue;
    const { role, master } = entryOf(cluster, node);
    const was = role === 'replica' ? `follows ${nameIn(cluster, master)}` : 'follows nobody';
    const phase = role === 'master' || !cluster.facts.formed ? phaseOf(cluster, [node]) : 'Healing';
    const why = `${node.pod} ${was}, and ${head.node.pod} is the master of shard ${node.shard}`;
    return { phase, step: 'replicate', pod: node.pod, of: head.node.pod, why };
  }
  return undefined;
}

/** Whether a node can be told to follow another, and has nothing that nobody else has. */
function isFree(cluster: Cluster, node: Viewed, head: Entry): boolean {
  const { slots, role, master } = entryOf(cluster, node);
  if (slots.length > 0 || claimsOf(node).length > 0) return false;
  if (role === 'master') return keysOf(node) === 0;
  return master !== head.id && !isLastCopy(cluster, master);
}

/** A shard of which every node follows another shard's master gets one of its own. */
export function freeHead(cluster: Cluster): ClusterStep | undefined {
  for (const { index } of stayingShards(cluster)) {
    if (headOf(cluster, index)) continue;
    const able = entriesIn(cluster, index).find(
      ({ node, master }) => node && isStaying(cluster, node) && !isLastCopy(cluster, master),
    );
    if (!able?.node) continue;
    const why = `no node of shard ${index} is a master, and ${able.node.pod} follows ${nameIn(cluster, able.master)}`;
    return { phase: 'Healing', step: 'reset', pod: able.node.pod, why };
  }
  return undefined;
}
