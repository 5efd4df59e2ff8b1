import { describe, expect, it } from 'vitest';
import { decideStart } from '../../../lib/etcd/gate/decide';
import {
  data,
  empty,
  entry,
  factsOf,
  founder,
  founding,
  type Given,
  gate,
  lost,
  place,
  running,
  serving,
  silent,
  url,
} from './facts-of';

const all = [entry(0), entry(1), entry(2)];
const others = [entry(0), entry(2)];
const invited = [...others, place(1)];
const start = { action: 'start' };
const wait = (...reason: string[]) => ({ action: 'wait', reason: reason.join(' ') });
const waitForRemoval = (...reason: string[]) => ({ ...wait(...reason), lost: true });
const refuse = (reason: string) => ({ action: 'refuse', reason });
const found = { action: 'found', restored: false };
const join = (wipe: boolean, members = invited, peer = 0) => ({ action: 'join', peer, members, wipe });

const GONE = 'the database that belongs to its write-ahead log is gone';
const REMOVED = 'f1, whose data is on this disk, was removed from the membership;';
const HAS =
  'the membership has etcd-1 as f1, and this disk has nothing of it: it starts once that entry is removed and it is invited anew.';
const UNINVITED =
  'member 1 has no place in the membership (etcd-0, etcd-2), and starts once it is invited as a learner.';
const ADD = `etcdctl member add etcd-1 --learner --peer-urls=${url(1)}`;
const PROMOTE = 'and, once it has caught up, etcdctl member promote with its new id.';
const GATHERING = 'a cluster is founded only when all members state that their disks are empty.';

type Row = [string, Given, unknown];

function table(rows: Row[]): void {
  it.each<Row>(rows)('%s', (_, given, decision) => {
    expect(decideStart(factsOf(given))).toEqual(decision);
  });
}

describe('a member with data', () => {
  table([
    ['starts where the membership has it', { disk: data(), peers: { 0: serving(all), 2: silent } }, start],
    ['starts where nobody answers', { disk: data(), peers: { 0: silent, 2: silent } }, start],
    [
      'starts where nobody serves',
      { disk: data(), formed: true, peers: { 0: running, 2: gate('data') } },
      start,
    ],
    [
      'starts as the learner that it is',
      { disk: data(0x77n), peers: { 0: serving([...others, entry(1, { id: 0x77n, learner: true })]) } },
      start,
    ],
    [
      'starts although it should exist no more, as long as the membership has it',
      { disk: data(), members: [0], peers: { 0: serving(all) } },
      start,
    ],
    [
      'starts where its entry has not got its name yet',
      { disk: data(0x77n), peers: { 0: serving([...others, entry(1, { id: 0x77n, name: '' })]) } },
      start,
    ],
    [
      'of another cluster than the one that serves refuses',
      { disk: data(), peers: { 0: serving(all, '3.6.0', 0xdefn) } },
      refuse(
        'this disk belongs to cluster abc, and member 0 serves cluster def; mount the right volume, or empty it to let the ' +
          'member be invited',
      ),
    ],
    [
      'goes by those that serve its own cluster',
      { disk: data(), peers: { 0: serving([entry(1)], '3.6.0', 0xdefn), 2: serving(all) } },
      start,
    ],
    [
      'of another member refuses',
      { disk: data(founder(2)), peers: { 0: serving(all) } },
      refuse('the data on this disk is that of etcd-2 (f2), and this is etcd-1; mount the right volume'),
    ],
    [
      'that was removed waits to be invited',
      { disk: data(), peers: { 0: serving(others) } },
      wait(REMOVED, UNINVITED),
    ],
    [
      'that was removed says what to do where no steward does it',
      { disk: data(), operations: 'none', peers: { 0: serving(others) } },
      wait(REMOVED, UNINVITED, `Run ${ADD}, ${PROMOTE}`),
    ],
    [
      'that was removed and should exist no more says so',
      { disk: data(), members: [0, 2], peers: { 0: serving(others) } },
      wait(REMOVED, 'member 1 is not one of the members that should exist (0, 2).'),
    ],
    [
      'that was removed and is invited starts over',
      { disk: data(), peers: { 0: serving(invited) } },
      join(true),
    ],
    [
      'that was removed waits where somebody else has had its place since',
      { disk: data(), peers: { 0: serving([...others, entry(1, { id: 0x77n })]), 2: silent } },
      waitForRemoval(
        REMOVED,
        'the membership has etcd-1 as 77, and this disk is not of it: it starts once that entry is removed and it is invited anew.',
        '0: serves; 2: its name does not resolve yet',
      ),
    ],
    [
      'that must not be used refuses',
      { disk: { state: 'foreign', reason: 'not mine' }, peers: { 0: serving(all) } },
      refuse('not mine'),
    ],
    [
      'under another token starts where the cluster that serves knows it all the same',
      { disk: { ...data(), state: 'foreign', reason: 'another token' }, peers: { 0: serving(all) } },
      start,
    ],
    [
      'under another token refuses while nobody vouches for it',
      { disk: { ...data(), state: 'foreign', reason: 'another token' }, peers: { 0: running } },
      refuse('another token'),
    ],
    [
      'under another token refuses where it was removed',
      { disk: { ...data(), state: 'foreign', reason: 'another token' }, peers: { 0: serving(invited) } },
      refuse('another token'),
    ],
  ]);
});

