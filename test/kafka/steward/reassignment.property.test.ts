import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Move, Partition } from '../../../lib/kafka/steward/facts';
import { balance, batch, drain, isUnbalanced, refactor } from '../../../lib/kafka/steward/reassignment';
import {
  after,
  applied,
  arrived,
  begun,
  type Cluster,
  cancelled,
  choices,
  clusters,
  created,
  crowding,
  leadersOf,
  loadsOf,
  shown,
  sumOf,
} from './partitions';

const RUNS = { numRuns: 300 };
const any = clusters({ brokers: 9, partitions: 30, factor: 4, racks: true, moving: true });
const settled = clusters({ brokers: 9, partitions: 30, factor: 4, racks: true });
const small = clusters({ brokers: 6, partitions: 4, factor: 3, racks: true });
const flat = clusters({ brokers: 9, partitions: 30, factor: 4, racks: false });

const isMoving = ({ adding, removing }: Partition) => adding.length + removing.length > 0;
const find = (all: readonly Partition[], { topic, partition }: Move): Partition =>
  all.find((each) => each.topic === topic && each.partition === partition)!;
const squares = (numbers: readonly number[]) => sumOf(numbers.map((each) => each * each));
const isSubset = (some: readonly number[], all: readonly number[]) => some.every((id) => all.includes(id));
const idsOf = (places: readonly { id: number }[]) => places.map(({ id }) => id);

/** Some of the brokers leave. */
const leavers = (cluster: fc.Arbitrary<Cluster>) =>
  fc.tuple(cluster, fc.nat({ max: 3 })).map(([{ places, partitions }, count]) => ({
    partitions,
    staying: places.slice(count),
    leaving: idsOf(places.slice(0, count)),
    places,
  }));

/** What holds of every plan that keeps the number of replicas. */
function expectValid(moves: readonly Move[], all: readonly Partition[], allowed: readonly number[]): void {
  expect(new Set(moves.map((move) => `${move.topic}-${move.partition}`)).size).toBe(moves.length);
  for (const move of moves) {
    const before = find(all, move);
    expect(isMoving(before)).toBe(false);
    expect(move.replicas).not.toEqual(before.replicas);
    expect(new Set(move.replicas).size).toBe(move.replicas.length);
    expect(isSubset(move.replicas, [...allowed, ...before.replicas])).toBe(true);
  }
}

/** No leader of these partitions could be another replica so that leaders were more equal. */
function expectLeadersEven(
  chosen: readonly Move[],
  all: readonly Partition[],
  places: Cluster['places'],
): void {
  const ids = idsOf(places);
  const leaders = new Map(leadersOf(all, places).map((count, index) => [ids[index], count]));
  for (const { replicas } of chosen) {
    for (const id of replicas.filter((each) => leaders.has(each))) {
      expect(leaders.get(replicas[0])! - leaders.get(id)!).toBeLessThan(2);
    }
  }
}

/** The same plan, from the same things in another order. */
function expectSame<T>(
  cluster: Cluster,
  plan: (partitions: Partition[], places: Cluster['places']) => T,
): void {
  const expected = plan([...cluster.partitions], cluster.places);
  expect(plan([...cluster.partitions].reverse(), [...cluster.places].reverse())).toEqual(expected);
  const turned = (items: readonly unknown[]) => [...items.slice(2), ...items.slice(0, 2)];
  expect(
    plan(turned(cluster.partitions) as Partition[], turned(cluster.places) as Cluster['places']),
  ).toEqual(expected);
}

