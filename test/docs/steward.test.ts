import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ZooKeeperCluster } from '../../lib';
import type { Observed } from '../../lib/steward/adapter';
import type { Facts, Step } from '../../lib/steward/facts';
import type { Objects } from '../../lib/steward/gather';
import type { Pod, StatefulSet } from '../../lib/steward/kubernetes/objects';
import { Metrics } from '../../lib/steward/metrics';
import { memberSamples, QuorumCharge } from '../../lib/steward/quorum-charge';
import { RENDERED } from '../../lib/steward/settings';
import { Steward } from '../../lib/steward/steward';
import { blockNamed, ROOT, readDocument, tableBelow as tableOf } from './documents';
import { rendered } from './rendered';
import { rowsOfRules, rulesOfRole } from './steward-guide';

const GUIDE = 'docs/steward.md';
const guide = readDocument(GUIDE);

const STEWARD = join(ROOT, 'lib/steward');
const source = (name: string): string => readFileSync(join(STEWARD, name), 'utf8');

/** Literals of a union type of facts.ts. */
function union(name: string): string[] {
  const text = new RegExp(`export type ${name} =([^;]+);`).exec(source('facts.ts'))?.[1] ?? '';
  return [...text.matchAll(/'([^']+)'/g)].map(([, literal]) => literal);
}

const tableBelow = (heading: string): string[][] => tableOf(GUIDE, heading);

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');
const firstCells = (heading: string): string[] =>
  tableBelow(heading).map(([cell]) => cell.replaceAll('`', ''));

const OLD = 'zookeeper-6d85b575fc';
const NEW = 'zookeeper-7b7f666c44';

function podOf(id: number, revision: string, failing = false): Pod {
  const waiting = { reason: 'CreateContainerConfigError', message: 'secret "tracing" not found' };
  const zone = `zone-${'abc'[id - 1]}`;
  return {
    metadata: {
      name: `zookeeper-${id}`,
      uid: `0000000${id}-1111-4222-8333-444444444444`,
      labels: { 'controller-revision-hash': revision, 'topology.kubernetes.io/zone': zone },
    },
    spec: { nodeName: `node-${id}`, containers: [] },
    status: {
      conditions: [
        { type: 'Ready', status: failing ? 'False' : 'True', lastTransitionTime: '2025-01-01T00:00:00Z' },
      ],
      containerStatuses: failing
        ? [{ name: 'zookeeper', ready: false, restartCount: 0, state: { waiting } }]
        : [],
    },
  };
}

/** What the steward writes, tells and logs at one look at three voters of which the second leads. */
async function lookAt(pods: readonly Pod[], silent: readonly number[]) {
  const set = {
    metadata: { name: 'zookeeper', annotations: { [RENDERED]: 'r' }, generation: 2 },
    spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } },
    status: { observedGeneration: 2, updateRevision: NEW },
  } as unknown as StatefulSet;
  const objects: Objects = { sets: new Map([['zookeeper', set]]), pods, formed: true };
  const observed: Observed = {
    servers: new Map(
      [1, 2, 3].map((id) => [
        id,
        silent.includes(id)
          ? { state: 'silent', reason: 'its name does not resolve yet' }
          : { state: 'serving', role: id === 2 ? 'leader' : 'follower', synced: true, lag: 0 },
      ]),
    ),
    membership: new Map([1, 2, 3].map((id) => [id, 'voter'])),
    provisioned: true,
  };
  const told = { status: {} as Record<string, string>, events: [] as string[][], log: [] as unknown[] };
  const done = async () => undefined;
  const cluster = {
    objects: async () => objects,
    scale: done,
    evict: done,
    keepFormed: done,
    keysSince: done,
    writeStatus: async (data: object) => void Object.assign(told.status, data),
    event: async (...event: string[]) => void told.events.push(event),
  };
  const charge = new QuorumCharge(
    {
      cluster: 'zookeeper',
      sets: ['zookeeper'],
      namespace: 'coordination',
      rendered: 'r',
      selector: {},
      labels: {},
      members: [1, 2, 3].map((id) => ({ id, part: 'voter' as const })),
      founders: [1, 2, 3],
      data: 'claims',
    },
    cluster,
    {
      look: async () => observed,
      admit: done,
      dismiss: done,
      spread: done,
      provision: done,
    },
  );
  const steward = new Steward({
    charge,
    cluster,
    lease: { tryHold: async () => ({ held: true }), holds: () => true },
    metrics: new Metrics('zookeeper', () => 0),
    log: (line) => told.log.push(line),
  });
  await steward.lap();
  return told;
}