describe('a member without data, while the cluster serves,', () => {
  const named = { peers: { 0: serving(all), 2: silent } };
  const told = '0: serves; 2: its name does not resolve yet';
  table([
    ['takes up a place without a name', { peers: { 0: serving(invited) } }, join(false)],
    [
      'takes up a place as the fourth',
      { self: 3, members: [0, 1, 2, 3], formed: true, peers: { 2: serving([...all, place(3)]) } },
      join(false, [...all, place(3)], 2),
    ],
    ['starts over in a place without a name', { disk: lost, peers: { 0: serving(invited) } }, join(true)],
    ['joins although it was about to found', { disk: founding, peers: { 0: serving(invited) } }, join(false)],
    ['waits for a place', { peers: { 0: serving(others) } }, wait(UNINVITED)],
    [
      'waits for a place, and says how it gets one where no steward does it',
      { operations: 'none', peers: { 0: serving(others) } },
      wait(UNINVITED, `Run ${ADD}, ${PROMOTE}`),
    ],
    [
      'says that nobody wants it',
      { self: 3, peers: { 0: serving(all) } },
      wait('member 3 is not one of the members that should exist (0, 1, 2).'),
    ],
    ['waits until the entry of its lost disk is gone', { ...named, formed: true }, waitForRemoval(HAS, told)],
    [
      'waits for that although it founded, as its disk is another one',
      { ...named, formed: false },
      waitForRemoval(HAS, told),
    ],
    [
      'says how to remove it where no steward does it',
      { ...named, operations: 'none' },
      waitForRemoval(HAS, `Run etcdctl member remove f1, ${ADD}, ${PROMOTE}`, told),
    ],
    [
      'waits for that when one of its volumes is lost',
      { ...named, disk: lost },
      waitForRemoval(`${GONE};`, HAS, told),
    ],
    [
      'waits for that when the entry has another address',
      { peers: { 0: serving([...others, entry(1, { peerUrls: ['https://other:2380'] })]) } },
      waitForRemoval(HAS, '0: serves'),
    ],
    ['founds what was formed a moment ago without it', { ...named, seenEmpty: [0, 2] }, found],
    ['goes on founding', { ...named, disk: founding, formed: true }, found],
    [
      'does not found when it has not got the word of all founders',
      { ...named, seenEmpty: [0] },
      waitForRemoval(HAS, told),
    ],
    [
      'does not found once the cluster is formed',
      { ...named, seenEmpty: [0, 2], formed: true },
      waitForRemoval(HAS, told),
    ],
    [
      'founds where nothing is kept, whatever the mark says',
      { ...named, seenEmpty: [0, 2], formed: true, keepsData: false },
      found,
    ],
    [
      'does not found where the cluster has got other members since',
      { peers: { 0: serving([...all, entry(3, { id: 0x88n })]) }, seenEmpty: [0, 2] },
      waitForRemoval(HAS, '0: serves'),
    ],
    [
      'does not found where its entry is not that of a founder',
      { peers: { 0: serving([...others, entry(1, { id: 0x77n })]) }, seenEmpty: [0, 2] },
      waitForRemoval(HAS.replace('f1', '77'), '0: serves'),
    ],
    [
      'does not found again as the only founder, of a cluster that has grown',
      { self: 0, founders: [0], peers: { 1: serving([entry(0), entry(1, { id: 0x77n })]) } },
      waitForRemoval(HAS.replace('etcd-1 as f1', 'etcd-0 as f0'), '1: serves'),
    ],
    [
      'does not found on a lost disk, whoever was empty',
      { ...named, disk: lost, seenEmpty: [0, 2] },
      waitForRemoval(`${GONE};`, HAS, told),
    ],
    [
      'founds late with what was restored',
      { ...named, seenEmpty: [0, 2], restore: 'a.db', disk: { ...empty, restored: true } },
      { action: 'found', restored: true },
    ],
    [
      'does not found late without what the others were restored from',
      { ...named, seenEmpty: [0, 2], restore: 'a.db' },
      waitForRemoval(HAS, told),
    ],
    [
      'waits where there are two clusters',
      { peers: { 0: serving(invited), 2: serving(others, '3.6.0', 0xdefn) } },
      wait(
        'there are two clusters under these addresses: member 0 serves abc, member 2 serves def. Take one of them away.',
      ),
    ],
    [
      'refuses where what is left of a disk is of another cluster',
      { disk: { ...lost, clusterId: 0xdefn }, peers: { 0: serving(invited) } },
      refuse(
        'this disk belongs to cluster def, and member 0 serves cluster abc; mount the right volume, or empty it to let the ' +
          'member be invited',
      ),
    ],
  ]);
});

