import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, type Field, fieldsOf, numbersOf } from '../../../lib/etcd/disk/protobuf';
import { message, varint } from './protobuf-writer';

const field: fc.Arbitrary<Field> = fc.record({
  number: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
  value: fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ),
});

describe('messages', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        expect([...fieldsOf(message(fields))]).toEqual(fields);
      }),
    );
  });

  it('are refused where they are cut off', () => {
    fc.assert(
      fc.property(field, fc.nat(), (one, cut) => {
        const whole = message([one]);
        expect(() => [...fieldsOf(whole.subarray(0, 1 + (cut % (whole.length - 1))))]).toThrow(RangeError);
      }),
    );
  });

  it('are refused, or end, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect([...fieldsOf(Buffer.from(bytes))].length).toBeLessThanOrEqual(32);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  it('may have numbers of a fixed length', () => {
    const fixed = Buffer.concat([
      varint(1n * 8n + 1n),
      Buffer.alloc(8, 1),
      varint(2n * 8n + 5n),
      Buffer.of(1, 0, 0, 0),
    ]);
    expect([...numbersOf(fixed)]).toEqual([
      [1, 0x0101010101010101n],
      [2, 1n],
    ]);
  });

  it('give the first bytes with a number', () => {
    const [one, two] = [Buffer.from('one'), Buffer.from('two')];
    const bytes = message([
      { number: 2, value: 7n },
      { number: 2, value: one },
      { number: 2, value: two },
    ]);
    expect(bytesOf(bytes, 2)).toEqual(one);
    expect(bytesOf(bytes, 3)).toBeUndefined();
  });
});
