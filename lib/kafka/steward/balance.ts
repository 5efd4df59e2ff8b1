import { evenOut, type Item } from './even-out';
import type { Move, Partition } from './facts';
import { byName, Fleet, isMoving, type Place, target } from './fleet';
import { type Election, elect } from './preferred-leaders';

interface Placed extends Item {
  readonly partition: Partition;
}

/**
 * The fewest moves after which the brokers have numbers of replicas as equal as racks and replication factors allow. No
 * partition gets more replicas on one rack than it has. The preferred leader changes only of partitions that move, so
 * that leaders are as equal as these allow. Replicas on other brokers stay where they are.
 */
export function balance(partitions: readonly Partition[], brokers: readonly Place[]): Move[] {
  const fleet = new Fleet(brokers);
  const moves: Move[] = [];
  const elections: Election[] = [];
  const unmoved: number[] = [];
  const places = new Map(place(fleet, partitions).items.map(({ partition, at }) => [partition, at]));
  for (const partition of [...partitions].sort(byName)) {
    const before = target(partition);
    const after = places.get(partition)?.map((index) => fleet.ids[index]) ?? before;
    const added = after.filter((id) => !before.includes(id));
    if (added.length === 0) {
      unmoved.push(before[0]);
      continue;
    }
    const removed = new Set(fleet.members(before).map((index) => fleet.ids[index]));
    for (const id of after) removed.delete(id);
    const replicas = before.map((id) => (removed.has(id) ? added.shift()! : id));
    const favourites = removed.has(before[0]) ? before.filter((id) => !removed.has(id)) : [before[0]];
    moves.push({ topic: partition.topic, partition: partition.partition, replicas });
    elections.push({ topic: partition.topic, replicas, favourites });
  }
  elect(fleet, fleet.count(unmoved), elections);
  return moves;
}

/**
 * Whether balancing is worth its traffic: some broker has less than its share by more than one replica and by more than a
 * fifth of what a broker has on average. It is as soon as a broker is new, and not after topics came and went.
 */
export function isUnbalanced(partitions: readonly Partition[], brokers: readonly Place[]): boolean {
  const fleet = new Fleet(brokers);
  const now = fleet.count(partitions.flatMap(target));
  const average = now.reduce((sum, count) => sum + count, 0) / fleet.size;
  const tolerance = Math.max(1, average / 5);
  // Nobody's share is more than what somebody has.
  if (Math.max(...now) - Math.min(...now) <= tolerance) return false;
  return place(fleet, partitions).loads.some((share, broker) => share - now[broker] > tolerance);
}

/** Where replicas go, as indices of brokers, and how many each broker has then. */
function place(fleet: Fleet, partitions: readonly Partition[]): { items: Placed[]; loads: number[] } {
  const sorted = [...partitions].sort(byName);
  const loads = fleet.count(sorted.flatMap(target));
  const topics = new Map<string, number>();
  const items: Placed[] = [];
  for (const partition of sorted) {
    if (isMoving(partition)) continue;
    const { topic } = partition;
    if (!topics.has(topic)) topics.set(topic, topics.size);
    const at = fleet.members(target(partition));
    items.push({ partition, at, home: [...at], group: topics.get(topic)! });
  }
  const may = ({ at }: Placed, from: number, to: number) =>
    fleet.racks[from] === fleet.racks[to] || fleet.onRackOf(to, at) < fleet.onRackOf(from, at);
  evenOut({ loads, items, may });
  return { items, loads };
}
