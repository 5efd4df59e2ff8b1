import type { Ghost, Objection, Part } from '../../steward/facts';
import type { MemberEntry } from '../api/types';
import type { EtcdGateReport } from '../gate/settings';
import type { EtcdAddresses } from './addresses';

/** The membership by the ids of members. Negative ids are places that no member can take up. */
export interface Places {
  readonly membership: ReadonlyMap<number, Part>;
  readonly ghosts: ReadonlyMap<number, Ghost>;
  readonly entries: ReadonlyMap<number, MemberEntry>;
  /** Entries that somebody else has made, for servers that are none of this cluster's. */
  readonly foreign: readonly MemberEntry[];
}

/** Below this are the ids of entries that are none of this cluster's. */
const FOREIGN = -1_000_000;

/** Id of the place of a disk that was lost; the ids of members begin with 0. */
export const ghostId = (id: number): number => -1 - id;

/** An id as etcd's tools write it. */
export const hex = (id: bigint): string => id.toString(16);

/**
 * Whose each entry of the membership is: by the address of its peers, which no two entries share, or by its name. `lost`
 * says whose disks hold nothing of what their entries stand for.
 */
export function placesOf(
  list: readonly MemberEntry[],
  addresses: Pick<EtcdAddresses, 'name' | 'idOfName' | 'idOfPeerUrl'>,
  lost: ReadonlySet<number>,
): Places {
  const owners = ownersOf(list, addresses);
  const membership = new Map<number, Part>();
  const ghosts = new Map<number, Ghost>();
  const entries = new Map<number, MemberEntry>();
  const foreign = list.filter((entry) => !owners.has(entry));
  for (const entry of list) {
    const owner = owners.get(entry);
    const id = owner === undefined ? FOREIGN - foreign.indexOf(entry) : owner;
    // Without a name it has never been taken up, and waits for an empty disk.
    const isGhost = owner !== undefined && entry.name !== '' && lost.has(owner);
    const place = isGhost ? ghostId(id) : id;
    entries.set(place, entry);
    membership.set(place, entry.learner ? 'observer' : 'voter');
    if (owner === undefined) ghosts.set(place, { of: place, name: `a stranger (${called(entry)})` });
    if (isGhost) ghosts.set(place, { of: id, name: `the lost disk of ${addresses.name(id)}` });
  }
  return { membership, ghosts, entries, foreign };
}

function ownersOf(
  list: readonly MemberEntry[],
  addresses: Pick<EtcdAddresses, 'idOfName' | 'idOfPeerUrl'>,
): Map<MemberEntry, number> {
  const owners = new Map<MemberEntry, number>();
  const take = (entry: MemberEntry, id: number | undefined) => {
    if (id === undefined || owners.has(entry) || [...owners.values()].includes(id)) return;
    owners.set(entry, id);
  };
  for (const entry of list) {
    take(
      entry,
      entry.peerUrls.map((url) => addresses.idOfPeerUrl(url)).find((id) => id !== undefined),
    );
  }
  for (const entry of list) take(entry, addresses.idOfName(entry.name));
  return owners;
}

/** Whether two answers are the same membership; a name is given when a server starts for the first time. */
export function isSameMembership(a: readonly MemberEntry[], b: readonly MemberEntry[]): boolean {
  const text = (list: readonly MemberEntry[]) =>
    list
      .map(({ id, name, learner, peerUrls }) => `${id} ${name} ${learner} ${[...peerUrls].sort()}`)
      .sort()
      .join();
  return text(a) === text(b);
}

/** What a disk is held against. */
export interface Known {
  readonly clusterId: bigint;
  readonly list: readonly MemberEntry[];
}

/**
 * Whether a gate tells of a disk on which nothing is left of what its member's entry stands for. One that may found the
 * cluster with the others has an entry before it has stored anything.
 */
export function isLost(report: EtcdGateReport, { clusterId, list }: Known): boolean {
  const { id, disk, founders, seenEmpty, memberId } = report;
  switch (disk) {
    case 'lost':
      return true;
    case 'empty':
      return !(founders.includes(id) && founders.every((each) => each === id || seenEmpty.includes(each)));
    case 'data':
      // That of an entry which is gone, as when an old volume was brought back.
      return (
        memberId !== undefined &&
        report.clusterId === hex(clusterId) &&
        !list.some((entry) => hex(entry.id) === memberId)
      );
    default:
      return false;
  }
}

/** Why a membership with entries of strangers stays as it is: nobody here knows what they are for. */
export function strangersObjection(foreign: readonly MemberEntry[]): Objection | undefined {
  if (foreign.length === 0) return undefined;
  const who = foreign.map((entry) => `${hex(entry.id)} (${called(entry)})`).join(', ');
  return {
    why: `the membership has ${who}, which is none of the members that the manifests know`,
    todo:
      'Somebody has added it by hand. The steward changes nothing in the membership before it is gone: ' +
      `${foreign.map(({ id }) => `etcdctl member remove ${hex(id)}`).join(', ')}`,
  };
}

const called = ({ name, peerUrls }: MemberEntry): string => [name, ...peerUrls].filter(Boolean).join(' ');
