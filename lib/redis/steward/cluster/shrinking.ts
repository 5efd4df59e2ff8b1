import { wait } from '../../../steward/charge';
import { count, few } from '../../../steward/words';
import { stuck } from './cluster-advice';
import type { ClusterNode, ClusterStep, ShardFacts } from './cluster-facts';
import {
  type Cluster,
  claimsOf,
  type Entry,
  entryAt,
  isAlone,
  isViewed,
  keysOf,
  type Viewed,
} from './cluster-state';
import { nameOf } from './node-state';
import { handOver } from './rolling';
import { entriesIn, entryOf, homeOf, isStaying, ownersOf, shardAt, stayingShards } from './shards';
import { slotsText } from './slots';

/** Takes the last replica of a shard that has more than it should, one at a time. */
export function dropReplicas(cluster: Cluster): ClusterStep | undefined {
  for (const shard of stayingShards(cluster)) {
    if (shard.replicas <= shard.servers) continue;
    const ordinal = shard.replicas - 1;
    const places = entriesIn(cluster, shard.index).filter(
      (entry) => homeOf(cluster, entry)?.ordinal === ordinal,
    );
    const owner = places.find(({ slots }) => slots.length > 0);
    const node = cluster.facts.nodes.find((each) => each.shard === shard.index && each.ordinal === ordinal);
    if (owner) {
      const name = nameOf(owner);
      const why = `${name}, which is wanted no more`;
      const step = owner.node && handOver(cluster, owner.node, 'Shrinking', why);
      return (
        step ??
        stuck(
          cluster,
          'Shrinking',
          'leaving',
          `${name} has slots, and no replica that stays is ready to take them`,
          node ? [node] : [],
        )
      );
    }
    const name = node?.pod ?? `${shard.set}-${ordinal}`;
    return (
      dismiss(places, `${name} is wanted no more`) ??
      clean(cluster, node) ??
      scale(shard, ordinal, `${name} has left the cluster`)
    );
  }
  return undefined;
}

/** Takes the nodes of a shard without slots out of the cluster, and ends their pods. */
export function dropShards(cluster: Cluster): ClusterStep | undefined {
  for (const shard of cluster.facts.shards) {
    if (!shard.leaving) continue;
    const places = entriesIn(cluster, shard.index);
    if (places.some(({ slots }) => slots.length > 0)) continue;
    const nodes = cluster.facts.nodes.filter((node) => node.shard === shard.index);
    // Who is outside already was replaced before; what it has stays on its volume.
    const full = cluster.inside.find((node) => nodes.includes(node) && isFull(node));
    if (full) {
      const todo = `Look what they are before they are gone: redis-cli -h ${full.host} --scan. FLUSHALL there gives them up.`;
      return wait(
        'Shrinking',
        'leaving',
        `${full.pod} has no slots left, and still ${count(keysOf(full), 'key')}`,
        todo,
      );
    }
    const step =
      dismiss(places, `shard ${shard.index} has no slots left`) ??
      first(nodes, (node) => clean(cluster, node)) ??
      (shard.replicas > 0 ? scale(shard, 0, `shard ${shard.index} has left the cluster`) : undefined);
    if (step) return step;
  }
  return undefined;
}

/** Whether it has keys of its own; those of a replica are its master's. */
const isFull = (node: Viewed): boolean =>
  claimsOf(node).length > 0 || (keysOf(node) > 0 && entryAt(node, node.view.id)?.role === 'master');

function dismiss(places: readonly Entry[], why: string): ClusterStep | undefined {
  if (places.length === 0) return undefined;
  return { phase: 'Shrinking', step: 'forget', ids: places.map(({ id }) => id), why };
}

/** A volume that is kept may be used again; what is on it must not be taken for a node of this cluster then. */
function clean(cluster: Cluster, node: ClusterNode | undefined): ClusterStep | undefined {
  if (!node || !isViewed(node) || isAlone(node) || !cluster.outside.includes(node)) return undefined;
  if (!cluster.facts.keepsData || node.kube?.terminating || isFull(node)) return undefined;
  const why = `${node.pod} has left the cluster, and its volume may be used again`;
  return { phase: 'Shrinking', step: 'reset', pod: node.pod, why };
}

const scale = ({ index }: ShardFacts, replicas: number, why: string): ClusterStep => ({
  ...{ phase: 'Shrinking', step: 'scale', shard: index, replicas, why },
});

/** Pods that are to end, until they have. */
export function awaitGone(cluster: Cluster): ClusterStep | undefined {
  const left = cluster.facts.nodes.filter(
    (node) => node.kube && !isStaying(cluster, node) && shardAt(cluster, node.shard),
  );
  if (left.length === 0) return undefined;
  const why = `waits for pods to end: ${left.map(({ pod }) => pod).join(', ')}`;
  return stuck(cluster, 'Shrinking', 'leaving', why, left);
}

/** Shards that were taken out of the manifests before they had left. */
export function awaitDropped(cluster: Cluster): ClusterStep | undefined {
  const { facts } = cluster;
  const holding = ownersOf(cluster).filter((entry) => !shardAt(cluster, homeOf(cluster, entry)?.shard ?? -1));
  if (holding.length > 0) {
    const each = holding.map(
      (entry) => `${nameOf(entry)} was dropped without having left, and has ${slotsText(entry.slots)}`,
    );
    const todo =
      'Put its shard back into the manifests as leaving: its claims were kept, and its slots are moved away in order.';
    return wait('Shrinking', 'leaving', few(each, '; '), todo);
  }
  const idle = facts.nodes.filter(({ shard, kube }) => kube && !shardAt(cluster, shard));
  if (idle.length === 0) return undefined;
  const known = idle.flatMap((node) =>
    isViewed(node) && cluster.inside.includes(node) ? entryOf(cluster, node) : [],
  );
  const names = idle.map(({ pod }) => pod).join(', ');
  const todo = `They hold nothing; delete the StatefulSet of ${names}, if it is not pruned by itself.`;
  return (
    dismiss(known, `${known.map(nameOf).join(', ')} is in no shard of the manifests, and has no slots`) ??
    wait('Shrinking', 'leaving', `${names} should not exist`, todo)
  );
}

/** Who may go. */
export function farewell({ facts }: Cluster): string {
  const gone = facts.shards.filter(({ leaving }) => leaving).map(({ index }) => index);
  if (gone.length === 0) return '';
  const who = gone.length === 1 ? `shard ${gone[0]} has` : `shards ${gone.join(', ')} have`;
  return `; ${who} left and may be dropped from the list`;
}

function first<T, R>(items: readonly T[], found: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = found(item);
    if (result !== undefined) return result;
  }
  return undefined;
}
