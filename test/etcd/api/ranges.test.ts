import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_KEYS, type KeyRange, prefixRange, rangeOf, sameRange } from '../../../lib/etcd/api/ranges';

const bytes = (value: string) => Buffer.from(value);

/** As etcd reads a range: without an end the key alone; an end of one zero byte stands for no end. */
function contains({ key, rangeEnd }: KeyRange, one: Buffer): boolean {
  if (!rangeEnd) return key.equals(one);
  const endless = rangeEnd.equals(Buffer.of(0));
  return Buffer.compare(key, one) <= 0 && (endless || Buffer.compare(one, rangeEnd) < 0);
}

describe('ranges of keys', () => {
  it('end where the prefix does', () => {
    expect(prefixRange('/app/')).toEqual({ key: bytes('/app/'), rangeEnd: bytes('/app0') });
    expect(prefixRange('a')).toEqual({ key: bytes('a'), rangeEnd: bytes('b') });
  });

  it('are all keys for an empty prefix', () => {
    expect(prefixRange('')).toEqual({ key: Buffer.of(0), rangeEnd: Buffer.of(0) });
    expect(prefixRange('')).toBe(ALL_KEYS);
  });

  it('leave bytes out that cannot grow', () => {
    expect(prefixRange(Buffer.of(1, 0xff, 0xff)).rangeEnd).toEqual(Buffer.of(2));
    expect(prefixRange(Buffer.of(0xff)).rangeEnd).toEqual(Buffer.of(0));
  });

  it('have just the keys that begin with the prefix', () => {
    const short = fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array));
    const lively = fc
      .array(fc.constantFrom(0, 1, 0xfe, 0xff), { maxLength: 4 })
      .map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.oneof(short, lively), fc.oneof(short, lively), (prefix, key) => {
        fc.pre(key.length > 0);
        const begins = key.subarray(0, prefix.length).equals(prefix);
        expect(contains(prefixRange(prefix), key)).toBe(begins);
        expect(contains(prefixRange(prefix), Buffer.concat([prefix, key]))).toBe(true);
      }),
    );
  });

  it('are what a permission says', () => {
    expect(rangeOf({ key: 'a' })).toEqual({ key: bytes('a') });
    expect(rangeOf({ prefix: 'a' })).toEqual({ key: bytes('a'), rangeEnd: bytes('b') });
    expect(rangeOf({ prefix: '' })).toEqual(ALL_KEYS);
    expect(rangeOf({ range: ['a', 'c'] })).toEqual({ key: bytes('a'), rangeEnd: bytes('c') });
  });

  it('are refused where a permission says none, or several', () => {
    expect(() => rangeOf({})).toThrow('one of key, prefix and range');
    expect(() => rangeOf({ key: 'a', prefix: 'a' })).toThrow('one of key, prefix and range');
  });

  it('are the same when they are written alike', () => {
    expect(sameRange({ key: bytes('a') }, { key: bytes('a'), rangeEnd: Buffer.alloc(0) })).toBe(true);
    expect(sameRange(prefixRange('a'), rangeOf({ range: ['a', 'b'] }))).toBe(true);
    expect(sameRange(prefixRange('a'), { key: bytes('a') })).toBe(false);
    expect(sameRange({ key: bytes('a') }, { key: bytes('b') })).toBe(false);
  });
});
