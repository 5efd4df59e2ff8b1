import type { SlotMove } from './cluster-facts';

/** A master and its slots. */
export interface Holder {
  readonly id: string;
  readonly slots: readonly number[];
  /** Whether it is to end up without any. */
  readonly leaving: boolean;
}

/** A slot that is on its way, from who has it to who gets it. */
export interface HalfMoved {
  readonly slot: number;
  readonly from: string;
  readonly to: string;
}

/**
 * The next moves on the shortest way to an even distribution: numbers of slots differ by one at most, and no slot moves that
 * could stay. Slots that are half moved come first, and alone. After any part of these moves, what is planned then goes on
 * with the rest. The order in which masters are given does not matter.
 *
 * @param most slots in all
 */
export function planMoves(
  holders: readonly Holder[],
  halfMoved: readonly HalfMoved[],
  most: number,
): SlotMove[] {
  if (halfMoved.length > 0) {
    const first = [...halfMoved].sort((a, b) => a.slot - b.slot).slice(0, most);
    return grouped(first);
  }
  const ordered = [...holders].sort((a, b) => (a.id < b.id ? -1 : 1));
  const staying = ordered.filter(({ leaving }) => !leaving);
  if (staying.length === 0) return [];
  const shares = sharesOf(ordered, staying);
  const surplus = ordered
    .map((holder) => ({ ...holder, over: holder.slots.length - (shares.get(holder.id) ?? 0) }))
    .filter(({ over }) => over > 0)
    // Who leaves holds others up, so that it is emptied first.
    .sort((a, b) => Number(b.leaving) - Number(a.leaving) || b.over - a.over);
  const lacking = staying
    .map(({ id, slots }) => ({ id, under: shares.get(id)! - slots.length }))
    .filter(({ under }) => under > 0)
    .sort((a, b) => b.under - a.under);
  const moves: HalfMoved[] = [];
  for (const { id, slots, over } of surplus) {
    // The last ones, so that what stays is in one piece.
    for (const slot of [...slots].sort((a, b) => a - b).slice(-over)) {
      if (moves.length === most) return grouped(moves);
      const [target] = lacking;
      moves.push({ slot, from: id, to: target.id });
      if (--target.under === 0) lacking.shift();
    }
  }
  return grouped(moves);
}

/** How many slots each master that stays should have: those that have the most already get the odd ones. */
function sharesOf(all: readonly Holder[], staying: readonly Holder[]): Map<string, number> {
  const total = all.reduce((sum, { slots }) => sum + slots.length, 0);
  const least = Math.floor(total / staying.length);
  const odd = total - least * staying.length;
  const ranked = [...staying].sort((a, b) => b.slots.length - a.slots.length);
  return new Map(ranked.map(({ id }, rank) => [id, least + (rank < odd ? 1 : 0)]));
}

function grouped(moves: readonly HalfMoved[]): SlotMove[] {
  const groups = new Map<string, { from: string; to: string; slots: number[] }>();
  for (const { slot, from, to } of moves) {
    const key = `${from} ${to}`;
    const group = groups.get(key) ?? { from, to, slots: [] };
    groups.set(key, group);
    group.slots.push(slot);
  }
  return [...groups.values()];
}

/**
 * Deals slots that nobody has to masters, in one piece each, so that those come to have as even a number of them as they can.
 *
 * @param counts of the slots that each master has
 * @returns what each master gets
 */
export function dealSlots(free: readonly number[], counts: readonly number[]): number[][] {
  const after = [...counts];
  for (let left = free.length; left > 0; left--) after[after.indexOf(Math.min(...after))]++;
  const slots = [...free].sort((a, b) => a - b);
  return after.map((count, index) => slots.splice(0, count - counts[index]));
}
