import type { ClusterFacts, ClusterNode, KnownNode, NodeView } from './cluster-facts';
import { SLOTS, slotsIn } from './slots';

/** A node that says what it knows of the cluster. */
export type Viewed = ClusterNode & { readonly view: NodeView };

/** A place in the cluster, with or without a node that has it now. */
export interface Entry {
  readonly id: string;
  readonly hostname: string;
  /** The node that has this id now and is in the cluster. */
  readonly node?: Viewed;
  readonly role: 'master' | 'replica';
  /** Id of the master that it follows. */
  readonly master?: string;
  /** Slots that are its own, ascending. */
  readonly slots: readonly number[];
  /** Whether most of those that know it miss it. */
  readonly failed: boolean;
}

/** What the words of all nodes come to. */
export interface Cluster {
  readonly facts: ClusterFacts;
  /** Nodes that know one another and have the slots, in their order. */
  readonly inside: readonly Viewed[];
  /** Nodes that serve and are not among those, or are not known to them. */
  readonly outside: readonly Viewed[];
  /** Everybody that those inside know, by id. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Id of the master of each slot; undefined where nobody has it. */
  readonly owners: readonly (string | undefined)[];
}

export const isViewed = (node: ClusterNode): node is Viewed =>
  node.server.state === 'serving' && node.view !== undefined;

/** Who a node knows for good, itself included. */
export const knownTo = ({ view }: Viewed): KnownNode[] => view.nodes.filter(({ handshake }) => !handshake);

/** What a node knows of another. */
export const entryAt = ({ view }: Viewed, id: string): KnownNode | undefined =>
  view.nodes.find((known) => known.id === id && !known.handshake);

/** Slots that a node takes for its own. */
export const claimsOf = (node: Viewed): number[] => slotsIn(entryAt(node, node.view.id)?.slots ?? []);

/** Whether a node knows nobody and has no slots, as one that was never in a cluster. */
export const isAlone = (node: Viewed): boolean => knownTo(node).length <= 1 && claimsOf(node).length === 0;

/** Keys that a server has; none while it does not serve. */
export const keysOf = ({ server }: ClusterNode): number => (server.state === 'serving' ? server.keys : 0);

/** Puts together what all nodes say. */
export function readCluster(facts: ClusterFacts, size = SLOTS): Cluster {
  const viewed = facts.nodes.filter(isViewed);
  const inside = largest(facts, groupsOf(viewed));
  const outside = viewed.filter((node) => !inside.includes(node));
  const owners = ownersAmong(inside, size);
  return { facts, inside, outside, owners, entries: entriesOf(inside, owners) };
}

/** Nodes that know one another, directly or over others; a word that is not returned counts for nothing. */
function groupsOf(nodes: readonly Viewed[]): Viewed[][] {
  const left = new Set(nodes);
  const groups: Viewed[][] = [];
  for (const first of nodes) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (const node of group) {
      for (const other of left) {
        if (!entryAt(node, other.view.id) || !entryAt(other, node.view.id)) continue;
        left.delete(other);
        group.push(other);
      }
    }
    groups.push(nodes.filter((node) => group.includes(node)));
  }
  return groups;
}

/** The group that has most slots, or else knows of most; of several such one that is to stay, and has most nodes. */
function largest({ shards }: ClusterFacts, groups: readonly Viewed[][]): Viewed[] {
  const leaving = shards.flatMap((shard) => (shard.leaving ? shard.index : []));
  const known = (node: Viewed) =>
    sum(knownTo(node).flatMap(({ slots }) => slots.map(([first, last]) => last - first + 1)));
  const ranks = groups.map((group) => ({
    group,
    rank: [
      sum(group.map((node) => claimsOf(node).length)),
      Math.max(...group.map(known)),
      Number(group.some(({ wanted, shard }) => wanted && !leaving.includes(shard))),
      group.length,
    ],
  }));
  const differ = (a: readonly number[], b: readonly number[]) =>
    a.findIndex((each, index) => each !== b[index]);
  ranks.sort((a, b) => {
    const at = differ(a.rank, b.rank);
    return at < 0 ? 0 : b.rank[at] - a.rank[at];
  });
  return ranks[0]?.group ?? [];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Masters by slot. Who is there speaks for itself, others for who is not; of two the newer word counts. */
function ownersAmong(inside: readonly Viewed[], size: number): (string | undefined)[] {
  const present = new Set(inside.map(({ view }) => view.id));
  const owners: (string | undefined)[] = Array(size).fill(undefined);
  const epochs: number[] = Array(size).fill(-1);
  for (const { view } of inside) {
    for (const { id, slots, epoch } of view.nodes) {
      if (present.has(id) && id !== view.id) continue;
      for (const slot of slotsIn(slots)) {
        if (epoch < epochs[slot] || (epoch === epochs[slot] && id >= (owners[slot] ?? ''))) continue;
        owners[slot] = id;
        epochs[slot] = epoch;
      }
    }
  }
  return owners;
}

function entriesOf(
  inside: readonly Viewed[],
  owners: readonly (string | undefined)[],
): ReadonlyMap<string, Entry> {
  const slots = new Map<string, number[]>();
  for (const [slot, id] of owners.entries()) {
    if (id === undefined) continue;
    const list = slots.get(id);
    if (list) list.push(slot);
    else slots.set(id, [slot]);
  }
  const nodes = new Map(inside.map((node) => [node.view.id, node]));
  const words = new Map<string, KnownNode[]>();
  for (const node of inside) {
    for (const known of knownTo(node)) words.set(known.id, [...(words.get(known.id) ?? []), known]);
  }
  const entries = new Map<string, Entry>();
  for (const [id, said] of words) {
    const node = nodes.get(id);
    const newest = (node && entryAt(node, id)) ?? said.reduce((a, b) => (b.epoch > a.epoch ? b : a));
    const missing = said.filter(({ failed }) => failed === 'yes').length;
    entries.set(id, {
      id,
      hostname: said.find(({ hostname }) => hostname !== '')?.hostname ?? '',
      node,
      role: newest.role,
      master: newest.role === 'replica' ? newest.master : undefined,
      slots: slots.get(id) ?? [],
      failed: missing > (said.length - (node ? 1 : 0)) / 2,
    });
  }
  return entries;
}
