import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Storage } from '../../lib';
import { decideStart } from '../../lib/etcd/gate/decide';
import { strangersObjection } from '../../lib/etcd/steward/places';
import { forceObjection } from '../../lib/etcd/steward/recovery';
import { nextStep } from '../../lib/steward/next-step';
import { statusOf } from '../../lib/steward/status';
import { entry, factsOf, serving } from '../etcd/gate/facts-of';
import { blockNamed, codeIn, ROOT, readDocument, sourcesIn, tableBelow } from './documents';
import { lostDisk, renderedEtcd } from './etcd-cluster';
import { allCauses, rowsOfRules, rulesOfRole } from './steward-guide';

const GUIDE = 'docs/steward.md';
const guide = readDocument(GUIDE);

/** What the gate of a member says whose disk was lost. */
function saysOfLostDisk(): string {
  const all = [entry(0), entry(1, { id: 0x8e9e05c52164694dn }), entry(2)];
  const decision = decideStart(factsOf({ formed: true, peers: { 0: serving(all), 2: serving(all) } }));
  if (decision.action !== 'wait') throw new Error(`it is to ${decision.action}`);
  expect(decision.lost).toBe(true);
  return decision.reason;
}

test('the status of the guide is what the steward writes about a lost disk', () => {
  const facts = lostDisk(saysOfLostDisk());
  const shown = parse(blockNamed(GUIDE, 'kubectl get configmap etcd-status -n registry -o yaml').text);
  const { since, written } = shown.data;
  expect(shown.data).toEqual({ ...statusOf(facts, nextStep(facts)), since, written });
  for (const time of [since, written]) expect(new Date(time).toISOString()).toBe(time);
  expect(shown.metadata).toMatchObject({ name: 'etcd-status', namespace: 'registry' });
});

test('what follows is what the guide says: an invitation, and then a vote', () => {
  const { members, ...rest } = lostDisk('');
  const invited = nextStep({ ...rest, members: members.filter(({ ghost }) => !ghost) });
  expect(invited).toMatchObject({ phase: 'Growing', step: 'admit', id: 1, as: 'observer' });
  expect(guide).toContain('Then it is invited (`Growing`), copies the data, and is promoted.');
});

test('the guide explains every rule of the Role', () => {
  const backup = { schedule: Duration.hours(1), to: Storage.existingClaim('backups') };
  const rules = rulesOfRole(renderedEtcd({ backup }), 'etcd-steward');
  expect(rules.length).toBeGreaterThan(5);
  expect(tableBelow(GUIDE, 'What it may do with etcd').map((cells) => cells.slice(0, 3))).toEqual(
    rowsOfRules(rules),
  );
});

test('the guide says what every cause means with etcd', () => {
  const causes = allCauses();
  expect(causes.length).toBeGreaterThan(10);
  expect(tableBelow(GUIDE, 'Causes with etcd').flatMap(([cell]) => codeIn(cell))).toEqual(causes);
});

test('the guide has as many steps as there are rules that apply to etcd, in their order', () => {
  const source = readFileSync(join(ROOT, 'lib/steward/next-step.ts'), 'utf8');
  const [, list = ''] = /const RULES[^=]*= \[([^\]]+)\]/.exec(source) ?? [];
  const rules = list
    .split(',')
    .map((rule) => rule.trim())
    .filter(Boolean);
  // By the words of each step; those that follow one another in one step stand together.
  const steps: [string[], RegExp][] = [
    [['unapplied'], /^Wait until everything/],
    [['makeRoom'], /^Give a pod/],
    [['awaitChore'], /^Wait for a defragmentation/],
    [['replaceUseless'], /^Replace a pod/],
    [['provision'], /^Make roles/],
    [['form'], /^Mark the cluster/],
    [['reachQuorum'], /^Wait for a leader/],
    [['tidyAtOnce'], /^Make room/],
    [['hold'], /^Stop here/],
    [['admit'], /^Promote/],
    [['dismissDead'], /^Take out a lost disk/],
    [['invite'], /^Invite/],
    [['grow', 'loosen'], /^Add a pod/],
    [['awaitWell'], /^Wait until every member/],
    [['roll', 'demote'], /^Restart an outdated/],
    [['shrink', 'awaitGone'], /^Take out a member/],
    [['tidy'], /^Defragment/],
    [['awaitProvisioned', 'awaitMended'], /^Tell what/],
  ];
  expect(steps.flatMap(([names]) => names)).toEqual(rules);
  const [, section = ''] = /### What it does with etcd\n([\s\S]*?)\n### /.exec(guide) ?? [];
  const told = [...section.matchAll(/^\d+\. (.*)$/gm)].map(([, text]) => text);
  expect(told).toHaveLength(steps.length);
  for (const [index, [, words]] of steps.entries()) expect(told[index]).toMatch(words);
});

test('the guide quotes what the steward and etcd say', () => {
  const foreign = [{ id: 7n, name: 'mine', peerUrls: ['http://mine:2380'], learner: false }];
  const strangers = strangersObjection(foreign);
  for (const text of ['which is none of the members that the manifests know']) {
    expect(strangers?.why).toContain(text);
    expect(guide).toContain(text);
  }
  expect(strangers?.todo).toContain('etcdctl member remove 7');
  expect(forceObjection({ member: 1 }, (id) => `etcd-${id}`, 1)?.todo).toContain('Remove forceNewCluster');
  const sources = sourcesIn('lib/etcd/steward');
  for (const text of ['it cannot be asked: ', 'unhealthy cluster', 'in sync with leader']) {
    expect(sources).toContain(text);
    expect(guide).toContain(text);
  }
});
