import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SlotMove } from '../../../../lib/redis/steward/cluster/cluster-facts';
import { dealSlots, type Holder, planMoves } from '../../../../lib/redis/steward/cluster/slot-plan';
import { rangesOf, SLOTS, slotsIn, slotsText } from '../../../../lib/redis/steward/cluster/slots';

/** Masters that have all slots between them, each in some pieces. */
const anyHolders = (slots: number): fc.Arbitrary<Holder[]> =>
  fc
    .record({
      size: fc.integer({ min: 1, max: 9 }),
      cuts: fc.array(fc.tuple(fc.nat(slots - 1), fc.nat(8)), { maxLength: 24 }),
      leaving: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
    })
    .map(({ size, cuts, leaving }) => {
      const owned: number[][] = Array.from({ length: size }, () => []);
      const ordered = [...cuts].sort((a, b) => a[0] - b[0]);
      for (let slot = 0, owner = 0; slot < slots; slot++) {
        while (ordered[0]?.[0] === slot) owner = ordered.shift()![1] % size;
        owned[owner].push(slot);
      }
      // Somebody stays.
      return owned.map((each, at) => ({ id: `id-${at}`, slots: each, leaving: at > 0 && leaving[at] }));
    });

const apply = (holders: readonly Holder[], moves: readonly SlotMove[]): Holder[] => {
  const owned = new Map(holders.map(({ id, slots }) => [id, new Set(slots)]));
  for (const { from, to, slots } of moves) {
    for (const slot of slots) {
      expect(owned.get(from)!.delete(slot)).toBe(true);
      owned.get(to)!.add(slot);
    }
  }
  return holders.map((holder) => ({ ...holder, slots: [...owned.get(holder.id)!] }));
};

const countOf = (moves: readonly SlotMove[]): number =>
  moves.reduce((sum, { slots }) => sum + slots.length, 0);

/** The fewest moves, from all ways of dealing the odd slots out. */
function fewest(holders: readonly Holder[]): number {
  const staying = holders.filter(({ leaving }) => !leaving);
  const total = holders.reduce((sum, { slots }) => sum + slots.length, 0);
  const least = Math.floor(total / staying.length);
  let best = Number.POSITIVE_INFINITY;
  for (let mask = 0; mask < 1 << staying.length; mask++) {
    const shares = staying.map((_, at) => least + ((mask >> at) & 1));
    if (shares.reduce((sum, share) => sum + share, 0) !== total) continue;
    best = Math.min(
      best,
      staying.reduce((sum, { slots }, at) => sum + Math.max(0, slots.length - shares[at]), 0),
    );
  }
  const leave = holders.filter(({ leaving }) => leaving).reduce((sum, { slots }) => sum + slots.length, 0);
  return best + leave;
}

