import { describe, expect, it } from 'vitest';
import type { BrokersObserved } from '../../../lib/kafka/steward/brokers';
import { brokerFacts } from '../../../lib/kafka/steward/kafka-facts';
import type { ObservedBroker } from '../../../lib/kafka/steward/observe';
import type { StewardBroker } from '../../../lib/kafka/steward/settings';
import type { Pod, StatefulSet } from '../../../lib/steward/kubernetes/objects';
import { RENDERED } from '../../../lib/steward/settings';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const STARTED = '2026-01-01T10:00:00Z';

const broker = (id: number, leaving = false): StewardBroker => ({
  id,
  set: `kafka-broker-${id}`,
  host: `kafka-broker-${id}`,
  port: 9091,
  rack: `zone-${id}`,
  leaving,
  rendered: `rendering-${id}`,
});
const set = (id: number, change: Partial<StatefulSet> = {}): StatefulSet => ({
  metadata: { name: `kafka-broker-${id}`, generation: 2, annotations: { [RENDERED]: `rendering-${id}` } },
  spec: { replicas: 1, updateStrategy: { type: 'OnDelete' } },
  status: { observedGeneration: 2, updateRevision: 'a' },
  ...change,
});
const pod = (id: number, state: object = { running: { startedAt: STARTED } }): Pod => ({
  metadata: {
    name: `kafka-broker-${id}-0`,
    uid: `uid-${id}`,
    labels: { 'controller-revision-hash': 'a' },
    creationTimestamp: STARTED,
  },
  spec: { containers: [{ name: 'kafka' }, { name: 'exporter' }] },
  status: {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: STARTED }],
    containerStatuses: [
      { name: 'exporter', ready: true, restartCount: 0, state: { running: { startedAt: STARTED } } },
      { name: 'kafka', ready: true, restartCount: 0, state },
    ],
  },
});
const observed = (
  brokers: readonly Partial<ObservedBroker>[],
  change: Partial<BrokersObserved> = {},
): BrokersObserved => ({
  known: true,
  partitions: [],
  throttled: false,
  staleCertificates: [],
  logDirs: new Map(),
  brokers: new Map(
    brokers.map((each, id) => [
      each.id ?? id,
      { id: each.id ?? id, server: { state: 'serving' }, registered: true, failedDirectories: [], ...each },
    ]),
  ),
  ...change,
});
const REASSIGNMENT = { throttle: 1, concurrency: 1, automatic: true };

/** Facts of brokers 0 and 1, with these objects in place of those that are as they should be. */
function facts(
  seen: BrokersObserved,
  change: {
    sets?: StatefulSet[];
    pods?: Pod[];
    brokers?: StewardBroker[];
    metadata?: 'kraft' | 'zookeeper';
    keysSince?: Date;
  } = {},
) {
  const { sets = [set(0), set(1)], pods = [pod(0), pod(1)], brokers = [broker(0), broker(1)] } = change;
  const objects = { sets: new Map(sets.map((each) => [each.metadata.name, each])), pods };
  const metadata = change.metadata ?? 'kraft';
  const settings = { cluster: 'kafka', brokers, reassignment: REASSIGNMENT, metadata };
  return brokerFacts(
    objects,
    seen,
    { missing: 'the topic a', blocked: 'no right' },
    settings,
    change.keysSince,
    NOW,
  );
}

it('what manifests, Kubernetes and the cluster say is put together by id', () => {
  const found = facts(observed([{}, {}, { id: 7 }], { activeController: 1, staleCertificates: [1] }), {
    brokers: [broker(0), broker(1, true)],
  });
  expect(found).toMatchObject({
    unapplied: undefined,
    known: true,
    activeController: 1,
    staleCertificates: [1],
    reassignment: REASSIGNMENT,
    unprovisioned: 'the topic a',
    provisionFailed: 'no right',
  });
  expect(found.brokers.map((each) => ({ ...each, pod: each.pod?.name }))).toEqual([
    {
      id: 0,
      wanted: 'staying',
      rack: 'zone-0',
      set: { replicas: 1 },
      pod: 'kafka-broker-0-0',
      server: { state: 'serving' },
      registered: true,
      failedDirectories: [],
    },
    {
      id: 1,
      wanted: 'leaving',
      rack: 'zone-1',
      set: { replicas: 1 },
      pod: 'kafka-broker-1-0',
      server: { state: 'serving' },
      registered: true,
      failedDirectories: [],
    },
    { id: 7, server: { state: 'serving' }, registered: true, failedDirectories: [] },
  ]);
});

