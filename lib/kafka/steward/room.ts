import type { Partition } from './facts';
import { Fleet, type Place, target } from './fleet';

/** What each broker holds, while moves are planned one after the other. */
export class Room {
  readonly fleet: Fleet;
  /** Partitions that each broker is the preferred leader of. */
  readonly leaders: readonly number[];
  private readonly replicas: number[];
  private readonly bytes: number[];

  constructor(places: readonly Place[], partitions: readonly Partition[]) {
    const fleet = new Fleet(places);
    this.fleet = fleet;
    this.leaders = fleet.count(partitions.map((partition) => target(partition)[0]));
    this.replicas = fleet.count(partitions.flatMap(target));
    this.bytes = fleet.ids.map(() => 0);
    for (const partition of partitions) {
      for (const broker of fleet.members(target(partition))) this.bytes[broker] += partition.bytes;
    }
  }

  /** How many brokers hold none of these replicas. */
  beside(ids: readonly number[]): number {
    return this.fleet.size - this.fleet.members(ids).length;
  }

  /** Adds a replica to others, on the broker that suits it best, and returns that. */
  add(ids: number[], bytes: number): number {
    const { fleet, leaders, replicas } = this;
    const present = fleet.members(ids);
    const free = fleet.ids.map((_, broker) => broker).filter((broker) => !present.includes(broker));
    const best = least(free, (broker) => [
      fleet.onRackOf(broker, present),
      replicas[broker],
      leaders[broker],
      this.bytes[broker],
      broker,
    ]);
    replicas[best]++;
    this.bytes[best] += bytes;
    ids.push(fleet.ids[best]);
    return fleet.ids[best];
  }

  /** Removes the replica that is missed least. */
  remove(ids: number[], isr: readonly number[], bytes: number): void {
    const { fleet, replicas } = this;
    const present = fleet.members(ids);
    const removed = least(ids, (id) => {
      const [broker] = fleet.members([id]);
      const isLeader = Number(id === ids[0]);
      // Other brokers than these are to be left anyway.
      if (broker === undefined) return [Number(isr.includes(id)), 0, isLeader, id];
      const onRack = fleet.onRackOf(broker, present);
      return [Number(isr.includes(id)), 1, isLeader, -onRack, -replicas[broker], -this.bytes[broker], -id];
    });
    ids.splice(ids.indexOf(removed), 1);
    for (const broker of fleet.members([removed])) {
      replicas[broker]--;
      this.bytes[broker] -= bytes;
    }
  }
}

/** The one whose keys are the least, the first key first. */
function least(items: readonly number[], keysOf: (item: number) => readonly number[]): number {
  return items
    .map((item) => ({ item, keys: keysOf(item) }))
    .reduce((a, b) => {
      const differs = a.keys.findIndex((key, index) => key !== b.keys[index]);
      return differs >= 0 && b.keys[differs] < a.keys[differs] ? b : a;
    }).item;
}
