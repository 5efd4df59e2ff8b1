/**
 * Fields by which Kubernetes merges lists (`x-kubernetes-list-map-keys` and `x-kubernetes-patch-merge-key` of its
 * OpenAPI description). Only the claims of a StatefulSet are no such list; they are told apart by their names all the same.
 */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  claims: ['name'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  matchConditions: ['name'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  secrets: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
  webhooks: ['name'],
};

const CONTAINERS = new Set(['containers', 'initContainers', 'ephemeralContainers']);

// biome-ignore lint/suspicious/noExplicitAny: entries of any list
type Entry = any;

function partsOf(names: readonly string[], type: string, entry: Entry): unknown[] | undefined {
  const name = names[names.length - 1];
  if (name === 'volumeClaimTemplates') return [entry.metadata?.name];
  if (name === 'ports') {
    if (CONTAINERS.has(names[names.length - 2])) return [entry.containerPort, entry.protocol];
    return type === 'Service' ? [entry.port, entry.protocol] : undefined;
  }
  return KEYS[name]?.map((key) => entry[key]);
}

/**
 * Entries of a list by their keys, as paths show them; undefined for a list that is one value as a whole, also because two
 * entries have the same key.
 */
export function byKey(
  names: readonly string[],
  type: string,
  list: readonly unknown[],
): Map<string, unknown> | undefined {
  const entries = new Map<string, unknown>();
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    const parts = partsOf(names, type, entry);
    if (!parts || parts.some((part) => part === undefined || part === null)) return undefined;
    const key = parts.join('/');
    if (entries.has(key)) return undefined;
    entries.set(key, entry);
  }
  return entries;
}

/** Whether the order of a list with keys changes what the API server stores in a way that somebody notices. */
export function orderCounts(type: string): boolean {
  return type !== 'Service' && type !== 'ServiceAccount';
}

const LISTS_ARE_SETS = new Set([
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].map(
    (kind) => `${kind}.rbac.authorization.k8s.io`,
  ),
  'NetworkPolicy.networking.k8s.io',
]);

/** Whether the order of every list of a kind means nothing. */
export function listsAreSets(type: string): boolean {
  return LISTS_ARE_SETS.has(type);
}
