import { describe, expect, it } from 'vitest';
import type { Observed } from '../../lib/steward/adapter';
import type { Part, Server } from '../../lib/steward/facts';
import { factsOf, idsOf, type Objects } from '../../lib/steward/gather';
import type { StatefulSet } from '../../lib/steward/kubernetes/objects';
import type { StewardSettings } from '../../lib/steward/settings';
import { podObject, setObject } from './fake-world';

const SETTINGS: StewardSettings = {
  cluster: 'zk',
  sets: ['zk'],
  namespace: 'test',
  rendered: 'one',
  selector: {},
  labels: {},
  members: [
    { id: 1, part: 'voter' },
    { id: 2, part: 'observer' },
  ],
  founders: [1],
  data: 'claims',
};
const LEADS: Server = { state: 'serving', role: 'leader', synced: true, lag: 0 };
const SILENT: Server = { state: 'silent', reason: 'connect ECONNREFUSED' };

const pod = (id: number) =>
  podObject(id, { uid: `uid-${id}`, revision: 'zk-a', created: 0, terminating: false, ready: true });
const stranger = { ...pod(1), metadata: { ...pod(1).metadata, name: 'zk-steward-1' } };
const objects = (change: Partial<Objects> = {}): Objects => ({
  sets: new Map([['zk', setObject(SETTINGS, 2, 'zk-a')]]),
  pods: [pod(3), stranger, pod(1)],
  formed: true,
  ...change,
});
const observed = (membership?: readonly (readonly [number, Part])[]): Observed => ({
  servers: new Map<number, Server>([
    [1, LEADS],
    [3, SILENT],
  ]),
  membership: membership && new Map(membership),
  provisioned: true,
});
const facts = (from: Objects, seen: Observed, settings = SETTINGS) =>
  factsOf(from, seen, settings, undefined, 0);

it('members that should exist and those that have a pod are asked', () => {
  expect(idsOf(objects(), SETTINGS)).toEqual([1, 2, 3]);
});

it('what Kubernetes and the members say is put together by id', () => {
  const { members, ...all } = facts(
    objects(),
    observed([
      [7, 'voter'],
      [1, 'voter'],
    ]),
  );
  expect(all).toEqual({
    unapplied: undefined,
    formed: true,
    founders: [1],
    firstId: 1,
    replicas: 2,
    quorum: true,
    provisioned: true,
    provisionFailed: undefined,
  });
  expect(members.map(({ pod, ...member }) => ({ ...member, pod: pod?.name }))).toEqual([
    { id: 1, wanted: 'voter', listed: 'voter', pod: 'zk-1', server: LEADS },
    {
      id: 2,
      wanted: 'observer',
      listed: undefined,
      pod: undefined,
      server: { state: 'silent', reason: 'it was not asked' },
    },
    { id: 3, wanted: undefined, listed: undefined, pod: 'zk-3', server: SILENT },
    {
      id: 7,
      wanted: undefined,
      listed: 'voter',
      pod: undefined,
      server: { state: 'silent', reason: 'it was not asked' },
    },
  ]);
});

it.each([
  ['claims', false, true, false],
  ['claims', true, false, true],
  ['shared', false, true, false],
  ['shared', true, false, true],
  ['scratch', false, true, true],
  ['scratch', true, false, false],
] as const)(
  'with %s for data, marked: %s, and a leader: %s, the cluster counts as formed: %s',
  (data, formed, leads, so) => {
    const seen = observed(leads ? [[1, 'voter']] : undefined);
    expect(facts(objects({ formed }), seen, { ...SETTINGS, data }).formed).toBe(so);
  },
);

describe('nothing is done', () => {
  const set = setObject(SETTINGS, 2, 'zk-a');
  const changed = (change: Partial<StatefulSet['metadata']>): StatefulSet => ({
    ...set,
    metadata: { ...set.metadata, ...change },
  });

  it.each<[string, StatefulSet | undefined]>([
    ['the StatefulSet zk does not exist', undefined],
    ['the StatefulSet zk is being deleted', changed({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    [
      'the StatefulSet zk is of another rendering than this steward: all manifests must be applied',
      changed({ annotations: { 'cdk8s-stateful/rendered': 'two' } }),
    ],
    [
      'the StatefulSet zk is of another rendering than this steward: all manifests must be applied',
      changed({ annotations: undefined }),
    ],
    [
      'the update strategy of the StatefulSet zk is not OnDelete: somebody has changed it',
      { ...set, spec: { updateStrategy: { type: 'RollingUpdate' } } },
    ],
    ['the StatefulSet controller has not seen the newest change of zk', changed({ generation: 2 })],
    ['the StatefulSet controller has not seen the newest change of zk', { ...set, status: {} }],
  ])('as long as %s', (why, each) => {
    const { unapplied, members } = facts(
      objects({ sets: new Map(each && [['zk', each]]) }),
      observed([[1, 'voter']]),
    );
    expect(unapplied).toBe(why);
    expect(members).toHaveLength(3);
  });
});
