import { brokerList } from './broker-advice';
import type { Move, Partition } from './facts';
import { byName, type Fleet, isMoving, type Place } from './fleet';
import { type Election, elect } from './preferred-leaders';
import { Room } from './room';

export { balance, isUnbalanced } from './balance';
export { batch, type ThrottledReplicas, throttled } from './batch';
export type { Place } from './fleet';

/** Moves, and what no move can bring about. */
export interface Plan {
  readonly moves: readonly Move[];
  readonly stuck: readonly Stuck[];
}

/** A partition that cannot go where it should. */
export interface Stuck {
  readonly topic: string;
  readonly partition: number;
  /** What is said of it, to follow its name. */
  readonly why: string;
}

/**
 * Every move that empties the brokers that leave. Each replica there is replaced by one in its place, on a rack that has the
 * fewest of the partition, on the broker that has the fewest of all. The others keep their places, but for the one that
 * becomes the preferred leader because that left.
 */
export function drain(
  partitions: readonly Partition[],
  staying: readonly Place[],
  leaving: readonly number[],
): Plan {
  const leaves = (id: number) => leaving.includes(id);
  const stays = ({ id }: Place) => !leaves(id);
  const room = new Room(staying.filter(stays), partitions);
  const moves: Move[] = [];
  const stuck: Stuck[] = [];
  const elections: Election[] = [];
  for (const { topic, partition, replicas: before, bytes } of plannable(partitions)) {
    const gone = before.filter(leaves).sort((a, b) => a - b);
    if (gone.length === 0) continue;
    if (gone.length > room.beside(before)) {
      const factor = `has replication factor ${before.length}`;
      const why = `${factor} and cannot leave ${brokerList(gone)}: ${whoStays(room.fleet)}`;
      stuck.push({ topic, partition, why });
      continue;
    }
    const kept = before.filter((id) => !leaves(id));
    const present = [...kept];
    const replicas = before.map((id) => (leaves(id) ? room.add(present, bytes) : id));
    moves.push({ topic, partition, replicas });
    if (leaves(before[0])) elections.push({ topic, replicas, favourites: kept });
  }
  elect(room.fleet, room.leaders, elections);
  return { moves, stuck };
}

/**
 * Moves that give topics another replication factor. Replicas are added where `drain` would, and removed from racks that
 * have the most of the partition and brokers that have the most of all; those out of sync go first, and the preferred
 * leader last.
 *
 * @param factors by topic, at least 1; topics that are not named keep theirs
 */
export function refactor(
  partitions: readonly Partition[],
  brokers: readonly Place[],
  factors: ReadonlyMap<string, number>,
): Plan {
  const room = new Room(brokers, partitions);
  const moves: Move[] = [];
  const stuck: Stuck[] = [];
  for (const { topic, partition, replicas: before, isr, bytes } of plannable(partitions)) {
    const factor = factors.get(topic) ?? before.length;
    if (factor === before.length) continue;
    if (factor - before.length > room.beside(before)) {
      const why = `cannot have replication factor ${factor}: ${whoIs(room.fleet)}`;
      stuck.push({ topic, partition, why });
      continue;
    }
    const replicas = [...before];
    while (replicas.length > factor) room.remove(replicas, isr, bytes);
    while (replicas.length < factor) room.add(replicas, bytes);
    moves.push({ topic, partition, replicas });
  }
  return { moves, stuck };
}

/** What is being moved already is left to arrive. */
function plannable(partitions: readonly Partition[]): Partition[] {
  return partitions.filter((partition) => !isMoving(partition)).sort(byName);
}

function whoStays({ ids }: Fleet): string {
  if (ids.length === 0) return 'no broker stays';
  return `only ${brokerList(ids)} ${ids.length === 1 ? 'stays' : 'stay'}`;
}

function whoIs({ ids }: Fleet): string {
  if (ids.length === 0) return 'there is no broker';
  return `there ${ids.length === 1 ? 'is' : 'are'} only ${brokerList(ids)}`;
}
