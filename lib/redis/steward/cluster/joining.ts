import type { Phase } from '../../../steward/facts';
import { count, few } from '../../../steward/words';
import type { ClusterStep } from './cluster-facts';
import { type Cluster, claimsOf, entryAt, keysOf, type Viewed } from './cluster-state';
import { isStaying } from './shards';
import { slotsText } from './slots';

/** Why a node must not be let in, and what a person can do about it. */
export interface Stranger {
  readonly node: Viewed;
  readonly why: string;
  readonly todo: string;
}

/** Makes nodes known to those inside, and to one another again where addresses have changed. */
export function meet(cluster: Cluster): ClusterStep | undefined {
  const stale = cluster.inside
    .map((at) => ({ at, nodes: cluster.inside.filter((node) => node !== at && isElsewhere(at, node)) }))
    .find(({ nodes }) => nodes.length > 0);
  if (stale) {
    const names = stale.nodes.map(({ pod }) => pod);
    const why = `${stale.at.pod} looks for ${few(names)} where ${names.length === 1 ? 'it was' : 'they were'}`;
    return { phase: 'Healing', step: 'meet', at: stale.at.pod, pods: names, why };
  }
  const [at] = cluster.inside;
  const pods = guests(cluster).map(({ pod }) => pod);
  if (pods.length === 0) return undefined;
  const why = `${few(pods)} ${pods.length === 1 ? 'is' : 'are'} not known to the others`;
  return { phase: phaseOf(cluster, guests(cluster)), step: 'meet', at: at.pod, pods, why };
}

/** A node that comes in the place of one that is known heals the cluster, and any other one makes it grow. */
export function phaseOf({ facts, entries }: Cluster, nodes: readonly Viewed[]): Phase {
  if (!facts.formed) return 'Forming';
  const known = [...entries.values()].filter(({ node }) => !node).map(({ hostname }) => hostname);
  return nodes.some(({ host }) => known.includes(host)) ? 'Healing' : 'Growing';
}

/** Whether a node looks for another where that is no more. */
function isElsewhere(at: Viewed, { view, ip }: Viewed): boolean {
  const known = entryAt(at, view.id);
  return known !== undefined && !known.linked && ip !== undefined && known.ip !== ip;
}

/** Nodes to be let in at once: such as cannot take anything away from those inside, or from one another. */
function guests(cluster: Cluster): Viewed[] {
  const { inside, outside } = cluster;
  const taken = takenIn(cluster);
  return outside.filter((node) => {
    if (node.ip === undefined || isGreeting(inside, node) || objection(node, taken)) return false;
    const claims = claimsOf(node);
    // What was to leave, and has slots that nobody else has, is needed.
    if (!isStaying(cluster, node) && claims.length === 0) return false;
    for (const slot of claims) taken.add(slot);
    return true;
  });
}

/** Whether it was told to meet another a moment ago. */
const isGreeting = (inside: readonly Viewed[], { ip, view }: Viewed): boolean =>
  inside.some(
    (other) =>
      other.view.nodes.some((known) => known.handshake && known.ip === ip) ||
      view.nodes.some((known) => known.handshake && known.ip === other.ip),
  );

/** Why a node must not meet the others: it would delete what it has, or make them delete what they have. */
function objection(node: Viewed, taken: ReadonlySet<number>): 'slots' | 'keys' | undefined {
  const claims = claimsOf(node);
  if (claims.some((slot) => taken.has(slot))) return 'slots';
  if (claims.length > 0 || keysOf(node) === 0) return undefined;
  // A replica forgets them for its master's; but a master could follow nobody, and nobody could read them.
  return entryAt(node, node.view.id)?.role === 'replica' ? undefined : 'keys';
}

/** Empties the memory of a node that holds nothing, and takes slots for its own that others have. */
export function resetStranger(cluster: Cluster): ClusterStep | undefined {
  const taken = takenIn(cluster);
  const node = cluster.outside.find(
    (each) => isStaying(cluster, each) && keysOf(each) === 0 && objection(each, taken) === 'slots',
  );
  if (!node) return undefined;
  const why = `${node.pod} has no keys, and takes slots of others for its own`;
  return { phase: 'Healing', step: 'reset', pod: node.pod, why };
}

/** Nodes that only a person can let in, since they hold what would be lost. */
export function strangersOf(cluster: Cluster): Stranger[] {
  const taken = takenIn(cluster);
  return cluster.outside.flatMap((node) => {
    const found = objection(node, taken);
    if (!found || keysOf(node) === 0) return [];
    const what = found === 'slots' ? `of ${slotsText(claimsOf(node))}, which others have` : 'and no slots';
    return {
      node,
      why: `${node.pod} is not known to the others, and has ${count(keysOf(node), 'key')} ${what}`,
      todo:
        `It would lose its keys if it met the others. Save what is needed of them (redis-cli --rdb), then delete the claim ` +
        `of ${node.pod} and the pod: it comes back empty, and joins.`,
    };
  });
}

const takenIn = ({ owners }: Cluster): Set<number> =>
  new Set(owners.flatMap((id, slot) => (id === undefined ? [] : slot)));