test('the status of the guide is what the steward writes about such a cluster', async () => {
  const { status } = await lookAt([podOf(1, OLD), podOf(2, OLD), podOf(3, NEW, true)], [3]);
  const shown = parse(
    blockNamed(GUIDE, 'kubectl get configmap zookeeper-status -n coordination -o yaml').text,
  );
  const { since, written } = shown.data;
  expect(shown.data).toEqual({ ...status, since, written });
  for (const time of [since, written]) expect(new Date(time).toISOString()).toBe(time);
  expect(shown.metadata).toMatchObject({ name: 'zookeeper-status', namespace: 'coordination' });
});

test('the log line and the Event of the guide are those of a restart', async () => {
  const { log, events } = await lookAt([podOf(1, OLD), podOf(2, OLD), podOf(3, NEW)], []);
  const lines = guide.match(/^\{"time".*\}$/gm) ?? [];
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    log.map((line) => ({ time: expect.any(String), ...(line as object) })),
  );
  const [[type, reason, message]] = events;
  expect(guide).toMatch(
    new RegExp(`^  ${type}  +${reason}  +\\S+  +cdk8s-stateful-steward  +${message}$`, 'm'),
  );
});

test('the guide explains every phase, every cause and every kind of Event', () => {
  expect(firstCells('Phases')).toEqual(union('Phase'));
  const used = readdirSync(STEWARD)
    .filter((file) => file.endsWith('.ts') && file !== 'facts.ts')
    .map(source)
    .join('\n');
  const causes = union('Cause').filter((cause) => used.includes(`'${cause}'`));
  expect(causes.length).toBeGreaterThan(5);
  expect(firstCells('Causes').sort()).toEqual(causes.sort());
  const [, events] = /const EVENTS[^{]+\{([^}]+)\}/.exec(source('quorum-charge.ts')) ?? [];
  const reasons = [...(events ?? '').matchAll(/: '(\w+)'/g)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(5);
  expect(firstCells('Events').sort()).toEqual(reasons.sort());
});

test('the guide explains every metric with its type and labels', () => {
  let now = 0;
  const metrics = new Metrics('zookeeper', () => now++);
  const samples = memberSamples('zookeeper', { members: [] } as unknown as Facts);
  const restart: Step = { phase: 'Rolling', step: 'restart', id: 3, uid: 'u', why: '' };
  const wait: Step = { phase: 'Rolling', step: 'wait', cause: 'member', why: '' };
  for (const step of [restart, wait, restart]) {
    metrics.note(step, samples);
    if (step === restart) metrics.begin(step);
  }
  metrics.fail('look');
  const text = metrics.render();
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => {
    const [, labels] = new RegExp(`^${name}(?:_sum)?\\{([^}]*)\\}`, 'm').exec(text) ?? [];
    const keys = [...(labels ?? '').matchAll(/(\w+)=/g)]
      .map(([, key]) => key)
      .filter((key) => key !== 'cluster');
    return [`\`${name}\``, type, code(keys)];
  });
  expect(families.length).toBeGreaterThan(5);
  expect(tableBelow('Metrics').map((cells) => cells.slice(0, 3))).toEqual(families);
});

const renderedWith = (operations: 'steward' | 'none') =>
  rendered('coordination', { monitoring: 'prometheus-operator' }, (chart) => {
    new ZooKeeperCluster(chart, 'zookeeper', { storage: { data: Size.gibibytes(1) }, operations });
  });

test('the guide explains every rule of the Role', () => {
  const rules = rulesOfRole(renderedWith('steward'), 'zookeeper-steward');
  expect(rules.length).toBeGreaterThan(5);
  expect(tableBelow('What it may do').map((cells) => cells.slice(0, 3))).toEqual(rowsOfRules(rules));
});

test('the guide names the alerts that come with the steward', () => {
  const alerts = (operations: 'steward' | 'none') =>
    renderedWith(operations)
      .flatMap(({ spec, kind }) => (kind === 'PrometheusRule' ? (spec?.groups ?? []) : []))
      .flatMap(({ rules }: { rules: { alert: string; for: string }[] }) =>
        rules.map((rule) => [`\`${rule.alert}\``, rule.for]),
      );
  const without = alerts('none').map(([name]) => name);
  const own = alerts('steward').filter(([name]) => !without.includes(name));
  expect(own.length).toBeGreaterThan(1);
  expect(tableBelow('Alerts').map((cells) => cells.slice(0, 2))).toEqual(own);
});
