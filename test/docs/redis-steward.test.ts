import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Storage } from '../../lib';
import type { ClusterFacts, ClusterNode, KnownNode } from '../../lib/redis/steward/cluster/cluster-facts';
import { CLUSTER_EVENTS, clusterStatus } from '../../lib/redis/steward/cluster/cluster-status';
import { nextClusterStep } from '../../lib/redis/steward/cluster/next-cluster-step';
import { nextReplicationStep } from '../../lib/redis/steward/replication/next-replication-step';
import {
  REPLICATION_EVENTS,
  replicationStatus,
} from '../../lib/redis/steward/replication/replication-status';
import { EVENTS } from '../../lib/steward/quorum-charge';
import { blockNamed, codeIn, ROOT, readDocument, sourcesIn, tableBelow } from './documents';
import { growingCluster, renderedCluster, renderedReplication, rollingReplication } from './redis-deployment';
import { allCauses, rowsOfRules, rulesOfRole } from './steward-guide';

const GUIDE = 'docs/steward.md';
const guide = readDocument(GUIDE);
/** The guide without its line breaks, in which quotations are looked for. */
const prose = guide.replaceAll('`', '').replace(/\s+/g, ' ');

function shown(name: string) {
  const document = parse(blockNamed(GUIDE, `kubectl get configmap ${name} -n shop -o yaml`).text);
  const { since, written } = document.data;
  for (const time of [since, written]) expect(new Date(time).toISOString()).toBe(time);
  expect(document.metadata).toMatchObject({ name, namespace: 'shop' });
  return document.data;
}

test('the status of the guide is what the steward writes about such a master with replicas', () => {
  const facts = rollingReplication();
  const step = nextReplicationStep(facts);
  const { since, written, ...data } = shown('redis-status');
  expect(data).toEqual(replicationStatus(facts, step));
  expect(step).toMatchObject({ step: 'hand-over', pod: 'redis-0' });
});

test('the status of the guide is what the steward writes about such a Redis Cluster', () => {
  const facts = growingCluster();
  const step = nextClusterStep(facts);
  const { since, written, ...data } = shown('sessions-status');
  expect(data).toEqual(clusterStatus(facts, step));
  expect(step).toMatchObject({ step: 'move-slots', phase: 'Growing' });
});

test('the guide explains every rule of the Role', () => {
  const backup = { schedule: Duration.hours(1), to: Storage.existingClaim('backups') };
  const rules = rulesOfRole(renderedReplication({ backup }), 'redis-steward');
  expect(rules.length).toBeGreaterThan(8);
  expect(tableBelow(GUIDE, 'What it may do with Redis').map((cells) => cells.slice(0, 3))).toEqual(
    rowsOfRules(rules),
  );
  const patches = (all: typeof rules) =>
    all.some(({ resources, verbs }) => resources.includes('pods') && verbs.includes('patch'));
  expect([patches(rules), patches(rulesOfRole(renderedCluster(), 'sessions-steward'))]).toEqual([
    true,
    false,
  ]);
});

test('the guide says what every cause means with Redis', () => {
  // Nothing of Redis has these.
  const never = ['majority', 'upgrade', 'maintenance'];
  const used = sourcesIn('lib/redis/steward/cluster', 'lib/redis/steward/replication');
  for (const cause of never) expect(used).not.toContain(`'${cause}'`);
  const causes = allCauses().filter((cause) => !never.includes(cause));
  expect(causes.length).toBeGreaterThan(8);
  expect(tableBelow(GUIDE, 'Causes with Redis').flatMap(([cell]) => codeIn(cell))).toEqual(causes);
});

test('the guide explains every kind of Event that only Redis has', () => {
  const common = Object.values(EVENTS);
  const own = [...Object.values(REPLICATION_EVENTS), ...Object.values(CLUSTER_EVENTS)].filter(
    (reason) => !common.includes(reason),
  );
  expect(own.length).toBeGreaterThan(10);
  const told = tableBelow(GUIDE, 'Events of Redis').flatMap(([cell]) => codeIn(cell));
  expect(told.sort()).toEqual([...new Set(own)].sort());
});

