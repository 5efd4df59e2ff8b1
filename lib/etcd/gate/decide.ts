import type { MemberEntry } from '../api/types';
import { decideForced } from './decide-forced';
import { decideUnserved } from './decide-unserved';
import { describePeers, type EtcdDecision, type EtcdGateFacts, hex, type Live } from './facts';
import { releaseObstacle } from './release';

/**
 * Decides whether a member may start, and as what. An empty disk never proves that there is no cluster, nor that its
 * member is new: it founds only together with every other founder, and joins only where a place without a name awaits it,
 * which nobody has ever acknowledged anything from.
 */
export function decideStart(facts: EtcdGateFacts): EtcdDecision {
  const { disk, forceNewCluster, version } = facts;
  const serving = [...facts.peers].flatMap(([peer, answer]): Live[] =>
    answer.state === 'serving' ? [{ peer, ...answer }] : [],
  );
  const ours = serving.filter(({ clusterId }) => clusterId === (disk.clusterId ?? clusterId));
  const live: Live | undefined = ours[0];
  // A token may change, and then the cluster itself is the one to know whose data it is.
  const isKnown = disk.memberId !== undefined && live?.members.some(({ id }) => id === disk.memberId);
  if (disk.state === 'foreign' && !isKnown) return { action: 'refuse', reason: `${disk.reason}` };
  if (serving.length > 0 && ours.length === 0) return strange(disk.clusterId as bigint, serving[0]);
  if (forceNewCluster) return decideForced(facts, forceNewCluster, live);
  if (!live) return decideUnserved(facts);
  const other = ours.find(({ clusterId }) => clusterId !== live.clusterId);
  if (other) {
    const whose = [live, other].map(({ peer, clusterId }) => `member ${peer} serves ${hex(clusterId)}`);
    return wait(`there are two clusters under these addresses: ${whose.join(', ')}. Take one of them away.`);
  }
  const obstacle = releaseObstacle(version, live.version);
  if (obstacle) return wait(obstacle);
  const hasData = disk.state === 'data' || disk.state === 'foreign';
  return hasData ? withData(facts, live) : withoutData(facts, live);
}

const wait = (...reason: (string | false)[]): EtcdDecision => ({
  action: 'wait',
  reason: reason.filter(Boolean).join(' '),
});

function strange(own: bigint, { peer, clusterId }: Live): EtcdDecision {
  return {
    action: 'refuse',
    reason:
      `this disk belongs to cluster ${hex(own)}, and member ${peer} serves cluster ${hex(clusterId)}; ` +
      'mount the right volume, or empty it to let the member be invited',
  };
}

/** The entry for this member: no two have the same address, and whoever has started has a name. */
function entryOf({ name, peerUrl }: EtcdGateFacts, { members }: Live): MemberEntry | undefined {
  return (
    members.find(({ peerUrls }) => peerUrls.includes(peerUrl)) ?? members.find((entry) => entry.name === name)
  );
}

/** A member with data: it starts, unless it was taken out of the membership. */
function withData(facts: EtcdGateFacts, live: Live): EtcdDecision {
  const { disk, name, peerUrl } = facts;
  const id = disk.memberId as bigint;
  const listed = live.members.find((entry) => entry.id === id);
  if (listed && listed.name !== '' && listed.name !== name && !listed.peerUrls.includes(peerUrl)) {
    return {
      action: 'refuse',
      reason: `the data on this disk is that of ${listed.name} (${hex(id)}), and this is ${name}; mount the right volume`,
    };
  }
  if (listed) return { action: 'start' };
  const entry = entryOf(facts, live);
  const removed = `${hex(id)}, whose data is on this disk, was removed from the membership; `;
  if (!entry) return uninvited(facts, live, removed);
  if (entry.name === '') return { action: 'join', peer: live.peer, members: live.members, wipe: true };
  return awaitRemoval(facts, entry, removed);
}

/** A member without data: it takes up a place that nobody ever had, or founds what was formed a moment ago. */
function withoutData(facts: EtcdGateFacts, live: Live): EtcdDecision {
  const { disk, restore } = facts;
  const entry = entryOf(facts, live);
  const gone = disk.state === 'lost' ? `${disk.reason}; ` : '';
  if (!entry) return uninvited(facts, live, gone);
  if (entry.name === '') {
    return { action: 'join', peer: live.peer, members: live.members, wipe: disk.state === 'lost' };
  }
  const own = facts.founders.get(facts.self);
  const mayFound = entry.id === own && (disk.state === 'founding' || isEntitled(facts, live));
  if (!mayFound || (restore && !disk.restored)) return awaitRemoval(facts, entry, gone);
  return { action: 'found', restored: restore !== undefined };
}

/**
 * Whether this founder was merely late: its id cannot have stood for anything when all other founders have stated empty
 * disks since its own was empty, and whom it meets now are these very founders.
 */
function isEntitled(
  { self, founders, disk, formed, keepsData, seenEmpty }: EtcdGateFacts,
  live: Live,
): boolean {
  if (disk.state !== 'empty' || (formed && keepsData)) return false;
  const others = [...founders.keys()].filter((id) => id !== self);
  // One that formed the cluster alone has nobody to tell it from one that lost its disk.
  if (others.length === 0 || !others.every((id) => seenEmpty.has(id))) return false;
  const ids = new Set(founders.values());
  return live.members.every(({ id }) => ids.has(id));
}

function uninvited(facts: EtcdGateFacts, live: Live, why: string): EtcdDecision {
  const { self, members, name, peerUrl, operations } = facts;
  if (!members.includes(self)) {
    return wait(`${why}member ${self} is not one of the members that should exist (${members.join(', ')}).`);
  }
  const names = live.members.map((entry) => entry.name || hex(entry.id)).join(', ');
  return wait(
    `${why}member ${self} has no place in the membership (${names}), and starts once it is invited as a learner.`,
    operations === 'none' && `Run ${add(name, peerUrl)}, ${promote}.`,
  );
}

function awaitRemoval(facts: EtcdGateFacts, entry: MemberEntry, why: string): EtcdDecision {
  const { disk, name, peerUrl, operations, peers } = facts;
  const what = disk.state === 'data' ? 'is not of it' : 'has nothing of it';
  const { reason } = wait(
    `${why}the membership has ${entry.name} as ${hex(entry.id)}, and this disk ${what}:`,
    'it starts once that entry is removed and it is invited anew.',
    operations === 'none' && `Run etcdctl member remove ${hex(entry.id)}, ${add(name, peerUrl)}, ${promote}.`,
    describePeers(peers),
  ) as Extract<EtcdDecision, { action: 'wait' }>;
  return { action: 'wait', reason, lost: true };
}

const add = (name: string, url: string) => `etcdctl member add ${name} --learner --peer-urls=${url}`;
const promote = 'and, once it has caught up, etcdctl member promote with its new id';
