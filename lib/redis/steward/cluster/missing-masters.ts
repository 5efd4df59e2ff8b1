import { type Cluster, type Entry, entryAt, isViewed, keysOf } from './cluster-state';
import { homeOf, isUp, ownersOf } from './shards';

/**
 * Whether nobody can take up a place in the cluster again: its volume was lost, so that its node has another id now, or it was
 * scaled away.
 */
export function isOrphan(cluster: Cluster, entry: Entry): boolean {
  const { facts } = cluster;
  if (!entry.failed || facts.nodes.some(({ view }) => view?.id === entry.id)) return false;
  // Without a name it may be that of anybody who does not say his own.
  if (entry.hostname === '') return facts.nodes.every((node) => isViewed(node) || !node.kube);
  const node = facts.nodes.find(({ host }) => host === entry.hostname);
  if (!node) return !isDropped(cluster, entry);
  if (!node.kube) return !node.wanted;
  return isViewed(node) || (node.server.state === 'gate' && node.server.disk === 'empty');
}

/** Whether a place is of a shard that was taken out of the manifests while it has slots, and so is to come back. */
function isDropped(cluster: Cluster, entry: Entry): boolean {
  if (homeOf(cluster, entry)) return false;
  const setOf = ({ hostname }: Entry) => hostname.split('.')[0].replace(/-\d+$/, '');
  return ownersOf(cluster).some((other) => other.id !== entry.id && setOf(other) === setOf(entry));
}

/** Whether the volume of a place is known to be lost, and nobody has only taken its pod away. */
export const isLost = ({ facts }: Cluster, { hostname }: Entry): boolean =>
  facts.nodes.some(({ host, kube }) => host === hostname && kube !== undefined);

/** Whether a place has slots, or may be the last that has the keys of some. */
export const isNeeded = (cluster: Cluster, { slots, master }: Entry): boolean =>
  slots.length > 0 || isLastCopy(cluster, master);

/** A master whose slots nobody serves, and who may have what it had. */
export interface Missing {
  readonly entry: Entry;
  /** Whether its place is nobody's any more. */
  readonly orphan: boolean;
  /** Replicas that are there and may take its place. */
  readonly heirs: readonly Entry[];
  /** Whether somebody who is not there may have a copy, itself among them. */
  readonly mayReturn: boolean;
}

/** Masters that have slots and do not serve them. */
export function missingMasters(cluster: Cluster): Missing[] {
  return ownersOf(cluster)
    .filter((entry) => !entry.node || entry.failed)
    .map((entry) => {
      const replicas = [...cluster.entries.values()].filter(({ master }) => master === entry.id);
      const orphan = isOrphan(cluster, entry);
      const able = replicas.filter((each) => mayInherit(cluster, each, entry));
      const away = replicas.filter((each) => !each.node && !isOrphan(cluster, each));
      const heirs = able.filter(isUp);
      return { entry, orphan, heirs, mayReturn: !orphan || away.length > 0 || heirs.length < able.length };
    });
}

/** Whether a replica serves and has ever heard from its master what that one has; where nothing is kept, it may be empty. */
function mayInherit({ facts }: Cluster, replica: Entry, { id }: Entry): boolean {
  const { node } = replica;
  if (!node || (!facts.keepsData && keysOf(node) === 0)) return false;
  return (entryAt(node, id)?.slots.length ?? 0) > 0;
}

/** Masters of which nothing is left. */
export const lostMasters = (cluster: Cluster): Missing[] =>
  missingMasters(cluster).filter(({ heirs, mayReturn }) => heirs.length === 0 && !mayReturn);

/** Whether a replica's master has slots and does not serve them. */
export function isLastCopy({ entries }: Cluster, master: string | undefined): boolean {
  const followed = master === undefined ? undefined : entries.get(master);
  return followed !== undefined && followed.slots.length > 0 && !isUp(followed);
}

/** Whether enough masters serve to elect one. */
export function hasMajority(cluster: Cluster): boolean {
  const owners = ownersOf(cluster);
  return owners.filter(isUp).length > owners.length / 2;
}