describe('a member without data, while nobody serves,', () => {
  table([
    [
      'founds when all others are empty and each has heard of it',
      { peers: { 0: gate('empty', 1, 2), 2: gate('founding', 0, 1) }, seenEmpty: [0, 2] },
      found,
    ],
    [
      'founds when others have begun to',
      { peers: { 0: running, 2: gate('empty', 0, 1) }, seenEmpty: [0, 2] },
      found,
    ],
    ['goes on founding', { disk: founding, peers: { 0: silent, 2: running } }, found],
    ['founds alone where it is alone', { self: 0, members: [0], founders: [0] }, found],
    [
      'waits for the word of all others',
      { peers: { 0: gate('empty', 1), 2: silent }, seenEmpty: [0] },
      wait(GATHERING, '2: its name does not resolve yet'),
    ],
    [
      'waits until all founders have heard of it',
      { peers: { 0: gate('empty', 1), 2: gate('empty', 0) }, seenEmpty: [0, 2] },
      wait(
        'all disks were stated to be empty, and the cluster is founded once all founders answer.',
        '2: it has not heard of this one yet',
      ),
    ],
    [
      'never founds where another one runs',
      { peers: { 0: running, 2: gate('empty', 1) }, seenEmpty: [2] },
      wait(
        'member 0 has started or holds data, so the cluster exists: this empty member joins when a majority serves. If the',
        'disks of a majority are lost, restore a backup. 0: runs without a quorum; 2: waits at its gate, disk: empty',
      ),
    ],
    [
      'never founds where another one has data',
      { peers: { 0: gate('data'), 2: gate('empty', 1) }, seenEmpty: [2] },
      wait(
        'member 0 has started or holds data, so the cluster exists: this empty member joins when a majority serves. If the',
        'disks of a majority are lost, restore a backup. 0: waits at its gate, disk: data; 2: waits at its gate, disk: empty',
      ),
    ],
    [
      'never founds once the cluster is formed',
      { formed: true, peers: { 0: gate('empty', 1), 2: gate('empty', 1) }, seenEmpty: [0, 2] },
      wait(
        'the cluster exists (it is marked as formed) and this disk is empty: it may join a serving member and never found.',
        '0: waits at its gate, disk: empty; 2: waits at its gate, disk: empty',
      ),
    ],
    [
      'founds again where nothing is kept, whatever the mark says',
      {
        formed: true,
        keepsData: false,
        peers: { 0: gate('empty', 1), 2: gate('empty', 1) },
        seenEmpty: [0, 2],
      },
      found,
    ],
    [
      'never founds when it is no founder',
      { self: 3, members: [0, 1, 2, 3], peers: { 0: silent }, seenEmpty: [0, 1, 2] },
      wait(
        'member 3 is not a founder (0, 1, 2) and joins once the cluster serves. 0: its name does not resolve yet',
      ),
    ],
    [
      'never founds when a volume is lost',
      { disk: lost, peers: { 0: gate('empty', 1), 2: silent }, seenEmpty: [0, 2] },
      wait(
        `${GONE}: it starts over from a serving member, and none serves.`,
        '0: waits at its gate, disk: empty; 2: its name does not resolve yet',
      ),
    ],
    [
      'founds with what was restored',
      {
        restore: 'a.db',
        disk: { ...empty, restored: true },
        peers: { 0: gate('empty', 1), 2: gate('empty', 1) },
        seenEmpty: [0, 2],
      },
      { action: 'found', restored: true },
    ],
    [
      'founds nothing empty in place of a backup',
      { restore: 'a.db', peers: { 0: gate('empty', 1), 2: gate('empty', 1) }, seenEmpty: [0, 2] },
      wait(
        'the backup "a.db" was not restored on this disk, and nothing empty is founded in its place; delete the pod to have it',
        'restored again',
      ),
    ],
  ]);
});

