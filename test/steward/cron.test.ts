import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCron } from '../../lib/steward/cron';

const NONE = [
  '',
  'daily',
  '@often',
  'constructor',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* * 0 * *',
  '* * * * 7',
  '*/0 * * * *',
  '*/60 * * * *',
  '*/2/3 * * * *',
  '20-10 * * * *',
  '1-2-3 * * * *',
  '1, * * * *',
  '* * * foo *',
  '* * * mon *',
];

it.each(NONE)('"%s" is no schedule', (text) => {
  expect(parseCron(text)).toBeUndefined();
});

it('a schedule is five sets of values', () => {
  const [minute, hour, date, month, day] = parseCron('*/20,5 22/1 1-3 jan,JUN ?') ?? [];
  expect(minute).toEqual({ values: new Set([0, 20, 40, 5]), any: false });
  expect(hour).toEqual({ values: new Set([22, 23]), any: false });
  expect(date).toEqual({ values: new Set([1, 2, 3]), any: false });
  expect(month).toEqual({ values: new Set([1, 6]), any: false });
  expect(day).toEqual({ values: new Set([0, 1, 2, 3, 4, 5, 6]), any: true });
  expect(parseCron('@weekly')).toEqual(parseCron(' 0  0 * * sun '));
});

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

const part = ([low, high]: readonly [number, number]) => {
  const value = fc.integer({ min: low, max: high });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const base = fc.oneof(fc.constant('*'), fc.constant('?'), value.map(String), range);
  const stepped = fc.tuple(base, fc.integer({ min: 1, max: high })).map((both) => both.join('/'));
  return fc.array(fc.oneof(base, stepped), { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
};
const good = fc.tuple(...RANGES.map(part)).map((fields) => fields.join(' '));
const any = fc.stringMatching(/^[0-9*?/, -]{1,12}( [0-9*?/, -]{1,4}){0,4}$/);

it('whatever is well formed is a schedule', () => {
  fc.assert(fc.property(good, (text) => parseCron(text) !== undefined));
});

it('each field of a schedule names times that there are', () => {
  fc.assert(
    fc.property(fc.oneof(good, any), (text) => {
      parseCron(text)?.forEach(({ values }, index) => {
        const [low, high] = RANGES[index];
        expect(values.size).toBeGreaterThan(0);
        for (const value of values)
          expect(value >= low && value <= high && Number.isInteger(value)).toBe(true);
      });
    }),
    { numRuns: 1_000 },
  );
});
