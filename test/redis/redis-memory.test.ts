import { Size } from 'cdk8s';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../lib/core/quantity';
import { defaultMaxmemory, replicaBuffer, replicationBacklog } from '../../lib/redis/redis-memory';

const MIB = 1024 ** 2;
const [store, cache] = [
  { use: 'store', persistence: 'aof' },
  { use: 'cache', persistence: 'none' },
] as const;

describe('maxmemory', () => {
  it.each([
    [store, 1024, 665],
    [store, 4096, 2662],
    [{ use: 'store', persistence: 'none' }, 1024, 665],
    [{ use: 'cache', persistence: 'rdb' }, 1024, 665],
    [cache, 1024, 819],
    [cache, 64, 51],
  ] as const)('of %j with %i MiB is %i MiB', (kind, memory, maxmemory) => {
    expect(bytesOf(defaultMaxmemory(Size.mebibytes(memory), kind))).toBe(maxmemory * MIB);
  });
});

describe('what maxmemory leaves', () => {
  const sizes = fc.integer({ min: 64, max: 512 * 1024 }).map((mebibytes) => Size.mebibytes(mebibytes));

  it('holds the buffer of replicas, and as much again twice', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(store, cache), (memory, kind) => {
        const maxmemory = defaultMaxmemory(memory, kind);
        const buffer = replicaBuffer(memory, maxmemory);
        expect(buffer % MIB).toBe(0);
        expect(buffer).toBeGreaterThanOrEqual(MIB);
        expect(bytesOf(maxmemory) + 3 * buffer).toBeLessThanOrEqual(bytesOf(memory));
      }),
    );
  });

  it('is never asked to hold the backlog, which is a small part of maxmemory', () => {
    fc.assert(
      fc.property(sizes, (memory) => {
        const maxmemory = defaultMaxmemory(memory, store);
        const backlog = replicationBacklog(maxmemory);
        expect(backlog).toBeGreaterThanOrEqual(MIB);
        expect(backlog).toBeLessThanOrEqual(Math.min(256 * MIB, bytesOf(maxmemory) / 40));
        // Redis keeps no buffer that is smaller than the backlog.
        expect(backlog).toBeLessThanOrEqual(replicaBuffer(memory, maxmemory));
      }),
    );
  });
});