describe('a release', () => {
  const data1 = { disk: data() };
  const cluster = (version?: string) => ({ 0: serving(all, version) });
  const above =
    "release 3.7.3 is more than one minor above the cluster's version 3.5; run 3.6 in all members first.";
  const below =
    "release 3.5.33 is below the cluster's version 3.6, and would end at once; run 3.6, or let the cluster go back first: " +
    'etcdctl downgrade enable 3.5.';
  table([
    ['of the same minor starts', { ...data1, peers: cluster('3.6.0') }, start],
    ['of the next minor starts', { ...data1, peers: cluster('3.5.0') }, start],
    ['two minors above waits', { ...data1, version: '3.7.3', peers: cluster('3.5.0') }, wait(above)],
    ['below the cluster waits', { ...data1, version: '3.5.33', peers: cluster('3.6.0') }, wait(below)],
    [
      'below the cluster waits with nothing, too',
      { version: '3.5.33', peers: { 0: serving(invited) } },
      wait(below),
    ],
    [
      'of another major waits',
      { ...data1, version: '4.0.0', peers: cluster('3.9.0') },
      wait(
        "release 4.0.0 is more than one minor above the cluster's version 3.9; run 3.10 in all members first.",
      ),
    ],
    [
      'starts where nothing is agreed on',
      { ...data1, peers: { 0: { ...serving(all), version: undefined } } },
      start,
    ],
    ['starts where not all members have been there yet', { ...data1, peers: cluster('3.0.0') }, start],
    ['starts where nobody serves', { ...data1, version: '3.5.33', peers: { 0: running } }, start],
  ]);
});

describe('a new cluster that is made of one member', () => {
  const forceNewCluster = { member: 1, confirm: 'abc' };
  const forced = { forceNewCluster, formed: true };
  table([
    [
      'takes its data',
      { ...forced, disk: data(), peers: { 0: silent, 2: gate('lost') } },
      { action: 'force' },
    ],
    [
      'takes the id in any writing',
      { ...forced, disk: data(), forceNewCluster: { member: 1, confirm: '0xABC' } },
      { action: 'force' },
    ],
    ['is made once', { ...forced, disk: { ...data(), alone: true }, peers: { 0: silent } }, start],
    [
      'is not made where somebody has looked at another one',
      { ...forced, disk: data(), forceNewCluster: { member: 1, confirm: 'abd' } },
      wait(
        'the data of member 1 is that of cluster abc, and forceNewCluster confirms "abd"; set confirm to "abc" to make a new',
        'cluster of it and to give up what this member has not got.',
      ),
    ],
    [
      'is not made while the cluster serves',
      { ...forced, disk: data(), peers: { 0: serving(all) } },
      wait('member 0 serves this cluster, so its majority is not lost: take forceNewCluster away.'),
    ],
    [
      'is not made of nothing',
      { ...forced, peers: { 0: silent } },
      refuse(
        'a new cluster is to be made of the data of member 1, and its disk has none (empty); choose a member whose gate tells ' +
          'of data',
      ),
    ],
    [
      'is not made of a part',
      { ...forced, disk: lost },
      refuse(
        'a new cluster is to be made of the data of member 1, and its disk has none (lost); choose a member whose gate tells ' +
          'of data',
      ),
    ],
    ...(
      [
        ['data', data(founder(2))],
        ['nothing', empty],
        ['a right to found', founding],
      ] as const
    ).map(
      ([what, disk]): Row => [
        `has others wait, with ${what}`,
        { ...forced, self: 2, disk, seenEmpty: [0, 1], peers: { 0: silent, 1: serving([entry(1)]) } },
        wait(
          'a new cluster is made of the data of member 1; nobody else starts before forceNewCluster is taken away.',
        ),
      ],
    ),
    [
      'has others refuse what is of another cluster',
      { ...forced, self: 2, disk: data(founder(2), 0xdefn), peers: { 1: serving([entry(1)]) } },
      refuse(
        'this disk belongs to cluster def, and member 1 serves cluster abc; mount the right volume, or empty it to let the ' +
          'member be invited',
      ),
    ],
  ]);
});
