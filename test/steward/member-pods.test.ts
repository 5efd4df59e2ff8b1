import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/steward/kubernetes/objects';
import { memberId, memberPod, shortRevision } from '../../lib/steward/member-pods';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();
const SET = { metadata: { name: 'zk' }, status: { updateRevision: 'zk-7d9f' } };

type Status = NonNullable<Pod['status']>;
type Container = NonNullable<Status['containerStatuses']>[number];

const ready = (status: 'True' | 'False', seconds = 1_000) => ({
  type: 'Ready',
  status,
  lastTransitionTime: ago(seconds),
});
const container = (
  state: Container['state'],
  lastState?: Container['lastState'],
  name = 'server',
): Container => ({
  name,
  ready: false,
  restartCount: 0,
  state,
  lastState,
});

function seen(status: Status, metadata: Partial<Pod['metadata']> = {}, keysSince?: Date) {
  const labels = { 'controller-revision-hash': 'zk-7d9f', 'topology.kubernetes.io/zone': 'zone-a' };
  const pod: Pod = {
    metadata: { name: 'zk-2', uid: 'u', creationTimestamp: ago(1_000), labels, ...metadata },
    spec: { nodeName: 'node-1', containers: [] },
    status,
  };
  return memberPod(pod, SET, keysSince, NOW);
}

it.each([
  ['zk-0', 0],
  ['zk-12', 12],
  ['zk-1-2', undefined],
  ['zk-steward-7d9f', undefined],
  ['zk-', undefined],
  ['other-1', undefined],
  ['zk2-1', undefined],
])('the pod %s of the StatefulSet zk is member %s', (pod, id) => {
  expect(memberId('zk', pod)).toBe(id);
});

it('a pod is what Kubernetes reports', () => {
  expect(seen({ conditions: [ready('True')] })).toEqual({
    name: 'zk-2',
    uid: 'u',
    revision: 'zk-7d9f',
    outdated: undefined,
    ready: true,
    started: false,
    terminating: false,
    broken: undefined,
    stalled: false,
    node: 'node-1',
    zone: 'zone-a',
  });
});

it('a revision is told by its last part', () => {
  expect(shortRevision('zk-main-7d9f')).toBe('7d9f');
  expect(shortRevision('')).toBe('');
});

describe('a pod is outdated', () => {
  const since = new Date(NOW - 500_000);
  const started = (seconds: number) => container({ running: { startedAt: ago(seconds) } });

  it('when it is of another revision', () => {
    const labels = { 'controller-revision-hash': 'zk-5c8b' };
    expect(seen({}, { labels }).outdated).toBe('it runs revision 5c8b, and 7d9f was applied');
    expect(seen({}, { labels: {} }).outdated).toBe('it runs revision , and 7d9f was applied');
  });

  it('when it was started before the certificates changed that it reads then', () => {
    expect(seen({ containerStatuses: [started(501)] }, {}, since).outdated).toBe(
      'it was started before the certificates changed that it reads when it starts (2026-01-01T11:51:40.000Z)',
    );
  });

  it.each<[string, Status]>([
    ['when it started after that', { containerStatuses: [started(499)] }],
    [
      'when nothing of it has started',
      { containerStatuses: [container({ waiting: { reason: 'PodInitializing' } })] },
    ],
    ['without containers', {}],
  ])('not %s', (_, status) => {
    expect(seen(status, {}, since).outdated).toBeUndefined();
  });

  it('when its first container ended before that, whatever the others do', () => {
    const first = container({ terminated: { exitCode: 0, startedAt: ago(600), finishedAt: ago(590) } });
    const status = { initContainerStatuses: [first], containerStatuses: [started(10)] };
    expect(seen(status, {}, since).outdated).toMatch(/^it was started before/);
  });
});

describe('a pod that will not run by itself says why', () => {
  const waiting = (reason: string, message?: string) => ({ waiting: { reason, message } });

  it.each<[Status, string | undefined]>([
    [{ containerStatuses: [container(waiting('ContainerCreating'))] }, undefined],
    [
      {
        initContainerStatuses: [container({ running: {} })],
        containerStatuses: [container(waiting('PodInitializing'))],
      },
      undefined,
    ],
    [{ containerStatuses: [container({ terminated: { exitCode: 1 } })] }, undefined],
    [
      {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available',
          },
        ],
      },
      'not scheduled: 0/3 nodes are available',
    ],
    [
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      'it failed: The node was low on resource: memory.',
    ],
    [
      { containerStatuses: [container(waiting('ErrImagePull', 'not found'))] },
      'container server: ErrImagePull: not found',
    ],
    [
      {
        initContainerStatuses: [
          container(waiting('CrashLoopBackOff'), { terminated: { exitCode: 1, reason: 'Error' } }, 'gate'),
        ],
      },
      'container gate: CrashLoopBackOff (it ended with 1, Error)',
    ],
    [
      {
        containerStatuses: [
          container(waiting('CrashLoopBackOff'), { terminated: { exitCode: 137, reason: 'OOMKilled' } }),
        ],
      },
      'container server: CrashLoopBackOff (it ended with 137, OOMKilled)',
    ],
  ])('%j: %s', (status, broken) => {
    expect(seen(status).broken).toBe(broken);
  });

  it('but not while it is being deleted', () => {
    const status = { containerStatuses: [container(waiting('CrashLoopBackOff'))] };
    expect(seen(status, { deletionTimestamp: ago(1) })).toMatchObject({
      broken: undefined,
      terminating: true,
    });
  });
});

it.each<[string, Status, Partial<Pod['metadata']>, boolean]>([
  ['is ready', { conditions: [ready('True')] }, {}, false],
  ['has not been ready for two minutes', { conditions: [ready('False', 120)] }, {}, false],
  ['has not been ready for longer', { conditions: [ready('False', 121)] }, {}, true],
  ['is new and has no condition yet', {}, { creationTimestamp: ago(5) }, false],
  ['is old and has no condition yet', {}, { creationTimestamp: ago(121) }, true],
  ['is being deleted in time', { conditions: [ready('True')] }, { deletionTimestamp: ago(30) }, false],
  [
    'should have ended half a minute ago',
    { conditions: [ready('True')] },
    { deletionTimestamp: ago(31) },
    true,
  ],
  [
    'may still take its time to end',
    { conditions: [ready('False')] },
    { deletionTimestamp: ago(-20) },
    false,
  ],
])('a pod that %s: somebody should look: %s', (_, status, metadata, stalled) => {
  expect(seen(status, metadata).stalled).toBe(stalled);
});