it('a set that was applied without replicas has one', () => {
  const found = facts(observed([{}, {}]), {
    sets: [set(0, { spec: { updateStrategy: { type: 'OnDelete' } } }), set(1)],
  });
  expect(found.brokers[0].set).toEqual({ replicas: 1 });
  expect(found.unapplied).toBeUndefined();
});

describe('nothing is decided before', () => {
  const metadata = set(1).metadata;
  it.each([
    ['every set exists', [set(0)], 'the StatefulSet kafka-broker-1 does not exist'],
    [
      'every set is of this rendering',
      [set(0), set(1, { metadata: { ...metadata, annotations: { [RENDERED]: 'old' } } })],
      'the StatefulSet kafka-broker-1 is of another rendering than this steward: all manifests must be applied',
    ],
    [
      'every set restarts nothing by itself',
      [set(0), set(1, { spec: { updateStrategy: { type: 'RollingUpdate' } } })],
      'the update strategy of the StatefulSet kafka-broker-1 is not OnDelete: somebody has changed it',
    ],
    [
      'the newest change of every set was seen',
      [set(0), set(1, { status: { observedGeneration: 1 } })],
      'the StatefulSet controller has not seen the newest change of kafka-broker-1',
    ],
  ])('%s', (_, sets, unapplied) => expect(facts(observed([{}, {}]), { sets }).unapplied).toBe(unapplied));
});

describe('where nothing listens', () => {
  const server = (pods: Pod[]) =>
    facts(observed([{ server: { state: 'starting' } }, {}]), { pods }).brokers[0].server;

  it('a server that runs is starting', () => expect(server([pod(0)])).toEqual({ state: 'starting' }));

  it.each([
    [
      'it waits to be run again',
      [pod(0, { waiting: { reason: 'CrashLoopBackOff' } })],
      'its server does not run',
    ],
    ['it has ended', [pod(0, { terminated: { exitCode: 1 } })], 'its server does not run'],
    ['there is no pod', [], 'it has no pod'],
  ])('nothing is broken off when %s', (_, pods, reason) =>
    expect(server(pods)).toEqual({ state: 'silent', reason }),
  );
});

describe('another certificate', () => {
  const outdated = (since: string, metadata: 'kraft' | 'zookeeper' = 'kraft') =>
    facts(observed([{}, {}]), { metadata, keysSince: new Date(since) }).brokers[0].pod?.outdated;

  it('makes brokers outdated that were started before: they show the old one to the controllers', () => {
    expect(outdated('2026-01-01T11:00:00Z')).toMatch(/^it was started before/);
    expect(outdated('2026-01-01T09:00:00Z')).toBeUndefined();
  });

  it('does not, where there are no controllers', () => {
    expect(outdated('2026-01-01T11:00:00Z', 'zookeeper')).toBeUndefined();
  });
});

it.each<[string, { combined?: boolean; data?: 'claims' | 'scratch' }, boolean | undefined]>([
  ['combined brokers may have to be marked as formed', { combined: true, data: 'claims' }, false],
  [
    'there is nothing to protect where nothing outlives a pod',
    { combined: true, data: 'scratch' },
    undefined,
  ],
  [
    'controllers of their own are marked with their own facts',
    { combined: false, data: 'claims' },
    undefined,
  ],
])('%s', (_, own, formed) => {
  const metadata = 'kraft' as const;
  const settings = { cluster: 'kafka', brokers: [broker(0)], reassignment: REASSIGNMENT, metadata, ...own };
  const objects = { sets: new Map(), pods: [], formed: false };
  const told = { factors: new Map([['a', 3]]), notes: ['the topic a has more partitions'] };
  expect(brokerFacts(objects, observed([{}]), told, settings, undefined, NOW)).toMatchObject({
    formed,
    ...told,
  });
});