describe('drain', () => {
  it('replaces exactly the replicas that leave, each in its place', () => {
    fc.assert(
      fc.property(leavers(any), ({ partitions, staying, leaving, places }) => {
        const { moves, stuck } = drain(partitions, staying, leaving);
        expectValid(moves, partitions, idsOf(staying));
        const todo = partitions.filter(
          (each) => !isMoving(each) && each.replicas.some((id) => leaving.includes(id)),
        );
        expect(moves.length + stuck.length).toBe(todo.length);
        for (const { topic, partition } of stuck) {
          expect(find(partitions, { topic, partition, replicas: [] }).replicas.length).toBeGreaterThan(
            staying.length,
          );
        }
        for (const move of moves) {
          const { replicas } = find(partitions, move);
          expect(move.replicas).toHaveLength(replicas.length);
          expect(isSubset(move.replicas, idsOf(staying))).toBe(true);
          expect(created([move], partitions)).toBe(replicas.filter((id) => leaving.includes(id)).length);
          // The successor of a leader changes places with what comes in its stead.
          const successor = leaving.includes(replicas[0]) ? move.replicas[0] : -1;
          for (const [index, id] of replicas.entries()) {
            if (!leaving.includes(id) && id !== successor) expect(move.replicas[index]).toBe(id);
          }
        }
        expectLeadersEven(
          moves.filter((move) => leaving.includes(find(partitions, move).replicas[0])),
          applied(moves, partitions).map((each, index) =>
            isMoving(partitions[index]) ? arrived(each) : each,
          ),
          staying,
        );
        expect(drain(applied(moves, partitions), staying, leaving).moves.length).toBe(
          // What was on its way to a broker that leaves is there now.
          applied(moves, partitions).filter(
            (each, index) =>
              isMoving(partitions[index]) &&
              each.replicas.some((id) => leaving.includes(id)) &&
              each.replicas.length <= staying.length,
          ).length,
        );
        expectSame({ partitions, places }, (some, order) =>
          drain(
            some,
            order.filter(({ id }) => !leaving.includes(id)),
            leaving,
          ),
        );
      }),
      RUNS,
    );
  });

  it('spreads replicas over racks as well as can be', () => {
    fc.assert(
      fc.property(leavers(settled), ({ partitions, staying, leaving }) => {
        for (const move of drain(partitions, staying, leaving).moves) {
          const { replicas } = find(partitions, move);
          const kept = replicas.filter((id) => !leaving.includes(id));
          const free = idsOf(staying).filter((id) => !kept.includes(id));
          const all = choices(free, replicas.length - kept.length).map((chosen) => [...kept, ...chosen]);
          const least = Math.min(...all.map((ids) => crowding(ids, staying)));
          expect(crowding(move.replicas, staying)).toBe(least);
        }
      }),
      RUNS,
    );
  });

  it('gives to whoever has least', () => {
    fc.assert(
      fc.property(leavers(flat), ({ partitions, staying, leaving }) => {
        const { moves } = drain(partitions, staying, leaving);
        const rest = partitions.map((each) => ({
          ...each,
          replicas: each.replicas.filter((id) => !leaving.includes(id)),
        }));
        const loads = new Map(loadsOf(rest, staying).map((load, index) => [staying[index].id, load]));
        for (const move of [...moves]) {
          const { replicas } = find(partitions, move);
          const added = move.replicas.filter((id) => !replicas.includes(id));
          const others = idsOf(staying).filter((id) => !move.replicas.includes(id));
          const most = Math.max(...added.map((id) => loads.get(id)!));
          for (const id of others) expect(loads.get(id)!).toBeGreaterThanOrEqual(most);
          for (const id of added) loads.set(id, loads.get(id)! + 1);
        }
      }),
      RUNS,
    );
  });
});

