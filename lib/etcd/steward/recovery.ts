import type { Objection } from '../../steward/facts';
import { hex } from './places';

/** What is left with a member while no leader serves, by its own word or by that of its gate. */
export interface Remains {
  readonly id: number;
  readonly name: string;
  readonly clusterId?: bigint;
  /** Term of the newest entry in its log, as its gate tells it. */
  readonly term?: bigint;
  /** Newest entry in its log, or newest change that it knows to be agreed on. */
  readonly index?: bigint;
}

/** Orders by what a member has, the newest first: as an election does where the logs are known. */
function newestFirst(a: Remains, b: Remains): number {
  const terms = a.term === undefined || b.term === undefined ? 0 : Number(b.term - a.term);
  return terms || Number((b.index ?? -1n) - (a.index ?? -1n)) || a.id - b.id;
}

/**
 * What people can do about a cluster of `total` members without a leader, of which these are left; undefined while those
 * are a majority, which needs nothing but to find together.
 */
export function lastResort(remains: readonly Remains[], total: number): string | undefined {
  if (remains.length === 0 || remains.length > total / 2) return undefined;
  const [newest, ...others] = [...remains].sort(newestFirst);
  const ids = new Set(remains.flatMap(({ clusterId }) => (clusterId === undefined ? [] : [hex(clusterId)])));
  const known = [newest, ...others].map(saying).join(', ');
  const restore = `restore the newest backup into a cluster of another name`;
  const begin =
    `${remains.length} of ${total} members hold data: ${known}. ` +
    'First bring the others back, with their volumes. If a majority of them is lost for good, ';
  if (ids.size > 1) {
    return `${begin}${restore}: what is left is of different clusters (${[...ids].join(', ')}).`;
  }
  const confirm = [...ids][0] ?? `<cluster-id, from the log of ${newest.name}>`;
  return (
    `${begin}${restore}, or go on with what ${newest.name} has${others.length > 0 ? ', which is the newest,' : ''} and lose ` +
    `what it had not got: forceNewCluster: { member: ${newest.id}, confirm: '${confirm}' }. See docs/etcd.md.`
  );
}

function saying({ name, term, index }: Remains): string {
  if (index === undefined) return name;
  return `${name} up to index ${index}${term === undefined ? '' : ` of term ${term}`}`;
}

/** Why the membership stays as it is while a cluster is made anew from one member. */
export function forceObjection(
  forced: { readonly member: number } | undefined,
  nameOf: (id: number) => string,
  places: number,
): Objection | undefined {
  if (!forced) return undefined;
  const todo = 'Remove forceNewCluster from the manifests.';
  if (places > 1) {
    return {
      why: `forceNewCluster is set, and the membership has ${places} members that have a leader`,
      todo: `${todo} It would take all others out of the membership when ${nameOf(forced.member)} starts.`,
    };
  }
  return {
    why: `${nameOf(forced.member)} is all there is of the cluster, made anew by forceNewCluster`,
    todo: `${todo} The other members are invited once ${nameOf(forced.member)} has been restarted without it.`,
  };
}
