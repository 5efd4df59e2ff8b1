import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashedPart, keyHash } from '../../../lib/redis/twemproxy/key-hash';
import { type Layout, layoutHash, layoutText, Ring, sameLayout } from '../../../lib/redis/twemproxy/layout';
import { probeKeys } from '../../../lib/redis/twemproxy/probe-keys';

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/), {
  minLength: 1,
  maxLength: 12,
});
const key = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
const ringOf = (shards: readonly string[]) => new Ring({ shards, hash: 'md5' });

describe('the hash of a key', () => {
  // As twemproxy has it; layout.slow.test.ts asks a real one.
  it.each([
    ['md5', 'a', 0xb975c10c],
    ['md5', '', 0xd98c1dd4],
    ['fnv1a_64', 'a', 0x8601ec8c],
    ['fnv1a_64', '', 0x84222325],
  ] as const)('%s of "%s"', (hash, text, value) => {
    expect(keyHash(hash, Buffer.from(text))).toBe(value);
  });

  it.each([
    ['{a}b', 'a'],
    ['b{a}', 'a'],
    ['{}a', '{}a'],
    ['{a', '{a'],
    ['}a{', '}a{'],
    ['{a}{b}', 'a'],
    ['{{a}}', '{a'],
  ])('is of this part: %s', (text, part) => {
    expect(hashedPart(Buffer.from(text), '{}').toString()).toBe(part);
    expect(hashedPart(Buffer.from(text), undefined).toString()).toBe(text);
  });
});

describe('a ring', () => {
  it('has each key on one of its shards, whatever their order', () => {
    fc.assert(
      fc.property(names, key, (shards, name) => {
        const found = ringOf(shards).shardOf(name);
        expect(shards).toContain(found);
        expect(ringOf([...shards].reverse()).shardOf(name)).toBe(found);
      }),
      { numRuns: 50 },
    );
  });

  it('moves keys to a shard that is added, and between no others', () => {
    fc.assert(
      fc.property(names, key, (shards, name) => {
        // Single precision gives some numbers of shards fewer points each.
        const [before, after] = [ringOf(shards), ringOf([...shards, 'added-one'])];
        expect([before.shardOf(name), 'added-one']).toContain(after.shardOf(name));
      }),
      { numRuns: 50 },
    );
  });

  it('gives each about the same', () => {
    const ring = ringOf(['a', 'b', 'c', 'd']);
    const counts = new Map<string, number>();
    for (let i = 0; i < 8000; i++) {
      const shard = ring.shardOf(Buffer.from(`key:${i}`));
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(700);
  });
});

describe('a layout', () => {
  const one: Layout = { shards: ['b', 'a'], hash: 'md5', hashTag: '{}' };

  it('is told in words', () => {
    expect(layoutText(one)).toBe('a, b by md5 within {}');
    expect(layoutText({ shards: ['a'], hash: 'fnv1a_64' })).toBe('a by fnv1a_64');
  });

  it('is the same where every key is on the same shard', () => {
    expect(sameLayout(one, { ...one, shards: ['a', 'b'] })).toBe(true);
    expect(layoutHash(one)).toBe(layoutHash({ ...one, shards: ['a', 'b'] }));
    for (const other of [
      { ...one, shards: ['a'] },
      { ...one, hash: 'fnv1a_64' as const },
      { ...one, hashTag: undefined },
    ]) {
      expect(sameLayout(one, other)).toBe(false);
      expect(layoutHash(one)).not.toBe(layoutHash(other));
    }
  });

  it('has a key to ask for each shard', () => {
    const layout: Layout = {
      shards: Array.from({ length: 20 }, (_, i) => `s${i}`),
      hash: 'md5',
      hashTag: '{}',
    };
    const keys = probeKeys(layout);
    expect([...keys.keys()].sort()).toEqual([...layout.shards].sort());
    const ring = new Ring(layout);
    for (const [shard, name] of keys) expect(ring.shardOf(Buffer.from(name))).toBe(shard);
  });
});
