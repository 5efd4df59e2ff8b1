import { expect, test } from 'vitest';
import { decide, type GateFacts, type Peer } from '../../lib/steward/gate';
import { readDocument, sourcesIn } from './documents';

const guide = readDocument('docs/zookeeper.md');
const silent: Peer = { state: 'silent', reason: 'its name does not resolve yet' };
const serving: Peer = { state: 'serving', version: 1n, members: [1, 2, 3] };

function reasonOf(facts: Partial<GateFacts>): string {
  const decision = decide({
    self: 2,
    members: [2, 3],
    founders: [2, 3],
    formed: false,
    disk: { state: 'empty' },
    peers: new Map([[3, silent]]),
    led: true,
    seenEmpty: new Set(),
    ...facts,
  });
  return 'reason' in decision ? decision.reason : decision.action;
}

/** Reasons as the guide explains them, by what leads to them. */
const decided: [string, Partial<GateFacts>][] = [
  ['member 3 serves, and no other member says that it leads', { led: false, peers: new Map([[3, serving]]) }],
  [
    'a cluster is founded only when all members state that their disks are empty. 3: its name does not resolve yet',
    {},
  ],
  [
    'all disks were stated to be empty, and the cluster is founded once all founders answer',
    { seenEmpty: new Set([3]) },
  ],
  [
    'member 1 has started or holds data, so the cluster exists',
    { founders: [1, 2], peers: new Map([[1, { state: 'waiting' }]]) },
  ],
  ['the cluster exists (it is marked as formed) and this disk is empty', { formed: true }],
  ['member 4 is not a founder (1, 2, 3) and joins once the cluster serves', { self: 4, founders: [1, 2, 3] }],
  [
    'member 4 is not one of the members that should exist (1, 2, 3)',
    { self: 4, members: [1, 2, 3], peers: new Map([[1, serving]]) },
  ],
  [
    'the membership on this disk (1) does not include member 2',
    { disk: { state: 'data', version: 1n, members: [1] } },
  ],
];

test.each(decided)('the guide explains "%s"', (text, facts) => {
  expect(reasonOf(facts)).toContain(text);
  expect(guide).toContain(text);
});

const sources = sourcesIn('lib/zookeeper/gate', 'lib/steward/reach.ts');

test.each([
  "the transaction log volume is not the one that belongs to this member's data",
  'the data that this member stored is gone',
  'this volume belongs to',
  'tls.key of the TLS Secret is not PKCS #8',
  'its name does not resolve yet',
])('the guide explains "%s", which the gate still says', (text) => {
  expect(sources).toContain(text);
  expect(guide).toContain(text);
});
