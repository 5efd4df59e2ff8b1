import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../../lib/kafka/wire/codec';
import { decode, encode, nullable, type Struct, type Type, tagged } from '../../../lib/kafka/wire/schema';
import { MESSAGES } from './messages';

const bytesOf = (flexible: boolean, write: (writer: Writer) => void): string => {
  const writer = new Writer(flexible);
  write(writer);
  return writer.bytes().toString('hex');
};

const uuid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const integer = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: integer(8),
  int16: integer(16),
  uint16: fc.integer({ min: 0, max: 65_535 }),
  int32: integer(32),
  int64: fc.maxSafeInteger(),
  float64: fc.double(),
  uuid,
  string: fc.string({ unit: 'binary' }),
  'string?': fc.option(fc.string({ unit: 'binary' })),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
};

/** Values of a type. */
function valuesOf(type: Type): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return SCALARS[type];
  if (Array.isArray(type)) return fc.array(valuesOf(type[0]), { maxLength: 3 });
  const { nullable, tag, of } = type as { nullable?: [Type]; tag?: number; of: Type };
  if (nullable) return fc.option(fc.array(valuesOf(nullable[0]), { maxLength: 3 }));
  if (tag !== undefined) return fc.option(valuesOf(of), { nil: undefined });
  return fc.record(Object.fromEntries(Object.entries(type).map(([name, field]) => [name, valuesOf(field)])));
}

describe('codec', () => {
  it.each([
    ['bool', true, (w: Writer) => w.bool(true), '01'],
    ['int8', true, (w: Writer) => w.int8(-2), 'fe'],
    ['int16', true, (w: Writer) => w.int16(-2), 'fffe'],
    ['uint16', true, (w: Writer) => w.uint16(65_535), 'ffff'],
    ['int32', true, (w: Writer) => w.int32(258), '00000102'],
    ['int64', true, (w: Writer) => w.int64(-1), 'ffffffffffffffff'],
    ['float64', true, (w: Writer) => w.float64(1), '3ff0000000000000'],
    ['small uvarint', true, (w: Writer) => w.uvarint(127), '7f'],
    ['uvarint of two bytes', true, (w: Writer) => w.uvarint(300), 'ac02'],
    ['largest uvarint', true, (w: Writer) => w.uvarint(2 ** 32 - 1), 'ffffffff0f'],
    ['uuid', true, (w: Writer) => w.uuid('AAAAAAAAAAAAAAAAAAAAAQ'), '00000000000000000000000000000001'],
    ['compact string', true, (w: Writer) => w.string('é'), '03c3a9'],
    ['no compact string', true, (w: Writer) => w.string(null), '00'],
    ['string', false, (w: Writer) => w.string('é'), '0002c3a9'],
    ['no string', false, (w: Writer) => w.string(null), 'ffff'],
    ['compact bytes', true, (w: Writer) => w.buffer(Buffer.of(7)), '0207'],
    ['bytes', false, (w: Writer) => w.buffer(Buffer.of(7)), '0000000107'],
    ['length of a compact array', true, (w: Writer) => w.arrayLength(2), '03'],
    ['no compact array', true, (w: Writer) => w.arrayLength(undefined), '00'],
    ['length of an array', false, (w: Writer) => w.arrayLength(2), '00000002'],
    ['no array', false, (w: Writer) => w.arrayLength(undefined), 'ffffffff'],
  ])('writes %s', (_, flexible, write, hex) => {
    expect(bytesOf(flexible, write)).toBe(hex);
  });

  it.each(['', 'short', 'AAAAAAAAAAAAAAAAAAAAAQAA'])('takes no uuid of another length: %j', (text) => {
    expect(() => new Writer(true).uuid(text)).toThrow('not a UUID');
  });

  it.each([
    ['a string that is cut off', '05c3a9'],
    ['a varint that does not end', 'ffffffffffff'],
    ['nothing', ''],
  ])('reads no %s', (_, hex) => {
    expect(() => new Reader(Buffer.from(hex, 'hex'), true).string()).toThrow(RangeError);
  });
});

describe('messages', () => {
  it.each(
    MESSAGES.flatMap((api) => [
      [api.name, 'request', api, api.request] as const,
      [api.name, 'response', api, api.response] as const,
    ]),
  )('%s %s: reads back what it wrote', (_name, _part, { flexible }, struct) => {
    fc.assert(
      fc.property(valuesOf(struct), (value) => {
        const bytes = encode(struct, value, flexible);
        expect(decode(struct, bytes, flexible)).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });

  it('writes fields, then tagged ones by number', () => {
    const struct = { b: tagged(2, 'int8'), a: 'int8', list: ['int8'], none: nullable(['int8']) } as const;
    const value = { a: 1, b: 3, list: [4, 5], none: null };
    expect(encode(struct, value, true).toString('hex')).toBe('0103040500' + '01' + '020103');
    expect(encode(struct, { ...value, b: undefined }, true).toString('hex')).toBe('0103040500' + '00');
    expect(encode({ a: 'int8', list: ['int8'] }, value, false).toString('hex')).toBe(
      '01' + '00000002' + '0405',
    );
  });

  it('reads over tagged fields that it does not know', () => {
    const newer: Struct = {
      a: 'int8',
      b: tagged(0, 'string'),
      c: tagged(1, 'int8'),
      d: tagged(9, ['int32']),
    };
    const bytes = encode(newer, { a: 1, b: 'new', c: 2, d: [3] }, true);
    expect(decode({ a: 'int8', c: tagged(1, 'int8') }, bytes, true)).toEqual({ a: 1, c: 2 });
  });
});
