import type { Partition } from './facts';

export { partitionName as nameOf } from '../wire/partition-name';

/** A broker that may hold replicas. */
export interface Place {
  readonly id: number;
  /** `broker.rack`; brokers without one count as one rack. */
  readonly rack?: string;
}

/** The brokers that may hold replicas, numbered from 0 in the order of their ids. */
export class Fleet {
  readonly ids: readonly number[];
  /** Number of each broker's rack. */
  readonly racks: readonly number[];
  private readonly indices: ReadonlyMap<number, number>;

  constructor(places: readonly Place[]) {
    const sorted = [...new Map(places.map((place) => [place.id, place])).values()].sort(
      (a, b) => a.id - b.id,
    );
    this.ids = sorted.map(({ id }) => id);
    const racks = [...new Set(sorted.map(({ rack }) => rack))];
    this.racks = sorted.map(({ rack }) => racks.indexOf(rack));
    this.indices = new Map(this.ids.map((id, index) => [id, index]));
  }

  get size(): number {
    return this.ids.length;
  }

  /** Those of the brokers that belong to it, as indices. */
  members(ids: readonly number[]): number[] {
    return ids.map((id) => this.indices.get(id) ?? -1).filter((index) => index >= 0);
  }

  /** How many of these indices are on the rack of one. */
  onRackOf(index: number, among: readonly number[]): number {
    const rack = this.racks[index];
    let count = 0;
    for (const other of among) if (this.racks[other] === rack) count++;
    return count;
  }

  /** A number for each broker: how many of the given ids name it. */
  count(ids: Iterable<number>): number[] {
    const counts = this.ids.map(() => 0);
    for (const id of ids) {
      const index = this.indices.get(id);
      if (index !== undefined) counts[index]++;
    }
    return counts;
  }
}

export function isMoving({ adding, removing }: Partition): boolean {
  return adding.length > 0 || removing.length > 0;
}

/** Replicas as they are once its present move has ended. */
export function target({ replicas, removing }: Partition): readonly number[] {
  return removing.length > 0 ? replicas.filter((id) => !removing.includes(id)) : replicas;
}

/** By topic, then by number. */
export function byName(
  a: Pick<Partition, 'topic' | 'partition'>,
  b: Pick<Partition, 'topic' | 'partition'>,
): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}