/** Names of the rules of a program, in their order. */
function rulesIn(file: string): string[] {
  const source = readFileSync(join(ROOT, 'lib/redis/steward', file), 'utf8');
  const [, list = ''] = /const RULES[^=]*= \[([^\]]+)\]/.exec(source) ?? [];
  return list
    .split(',')
    .map((rule) => rule.trim())
    .filter(Boolean);
}

/** Steps of the guide, those with a master and replicas first. */
function toldSteps(): [string[], string[]] {
  const [, section = ''] = /### What it does with Redis\n([\s\S]*?)\n### /.exec(guide) ?? [];
  const [first, second = ''] = section.split('With a Redis Cluster:');
  const stepsIn = (text: string) => [...text.matchAll(/^\d+\. (.*)$/gm)].map(([, step]) => step);
  return [stepsIn(first), stepsIn(second)];
}

// By the words of each step; those that follow one another in one step stand together.
const REPLICATION_STEPS: [string[], RegExp][] = [
  [['label'], /^Label/],
  [['unapplied'], /^Wait until everything that was applied/],
  [['start'], /^Give servers and Sentinels their pods/],
  [['replaceUseless'], /^Replace a pod/],
  [['monitorAgain'], /^Have a Sentinel that monitors nothing/],
  [['provision'], /^Make users/],
  [['reload'], /^Have a server read a new certificate/],
  [['form'], /^Mark the deployment/],
  [['reachMaster'], /^Wait for a master/],
  [['follow'], /^Have a server follow/],
  [['settle'], /^Tell a Sentinel/],
  [['awaitWell'], /^Wait until every server and every Sentinel/],
  [['rollSentinels'], /^Restart an outdated Sentinel/],
  [['rollServers'], /^Restart an outdated server/],
  [['shrink'], /^Take away pods/],
  [['awaitGone'], /^Wait until they have ended/],
  [['forgetSurplus'], /^Have a Sentinel forget/],
  [['awaitKnown'], /^Wait until all Sentinels know/],
  [['awaitProvisioned'], /^Tell what/],
];
const CLUSTER_STEPS: [string[], RegExp][] = [
  [['unapplied'], /^Wait until everything that was applied/],
  [['makeRoom'], /^Give a pod/],
  [['replaceUseless'], /^Replace a pod/],
  [['form'], /^Form the cluster/],
  [['awaitAny'], /^Wait for anybody/],
  [['provision'], /^Make users/],
  [['resetStranger'], /^Reset a node/],
  [['meet'], /^Have nodes meet/],
  [['succeed'], /^Have a replica take the place of a master whose volume/],
  [['replicate'], /^Have a node without slots follow/],
  [['forget'], /^Have everybody forget/],
  [['freeHead'], /^Give a shard a master/],
  [['assign'], /^Give slots that nobody has/],
  [['reload'], /^Have a node read a new certificate/],
  [['closeSlots'], /^Go on with slots that are half moved/],
  [['awaitOwners', 'awaitWell', 'awaitOpenSlots', 'awaitAgreement'], /^Wait for masters of slots/],
  [['unite'], /^Unite/],
  [['roll'], /^Restart an outdated node/],
  [['awaitReady', 'awaitDropped'], /^Wait until every node is ready, and for shards that were dropped/],
  [['reshard'], /^Move slots/],
  [['dropReplicas', 'dropShards'], /^Take the last replica/],
  [['awaitGone', 'awaitForgotten'], /^Wait until their pods have ended, and until nodes that are gone/],
  [['awaitProvisioned'], /^Tell what/],
];

