/** Slots that the keys of a Redis Cluster are spread over. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
export const SLOTS = 16_384;

/** Slots from one to another, both included. */
export type SlotRange = readonly [first: number, last: number];

/** Every slot of some ranges, in their order. */
export function slotsIn(ranges: readonly SlotRange[]): number[] {
  const slots: number[] = [];
  for (const [first, last] of ranges) for (let slot = first; slot <= last; slot++) slots.push(slot);
  return slots;
}

/** The fewest ranges that have exactly these slots, ascending. */
export function rangesOf(slots: Iterable<number>): SlotRange[] {
  const ranges: [number, number][] = [];
  for (const slot of [...new Set(slots)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && slot === last[1] + 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges;
}

/** `slot 7`, `slots 0-5460, 7000`; of many ranges the first ones. */
export function slotsText(slots: readonly number[], most = 4): string {
  const ranges = rangesOf(slots);
  const each = ranges
    .slice(0, most)
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const more = ranges.length > most ? `, ... (${slots.length} in all)` : '';
  return `slot${slots.length === 1 ? '' : 's'} ${each.join(', ')}${more}`;
}
