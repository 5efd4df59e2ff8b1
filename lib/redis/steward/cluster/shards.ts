import type { ClusterNode, ShardFacts } from './cluster-facts';
import type { Cluster, Entry, Viewed } from './cluster-state';

/** The entry of a node that is inside. */
export const entryOf = ({ entries }: Cluster, { view }: Viewed): Entry => entries.get(view.id)!;

/** A shard as the manifests want it; undefined where they do not. */
export const shardAt = ({ facts }: Cluster, index: number): ShardFacts | undefined =>
  facts.shards.find((shard) => shard.index === index);

/** Whether a node is to be there for good. */
export const isStaying = (cluster: Cluster, { wanted, shard }: ClusterNode): boolean =>
  wanted && shardAt(cluster, shard)?.leaving === false;

/** Nodes that are to be there for good. */
export const stayingNodes = (cluster: Cluster): ClusterNode[] =>
  cluster.facts.nodes.filter((node) => isStaying(cluster, node));

/** Shards that are to be there for good. */
export const stayingShards = ({ facts }: Cluster): ShardFacts[] =>
  facts.shards.filter(({ leaving }) => !leaving);

/** Where a node of some name belongs. */
export interface Home {
  readonly pod: string;
  readonly shard: number;
  readonly ordinal: number;
}

/** Where an entry belongs, by the node that has it or by its name; undefined: to no shard of the manifests. */
export function homeOf(
  { facts }: Cluster,
  { node, hostname }: Pick<Entry, 'node' | 'hostname'>,
): Home | undefined {
  const found = node ?? facts.nodes.find(({ host }) => host === hostname);
  if (found) return found;
  const [pod] = hostname.split('.');
  for (const { index, set } of facts.shards) {
    const ordinal = pod.startsWith(`${set}-`) ? pod.slice(set.length + 1) : '';
    if (/^\d+$/.test(ordinal)) return { pod, shard: index, ordinal: Number(ordinal) };
  }
  return undefined;
}

/** Entries that belong to a shard, by their order there. */
export function entriesIn(cluster: Cluster, shard: number): Entry[] {
  return [...cluster.entries.values()]
    .flatMap((entry) => {
      const home = homeOf(cluster, entry);
      return home?.shard === shard ? { entry, ordinal: home.ordinal } : [];
    })
    .sort((a, b) => a.ordinal - b.ordinal || (a.entry.id < b.entry.id ? -1 : 1))
    .map(({ entry }) => entry);
}

/**
 * Who is the master of a shard, or is to become it: the one that has most of its slots, be it there or not; else one that
 * others follow already; else the first that is a master.
 */
export function headOf(cluster: Cluster, shard: number): Entry | undefined {
  const entries = entriesIn(cluster, shard);
  const most = Math.max(0, ...entries.map(({ slots }) => slots.length));
  if (most > 0) return entries.find(({ slots }) => slots.length === most);
  const able = entries.filter(({ node, role }) => node && isStaying(cluster, node) && role === 'master');
  return able.find(({ id }) => entries.some(({ master }) => master === id)) ?? able[0];
}

/** Slots that nobody has. */
export const freeSlots = ({ owners }: Cluster): number[] =>
  owners.flatMap((id, slot) => (id === undefined ? slot : []));

/** Whether anybody has a slot. */
export const hasSlots = ({ owners }: Cluster): boolean => owners.some((id) => id !== undefined);

/** Masters that have slots, be they there or not. */
export const ownersOf = ({ entries }: Cluster): Entry[] =>
  [...entries.values()].filter(({ slots }) => slots.length > 0);

/** Whether a master is there and not missed, and its pod is to go on. */
export const isUp = ({ node, failed }: Entry): boolean => !failed && node?.kube?.terminating === false;

/** Slots of others, or of nobody, that a master has keys of. */
export const straysOf = (cluster: Cluster, node: Viewed): readonly number[] =>
  entryOf(cluster, node).role === 'master'
    ? node.view.strays.filter((slot) => cluster.owners[slot] !== node.view.id)
    : [];
