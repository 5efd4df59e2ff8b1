import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Disk, decide, type GateFacts, type Peer } from '../../lib/steward/gate';

const silent: Peer = { state: 'silent', reason: 'its name does not resolve yet' };
const waiting: Peer = { state: 'waiting' };
const gate = (disk: Disk['state'] = 'empty'): Peer => ({ state: 'gate', disk });
const serving = (version: bigint, ...members: number[]): Peer => ({ state: 'serving', version, members });
const data = (version: bigint, ...members: number[]): Disk => ({ state: 'data', version, members });

function facts(
  change: Partial<Omit<GateFacts, 'peers' | 'seenEmpty'>> & {
    peers?: Record<number, Peer>;
    seenEmpty?: number[];
  },
): GateFacts {
  const { peers = {}, seenEmpty = [], ...rest } = change;
  return {
    self: 1,
    members: [1, 2, 3],
    founders: [1, 2, 3],
    formed: false,
    disk: { state: 'empty' },
    led: true,
    ...rest,
    peers: new Map(Object.entries(peers).map(([id, peer]) => [Number(id), peer])),
    seenEmpty: new Set(seenEmpty),
  };
}

const start = { action: 'start' };
const found = { action: 'found' };
const wait = (reason: string) => ({ action: 'wait', reason });
const join = (peer: number, listed: boolean, disk: string) => ({ action: 'join', peer, listed, disk });

const ALONE = 'a cluster is founded only when all members state that their disks are empty.';
const EXISTS =
  'so the cluster exists: this empty member joins when a majority serves. If the disks of a majority are lost, restore a backup.';
const MARKED =
  'the cluster exists (it is marked as formed) and this disk is empty: it may join a serving member and never found.';
const ANSWER = 'all disks were stated to be empty, and the cluster is founded once all founders answer.';
const GUEST = 'can only start as a guest of a serving member that knows this membership, and none does.';
const lost: Disk = { state: 'lost', reason: 'the log is not the one' };

