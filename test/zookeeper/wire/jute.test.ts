import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frame } from '../../../lib/steward/frames';
import { JuteReader, JuteWriter } from '../../../lib/zookeeper/wire/jute';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const bytes = fc.uint8Array({ maxLength: 64 });

describe('jute', () => {
  it.each([
    ['int', new JuteWriter().int(-2), 'fffffffe'],
    ['long', new JuteWriter().long(0x100000002n), '0000000100000002'],
    ['boolean', new JuteWriter().boolean(true).boolean(false), '0100'],
    ['buffer', new JuteWriter().buffer(Uint8Array.of(7)), '0000000107'],
    ['no buffer', new JuteWriter().buffer(undefined), 'ffffffff'],
    ['ustring', new JuteWriter().ustring('é'), '00000002c3a9'],
    ['no ustring', new JuteWriter().ustring(undefined), 'ffffffff'],
    ['vector', new JuteWriter().vector(['a'], (w, item) => w.ustring(item)), '000000010000000161'],
    ['no vector', new JuteWriter().vector(undefined, () => undefined), 'ffffffff'],
  ])('writes %s', (_, writer, hex) => {
    expect(writer.bytes().toString('hex')).toBe(hex);
  });

  it('reads back what it wrote', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
    const data = fc.option(bytes, { nil: undefined });
    const record = fc.tuple(fc.maxSafeInteger(), long, fc.boolean(), data, text, fc.array(text));
    fc.assert(
      fc.property(record, ([number, big, flag, buffer, string, strings]) => {
        const writer = new JuteWriter()
          .int(number | 0)
          .long(big)
          .boolean(flag)
          .buffer(buffer)
          .ustring(string);
        const reader = new JuteReader(writer.vector(strings, (w, item) => w.ustring(item)).bytes());
        expect(reader.int()).toBe(number | 0);
        expect(reader.long()).toBe(big);
        expect(reader.boolean()).toBe(flag);
        expect(reader.buffer()).toEqual(buffer && Buffer.from(buffer));
        expect(reader.ustring()).toBe(string);
        expect(reader.vector(() => reader.ustring())).toEqual(strings);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it.each([
    ['int', '0000', (r: JuteReader) => r.int()],
    ['buffer', '0000000501', (r: JuteReader) => r.buffer()],
    ['length', 'fffffffe', (r: JuteReader) => r.buffer()],
    ['vector', '7fffffff', (r: JuteReader) => r.vector(() => r.int())],
  ])('refuses a record with a bad %s', (_, hex, read) => {
    expect(() => read(new JuteReader(Buffer.from(hex, 'hex')))).toThrow(RangeError);
  });
});

describe('frames', () => {
  it('are cut from a stream however it is split', () => {
    fc.assert(
      fc.property(fc.array(bytes), fc.integer({ min: 1, max: 9 }), (records, step) => {
        const stream = Buffer.concat(records.map((record) => frame(Buffer.from(record))));
        const reader = new FrameReader('ZooKeeper', 64 * 1024 * 1024);
        const found: Buffer[] = [];
        for (let at = 0; at < stream.length; at += step)
          found.push(...reader.push(stream.subarray(at, at + step)));
        expect(found).toEqual(records.map((record) => Buffer.from(record)));
      }),
    );
  });

  it('refuse what is not ZooKeeper', () => {
    expect(() =>
      new FrameReader('ZooKeeper', 64 * 1024 * 1024).push(Buffer.from('HTTP/1.1 400 Bad Request')),
    ).toThrow('not ZooKeeper');
  });
});