describe('balance', () => {
  it('is valid, keeps racks and other leaders, and finds nothing more afterwards, in any order', () => {
    fc.assert(
      fc.property(any, ({ places, partitions }) => {
        const moves = balance(partitions, places);
        expectValid(moves, partitions, idsOf(places));
        for (const move of moves) {
          const { replicas } = find(partitions, move);
          expect(move.replicas).toHaveLength(replicas.length);
          expect(created([move], partitions)).toBeGreaterThan(0);
          expect(crowding(move.replicas, places)).toBeLessThanOrEqual(crowding(replicas, places));
        }
        const then = applied(moves, partitions);
        expect(
          balance(
            then.map((each, index) => (isMoving(partitions[index]) ? partitions[index] : each)),
            places,
          ),
        ).toEqual([]);
        expectLeadersEven(moves, then, places);
        expectSame({ places, partitions }, (some, order) => [
          balance(some, order),
          isUnbalanced(some, order),
        ]);
        if (moves.length === 0) expect(isUnbalanced(partitions, places)).toBe(false);
      }),
      RUNS,
    );
  });

  it('gives everybody the share with as few moves as there are replicas too many, where racks do not matter', () => {
    fc.assert(
      fc.property(flat, ({ places, partitions }) => {
        const moves = balance(partitions, places);
        const loads = loadsOf(partitions, places);
        const [floor, ceil] = [Math.floor, Math.ceil].map((round) => round(sumOf(loads) / places.length));
        const excess = sumOf(loads.map((load) => Math.max(0, load - ceil)));
        const lack = sumOf(loads.map((load) => Math.max(0, floor - load)));
        expect(created(moves, partitions)).toBe(Math.max(excess, lack));
        for (const load of loadsOf(applied(moves, partitions), places)) {
          expect(load).toBeGreaterThanOrEqual(floor);
          expect(load).toBeLessThanOrEqual(ceil);
        }
      }),
      RUNS,
    );
  });

  it('is as even as racks allow, with the fewest moves', () => {
    fc.assert(
      fc.property(small, ({ places, partitions }) => {
        const ids = idsOf(places);
        // A partition that could be spread better may be, which is no aim and can be in the way of evenness.
        const spread = (each: Partition) =>
          Math.min(...choices(ids, each.replicas.length).map((choice) => crowding(choice, places)));
        fc.pre(partitions.every((each) => crowding(each.replicas, places) === spread(each)));
        const options = partitions.map((each) =>
          choices(ids, each.replicas.length).filter((choice) => crowding(choice, places) === spread(each)),
        );
        const moves = balance(partitions, places);
        const found = [squares(loadsOf(applied(moves, partitions), places)), created(moves, partitions)];
        expect(found).toEqual(best(options, partitions, ids));
      }),
      { numRuns: 150 },
    );
  });
});

/** The least sum of squares of all loads that there can be, and the fewest new replicas that bring it about. */
function best(options: number[][][], all: readonly Partition[], ids: readonly number[]): number[] {
  const loads = new Map(ids.map((id) => [id, 0]));
  let least = [Number.POSITIVE_INFINITY, 0];
  const go = (index: number, moved: number): void => {
    if (index === all.length) {
      const even = squares([...loads.values()]);
      if (even < least[0] || (even === least[0] && moved < least[1])) least = [even, moved];
      return;
    }
    for (const option of options[index]) {
      for (const id of option) loads.set(id, loads.get(id)! + 1);
      go(index + 1, moved + option.filter((id) => !all[index].replicas.includes(id)).length);
      for (const id of option) loads.set(id, loads.get(id)! - 1);
    }
  };
  go(0, 0);
  return least;
}

describe('refactor', () => {
  it('reaches every factor that there are brokers for, well spread and in any order', () => {
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 6 }), ({ places, partitions }, factor) => {
        const factors = new Map([['a', factor]]);
        const { moves, stuck } = refactor(partitions, places, factors);
        expectValid(moves, partitions, idsOf(places));
        const todo = partitions.filter(
          (each) => !isMoving(each) && each.topic === 'a' && each.replicas.length !== factor,
        );
        expect(moves).toHaveLength(
          factor <= places.length ? todo.length : todo.filter((each) => each.replicas.length > factor).length,
        );
        expect(moves.length + stuck.length).toBe(todo.length);
        for (const move of moves) {
          const { replicas } = find(partitions, move);
          expect(move.replicas).toHaveLength(factor);
          expect(move.replicas[0]).toBe(replicas[0]);
          const grows = factor > replicas.length;
          if (grows) expect(move.replicas.slice(0, replicas.length)).toEqual(replicas);
          else expect(replicas.filter((id) => move.replicas.includes(id))).toEqual(move.replicas);
          const options = grows
            ? choices(
                idsOf(places).filter((id) => !replicas.includes(id)),
                factor - replicas.length,
              ).map((rest) => [...replicas, ...rest])
            : choices(replicas.slice(1), factor - 1).map((rest) => [replicas[0], ...rest]);
          const least = Math.min(...options.map((ids) => crowding(ids, places)));
          expect(crowding(move.replicas, places)).toBe(least);
        }
        const then = applied(moves, partitions).map((each, index) =>
          isMoving(partitions[index]) ? partitions[index] : each,
        );
        expect(refactor(then, places, factors).moves).toEqual([]);
        expectSame({ places, partitions }, (some, order) => refactor(some, order, factors));
      }),
      RUNS,
    );
  });
});

