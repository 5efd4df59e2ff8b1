import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { MemberEntry } from '../../../lib/etcd/api/types';
import { decideStart } from '../../../lib/etcd/gate/decide';
import type { EtcdDisk, EtcdGateFacts, EtcdPeer } from '../../../lib/etcd/gate/facts';
import { factsOf, founder, url } from './facts-of';

const IDS = [0, 1, 2, 3];
const ids = fc.subarray(IDS);
const memberId = fc.constantFrom(founder(0), founder(1), founder(2), 0x77n, 0x78n);
const clusterId = fc.constantFrom(0xabcn, 0xabcn, 0xabcn, 0xdefn);

const entry: fc.Arbitrary<MemberEntry> = fc
  .tuple(fc.constantFrom(...IDS), memberId, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([id, member, named, learner, elsewhere]) => ({
    id: member,
    name: named ? `etcd-${id}` : '',
    peerUrls: [elsewhere ? `https://other-${id}:2380` : url(id)],
    learner,
  }));
const membership = fc.uniqueArray(entry, { maxLength: 4, selector: ({ peerUrls }) => peerUrls[0] });

const diskState = fc.constantFrom<EtcdDisk['state']>('empty', 'founding', 'data', 'lost', 'foreign');
const disk: fc.Arbitrary<EtcdDisk> = fc
  .tuple(diskState, memberId, clusterId, fc.boolean(), fc.boolean())
  .map(([state, member, cluster, alone, restored]): EtcdDisk => {
    if (state === 'empty' || state === 'founding') return { state, restored };
    const held = { memberId: member, clusterId: cluster, alone };
    return state === 'data' ? { state, ...held } : { state, reason: 'why', ...held };
  });

const peer: fc.Arbitrary<EtcdPeer> = fc.oneof(
  fc.constant<EtcdPeer>({ state: 'silent', reason: 'no answer' }),
  fc.constant<EtcdPeer>({ state: 'running' }),
  fc.record({ state: fc.constant('gate' as const), disk: diskState, hasSeen: ids }),
  fc.record({
    state: fc.constant('serving' as const),
    clusterId,
    members: membership,
    version: fc.constantFrom('3.4.0', '3.5.0', '3.6.0', '3.7.0', undefined),
  }),
);

const facts: fc.Arbitrary<EtcdGateFacts> = fc
  .record({
    self: fc.constantFrom(...IDS),
    members: ids,
    founders: fc.subarray([0, 1, 2], { minLength: 1 }),
    formed: fc.boolean(),
    keepsData: fc.boolean(),
    disk,
    answers: fc.dictionary(fc.constantFrom('0', '1', '2', '3'), peer),
    seenEmpty: ids,
    restore: fc.option(fc.constant('a.db'), { nil: undefined }),
    forceNewCluster: fc.option(
      fc.record({ member: fc.constantFrom(...IDS), confirm: fc.constantFrom('abc', 'def') }),
      { nil: undefined, freq: 3 },
    ),
    operations: fc.constantFrom('steward' as const, 'none' as const),
  })
  .map(({ answers, ...given }) => factsOf({ ...given, peers: withoutSelf(answers, given.self) }));

function withoutSelf(answers: Record<string, EtcdPeer>, self: number): Record<number, EtcdPeer> {
  return Object.fromEntries(Object.entries(answers).filter(([id]) => Number(id) !== self));
}

const live = ({ peers }: EtcdGateFacts) => [...peers.values()].filter((each) => each.state === 'serving');
const ownEntry = ({ members }: { members: readonly MemberEntry[] }, { peerUrl }: EtcdGateFacts) =>
  members.find(({ peerUrls }) => peerUrls.includes(peerUrl));

/** Whatever the facts. */
function always(name: string, holds: (given: EtcdGateFacts) => boolean): void {
  it(name, () => {
    fc.assert(fc.property(facts, holds), { numRuns: 3_000 });
  });
}

describe('whatever a gate finds, it', () => {
  always('starts a member without data in a place with a name only as a founder that never was', (given) => {
    const decision = decideStart(given);
    if (decision.action === 'join') return ownEntry(decision, given)?.name === '';
    if (decision.action !== 'found' || live(given).length === 0)
      return decision.action !== 'start' || hasData(given);
    const own = given.founders.get(given.self);
    const others = [...given.founders.keys()].filter((id) => id !== given.self);
    const heardAll = others.length > 0 && others.every((id) => given.seenEmpty.has(id));
    return (
      (given.disk.state === 'founding' || (given.disk.state === 'empty' && heardAll)) &&
      live(given).every((each) => each.members.some(({ id }) => id === own) || each !== live(given)[0])
    );
  });

  always('joins nothing but the membership that was answered, and wipes what data there is', (given) => {
    const decision = decideStart(given);
    if (decision.action !== 'join') return true;
    const answer = given.peers.get(decision.peer);
    const wipes = decision.wipe === (given.disk.state === 'data' || given.disk.state === 'lost');
    return answer?.state === 'serving' && answer.members === decision.members && wipes;
  });

  always('founds nothing once the cluster is marked as formed, unless it was about to', (given) => {
    const founds = decideStart(given).action === 'found';
    return !founds || !given.formed || !given.keepsData || given.disk.state === 'founding';
  });

  always('founds only as a founder, without data, and with what is to be restored', (given) => {
    const decision = decideStart(given);
    if (decision.action !== 'found') return true;
    const { disk: held, founders, restore, self } = given;
    const wasAllowed = held.state === 'founding' || founders.has(self);
    return !hasData(given) && held.state !== 'lost' && wasAllowed && (!restore || held.restored === true);
  });

  always('never uses data of a cluster other than the one that serves', (given) => {
    const { action } = decideStart(given);
    const { clusterId: own } = given.disk;
    const strange =
      own !== undefined && live(given).length > 0 && live(given).every((each) => each.clusterId !== own);
    return !strange || action === 'refuse';
  });

  always('forces nothing but what was confirmed, on one member, while nobody serves', (given) => {
    const { action } = decideStart(given);
    const { forceNewCluster: wanted, self, disk: held } = given;
    if (wanted && wanted.member !== self) return action === 'wait' || action === 'refuse';
    if (action !== 'force') return true;
    const confirmed = wanted?.confirm === held.clusterId?.toString(16);
    return (
      confirmed &&
      hasData(given) &&
      !held.alone &&
      live(given).every((each) => each.clusterId !== held.clusterId)
    );
  });

  always('says why it does nothing', (given) => {
    const decision = decideStart(given);
    const nothing = decision.action === 'wait' || decision.action === 'refuse';
    return (
      !nothing ||
      (decision.reason.length > 10 && !/undefined| {2}/.test(decision.reason)) ||
      given.disk.reason === decision.reason
    );
  });
});

const hasData = ({ disk: { state } }: EtcdGateFacts) => state === 'data' || state === 'foreign';
