import type { RedisModel } from './redis-model';
import { MOST_REPLICAS } from './redis-names';
import { MOST_SENTINELS } from './redis-sentinel-model';

/** Pods that the steward may have to restart: those that should exist, and those of more replicas and Sentinels before. */
export function restartablePods({ shards, sentinel }: RedisModel): string[] {
  const pods = (set: string, count: number) =>
    Array.from({ length: count }, (_, ordinal) => `${set}-${ordinal}`);
  return [
    ...shards.flatMap(({ set, members }) => pods(set, Math.max(MOST_REPLICAS, members.length))),
    ...(sentinel ? pods(sentinel.set, Math.max(MOST_SENTINELS, sentinel.members.length)) : []),
  ];
}

/** Pods that the steward labels with their role, by which the Service of the master finds it. */
export function labelledPods(model: RedisModel): string[] {
  return model.topology === 'replication' ? restartablePods({ ...model, sentinel: undefined }) : [];
}
