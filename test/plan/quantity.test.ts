import { describe, expect, test } from 'vitest';
import { quantity } from '../../lib/plan/quantity';

describe('quantity', () => {
  test.each([
    ['1', 1],
    [2, 2],
    ['1000m', 1],
    ['300m', 0.3],
    ['0.3', 0.3],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1k', 1000],
    ['1Ki', 1024],
    ['1.5Gi', 1536 * 2 ** 20],
    ['100E', 1e20],
    ['-1', -1],
  ])('%s', (text, number) => expect(quantity(text)).toBe(number));

  test.each(['', 'Gi', '1Zi', '1 Gi', '1GiB', true, undefined, null])('%s is none', (text) =>
    expect(quantity(text)).toBeUndefined(),
  );
});
