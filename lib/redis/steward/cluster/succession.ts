import { count } from '../../../steward/words';
import type { ClusterStep } from './cluster-facts';
import { type Cluster, type Entry, entryAt } from './cluster-state';
import { hasMajority, isLost, type Missing, missingMasters } from './missing-masters';
import { nameOf } from './node-state';
import { homeOf, isUp, ownersOf } from './shards';
import { slotsText } from './slots';

/**
 * Has a replica take the place of a master whose volume is lost, since nothing newer is left. Nobody elects one by itself that
 * was started after its master had gone.
 */
export function succeed(cluster: Cluster): ClusterStep | undefined {
  if (!hasMajority(cluster)) return undefined;
  const found = missingMasters(cluster).find(
    ({ entry, orphan, mayReturn, heirs }) =>
      orphan && isLost(cluster, entry) && !mayReturn && heirs.length > 0,
  );
  if (!found) return undefined;
  const offset = ({ node }: Entry) => (node?.server.state === 'serving' ? node.server.offset : 0);
  const heir = found.heirs.reduce((best, each) => (offset(each) > offset(best) ? each : best));
  // It can only once it misses its master itself.
  if (!heir.node || entryAt(heir.node, found.entry.id)?.failed !== 'yes') return undefined;
  const why = `${nameOf(heir)} has what is left of ${nameOf(found.entry)}, which is gone for good`;
  return { phase: 'Healing', step: 'failover', pod: nameOf(heir), force: true, why };
}

/** Why nobody serves the slots of masters that are not there, and whether waiting helps. */
export function awaitMasters(cluster: Cluster): Awaited | undefined {
  const missing = missingMasters(cluster);
  if (missing.length === 0) return undefined;
  const lost = missing.filter(({ heirs, mayReturn }) => heirs.length === 0 && !mayReturn);
  if (lost.length > 0) return lossOf(cluster, lost);
  const late = missing.filter(({ heirs }) => heirs.length > 0);
  if (late.length > 0) return awaitHeirs(cluster, late);
  const dropped = missing.filter(({ entry }) => homeOf(cluster, entry) === undefined);
  return dropped.length > 0 ? lossOf(cluster, dropped) : undefined;
}

/** Something that is waited for. */
export interface Awaited {
  readonly why: string;
  readonly todo?: string;
}

function lossOf(cluster: Cluster, lost: readonly Missing[]): Awaited {
  const slots = lost.flatMap(({ entry }) => entry.slots);
  const names = lost.map(({ entry }) => nameOf(entry)).join(', ');
  const ids = lost.map(({ entry }) => entry.id);
  const some = cluster.inside[0]?.pod;
  const dropped = lost.every(({ entry }) => homeOf(cluster, entry) === undefined);
  const what = dropped ? `${names} was dropped without having left` : `nothing is left of ${names}`;
  const where = dropped
    ? 'Put the shard back into the manifests as leaving: its claims were kept, and its slots are moved away in order.'
    : 'Look for its volumes first: with them it comes back by itself.';
  return {
    why: `${what}, which had the keys of ${slotsText(slots)} (${count(slots.length, 'slot')})`,
    todo:
      `${where} If they are lost for good, so are these keys but for a backup. To go on without them, send CLUSTER FORGET ` +
      `${ids.join(', ')} to every node (redis-cli --cluster call ${some}:<port> cluster forget <id>); others get the slots then.`,
  };
}

function awaitHeirs(cluster: Cluster, late: readonly Missing[]): Awaited {
  const heirs = late.flatMap((each) => each.heirs);
  const names = late.map(({ entry }) => nameOf(entry)).join(', ');
  const why = `${heirs.map(nameOf).join(' or ')} has yet to take the place of ${names}`;
  const takeOver = `If ${names} will not come back, CLUSTER FAILOVER TAKEOVER on ${nameOf(heirs[0])} gives up what only it had.`;
  if (!hasMajority(cluster)) {
    const owners = ownersOf(cluster);
    const up = owners.filter(isUp).length;
    return {
      why: `${why}, for which a majority of masters is missing (${up} of ${owners.length} serve)`,
      todo: `Bring the other masters back. ${takeOver}`,
    };
  }
  return heirs.some(({ node }) => node?.kube?.stalled) ? { why, todo: takeOver } : { why };
}
