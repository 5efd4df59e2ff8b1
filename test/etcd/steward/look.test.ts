import { describe, expect, it } from 'vitest';
import type { MemberEntry, MemberStatus } from '../../../lib/etcd/api/types';
import { EtcdAddresses } from '../../../lib/etcd/steward/addresses';
import { type Look, leaderOf, serverOf, statusesOf } from '../../../lib/etcd/steward/look';
import { placesOf } from '../../../lib/etcd/steward/places';
import type { Answer } from '../../../lib/etcd/steward/probe';
import { loopbackSettings } from './loopback';

const addresses = new EtcdAddresses(loopbackSettings(3, { host: 'etcd-{id}', peerPort: 2380 }));
const memberId = (id: number) => BigInt(id + 100);
const status = (id: number, more: Partial<MemberStatus> = {}): MemberStatus => ({
  memberId: memberId(id),
  clusterId: 7n,
  leader: memberId(0),
  learner: false,
  version: '3.6.14',
  raftTerm: 2n,
  raftIndex: 50n,
  raftAppliedIndex: 50n,
  revision: 10n,
  dbSize: 1,
  dbSizeInUse: 1,
  errors: [],
  ...more,
});
const entry = (id: number, more: Partial<MemberEntry> = {}): MemberEntry => ({
  id: memberId(id),
  name: `etcd-${id}`,
  peerUrls: [`http://etcd-${id}:2380`],
  learner: false,
  ...more,
});

/** What is made of these answers, where the leader lists these entries. */
function look(statuses: readonly [number, MemberStatus][], list?: readonly MemberEntry[]): Look {
  const answers = new Map(
    statuses.map(([id, each]): [number, Answer] => [id, { state: 'answers', status: each }]),
  );
  const leader = leaderOf(statusesOf(answers));
  const places = list && placesOf(list, addresses, new Set());
  return { answers, leader, ...(list && { known: { list, clusterId: 7n } }), places };
}

const serverIn = (seen: Look, id: number) => serverOf(id, seen.answers.get(id) as Answer, seen);

describe('who leads', () => {
  it.each<[string, [number, MemberStatus][], number | undefined]>([
    ['nobody, where nobody answers', [], undefined],
    ['nobody, where nobody knows a leader', [[0, status(0, { leader: 0n })]], undefined],
    [
      'whoever says so',
      [
        [1, status(1)],
        [0, status(0)],
      ],
      0,
    ],
    [
      'of two, the one of the newer term',
      [
        [0, status(0)],
        [1, status(1, { leader: memberId(1), raftTerm: 3n })],
      ],
      1,
    ],
    [
      'whoever says so, although another one has heard of a newer term',
      [
        [0, status(0)],
        [1, status(1, { raftTerm: 3n })],
      ],
      0,
    ],
    ['somebody that was not asked, by the word of a follower', [[1, status(1, { leader: 999n })]], 1],
  ])('is %s', (_, statuses, speaker) => {
    expect(leaderOf(new Map(statuses))?.speaker).toBe(speaker);
  });

  it('sets what others must have; a stranger is as far as the first of its followers', () => {
    expect(leaderOf(new Map([[0, status(0, { raftIndex: 51n })]]))).toEqual({
      speaker: 0,
      memberId: memberId(0),
      clusterId: 7n,
      index: 51n,
    });
    const followers = new Map([
      [1, status(1, { leader: 999n, raftIndex: 60n })],
      [2, status(2, { leader: 999n, raftIndex: 61n })],
    ]);
    expect(leaderOf(followers)).toMatchObject({ memberId: 999n, index: 61n });
  });
});

describe('a member', () => {
  const list = [entry(0), entry(1), entry(2, { learner: true })];
  const of = (id: number, more: Partial<MemberStatus>) =>
    serverIn(
      look(
        [
          [0, status(0)],
          [id, status(id, more)],
        ],
        list,
      ),
      id,
    );

  it.each<[string, number, Partial<MemberStatus>, object]>([
    ['leads', 0, {}, { state: 'serving', role: 'leader', synced: true, lag: 0 }],
    ['follows, in step', 1, {}, { state: 'serving', role: 'follower', synced: true, lag: 0 }],
    [
      'follows, ahead of what the leader had',
      1,
      { raftAppliedIndex: 60n },
      { role: 'follower', synced: true, lag: 0 },
    ],
    ['follows, behind', 1, { raftAppliedIndex: 43n }, { role: 'follower', synced: false, lag: 7 }],
    ['learns, in step', 2, { learner: true }, { state: 'serving', role: 'observer', synced: true, lag: 0 }],
    [
      'learns, behind',
      2,
      { learner: true, raftAppliedIndex: 0n },
      { role: 'observer', synced: false, lag: 50 },
    ],
    ['knows no leader', 1, { leader: 0n }, { state: 'waiting' }],
    [
      'has led before, and has not noticed',
      1,
      { leader: memberId(1), raftTerm: 1n },
      { role: 'follower', synced: false },
    ],
    ['was taken out', 1, { memberId: 555n }, { state: 'waiting' }],
  ])('that %s', (_, id, more, server) => {
    expect(of(id, more)).toMatchObject(server);
  });

  it('that serves under a leader whose word is not known is in step with nobody', () => {
    const seen = look([[1, status(1)]]);
    expect(serverIn(seen, 1)).toEqual({ state: 'serving', role: 'follower', synced: false, lag: 0 });
  });

  it('that is at its gate, does not answer, or finds nobody is what it is', () => {
    const report = { id: 1, token: '', disk: 'data', says: 'why', founders: [], seenEmpty: [] } as const;
    const seen = look([[0, status(0)]], list);
    expect(serverOf(1, { state: 'gate', report }, seen)).toEqual({
      state: 'gate',
      disk: 'data',
      says: 'why',
    });
    expect(serverOf(1, { state: 'silent', reason: 'why' }, seen)).toEqual({ state: 'silent', reason: 'why' });
    expect(serverOf(1, { state: 'waiting' }, seen)).toEqual({ state: 'waiting' });
  });
});
