import { expect, test } from 'vitest';
import { decideStart } from '../../lib/kafka/gate/decide';
import type { Peer, StartFacts } from '../../lib/kafka/gate/facts';
import { ownership } from '../../lib/kafka/gate/meta-properties';
import { readDocument, sourcesIn } from './documents';

const guide = readDocument('docs/kafka.md');
const silent: Peer = { state: 'silent', reason: 'its name does not resolve yet' };
const gate = (disk: string, seenEmpty: number[] = []): Peer => ({ state: 'gate', disk, seenEmpty });

const facts: StartFacts = {
  cluster: 'kafka',
  id: 3001,
  roles: { broker: false, controller: true },
  zookeeper: false,
  keepsData: true,
  formed: false,
  directories: [{ state: 'empty' }],
  founders: [3000, 3001, 3002].map((id) => ({ id, directoryId: `d${id}` })),
  controllers: [3000, 3001, 3002],
  brokers: [0, 1, 2],
  served: false,
  peers: new Map(),
  seenEmpty: new Set(),
};
const broker = { id: 1, roles: { broker: true, controller: false } };
const lacks = (isr: number[], replicas = [0, 1, 2]) => ({
  ...broker,
  missing: [{ topic: 'orders', partition: 0, replicas, isr }],
});

function reasonOf(given: Partial<StartFacts>): string {
  const decision = decideStart({ ...facts, ...given });
  if ('reason' in decision) return decision.reason;
  return [decision.action, ...decision.notes].join(' ');
}

/** Reasons as the guide explains them, by what leads to them. */
const decided: [string, Partial<StartFacts>][] = [
  [
    'the quorum is formed when all founders state that their disks are empty. 3002: its name does not resolve yet',
    { seenEmpty: new Set([3000]), peers: new Map([[3002, silent]]) },
  ],
  [
    'all founders stated empty disks, and form the quorum once each has heard of the others',
    { seenEmpty: new Set([3000, 3002]), peers: new Map([[3000, gate('empty', [3001])]]) },
  ],
  [
    'controller 3001 has started or holds data, so the quorum may exist',
    { id: 3002, peers: new Map([[3001, { state: 'running' }]]) },
  ],
  [
    'controller 3003 is not a founder (3000, 3001, 3002) and joins once they have formed the quorum',
    { id: 3003 },
  ],
  [
    'the cluster exists (it is marked as formed), and the disk of all of its controllers is empty: nobody has its metadata',
    {
      formed: true,
      peers: new Map([
        [3000, gate('empty')],
        [3002, gate('empty')],
      ]),
    },
  ],
  ['the cluster still counts on broker 1 for partition orders-0', lacks([0, 1])],
  ['partition orders-0 has only broker 1 in sync', lacks([1])],
  ['partition orders-0 has no broker in sync, and broker 1 may have been the last one', lacks([])],
  [
    'the cluster exists (it is marked as formed), the disk of broker 1 is empty, and no other broker answers',
    { ...broker, formed: true },
  ],
  ['partition orders-0 has its only replica on broker 1, and is empty now', lacks([1], [1])],
];

test.each(decided)('the guide explains "%s"', (text, given) => {
  expect(reasonOf(given)).toContain(text);
  expect(guide).toContain(text);
});

test('the guide explains whose volume is refused', () => {
  const owner = { clusterId: 'p8fFEbKGQ22B6M_Da_vCBw', id: 2, zookeeper: false };
  const told = (text: string) => ownership('/data/0/kafka/meta.properties', text, owner);
  expect(told(`version=1\ncluster.id=${owner.clusterId}\nnode.id=1\n`)).toContain(
    'belongs to node 1 of cluster',
  );
  expect(told('version=0\nbroker.id=2\n')).toContain(
    'was written by a server that has its metadata in ZooKeeper',
  );
  for (const text of [
    'belongs to node 1 of cluster',
    'was written by a server that has its metadata in ZooKeeper',
  ])
    expect(guide).toContain(text);
});

const sources = sourcesIn('lib/kafka/gate', 'lib/steward/hold-gate.ts', 'lib/steward/reach.ts');

test.each([
  ['has no meta.properties, and yet it holds', 'has no meta.properties, and yet it holds'],
  ['it was told other founders (3000)', 'it was told other founders ('],
  ['no answer within 2000 ms', 'no answer within '],
  ['servers talk to one another by TLS, and there is no', 'servers talk to one another by '],
  ['"gate":"again"', "gate: 'again'"],
])('the guide explains %s, which the gate still says', (told, source) => {
  expect(guide).toContain(told);
  expect(sources).toContain(source);
});
