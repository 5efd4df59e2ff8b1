import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RedisError } from '../../../lib/redis/wire/errors';
import { encodeCommand, type Parsed, RespReader } from '../../../lib/redis/wire/resp';

/** A reply as a server writes it. */
function encode(reply: Parsed): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === 'string') return Buffer.from(`+${reply}\r\n`);
  if (reply instanceof RedisError) return Buffer.from(`-${reply.message}\r\n`);
  if (Buffer.isBuffer(reply))
    return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')]);
  const items = reply as readonly Parsed[];
  return Buffer.concat([Buffer.from(`*${items.length}\r\n`), ...items.map(encode)]);
}

/** Bytes in pieces that end at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i, all) => bytes.subarray(all[i - 1] ?? 0, end));
}

const line = fc.string().filter((text) => !/[\r\n]/.test(text));
const { reply } = fc.letrec<{ reply: Parsed; list: Parsed[] }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.maxSafeInteger(),
    line,
    line.map((text) => new RedisError(`ERR ${text}`)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    // What looks like the end of a reply, or its beginning, within one.
    fc.constantFrom('\r\n', '$-1\r\n', '*3\r\n:1\r\n', '+OK').map((text) => Buffer.from(text)),
    tie('list'),
  ),
  list: fc.array(tie('reply'), { maxLength: 5 }),
}));

const read = (chunks: readonly Buffer[]) => {
  const reader = new RespReader();
  return chunks.flatMap((chunk) => reader.push(chunk));
};

describe('RespReader', () => {
  it('reads all replies, in whatever pieces they come', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 5 }), fc.array(fc.nat()), (replies, places) => {
        const bytes = Buffer.concat(replies.map(encode));
        expect(read(cut(bytes, places))).toEqual(replies);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a reply with its last byte, and none before', () => {
    fc.assert(
      fc.property(reply, (whole) => {
        const bytes = encode(whole);
        const reader = new RespReader();
        const given = [...bytes].map((byte) => reader.push(Buffer.from([byte])).length);
        expect(given.lastIndexOf(0)).toBe(bytes.length - 2);
        expect(given.at(-1)).toBe(1);
      }),
    );
  });

  it('gives values that do not keep what they came with in memory', () => {
    const bytes = encode(Buffer.from('value'));
    const [value] = read([bytes]) as [Buffer];
    bytes.fill(0);
    expect(value.toString()).toBe('value');
  });

  it('reads a large value in small pieces at once', () => {
    const value = Buffer.alloc(32_000_000, 'x');
    const bytes = encode([value, 1]);
    const places = Array.from({ length: bytes.length / 4_096 }, (_, i) => i * 4_096);
    const started = performance.now();
    expect((read(cut(bytes, places)) as [[Buffer, number]])[0][0].equals(value)).toBe(true);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it.each([
    ['', '*0\r\n', []],
    [' of an older protocol', '*-1\r\n', null],
    [' with a sign', ':+5\r\n', 5],
    [' with text beyond ASCII', '+\u00fc\r\n', '\u00fc'],
  ])('reads what is rare%s: %j', (_, bytes, expected) => {
    expect(read([Buffer.from(bytes)])).toEqual([expected]);
  });

  const tls = Buffer.from([0x15, 3, 1, 0, 2, 2, 10]);
  it.each<[string, Buffer | string, string]>([
    [
      'HTTP',
      'HTTP/1.1 400',
      "no reply of Redis begins with 'H': another protocol, such as TLS, is spoken there",
    ],
    ['TLS', tls, 'no reply of Redis begins with byte 21: another protocol, such as TLS, is spoken there'],
    ['RESP3', '%1\r\n', "no reply of Redis begins with '%': another protocol, such as TLS, is spoken there"],
    ['no number', ':a\r\n', 'a reply of Redis has a number here, not a'],
    ['an empty number', ':\r\n', 'a reply of Redis has a number here, not '],
    ['a negative length', '$-2\r\n', 'a reply of Redis is not -2 long'],
    ['a length beyond all', '$999999999\r\n', 'a reply of Redis is not 999999999 long'],
    ['no end', `+${'x'.repeat(70_000)}`, 'a line without an end is no reply of Redis'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => read([Buffer.from(bytes)])).toThrow(new Error(message));
  });
});

describe('encodeCommand', () => {
  it('writes words as a server reads them', () => {
    const word = fc.oneof(
      fc.integer(),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const bytes = words.map((each) => (Buffer.isBuffer(each) ? each : Buffer.from(String(each))));
        expect(read([encodeCommand(words)])).toEqual([bytes]);
      }),
    );
  });
});
