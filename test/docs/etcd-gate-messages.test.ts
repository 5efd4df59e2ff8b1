import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { decideStart } from '../../lib/etcd/gate/decide';
import { EtcdDiskFiles } from '../../lib/etcd/gate/disk';
import { memberYaml } from '../../lib/etcd/gate/etcd-yaml';
import { strangeness } from '../../lib/etcd/gate/report';
import type { EtcdGateSettings } from '../../lib/etcd/gate/settings';
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
} from '../etcd/gate/facts-of';
import { readDocument, sourcesIn, tableBelow } from './documents';

const guide = readDocument('docs/etcd.md');

const all = [entry(0), entry(1), entry(2)];
const others = [entry(0), entry(2)];
const snapshot = '20260101T000000Z-1042.db';
const everybodyEmpty: Given = { peers: { 0: gate('empty', 1), 2: gate('empty', 1) }, seenEmpty: [0, 2] };
const forced = (confirm: string): Given => ({ forceNewCluster: { member: 1, confirm }, disk: data() });

function decided(given: Given): { action: string; reason: string } {
  const decision = decideStart(factsOf(given));
  return { action: decision.action, reason: 'reason' in decision ? decision.reason : '' };
}

/** Reasons as the guide explains them, by what leads to them. */
const explained: [string, Given][] = [
  [
    'a cluster is founded only when all members state that their disks are empty. 2: its name does not resolve yet',
    { peers: { 0: gate('empty', 1), 2: silent }, seenEmpty: [0] },
  ],
  [
    '2: it has not heard of this one yet',
    { ...everybodyEmpty, peers: { 0: gate('empty', 1), 2: gate('empty') } },
  ],
  [
    'all disks were stated to be empty, and the cluster is founded once all founders answer',
    { peers: { 0: gate('empty', 1), 2: silent }, seenEmpty: [0, 2] },
  ],
  ['member 0 has started or holds data, so the cluster exists', { peers: { 0: running, 2: silent } }],
  [
    'the cluster exists (it is marked as formed) and this disk is empty',
    { formed: true, peers: { 0: silent } },
  ],
  [
    'member 3 is not a founder (0, 1, 2) and joins once the cluster serves',
    { self: 3, members: [0, 1, 2, 3], peers: { 0: silent } },
  ],
  [
    'member 1 has no place in the membership (etcd-0, etcd-2), and starts once it is invited as a learner',
    { peers: { 0: serving(others) } },
  ],
  [
    'the membership has etcd-1 as f1, and this disk has nothing of it: it starts once that entry is removed and it is invited anew',
    { formed: true, peers: { 0: serving(all) } },
  ],
  [
    'f1, whose data is on this disk, was removed from the membership',
    { disk: data(), peers: { 0: serving(others) } },
  ],
  ['member 3 is not one of the members that should exist (0, 1, 2)', { self: 3, peers: { 0: serving(all) } }],
  [
    'there are two clusters under these addresses: member 0 serves abc, member 2 serves def',
    { peers: { 0: serving(all), 2: serving(all, '3.6.0', 0xdefn) } },
  ],
  [
    "release 3.7.0 is more than one minor above the cluster's version 3.5",
    { version: '3.7.0', disk: data(), peers: { 0: serving(all, '3.5.0') } },
  ],
  [
    "release 3.5.33 is below the cluster's version 3.6",
    { version: '3.5.33', disk: data(), peers: { 0: serving(all, '3.6.0') } },
  ],
  [`the backup "${snapshot}" was not restored on this disk`, { ...everybodyEmpty, restore: snapshot }],
  [
    'a new cluster is made of the data of member 1; nobody else starts before forceNewCluster is taken away',
    { ...forced('abc'), self: 2 },
  ],
  ['the data of member 1 is that of cluster abc, and forceNewCluster confirms "0"', forced('0')],
  [
    'member 0 serves this cluster, so its majority is not lost: take forceNewCluster away',
    { ...forced('abc'), peers: { 0: serving(all) } },
  ],
  [
    'this disk belongs to cluster abc, and member 0 serves cluster def',
    { disk: data(), peers: { 0: serving(all, '3.6.0', 0xdefn) } },
  ],
  ['the data on this disk is that of etcd-2', { disk: data(founder(2)), peers: { 0: serving(all) } }],
];

test.each(explained)('the guide explains "%s"', (text, given) => {
  expect(decided(given).reason).toContain(text);
  expect(guide).toContain(text);
});