describe('planMoves', () => {
  it('evens out with the fewest moves, and then has nothing to do', () => {
    fc.assert(
      fc.property(anyHolders(97), (holders) => {
        const moves = planMoves(holders, [], 97);
        expect(countOf(moves)).toBe(fewest(holders));
        const after = apply(holders, moves);
        const counts = after.filter(({ leaving }) => !leaving).map(({ slots }) => slots.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(after.filter(({ leaving, slots }) => leaving && slots.length > 0)).toEqual([]);
        expect(planMoves(after, [], 97)).toEqual([]);
        const moved = moves.flatMap(({ slots }) => slots);
        expect(new Set(moved).size).toBe(moved.length);
      }),
      { numRuns: 300 },
    );
  });

  it('goes on with the rest after any part of it, whatever the order of masters', () => {
    const any = fc.tuple(
      anyHolders(97),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(30), { minLength: 1 }),
    );
    fc.assert(
      fc.property(any, ([holders, most, parts]) => {
        let now: readonly Holder[] = holders;
        let moved = 0;
        for (let round = 0; ; round++) {
          const moves = planMoves(now, [], most);
          expect(planMoves([...now].reverse(), [], most)).toEqual(moves);
          expect(countOf(moves)).toBeLessThanOrEqual(most);
          if (moves.length === 0) break;
          // All of it, or less where something came between.
          let left = round < parts.length ? Math.max(1, parts[round]) : most;
          const done = moves.map((move) => {
            const slots = move.slots.slice(0, left);
            left -= slots.length;
            return { ...move, slots };
          });
          moved += countOf(done);
          now = apply(now, done);
          const all = now.flatMap(({ slots }) => slots);
          expect(all.length).toBe(97);
          expect(new Set(all).size).toBe(97);
        }
        expect(moved).toBe(fewest(holders));
      }),
      { numRuns: 200 },
    );
  });

  it('covers all slots of a real cluster at every step', () => {
    fc.assert(
      fc.property(anyHolders(SLOTS), fc.constantFrom(1_000, 5_000, SLOTS), (holders, most) => {
        let now = holders;
        for (let moves = planMoves(now, [], most); moves.length > 0; moves = planMoves(now, [], most)) {
          now = apply(now, moves);
          const all = new Set(now.flatMap(({ slots }) => slots));
          expect(all.size).toBe(SLOTS);
        }
        const counts = now.filter(({ leaving }) => !leaving).map(({ slots }) => slots.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 15 },
    );
  });

  it('first ends what is half moved, and nothing else with it', () => {
    const holders = [
      { id: 'a', slots: [0, 1, 2, 3, 4, 5], leaving: false },
      { id: 'b', slots: [], leaving: false },
    ];
    const half = [
      { slot: 5, from: 'a', to: 'b' },
      { slot: 2, from: 'a', to: 'b' },
      { slot: 3, from: 'b', to: 'a' },
    ];
    expect(planMoves(holders, half, 9)).toEqual([
      { from: 'a', to: 'b', slots: [2, 5] },
      { from: 'b', to: 'a', slots: [3] },
    ]);
    expect(planMoves(holders, half, 2)).toEqual([
      { from: 'a', to: 'b', slots: [2] },
      { from: 'b', to: 'a', slots: [3] },
    ]);
  });

  it('moves nothing where nobody stays', () => {
    expect(planMoves([{ id: 'a', slots: [0, 1], leaving: true }], [], 9)).toEqual([]);
  });

  it('takes the last slots of who has most, and empties who leaves before', () => {
    const holders = [
      { id: 'a', slots: [0, 1, 2, 3, 4], leaving: false },
      { id: 'b', slots: [5], leaving: false },
      { id: 'c', slots: [6, 7, 8], leaving: true },
    ];
    expect(planMoves(holders, [], 9)).toEqual([{ from: 'c', to: 'b', slots: [6, 7, 8] }]);
    expect(planMoves(holders, [], 2)).toEqual([{ from: 'c', to: 'b', slots: [6, 7] }]);
  });
});

describe('dealSlots', () => {
  it('gives out every slot once, in one piece to each, and as evenly as can be', () => {
    const any = fc.tuple(
      fc.uniqueArray(fc.nat(300), { maxLength: 120 }),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 7 }),
    );
    fc.assert(
      fc.property(any, ([free, counts]) => {
        const shares = dealSlots(free, counts);
        expect(shares.flat()).toEqual([...free].sort((a, b) => a - b));
        const after = shares.map((share, at) => share.length + counts[at]);
        // Who got one has no more than one above the least.
        for (const [at, share] of shares.entries()) {
          if (share.length > 0) expect(after[at] - Math.min(...after)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('deals 16384 slots to three masters', () => {
    const shares = dealSlots(slotsIn([[0, SLOTS - 1]]), [0, 0, 0]);
    expect(shares.map((share) => rangesOf(share))).toEqual([[[0, 5461]], [[5462, 10922]], [[10923, 16383]]]);
  });
});

describe('slots', () => {
  it('are the same as ranges and one by one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(SLOTS - 1), { maxLength: 200 }), (slots) => {
        const ranges = rangesOf(slots);
        expect(slotsIn(ranges)).toEqual([...slots].sort((a, b) => a - b));
        for (let at = 1; at < ranges.length; at++)
          expect(ranges[at][0]).toBeGreaterThan(ranges[at - 1][1] + 1);
      }),
    );
  });

  it.each<[number[], string]>([
    [[7], 'slot 7'],
    [[0, 1, 2, 7], 'slots 0-2, 7'],
    [[1, 3, 5, 7, 9, 10], 'slots 1, 3, 5, 7, ... (6 in all)'],
  ])('%j are called %s', (slots, text) => {
    expect(slotsText(slots)).toBe(text);
  });
});
