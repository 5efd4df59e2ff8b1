/** Every property optional, all the way down, and `null` where one is to be removed. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? readonly DeepPartial<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | null }
    : T;

// What identifies an item of a list, by the fields its items have; as in Kubernetes' strategic merge. A mount has a name,
// too, but that is its volume's, which may be mounted more than once.
const KEYS = ['mountPath', 'name', 'containerPort', 'topologyKey', 'ip'];

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

/** What is left of `over` where there is nothing to lay it upon. */
function withoutNulls(over: unknown): unknown {
  if (Array.isArray(over)) return over.map(withoutNulls);
  return isPlain(over) ? merge({}, over) : over;
}

function mergeLists(base: readonly unknown[], over: readonly unknown[]): unknown[] {
  const items = [...base, ...over];
  const key = KEYS.find((name) => items.every((item) => isPlain(item) && name in item));
  if (!key || over.length === 0) return over.map(withoutNulls);
  const keyed = over as Record<string, unknown>[];
  const merged = (base as Record<string, unknown>[]).map((item) => {
    const match = keyed.find((other) => other[key] === item[key]);
    return match ? merge(item, match) : item;
  });
  const known = new Set((base as Record<string, unknown>[]).map((item) => item[key]));
  return [...merged, ...keyed.filter((item) => !known.has(item[key])).map(withoutNulls)];
}

/**
 * Lays `over` upon `base`: objects are merged, lists of named things (containers, volumes, variables, mounts) are merged
 * by name, other lists and values are replaced, and `null` removes. Neither argument is changed.
 */
export function merge<T>(base: T, over: unknown): T {
  if (Array.isArray(base) && Array.isArray(over)) return mergeLists(base, over) as T;
  if (!isPlain(base) || !isPlain(over)) return (over === undefined ? base : withoutNulls(over)) as T;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result as T;
}
