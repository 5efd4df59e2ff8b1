import { wait } from '../../../steward/charge';
import type { ClusterStep } from './cluster-facts';
import type { Cluster, Entry } from './cluster-state';
import { nameIn, unmet } from './node-state';
import { entryOf, isUp, straysOf } from './shards';
import { type HalfMoved, planMoves } from './slot-plan';
import { slotsText } from './slots';

/** A slot that a node hands over or takes, or of which keys are where it is not. */
interface OpenSlot {
  readonly slot: number;
  readonly owner?: string;
  /** Masters that take it, or have keys of it. */
  readonly takers: readonly string[];
  /** Nodes that its owner says it hands it to. */
  readonly heading?: string;
}

/** Slots of which somebody says that they are on their way. */
function openSlots(cluster: Cluster): OpenSlot[] {
  const takers = new Map<number, Set<string>>();
  const heading = new Map<number, string | undefined>();
  const add = (slot: number, id: string) => takers.set(slot, (takers.get(slot) ?? new Set()).add(id));
  for (const node of cluster.inside) {
    if (entryOf(cluster, node).role !== 'master') continue;
    const { id, migrating, importing } = node.view;
    for (const { slot, to } of migrating)
      heading.set(slot, cluster.owners[slot] === id ? to : heading.get(slot));
    for (const { slot } of importing) add(slot, id);
    for (const slot of straysOf(cluster, node)) if (cluster.owners[slot] !== undefined) add(slot, id);
  }
  const slots = [...new Set([...takers.keys(), ...heading.keys()])].sort((a, b) => a - b);
  return slots.map((slot) => {
    const owner = cluster.owners[slot];
    return {
      slot,
      owner,
      takers: [...(takers.get(slot) ?? [])].filter((id) => id !== owner).sort(),
      heading: heading.get(slot),
    };
  });
}

/**
 * Brings slots to where they were on their way to, whatever had them taken there: their newest keys may be there already. Where
 * no key has gone anywhere, or all have arrived, the slots are only marked as what they are.
 */
export function closeSlots(cluster: Cluster): ClusterStep | undefined {
  const open = openSlots(cluster);
  if (open.length === 0) return undefined;
  const halfMoved = open.flatMap(({ slot, owner, takers, heading }): HalfMoved[] => {
    if (owner === undefined || takers.length === 0) return [];
    return [{ slot, from: owner, to: takers.find((id) => id === heading) ?? takers[0] }];
  });
  const ready = halfMoved.filter(({ from, to }) => canMove(cluster, from) && canMove(cluster, to));
  if (ready.length > 0) {
    const moves = planMoves([], ready, cluster.facts.slotsAtATime);
    const why = `${slotsText(ready.map(({ slot }) => slot))} had been moved in part`;
    return { phase: 'Healing', step: 'move-slots', moves, why };
  }
  const over = open.filter(({ takers, owner }) => takers.length === 0 && owner !== undefined);
  if (over.length > 0) {
    const slots = over.map(({ slot }) => slot);
    const why = `no key of ${slotsText(slots)} is on its way any more`;
    return { phase: 'Healing', step: 'settle-slots', slots, why };
  }
  return undefined;
}

/** Waits while slots are half moved whose other half is away. */
export function awaitOpenSlots(cluster: Cluster): ClusterStep | undefined {
  const open = openSlots(cluster);
  if (open.length === 0) return undefined;
  const ids = [...new Set(open.flatMap(({ owner, takers }) => [...(owner ? [owner] : []), ...takers]))];
  const away = ids.filter((id) => !canMove(cluster, id)).map((id) => nameIn(cluster, id));
  const why = `${slotsText(open.map(({ slot }) => slot))} had been moved in part, and ${away.join(', ')} must serve first`;
  return wait('Healing', 'member', why);
}

/** Whether a master can hand slots over, or take them. */
function canMove(cluster: Cluster, id: string): boolean {
  const entry: Entry | undefined = cluster.entries.get(id);
  return entry?.node !== undefined && isUp(entry) && unmet(cluster, entry.node) === undefined;
}
