import { describe, expect, it } from 'vitest';
import { parseRdbCheck } from '../../../lib/redis/tasks/rdb-check';
import type { AskedServer } from '../../../lib/redis/tasks/servers';
import { whatIsWrong } from '../../../lib/redis/tasks/verify-backup';

const OUTPUT = `[offset 0] Checking RDB file 0.rdb
[offset 150] AUX FIELD repl-id = 'a1b2'
[offset 163] AUX FIELD repl-offset = '4242'
[offset 172] Checksum OK
[offset 172] \\o/ RDB looks OK! \\o/
[info] 17 keys read
[info] 3 expires
[info] 1 already expired
`;

describe('the tool that reads an RDB file', () => {
  it('says how many keys there are, and which place in which stream it is of', () => {
    expect(parseRdbCheck(OUTPUT)).toEqual({ keys: 17, replid: 'a1b2', offset: 4_242 });
    expect(parseRdbCheck(OUTPUT.replace(/.*AUX.*\n/g, ''))).toEqual({ keys: 17 });
  });

  it('is believed only where it has read all of it', () => {
    expect(() =>
      parseRdbCheck('--- RDB ERROR DETECTED ---\n[offset 9] Unexpected EOF reading RDB file\n'),
    ).toThrow(
      'it does not say that the file is whole, and ends with: [offset 9] Unexpected EOF reading RDB file',
    );
    expect(() => parseRdbCheck('')).toThrow('it does not say that the file is whole, and ends with: nothing');
    expect(() => parseRdbCheck(OUTPUT.replace('17 keys read', ''))).toThrow(
      'it does not say how many keys there are',
    );
  });
});

describe('an RDB file', () => {
  const from = { keys: 10_000, offset: 500, replid: 'a' } as AskedServer;
  const part = { offset: 500 };
  const wrong = (keys: number, now: Partial<AskedServer> | undefined, more: object = {}) =>
    whatIsWrong(
      { part, from, check: { keys, replid: 'a', offset: 500, ...more } },
      now && { ...from, ...now },
    );

  it('has exactly the keys of a server on which nothing has changed', () => {
    expect(wrong(10_000, {})).toBeUndefined();
    expect(wrong(9_999, {})).toBe('has 9999 keys, where the server had 10000');
  });

  it.each([
    [11_900, { keys: 11_000, offset: 600 }, undefined],
    [9_100, { keys: 11_000, offset: 600 }, undefined],
    [8_800, { keys: 11_000, offset: 600 }, 'has 8800 keys, where the server had 10000 to 11000'],
    [12_200, { keys: 11_000, offset: 600 }, 'has 12200 keys, where the server had 10000 to 11000'],
    [9_100, undefined, undefined],
    [0, undefined, 'has 0 keys, where the server had 10000'],
  ])('with %i keys is judged by what the server says before and after', (keys, now, expected) => {
    expect(wrong(keys, now)).toBe(expected);
  });

  it('has everything that was written before the backup began', () => {
    expect(wrong(10_000, {}, { offset: 499 })).toBe(
      'ends at offset 499, before 500 where the stream was when the backup began',
    );
    expect(wrong(10_000, {}, { offset: undefined })).toBeUndefined();
    // Another stream has other offsets.
    expect(wrong(10_000, {}, { offset: 3, replid: 'b' })).toBeUndefined();
  });
});