test.each([
  ['a master with replicas', 'replication/next-replication-step.ts', REPLICATION_STEPS, 0],
  ['a Redis Cluster', 'cluster/next-cluster-step.ts', CLUSTER_STEPS, 1],
] as const)('the guide has the rules of %s as steps, in their order', (_, file, steps, part) => {
  expect(steps.flatMap(([names]) => names)).toEqual(rulesIn(file));
  const told = toldSteps()[part];
  expect(told).toHaveLength(steps.length);
  for (const [index, [, words]] of steps.entries()) expect(told[index]).toMatch(words);
});

/** What the steward says of a Redis Cluster whose nodes are other than they should be. */
function saysOf(change: (node: ClusterNode) => ClusterNode | undefined, more: Partial<ClusterFacts> = {}) {
  const facts = growingCluster();
  const step = nextClusterStep({
    ...facts,
    nodes: facts.nodes.flatMap((node) => change(node) ?? []),
    ...more,
  });
  return `${step.why} ${step.step === 'wait' ? step.todo : ''}`;
}

/** What a node knows, but for what it is not to know. */
const knowing = (node: ClusterNode, change: (known: KnownNode) => KnownNode | undefined): ClusterNode => ({
  ...node,
  view: node.view && { ...node.view, nodes: node.view.nodes.flatMap((known) => change(known) ?? []) },
});

test('the guide quotes what the steward says of a shard of which nothing is left', () => {
  const said = saysOf((node) =>
    node.shard === 1
      ? { ...node, server: { state: 'gate', disk: 'empty' }, view: undefined }
      : knowing(node, (known) => {
          if (known.id === 'sessions-1-1') return undefined;
          return known.id === 'sessions-1-0' ? { ...known, failed: 'yes', linked: false } : known;
        }),
  );
  const text = 'nothing is left of sessions-1-0, which had the keys of slots 5461-10922';
  expect(said).toContain(text);
  expect(said).toContain('CLUSTER FORGET');
  expect(prose).toContain(text);
});

test('the guide quotes what the steward says where a master has no room', () => {
  const mib = 2 ** 20;
  const used = (shard: number) => (shard === 3 ? 2_600 : 1_214) * mib;
  const said = saysOf((node) => ({ ...node, memory: { used: used(node.shard), most: 2_662 * mib } }));
  const numbers = /has (\d+ MiB) of (\d+ MiB) in use, and would get about \d+ MiB more with its slots/;
  expect(said).toMatch(numbers);
  expect(prose).toMatch(numbers);
  expect(numbers.exec(said)?.slice(1)).toEqual(numbers.exec(prose)?.slice(1));
});

test('the guide of Redis quotes what the steward says of shards that have left', () => {
  const { shards } = growingCluster();
  const slots: Record<string, KnownNode['slots']> = {
    'sessions-0-0': [[0, 8191]],
    'sessions-1-0': [[8192, 16_383]],
  };
  const said = saysOf(
    (node) =>
      node.shard > 1
        ? undefined
        : knowing(node, (known) =>
            /-[23]-/.test(known.id) ? undefined : { ...known, slots: slots[known.id] ?? [] },
          ),
    { shards: shards.map((shard) => (shard.index > 1 ? { ...shard, leaving: true, replicas: 0 } : shard)) },
  );
  expect(said).toContain('shards 2, 3 have left and may be dropped from the list');
  expect(readDocument('docs/redis.md')).toContain('shards 3, 4 have left and may be dropped from the list');
});

const said = sourcesIn('lib/redis/steward/cluster', 'lib/redis/steward/replication');

test.each([
  'no majority of Sentinels names a master',
  'could be chosen as the master, and is not in step',
  'for which a majority of masters is missing (',
  'would lose its keys if it met the others',
  'there are keys already, and the cluster is not formed',
  'two masters have different values of the key',
])('the guide quotes "%s", which the steward still says', (text) => {
  expect(prose).toContain(text);
  expect(said).toContain(text);
});
