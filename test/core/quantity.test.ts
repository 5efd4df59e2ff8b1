import { Size } from 'cdk8s';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, mebibytesOf, quantityOf } from '../../lib/core/quantity';

const FACTORS: Record<string, number> = { '': 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };

describe('quantityOf', () => {
  it.each([
    [Size.gibibytes(20), '20Gi'],
    [Size.gibibytes(1024), '1Ti'],
    [Size.gibibytes(1.5), '1536Mi'],
    [Size.mebibytes(512), '512Mi'],
    [Size.kibibytes(1025), '1025Ki'],
    [Size.kibibytes(0.5), '512'],
    [Size.kibibytes(0), '0'],
  ])('%o is %s', (size, text) => {
    expect(quantityOf(size)).toBe(text);
  });

  it('loses no byte and takes the largest unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 ** 3 }), (kibibytes) => {
        const [, number, unit] = /^(\d+)(Ki|Mi|Gi|Ti)$/.exec(quantityOf(Size.kibibytes(kibibytes))) ?? [];
        expect(Number(number) * FACTORS[unit]).toBe(kibibytes * 1024);
        if (unit !== 'Ti') expect(Number(number) % 1024).not.toBe(0);
      }),
    );
  });
});

it('rounds mebibytes down, never up beyond what is there', () => {
  expect(mebibytesOf(Size.kibibytes(2047))).toBe(1);
  expect(mebibytesOf(Size.gibibytes(1))).toBe(1024);
  expect(bytesOf(Size.kibibytes(3))).toBe(3072);
});
