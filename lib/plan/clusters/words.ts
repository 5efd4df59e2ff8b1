const MOST = 60;

/** A value as a reader of YAML knows it, cut where it is long. */
export function show(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MOST ? `${line.slice(0, MOST - 1)}…` : line;
}

/** `3 members`, `1 member`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly (string | number)[]): string {
  const last = items.at(-1);
  return items.length > 1 ? `${items.slice(0, -1).join(', ')} and ${last}` : String(last ?? 'none');
}

/** The first few, and how many more there are. */
export function few(items: readonly string[], most = 5): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ');
}

/** `broker 1`, `brokers 1 and 2`. */
export function named(what: string, ids: readonly (string | number)[]): string {
  return `${what}${ids.length === 1 ? '' : 's'} ${list(ids)}`;
}

/** A verb as one or several do it. */
export const does = (number: number, one: string, several: string): string => (number === 1 ? one : several);

const UNITS: readonly [string, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `7 days`, `90 minutes`; Kafka's -1 is `for ever`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 0) return 'for ever';
  const [unit, size] = UNITS.find(([, each]) => milliseconds >= each && milliseconds % each === 0) ?? [
    'ms',
    1,
  ];
  return unit === 'ms' ? `${milliseconds} ms` : count(milliseconds / size, unit);
}

/** `from -> to`: of images of one repository the tags only, and of long lines what is not in both. */
export function step(from: unknown, to: unknown): string {
  if (from === undefined) return isLong(to) ? 'is new' : `${show(to)} is new`;
  if (to === undefined) return 'is gone';
  const [before, after] = [from, to].map((value) => /^(.+):([^:/]+)$/.exec(String(value)));
  if (before && after && before[1] === after[1]) return `${before[2]} -> ${after[2]}`;
  if (isObject(from) || isObject(to)) return 'changes';
  const [old, now] = [String(from), String(to)];
  if (old.length <= MOST && now.length <= MOST) return `${show(old)} -> ${show(now)}`;
  const [gone, come] = [without(old, now), without(now, old)];
  if (gone === '') return `has ${show(come)}, too`;
  return come === '' ? `is without ${show(gone)}` : `${show(gone)} -> ${show(come)}`;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Whether naming it says more than showing it. */
const isLong = (value: unknown): boolean => isObject(value) && JSON.stringify(value).length > 40;

const SEPARATORS = /[\s,;]+/;

/** Words of a line that another one has not got. */
function without(line: string, other: string): string {
  const words = new Set(other.split(SEPARATORS));
  return line
    .split(SEPARATORS)
    .filter((word) => !words.has(word))
    .join(' ');
}

/** A cluster as messages name it. */
export const clusterName = (system: string, name: string): string =>
  system === name ? name : `${system} ${name}`;
