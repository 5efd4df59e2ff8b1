import { partitionName } from '../wire/partition-name';
import type { Move, Partition } from './facts';
import { byName, isMoving } from './fleet';

/**
 * The moves to submit next: so many that `concurrency` partitions are being moved, chosen so that brokers that send (the
 * leaders) and brokers that receive have as equal numbers of them as possible. Moves are left out that are under way, or
 * done, or of a partition that is gone or has no leader to read from.
 */
export function batch(
  moves: readonly Move[],
  partitions: readonly Partition[],
  concurrency: number,
): readonly Move[] {
  const known = new Map(partitions.map((partition) => [partitionName(partition), partition]));
  const moving = partitions.filter(isMoving);
  const busy = new Map<string, number>();
  const occupy = (roles: readonly string[]) => {
    for (const role of roles) busy.set(role, (busy.get(role) ?? 0) + 1);
  };
  for (const partition of moving) occupy(rolesOf(partition, partition.adding));

  const open = moves
    .flatMap((move) => {
      const partition = known.get(partitionName(move));
      if (!partition || partition.leader < 0 || isMoving(partition) || isDone(move, partition)) return [];
      return [{ move, roles: rolesOf(partition, added(move, partition)) }];
    })
    .sort((a, b) => byName(a.move, b.move));
  const chosen: Move[] = [];
  while (open.length > 0 && chosen.length + moving.length < concurrency) {
    let best = 0;
    let least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const [index, { roles }] of open.entries()) {
      const loads = roles.map((role) => busy.get(role) ?? 0);
      const cost = [Math.max(0, ...loads), loads.reduce((sum, load) => sum + load, 0)];
      if (cost[0] > least[0] || (cost[0] === least[0] && cost[1] >= least[1])) continue;
      [best, least] = [index, cost];
    }
    const [{ move, roles }] = open.splice(best, 1);
    occupy(roles);
    chosen.push(move);
  }
  return chosen;
}

/** Replicas that a throttle applies to, as `partition:broker` separated by commas. */
export interface ThrottledReplicas {
  /** `leader.replication.throttled.replicas` */
  readonly leaders: string;
  /** `follower.replication.throttled.replicas` */
  readonly followers: string;
}

/**
 * The throttled replicas of each topic that receives new ones, by these moves or by moves under way: as leaders those that
 * are there, as followers those that are added. https://kafka.apache.org/documentation/#rep-throttle
 */
export function throttled(
  moves: readonly Move[],
  partitions: readonly Partition[],
): ReadonlyMap<string, ThrottledReplicas> {
  const wanted = new Map(moves.map((move) => [partitionName(move), move]));
  const topics = new Map<string, { leaders: string[]; followers: string[] }>();
  for (const partition of [...partitions].sort(byName)) {
    const move = wanted.get(partitionName(partition));
    const adding = move ? added(move, partition) : partition.adding;
    if (adding.length === 0) continue;
    const topic = topics.get(partition.topic) ?? { leaders: [], followers: [] };
    topics.set(partition.topic, topic);
    const named = (ids: readonly number[]) =>
      [...ids].sort((a, b) => a - b).map((id) => `${partition.partition}:${id}`);
    topic.leaders.push(...named(present(partition)));
    topic.followers.push(...named(adding));
  }
  return new Map(
    [...topics].map(([topic, { leaders, followers }]) => [
      topic,
      { leaders: leaders.join(), followers: followers.join() },
    ]),
  );
}

/** Replicas that hold the data already, or did before the present move. */
function present({ replicas, adding }: Partition): number[] {
  return replicas.filter((id) => !adding.includes(id));
}

function added(move: Move, partition: Partition): number[] {
  return move.replicas.filter((id) => !present(partition).includes(id));
}

function isDone(move: Move, { replicas }: Partition): boolean {
  return move.replicas.join() === replicas.join();
}

/** Who sends, and who receives. Data is read from the leader. */
function rolesOf({ leader }: Partition, receivers: readonly number[]): string[] {
  return [`from ${leader}`, ...receivers.map((id) => `to ${id}`)];
}
