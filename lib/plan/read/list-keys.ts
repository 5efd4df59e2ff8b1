// Fields that entries of Kubernetes' lists are told apart by, the most telling first.
const KEYS = [
  ['name'],
  ['metadata.name'],
  ['mountPath'],
  ['devicePath'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['key', 'path'],
  ['ip'],
  ['type'],
];

/**
 * Tells entries of lists of one field apart as Kubernetes does when it merges them: by their name, their port, or
 * another key that no two of one list share; undefined where there is none, so that only places do.
 */
export function keysOf(...lists: readonly (readonly unknown[])[]): ((item: unknown) => string) | undefined {
  for (const key of KEYS) {
    const keyOf = (item: unknown): string | undefined => {
      const values = key.map((field) => valueAt(item, field));
      return values[0] === undefined ? undefined : JSON.stringify(values.map((value) => value ?? 'TCP'));
    };
    const tells = lists.every((list) => {
      const keys = list.map(keyOf);
      return !keys.includes(undefined) && new Set(keys).size === keys.length;
    });
    if (tells && lists.some((list) => list.length > 0)) return (item) => keyOf(item) ?? '';
  }
  return undefined;
}

function valueAt(item: unknown, field: string): unknown {
  let value = item;
  for (const part of field.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value;
}
