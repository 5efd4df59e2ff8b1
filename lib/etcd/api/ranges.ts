/** Keys from `key` on, up to but without `rangeEnd`; without an end it is the key alone. */
export interface KeyRange {
  readonly key: Buffer;
  readonly rangeEnd?: Buffer;
}

// As an end it stands for: however far it goes.
const ZERO = Buffer.of(0);

/** All keys, as etcd writes that. */
export const ALL_KEYS: Required<KeyRange> = { key: ZERO, rangeEnd: ZERO };

/** Keys that begin with a prefix; '' stands for all. https://etcd.io/docs/latest/learning/api/#key-ranges */
export function prefixRange(prefix: string | Buffer): Required<KeyRange> {
  const key = Buffer.from(prefix);
  if (key.length === 0) return ALL_KEYS;
  return { key, rangeEnd: endOfPrefix(key) };
}

/** What a permission is for: one `key`, those with a `prefix`, or a `range` without its end. */
export function rangeOf(of: {
  readonly key?: string;
  readonly prefix?: string;
  readonly range?: readonly [string, string];
}): KeyRange {
  const { key, prefix, range } = of;
  if ([key, prefix, range].filter((each) => each !== undefined).length !== 1)
    throw new TypeError('a permission is for one of key, prefix and range');
  if (range) return { key: Buffer.from(range[0]), rangeEnd: Buffer.from(range[1]) };
  return prefix !== undefined ? prefixRange(prefix) : { key: Buffer.from(key!) };
}

/** Whether two ranges are written alike, which is how etcd tells permissions of a role apart. */
export function sameRange(one: KeyRange, other: KeyRange): boolean {
  const end = (range: KeyRange) => range.rangeEnd ?? Buffer.alloc(0);
  return one.key.equals(other.key) && end(one).equals(end(other));
}

// The first key behind all that begin so: the last byte that can grow does, and what follows it goes.
function endOfPrefix(prefix: Buffer): Buffer {
  let at = prefix.length - 1;
  while (prefix[at] === 0xff) at--;
  if (at < 0) return ZERO;
  const end = Buffer.from(prefix.subarray(0, at + 1));
  end[at]++;
  return end;
}
