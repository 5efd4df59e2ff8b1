/** What a field of a schedule may hold: from `low` to `high`, or names that stand for the values from `low` on. */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const BOUNDS: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: DAYS },
];

const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** Values that a field of a schedule names. `any`: it names no particular ones, as `*` does. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  readonly any: boolean;
}

/** Minute, hour, day of the month, month and day of the week of a schedule. */
export type CronFields = readonly [CronField, CronField, CronField, CronField, CronField];

/**
 * A schedule as a CronJob takes it: five fields, or `@daily` and its like; undefined where `text` is none.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function parseCron(text: string): CronFields | undefined {
  const texts = (SHORTHANDS.get(text) ?? text).trim().split(/\s+/);
  if (texts.length !== BOUNDS.length) return undefined;
  const fields = texts.map((each, index) => parseField(each, BOUNDS[index]));
  return fields.includes(undefined) ? undefined : (fields as unknown as CronFields);
}

function parseField(text: string, bounds: Bounds): CronField | undefined {
  const values = new Set<number>();
  let any = false;
  for (const item of text.split(',')) {
    const found = parseItem(item, bounds);
    if (!found) return undefined;
    for (let value = found.first; value <= found.last; value += found.every) values.add(value);
    any ||= found.any;
  }
  return { values, any };
}

interface Item {
  readonly first: number;
  readonly last: number;
  readonly every: number;
  readonly any: boolean;
}

function parseItem(item: string, { low, high, names = [] }: Bounds): Item | undefined {
  const [, range, step] = /^([^/]+)(?:\/([1-9]\d*))?$/.exec(item) ?? [];
  const every = Number(step ?? 1);
  if (range === undefined || every > high) return undefined;
  if (range === '*' || range === '?') return { first: low, last: high, every, any: every === 1 };
  const numberOf = (word: string) =>
    /^\d+$/.test(word) ? Number(word) : low + names.indexOf(word.toLowerCase());
  const [first, to, ...more] = range.split('-').map(numberOf);
  // `5/15` goes on to the end of the hour, `5` alone does not.
  const last = to ?? (step === undefined ? first : high);
  if (more.length > 0 || first < low || last < first || last > high) return undefined;
  return { first, last, every, any: false };
}
