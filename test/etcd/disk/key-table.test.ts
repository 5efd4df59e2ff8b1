import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyTable } from '../../../lib/etcd/disk/key-table';

describe('a table of keys', () => {
  it('knows the newest change of each', () => {
    const change = fc.record({ key: fc.integer({ min: 0, max: 30 }), deleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        const table = new KeyTable();
        const newest = new Map<number, number>();
        for (const [index, { key, deleted }] of changes.entries()) {
          table.set(Buffer.from(`${key}`), index + 1, deleted);
          if (deleted) newest.delete(key);
          else newest.set(key, index + 1);
        }
        expect(table.live).toBe(newest.size);
        for (const [index, { key }] of changes.entries())
          expect(table.isLive(Buffer.from(`${key}`), index + 1)).toBe(newest.get(key) === index + 1);
        expect(table.isLive(Buffer.from('missing'), 1)).toBe(false);
      }),
    );
  });

  it('grows', () => {
    const table = new KeyTable();
    const key = (index: number) => Buffer.from(`key-${index}`);
    for (let index = 1; index <= 20_000; index++) table.set(key(index), index, index % 2 === 0);
    expect(table.live).toBe(10_000);
    for (let index = 1; index <= 20_000; index++)
      expect(table.isLive(key(index), index)).toBe(index % 2 === 1);
  });
});
