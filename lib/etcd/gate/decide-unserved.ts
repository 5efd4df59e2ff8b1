import { type Disk, decide, type Peer } from '../../steward/gate';
import type { EtcdDecision, EtcdDisk, EtcdGateFacts, EtcdPeer } from './facts';

/** What a member does while nobody serves: with data it starts, without it may found, by the rules for all systems. */
export function decideUnserved(facts: EtcdGateFacts): EtcdDecision {
  const { self, members, founders, formed, keepsData, disk, peers, seenEmpty, restore } = facts;
  if (disk.state === 'data') return { action: 'start' };
  const decision = decide({
    self,
    members,
    founders: [...founders.keys()],
    // Where nothing is kept, a cluster whose members were all gone is formed again.
    formed: formed && keepsData,
    disk: generic(disk),
    peers: new Map([...peers].map(([id, peer]) => [id, answer(facts, id, peer)])),
    led: false,
    seenEmpty,
  });
  if (decision.action === 'found' && restore && !disk.restored) {
    return {
      action: 'wait',
      reason:
        `the backup "${restore}" was not restored on this disk, and nothing empty is founded in its place; ` +
        'delete the pod to have it restored again',
    };
  }
  if (decision.action === 'found') return { action: 'found', restored: restore !== undefined };
  if (decision.action === 'wait' || decision.action === 'refuse') return decision;
  throw new Error(`nobody serves, and yet it is to ${decision.action}`);
}

function generic({ state, reason = '' }: EtcdDisk): Disk {
  return state === 'lost' || state === 'foreign'
    ? { state, reason }
    : { state: state as 'empty' | 'founding' };
}

function answer({ founders, self }: EtcdGateFacts, id: number, peer: EtcdPeer): Peer {
  if (peer.state === 'running' || peer.state === 'serving') return { state: 'waiting' };
  if (peer.state === 'silent') return peer;
  const isEmpty = peer.disk === 'empty' || peer.disk === 'founding';
  // Going ahead would leave it without this one's word, and it might never found.
  if (isEmpty && founders.has(id) && !peer.hasSeen.includes(self)) {
    return { state: 'silent', reason: 'it has not heard of this one yet' };
  }
  return { state: 'gate', disk: peer.disk };
}