/** Carries out what is planned anew each time, a batch at a time, while moves end or are taken back as `luck` has it. */
function carriedOut(
  start: readonly Partition[],
  plan: (partitions: readonly Partition[]) => readonly Move[],
  concurrency: number,
  luck: readonly number[],
): { partitions: readonly Partition[]; copied: number } {
  let partitions = start;
  let copied = 0;
  for (let step = 0; step < 1_000; step++) {
    const moves = plan(partitions);
    if (moves.length === 0 && !partitions.some(isMoving)) return { partitions, copied };
    const under = partitions.filter(isMoving).length;
    const next = batch(moves, partitions, concurrency);
    expect(next.length).toBe(Math.max(0, Math.min(moves.length, concurrency - under)));
    copied += created(next, partitions);
    const goals = shown(next);
    partitions = partitions.map((each, index) => {
      const goal = goals[`${each.topic}-${each.partition}`];
      if (goal) return begun(each, goal);
      // Chance runs out, so that it all ends some day.
      const chance = step < 20 ? (luck[(step * 7 + index) % luck.length] ?? 0) : 0;
      if (!isMoving(each) || chance === 1) return each;
      return chance === 2 ? cancelled(each) : arrived(each);
    });
  }
  throw new Error('it does not end');
}

describe('batch by batch', () => {
  const concurrency = fc.integer({ min: 1, max: 8 });
  // 0: a move ends; 1: it goes on; 2: it is taken back.
  const interrupted = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 20 });
  const slow = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 20 });

  it('empties brokers, whatever is taken back', () => {
    fc.assert(
      fc.property(leavers(any), concurrency, interrupted, ({ partitions, staying, leaving }, most, luck) => {
        const plan = (some: readonly Partition[]) => drain(some, staying, leaving).moves;
        const result = carriedOut(partitions, plan, most, luck);
        for (const { replicas } of result.partitions) {
          if (replicas.length <= staying.length) expect(isSubset(replicas, idsOf(staying))).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('comes to an even end, whatever is taken back', () => {
    fc.assert(
      fc.property(any, concurrency, interrupted, ({ partitions, places }, most, luck) => {
        const plan = (some: readonly Partition[]) => balance(some, places);
        const result = carriedOut(partitions, plan, most, luck);
        for (const [index, { replicas }] of result.partitions.entries()) {
          const crowded = [
            partitions[index].replicas.filter((id) => !partitions[index].adding.includes(id)),
            after(partitions[index]),
          ];
          expect(crowding(replicas, places)).toBeLessThanOrEqual(
            Math.max(...crowded.map((ids) => crowding(ids, places))),
          );
        }
      }),
      RUNS,
    );
  });

  it('copies no more than in one go', () => {
    fc.assert(
      fc.property(flat, concurrency, slow, ({ partitions, places }, most, luck) => {
        const plan = (some: readonly Partition[]) => balance(some, places);
        const result = carriedOut(partitions, plan, most, luck);
        expect(result.copied).toBe(created(plan(partitions), partitions));
      }),
      RUNS,
    );
  });
});
