import { Size } from 'cdk8s';
import { bytesOf } from '../core/quantity';
import type { RedisPersistence } from './redis-props';

const MIB = 1024 ** 2;

/** Share of the memory that data may take: half as much again is left for pages that a fork copies while it writes. */
const SHARE = 0.65;
/** Share where nothing is written to disk and everything can be made anew. */
const CACHE_SHARE = 0.8;

/** `maxmemory` where nobody chose another, in whole MiB. */
export function defaultMaxmemory(
  memory: Size,
  { use, persistence }: { readonly use: 'store' | 'cache'; readonly persistence: RedisPersistence },
): Size {
  const share = use === 'cache' && persistence === 'none' ? CACHE_SHARE : SHARE;
  return Size.mebibytes(Math.floor((bytesOf(memory) * share) / MIB));
}

/** How many times `maxmemory` the volume must hold: what there is, and what is written to take its place. */
export const VOLUME_TIMES: Readonly<Record<RedisPersistence, number>> = {
  none: 1,
  rdb: 2,
  aof: 3,
  'aof+rdb': 4,
};

/**
 * Bytes that may be kept for replicas that catch up, beside `maxmemory`: a third of what that leaves, so that a replica is
 * given up rather than the master killed.
 */
export function replicaBuffer(memory: Size, maxmemory: Size): number {
  const left = bytesOf(memory) - bytesOf(maxmemory);
  return Math.max(1, Math.floor(left / 3 / MIB)) * MIB;
}

/** Bytes of the newest writes that a replica which comes back can go on from; part of `maxmemory`. */
export function replicationBacklog(maxmemory: Size): number {
  return Math.min(256, Math.max(1, Math.floor(bytesOf(maxmemory) / 64 / MIB))) * MIB;
}