/** Rows of the table of decisions: what leads to each, in its order. */
const rows: [RegExp, Given][] = [
  [/^`start`/, { disk: data(), peers: { 0: serving(all) } }],
  [/^`start`/, { disk: data(), peers: { 0: running, 2: silent } }],
  [/^`join`/, { disk: data(), peers: { 0: serving([...others, place(1)]) } }],
  [/^`wait`/, { disk: data(), peers: { 0: serving([...others, entry(1, { id: 0x77n })]) } }],
  [/^refuse/, { disk: data(), peers: { 0: serving(all, '3.6.0', 0xdefn) } }],
  [/^`join`/, { peers: { 0: serving([...others, place(1)]) } }],
  [/^`wait` to be invited/, { disk: lost, peers: { 0: serving(others) } }],
  [/^`wait` until that entry is removed/, { disk: lost, peers: { 0: serving(all) } }],
  [/^`found`/, { peers: { 0: serving(all) }, seenEmpty: [0, 2] }],
  [/^`found`/, { disk: founding, peers: { 0: serving(all) } }],
  [/^`found`/, { disk: founding, peers: { 0: silent } }],
  [
    /^`wait`: never found/,
    { formed: true, peers: { 0: gate('empty', 1), 2: gate('empty', 1) }, seenEmpty: [0, 2] },
  ],
  [/^`wait`/, { self: 3, members: [0, 1, 2, 3], disk: empty, peers: { 0: gate('empty', 3) } }],
  [/^`found`/, everybodyEmpty],
  [/^`wait`/, { peers: { 0: gate('data'), 2: gate('empty', 1) }, seenEmpty: [2] }],
  [/^`wait`/, { disk: lost, peers: { 0: silent } }],
  [/^refuse/, { disk: { state: 'foreign', reason: 'not mine' }, peers: { 0: silent } }],
  [/^`wait`/, { version: '3.7.0', disk: data(), peers: { 0: serving(all, '3.5.0') } }],
];

test('the table of decisions says what the gate does, row by row', () => {
  const told = tableBelow('docs/etcd.md', 'What decides a start').map((cells) => cells[3]);
  expect(told).toHaveLength(rows.length);
  const wrong = rows.flatMap(([words, given], index) => {
    const { action } = decided(given);
    const says = /^`?(\w+)/.exec(told[index])?.[1];
    return words.test(told[index]) && says === action
      ? []
      : [`row ${index + 1}: ${told[index]}, in truth ${action}`];
  });
  expect(wrong).toEqual([]);
});

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** What the gate of member 1 says about a volume on which these notes stand, beside a write-ahead log. */
function reasonOfVolume(notes: object, settings: Partial<EtcdGateSettings> = {}): string | undefined {
  const root = mkdtempSync(join(tmpdir(), 'etcd-docs-'));
  made.push(root);
  const at = (name: string) => join(root, name);
  const paths = {
    config: at('config'),
    run: at('run'),
    secrets: at('secrets'),
    formed: at('formed'),
    data: at('data'),
    wal: at('wal'),
  };
  mkdirSync(join(paths.data, 'data/member/wal'), { recursive: true });
  writeFileSync(join(paths.data, 'data/member/wal/0.wal'), '');
  writeFileSync(join(paths.data, 'gate.json'), JSON.stringify({ seenEmpty: [], founding: false, ...notes }));
  const given = { cluster: 'etcd', token: 'prod/registry/etcd', walVolume: false, ...settings };
  return new EtcdDiskFiles(given as EtcdGateSettings, paths, 1).read().reason;
}

test('the guide explains whose volume is refused', () => {
  const token = 'prod/registry/etcd';
  expect(reasonOfVolume({ cluster: 'etcd', id: 2, token })).toContain(
    'this volume belongs to member 2 of etcd',
  );
  expect(guide).toContain('this volume belongs to member 2 of etcd');
  const text =
    'this volume has data of the cluster "prod/registry/etcd", and this is "prod/registry/etcd/20260101T000000Z-1042.db"; ' +
    'a backup is restored into empty volumes only';
  const restored = { restore: snapshot, token: `${token}/${snapshot}` };
  expect(reasonOfVolume({ cluster: 'etcd', id: 1, token }, restored)).toBe(text);
  expect(guide).toContain(text);
  expect(guide).toContain('this volume has data of the cluster "…", and this is "…"');
});

test('the guide explains which gates have nothing to do with one another', () => {
  const own = { token: 'a', founders: [0, 1, 2] };
  const report = { id: 2, disk: 'empty' as const, says: '', seenEmpty: [] };
  for (const [other, text] of [
    [{ ...report, ...own, founders: [0] }, 'it was told other founders (0)'],
    [{ ...report, ...own, token: 'b' }, 'it belongs to the cluster "'],
  ] as const) {
    expect(strangeness(own, 2, other)).toContain(text);
    expect(guide).toContain(text);
  }
});

test('the guide explains that members have lines of their own', () => {
  const own = { name: 'etcd-1' } as Parameters<typeof memberYaml>[1];
  expect(() => memberYaml('name: mine\n', own)).toThrow('is set in etcd.yaml, and each member has its own');
  expect(guide).toContain('is set in etcd.yaml, and each member has its own');
});

const sources = sourcesIn(
  'lib/etcd/gate',
  'lib/steward/gate-report.ts',
  'lib/steward/hold-gate.ts',
  'lib/steward/reach.ts',
  'lib/etcd/api',
);

test.each([
  [
    'the database that belongs to its write-ahead log is gone',
    'the database that belongs to its write-ahead log is gone',
  ],
  ['the data that this member stored is gone', 'the data that this member stored is gone'],
  ['its volumes were never used together', 'its volumes were never used together'],
  ['no answer within 2000 ms', 'no answer within '],
  ['"gate":"again"', "gate: 'again'"],
  ['"wiped":true', 'wiped: decision.wipe'],
])('the guide explains %s, which the gate still says', (told, source) => {
  expect(guide).toContain(told);
  expect(sources).toContain(source);
});