describe('decide', () => {
  it.each<[string, Parameters<typeof facts>[0], unknown]>([
    [
      'foreign: refuses',
      { disk: { state: 'foreign', reason: 'not mine' }, peers: { 2: serving(1n, 1, 2, 3) } },
      { action: 'refuse', reason: 'not mine' },
    ],

    // Empty, nothing serves.
    [
      'empty, nobody answers',
      { peers: { 2: silent, 3: silent } },
      wait(`${ALONE} 2: its name does not resolve yet; 3: its name does not resolve yet`),
    ],
    ['empty, not asked yet', {}, wait(`${ALONE} 2: not asked yet; 3: not asked yet`)],
    [
      'empty, a majority is empty',
      { peers: { 2: gate(), 3: silent }, seenEmpty: [2] },
      wait(`${ALONE} 3: its name does not resolve yet`),
    ],
    [
      'empty, a peer refuses its disk',
      { peers: { 2: gate(), 3: gate('foreign') }, seenEmpty: [2] },
      wait(`${ALONE} 3: waits at its gate, disk: foreign`),
    ],
    ['empty, all are empty', { peers: { 2: gate(), 3: gate() }, seenEmpty: [2, 3] }, found],
    [
      'empty, all were empty and one has gone on',
      { peers: { 2: waiting, 3: gate('founding') }, seenEmpty: [2, 3] },
      found,
    ],
    [
      'empty, all were empty and one is silent now',
      { peers: { 2: gate(), 3: silent }, seenEmpty: [2, 3] },
      wait(`${ANSWER} 3: its name does not resolve yet`),
    ],
    [
      'empty, a peer holds data',
      { peers: { 2: gate('data'), 3: gate() }, seenEmpty: [3] },
      wait(
        `member 2 has started or holds data, ${EXISTS} 2: waits at its gate, disk: data; 3: waits at its gate, disk: empty`,
      ),
    ],
    [
      'empty, peers have lost and started',
      { peers: { 2: gate('lost'), 3: waiting } },
      wait(
        `member 2, 3 has started or holds data, ${EXISTS} 2: waits at its gate, disk: lost; 3: runs without a quorum`,
      ),
    ],
    ['empty, the only founder and member', { members: [1], founders: [1] }, found],
    [
      'empty, the only founder of three members',
      { founders: [1], peers: { 2: silent, 3: gate() }, seenEmpty: [3] },
      wait(`${ALONE} 2: its name does not resolve yet`),
    ],
    [
      'empty, the only founder, a later member holds data',
      { founders: [1], peers: { 2: gate('data'), 3: gate() }, seenEmpty: [3] },
      wait(
        `member 2 has started or holds data, ${EXISTS} 2: waits at its gate, disk: data; 3: waits at its gate, disk: empty`,
      ),
    ],
    [
      'empty, the only founder, all later members empty, one silent now',
      { founders: [1], peers: { 2: silent, 3: gate() }, seenEmpty: [2, 3] },
      found,
    ],
    [
      'empty, not a founder',
      { self: 3, founders: [1], peers: { 1: waiting, 2: gate() }, seenEmpty: [1, 2] },
      wait(
        'member 3 is not a founder (1) and joins once the cluster serves. 1: runs without a quorum; 2: waits at its gate, disk: empty',
      ),
    ],
    [
      'empty, formed',
      { formed: true, peers: { 2: gate(), 3: silent }, seenEmpty: [2, 3] },
      wait(`${MARKED} 2: waits at its gate, disk: empty; 3: its name does not resolve yet`),
    ],

    // Empty, something serves.
    [
      'empty, listed where it serves',
      { peers: { 2: serving(5n, 1, 2, 3), 3: silent } },
      join(2, true, 'empty'),
    ],
    [
      'empty, formed and listed',
      { formed: true, peers: { 2: serving(5n, 1, 2, 3) }, seenEmpty: [2, 3] },
      join(2, true, 'empty'),
    ],
    ['empty, not listed', { peers: { 2: serving(5n, 2), 3: silent } }, join(2, false, 'empty')],
    ...[{ state: 'empty' } as const, { state: 'founding' } as const, lost].map(
      (disk): [string, Parameters<typeof facts>[0], object] => [
        `${disk.state}, where those who serve may still follow what this member was`,
        { disk, led: false, peers: { 2: serving(5n, 1, 2, 3), 3: silent } },
        wait(
          'member 2 serves, and no other member says that it leads: without data this one joins under a leader. ' +
            '2: serves; 3: its name does not resolve yet',
        ),
      ],
    ),
    [
      'data, where those who serve may still follow what this member was',
      { disk: data(5n, 1, 2, 3), led: false, peers: { 2: serving(6n, 1, 2, 3), 3: silent } },
      join(2, true, 'keep'),
    ],
    [
      'empty, the newest membership counts',
      { peers: { 2: serving(5n, 2), 3: serving(6n, 1, 2, 3) } },
      join(3, true, 'empty'),
    ],
    [
      'empty, and it was entitled to found: brings its vote',
      { peers: { 2: serving(5n, 1, 2, 3), 3: waiting }, seenEmpty: [2, 3] },
      join(2, true, 'founding'),
    ],
    [
      'empty, and entitled, but no longer listed',
      { peers: { 2: serving(5n, 2, 3), 3: waiting }, seenEmpty: [2, 3] },
      join(2, false, 'empty'),
    ],
    [
      'empty, nobody wants it any more',
      { self: 4, peers: { 2: serving(5n, 2) } },
      wait('member 4 is not one of the members that should exist (1, 2, 3).'),
    ],

    // Founding.
    ['founding, nothing serves', { disk: { state: 'founding' }, peers: { 2: silent, 3: silent } }, found],
    [
      'founding, others serve',
      { disk: { state: 'founding' }, peers: { 2: serving(5n, 1, 2, 3) } },
      join(2, true, 'founding'),
    ],
    [
      'founding, others serve without it',
      { disk: { state: 'founding' }, peers: { 2: serving(5n, 2, 3) } },
      join(2, false, 'empty'),
    ],

    // Data.
    ['data, listed on its disk', { disk: data(5n, 1, 2, 3), peers: { 2: silent, 3: silent } }, start],
    ['data, all serve the same', { disk: data(5n, 1, 2, 3), peers: { 2: serving(5n, 1, 2, 3) } }, start],
    ['data, formed or not', { formed: true, disk: data(5n, 1, 2, 3) }, start],
    ['data of the first start', { disk: data(0n, 1, 2, 3), peers: { 2: waiting, 3: waiting } }, start],
    [
      'data, others serve an older membership',
      { disk: data(6n, 1, 2), peers: { 3: serving(5n, 1, 2, 3) } },
      start,
    ],
    [
      'data, others serve a newer membership with it',
      { disk: data(5n, 1, 2, 3), peers: { 4: serving(6n, 1, 4, 5) } },
      join(4, true, 'keep'),
    ],
    [
      'data, removed meanwhile',
      { disk: data(5n, 1, 2, 3), peers: { 2: serving(6n, 2, 3) } },
      join(2, false, 'keep'),
    ],
    [
      'data, removed meanwhile and not wanted',
      { self: 3, members: [1, 2], disk: data(5n, 1, 2, 3), peers: { 2: serving(6n, 1, 2) } },
      wait('member 3 is not one of the members that should exist (1, 2).'),
    ],
    [
      'data, not wanted but still listed',
      { self: 3, members: [1, 2], disk: data(5n, 1, 2, 3), peers: { 2: serving(5n, 1, 2, 3) } },
      start,
    ],
    [
      'data of a guest',
      { self: 3, disk: data(5n, 1, 2), peers: { 2: serving(5n, 1, 2) } },
      join(2, false, 'keep'),
    ],
    [
      'data of a guest, nothing serves',
      { self: 3, disk: data(5n, 1, 2), peers: { 1: waiting, 2: silent } },
      wait(
        `the membership on this disk (1, 2) does not include member 3, so it ${GUEST} 1: runs without a quorum; 2: its name does not resolve yet`,
      ),
    ],
    [
      'data of a guest, only what is older serves',
      { self: 3, disk: data(5n, 1, 2), peers: { 2: serving(4n, 1, 2, 3) } },
      wait(`the membership on this disk (1, 2) does not include member 3, so it ${GUEST} 2: serves`),
    ],
    [
      'data without a membership',
      { disk: data(0n), peers: { 2: silent } },
      wait(
        `the membership on this disk (none) does not include member 1, so it ${GUEST} 2: its name does not resolve yet`,
      ),
    ],

    // Lost.
    [
      'lost, nothing serves',
      { disk: lost, peers: { 2: waiting, 3: gate() }, seenEmpty: [2, 3] },
      wait(
        'the log is not the one: it starts over from a serving member, and none serves. 2: runs without a quorum; 3: waits at its gate, disk: empty',
      ),
    ],
    [
      'lost, others serve',
      { disk: lost, peers: { 2: serving(5n, 1, 2, 3) }, seenEmpty: [2, 3] },
      join(2, true, 'empty'),
    ],
  ])('%s', (_, given, decision) => {
    expect(decide(facts(given))).toEqual(decision);
  });

  it('never founds on a disk that holds or has held data, nor when the cluster is marked as formed', () => {
    const ids = fc.subarray([1, 2, 3, 4, 5]);
    const peer = fc.oneof(
      fc.constantFrom(silent, waiting, gate(), gate('founding'), gate('data'), gate('lost')),
      fc.tuple(fc.bigInt(0n, 3n), ids).map(([version, members]) => serving(version, ...members)),
    );
    const disk = fc.oneof(
      fc.constantFrom<Disk>({ state: 'empty' }, { state: 'founding' }, lost),
      fc.tuple(fc.bigInt(0n, 3n), ids).map(([version, members]) => data(version, ...members)),
    );
    const any = fc.record({
      self: fc.constantFrom(1, 2, 3),
      members: ids,
      founders: ids,
      formed: fc.boolean(),
      disk,
      peers: fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5'), peer) as fc.Arbitrary<
        Record<number, Peer>
      >,
      seenEmpty: ids,
    });
    fc.assert(
      fc.property(any, (given) => {
        const all = facts(given);
        const decision = decide(all);
        const serves = [...all.peers.values()].some(({ state }) => state === 'serving');
        if (decision.action === 'found') {
          expect(serves).toBe(false);
          if (all.disk.state === 'founding') return;
          expect(all.disk.state).toBe('empty');
          expect(all.formed).toBe(false);
          expect(all.founders).toContain(all.self);
          const others = [...all.founders, ...all.members].filter((id) => id !== all.self);
          expect(others.filter((id) => !all.seenEmpty.has(id))).toEqual([]);
        }
        if (decision.action === 'join') expect(all.peers.get(decision.peer)?.state).toBe('serving');
        if (decision.action === 'wait') expect(decision.reason).not.toBe('');
        if (all.disk.state === 'data') expect(['start', 'join', 'wait']).toContain(decision.action);
      }),
      { numRuns: 2_000 },
    );
  });
});
