import type { RedisModel } from './redis-model';
import { MOST_REPLICAS } from './redis-names';
import { MOST_SENTINELS } from './redis-sentinel-model';

/** Servers of a set that the steward may restart although fewer should exist: there may have been more before. */
const MORE_SERVERS = 5;

/** Pods that the steward may have to restart: those that should exist, and those of more replicas and Sentinels before. */
export function restartablePods({ shards, sentinel }: RedisModel): string[] {
  return [
    ...shards.flatMap(({ set, members }) => pods(set, Math.max(MORE_SERVERS, members.length))),
    ...(sentinel ? pods(sentinel.set, Math.max(MOST_SENTINELS, sentinel.members.length)) : []),
  ];
}

/**
 * Pods that the steward labels with their role, by which the Service of the master finds it. Of fewer replicas than before the
 * master may be one that is to go: then it is no master any more before it goes, whatever its number.
 */
export function labelledPods({ topology, shards }: RedisModel): string[] {
  return topology === 'replication' ? shards.flatMap(({ set }) => pods(set, 1 + MOST_REPLICAS)) : [];
}

function pods(set: string, count: number): string[] {
  return Array.from({ length: count }, (_, ordinal) => `${set}-${ordinal}`);
}
