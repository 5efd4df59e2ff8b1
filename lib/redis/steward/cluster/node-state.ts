import { atGate, podTrouble } from '../../../steward/words';
import type { ClusterNode } from './cluster-facts';
import { type Cluster, claimsOf, type Entry, entryAt, isViewed, keysOf, type Viewed } from './cluster-state';
import { entryOf, headOf, isStaying, shardAt } from './shards';

/** Why a node is not as it should be, in one sentence; undefined: it is. */
export function trouble(cluster: Cluster, node: ClusterNode): string | undefined {
  return fault(cluster, node) ?? (node.kube?.ready ? undefined : `${node.pod} serves and is not ready yet`);
}

/** As `trouble`, whatever its probe says. */
export function fault(cluster: Cluster, node: ClusterNode): string | undefined {
  const { pod, kube, server } = node;
  const trouble = podTrouble(pod, kube);
  if (trouble) return trouble;
  if (node.ordinal >= (shardAt(cluster, node.shard)?.replicas ?? Number.POSITIVE_INFINITY)) {
    return `${pod} is about to end, since its StatefulSet has too few replicas`;
  }
  switch (server.state) {
    case 'gate':
      return atGate(pod, server.says);
    case 'loading':
      return `${pod} reads its data set`;
    case 'silent':
      return `${pod} does not answer: ${server.reason}`;
    case 'serving':
      return unmet(cluster, node) ?? (isStaying(cluster, node) ? role(cluster, node) : undefined);
  }
}

/** Why a node is not one of the cluster yet, or not in touch with it. */
export function unmet(cluster: Cluster, node: ClusterNode): string | undefined {
  if (!isViewed(node)) return `${node.pod} does not say whom it knows`;
  if (cluster.outside.includes(node)) {
    const keys = keysOf(node) > 0 ? `, and has keys (${keysOf(node)})` : '';
    return `${node.pod} is not known to the others${keys}`;
  }
  const strange = beside(cluster, node).find(
    (other) => !entryAt(other, node.view.id) || !entryAt(node, other.view.id),
  );
  if (strange) return `${node.pod} and ${strange.pod} do not know one another yet`;
  const cut = beside(cluster, node).find((other) => misses(other, node) || misses(node, other));
  return cut && `${node.pod} and ${cut.pod} do not reach one another`;
}

/** Others that it should know. Whoever is being taken out of the cluster may be known to some only. */
const beside = (cluster: Cluster, node: Viewed): Viewed[] =>
  cluster.inside.filter(
    (other) => other !== node && (isStaying(cluster, other) || entryOf(cluster, other).slots.length > 0),
  );

function misses(by: Viewed, { view: { id } }: Viewed): boolean {
  const known = entryAt(by, id);
  return known?.linked === false || known?.failed === 'yes';
}

/** Whether it is what it should be in its shard. */
function role(cluster: Cluster, node: ClusterNode): string | undefined {
  if (!isViewed(node)) return undefined;
  const { slots, role: is, master } = entryOf(cluster, node);
  if (slots.length > 0) return undefined;
  const { pod, shard, server } = node;
  if (claimsOf(node).length > 0) return `${pod} has yet to hear that its slots are another's`;
  const head = headOf(cluster, shard);
  if (head?.id === node.view.id) return undefined;
  if (!head) return `no node of shard ${shard} is a master`;
  const of = nameOf(head);
  if (is === 'master' && keysOf(node) > 0) return `${pod} has keys (${keysOf(node)}) and no slots`;
  if (is === 'master') return `${pod} is not a replica of ${of} yet`;
  if (master !== head.id) return `${pod} follows ${nameIn(cluster, master)}, and not ${of}`;
  if (server.state === 'serving' && !server.linked) return `${pod} has yet to catch up with ${of}`;
  return undefined;
}

/** What people call a place in the cluster. */
export const nameOf = ({ id, node, hostname }: Pick<Entry, 'id' | 'node' | 'hostname'>): string =>
  node?.pod ?? (hostname.split('.')[0] || `node ${id.slice(0, 8)}`);

/** As `nameOf`, of an id that somebody has named. */
export function nameIn({ entries }: Cluster, id: string | undefined): string {
  if (id === undefined) return 'nobody';
  return nameOf(entries.get(id) ?? { id, hostname: '' });
}

/** Whether two nodes that serve reach each other. */
export const reach = (a: Viewed, b: Viewed): boolean =>
  entryAt(a, b.view.id) !== undefined &&
  entryAt(b, a.view.id) !== undefined &&
  !misses(a, b) &&
  !misses(b, a);

/**
 * Whether a node does nothing for the cluster, so that it may be replaced. One that is silent may serve others all the same;
 * one that reads its data set is about to serve, and a replica may be the last that has what its master had.
 */
export function isIdle(cluster: Cluster, node: ClusterNode): boolean {
  const { kube, server } = node;
  if (!isViewed(node)) {
    if (server.state === 'gate') return cluster.facts.keepsData || server.disk === 'empty';
    if (kube?.broken) return true;
    return server.state === 'silent' && !cluster.inside.some((other) => seesAlive(cluster, other, node));
  }
  if (cluster.outside.includes(node)) return keysOf(node) === 0 && claimsOf(node).length === 0;
  const { slots, role: is, master } = entryOf(cluster, node);
  if (slots.length > 0) return false;
  const followed = master === undefined ? undefined : cluster.entries.get(master);
  const needed = followed && followed.slots.length > 0 && (followed.failed || !followed.node);
  const caughtUp = node.server.state === 'serving' && node.server.linked;
  return is === 'replica' ? !needed && !caughtUp : keysOf(node) === 0;
}

function seesAlive({ entries }: Cluster, by: Viewed, { host }: ClusterNode): boolean {
  return [...entries.values()].some(
    ({ id, hostname }) => hostname === host && entryAt(by, id)?.linked && entryAt(by, id)?.failed === 'no',
  );
}
