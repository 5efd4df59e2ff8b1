import * as fc from 'fast-check';
import type { Move, Partition } from '../../../lib/kafka/steward/facts';
import type { Place } from '../../../lib/kafka/steward/reassignment';

/** Partitions by name, such as `{ 'a-0': [1, 2] }`, all replicas in sync. */
export function partitions(replicas: Readonly<Record<string, readonly number[]>>): Partition[] {
  return Object.entries(replicas).map(([name, ids]) => partition(name, ids));
}

export function partition(
  name: string,
  replicas: readonly number[],
  change: Partial<Partition> = {},
): Partition {
  const [topic, number] = name.split('-');
  const settled = { leader: replicas[0], replicas, isr: replicas, adding: [], removing: [] };
  return { topic, partition: Number(number), minInSync: 1, bytes: 0, ...settled, ...change };
}

/** Brokers 0, 1, ... on these racks, or without one. */
export function onRacks(...racks: (string | undefined)[]): Place[] {
  return racks.map((rack, id) => ({ id, rack }));
}

export const brokers = (size: number): Place[] => onRacks(...Array<undefined>(size).fill(undefined));

/** Moves by name. */
export function shown(moves: readonly Move[]): Record<string, readonly number[]> {
  return Object.fromEntries(moves.map((move) => [`${move.topic}-${move.partition}`, move.replicas]));
}

/** The partitions once these moves have ended. */
export function applied(moves: readonly Move[], all: readonly Partition[]): Partition[] {
  const goals = shown(moves);
  return all.map((each) => ended(each, goals[`${each.topic}-${each.partition}`]));
}

function ended(each: Partition, replicas: readonly number[] = after(each)): Partition {
  return { ...each, leader: replicas[0], replicas, isr: replicas, adding: [], removing: [] };
}

/** Replicas once the present move has ended. */
export const after = ({ replicas, removing }: Partition): number[] =>
  replicas.filter((id) => !removing.includes(id));

/** A partition that has just begun to be moved, as Kafka describes it. */
export function begun(each: Partition, replicas: readonly number[]): Partition {
  const removing = each.replicas.filter((id) => !replicas.includes(id));
  const adding = replicas.filter((id) => !each.replicas.includes(id));
  return { ...each, replicas: [...replicas, ...removing], adding, removing };
}

export const arrived = (each: Partition): Partition => ended(each);

/** The move is taken back. */
export function cancelled(each: Partition): Partition {
  return ended(
    each,
    each.replicas.filter((id) => !each.adding.includes(id)),
  );
}

export function loadsOf(all: readonly Partition[], places: readonly Place[]): number[] {
  return places.map(({ id }) => all.filter((each) => after(each).includes(id)).length);
}

export function leadersOf(all: readonly Partition[], places: readonly Place[]): number[] {
  return places.map(({ id }) => all.filter((each) => after(each)[0] === id).length);
}

export const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** How many pairs of replicas share a rack: the fewer, the better they are spread. */
export function crowding(ids: readonly number[], places: readonly Place[]): number {
  const racks = ids.map((id) => places.find((place) => place.id === id)?.rack);
  return racks.flatMap((rack, index) => racks.slice(index + 1).filter((other) => other === rack)).length;
}

/** Every choice of so many of these. */
export function choices(ids: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return ids.flatMap((id, index) => choices(ids.slice(index + 1), size - 1).map((rest) => [id, ...rest]));
}

/** How many replicas moves create. */
export function created(moves: readonly Move[], all: readonly Partition[]): number {
  const goals = shown(moves);
  return sumOf(
    all.map((each) => {
      const goal = goals[`${each.topic}-${each.partition}`] ?? [];
      return goal.filter((id) => !after(each).includes(id)).length;
    }),
  );
}

export interface Cluster {
  readonly places: readonly Place[];
  readonly partitions: readonly Partition[];
}

export interface Shape {
  /** Most brokers, partitions, and replicas of one. */
  readonly brokers: number;
  readonly partitions: number;
  readonly factor: number;
  readonly racks: boolean;
  /** Whether some partitions are being moved already. */
  readonly moving?: boolean;
}

/** Any cluster, often with brokers that have little or nothing. */
export function clusters(shape: Shape): fc.Arbitrary<Cluster> {
  const rack = shape.racks ? fc.constantFrom('a', 'b', 'c', undefined) : fc.constant(undefined);
  const ids = fc.uniqueArray(fc.nat({ max: 40 }), { minLength: 1, maxLength: shape.brokers });
  return ids.chain((found) =>
    fc
      .record({
        racks: fc.array(rack, { minLength: found.length, maxLength: found.length }),
        used: fc.integer({ min: 1, max: found.length }),
      })
      .chain(({ racks, used }) =>
        fc.record({
          places: fc.constant(found.map((id, index): Place => ({ id, rack: racks[index] }))),
          partitions: fc
            .array(partitionOn(found, used, shape), { minLength: 1, maxLength: shape.partitions })
            .map((all) => all.map((each, index) => ({ ...each, partition: index }))),
        }),
      ),
  );
}

function partitionOn(ids: readonly number[], used: number, shape: Shape): fc.Arbitrary<Partition> {
  return fc
    .record({
      topic: fc.constantFrom('a', 'b', 'c'),
      replicas: fc.shuffledSubarray(ids.slice(0, used), {
        minLength: 1,
        maxLength: Math.min(used, shape.factor),
      }),
      goal: fc.shuffledSubarray([...ids], { minLength: 1 }),
      moving: fc.boolean().map((yes) => yes && shape.moving === true),
      bytes: fc.nat({ max: 3 }),
    })
    .map(({ topic, replicas, goal, moving, bytes }) => {
      const settled = { ...partition(`${topic}-0`, replicas), bytes };
      return moving ? begun(settled, goal.slice(0, replicas.length)) : settled;
    });
}
