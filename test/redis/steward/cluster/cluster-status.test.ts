import { describe, expect, it } from 'vitest';
import type {
  ClusterFacts,
  ClusterNode,
  ClusterStep,
  KnownNode,
} from '../../../../lib/redis/steward/cluster/cluster-facts';
import {
  CLUSTER_EVENTS,
  clusterSentence,
  clusterStatus,
} from '../../../../lib/redis/steward/cluster/cluster-status';
import type { ServerSays } from '../../../../lib/redis/steward/facts';
import type { MemberPod } from '../../../../lib/steward/facts';

const own = (id: string, change: Partial<KnownNode>): KnownNode => ({
  ...{
    id,
    ip: '',
    hostname: '',
    role: 'master',
    failed: 'no',
    handshake: false,
    linked: true,
    epoch: 1,
    slots: [],
  },
  ...change,
});
const kube = (name: string, change: Partial<MemberPod> = {}): MemberPod => ({
  ...{ name, uid: name, revision: 'redis-0-5f7c9', ready: true, terminating: false, stalled: false },
  ...change,
});
const serving = (offset: number, change: object = {}): ServerSays => ({
  ...{ state: 'serving', role: 'master', runId: '1', linked: true, offset, replicas: [], keys: 7 },
  ...change,
});
const node = (pod: string, change: Partial<ClusterNode>, entry?: KnownNode): ClusterNode => ({
  ...{ pod, host: `${pod}.redis`, ordinal: 0, shard: Number(pod[6]), wanted: true, kube: kube(pod) },
  ...{ server: { state: 'silent', reason: 'no answer within 5000 ms' } },
  ...(entry && {
    view: {
      id: entry.id,
      currentEpoch: 1,
      ok: true,
      nodes: [entry],
      migrating: [],
      importing: [],
      strays: [],
    },
  }),
  ...change,
});

const FACTS: ClusterFacts = {
  formed: true,
  keepsData: true,
  slotsAtATime: 64,
  staleCertificates: [],
  shards: [
    { index: 0, set: 'redis-0', servers: 2, replicas: 2, leaving: false },
    { index: 1, set: 'redis-1', servers: 2, replicas: 2, leaving: true },
  ],
  nodes: [
    node('redis-0-0', { server: serving(100) }, own('a', { slots: [[0, 99]] })),
    node(
      'redis-0-1',
      {
        server: serving(90, { role: 'replica' }),
        kube: kube('redis-0-1', { ready: false, node: 'n1', zone: 'z1' }),
      },
      own('b', { role: 'replica', master: 'a' }),
    ),
    node(
      'redis-0-2',
      { server: serving(0, { role: 'replica', linked: false }) },
      own('c', { role: 'replica' }),
    ),
    node('redis-1-0', { server: { state: 'gate', disk: 'data', says: 'redis-1-1 can take its place' } }),
    node('redis-1-1', { kube: kube('redis-1-1', { outdated: 'its template has changed' }) }),
    node('redis-1-2', { kube: undefined }),
    node('redis-1-3', { server: { state: 'loading' } }),
  ],
};

describe('the status of a Redis Cluster', () => {
  it('is a table of its nodes', () => {
    const step: ClusterStep = {
      phase: 'Healing',
      step: 'wait',
      cause: 'member',
      why: 'so',
      todo: 'Do that.',
    };
    expect(clusterStatus(FACTS, step)).toEqual({
      phase: 'Healing',
      doing: 'so',
      todo: 'Do that.',
      members: [
        'SERVER     SHARD        ROLE     SLOTS  KEYS  BEHIND   REVISION     NODE  ZONE  SAYS',
        'redis-0-0  0            master   100    7     -        5f7c9        -     -     ready',
        'redis-0-1  0            replica  -      7     10       5f7c9        n1    z1    not ready yet',
        'redis-0-2  0            replica  -      7     no link  5f7c9        -     -     ready',
        'redis-1-0  1 (leaving)  gate     -      -     -        5f7c9        -     -     redis-1-1 can take its place',
        'redis-1-1  1 (leaving)  -        -      -     -        5f7c9 (old)  -     -     no answer within 5000 ms',
        'redis-1-2  1 (leaving)  -        -      -     -        -            -     -     no pod',
        'redis-1-3  1 (leaving)  -        -      -     -        5f7c9        -     -     reads its data set',
        '',
      ].join('\n'),
    });
  });

  it('says in words what is done', () => {
    const steps: [
      ClusterStep extends infer S ? (S extends ClusterStep ? Omit<S, 'phase' | 'why'> : never) : never,
      string,
    ][] = [
      [{ step: 'scale', shard: 1, replicas: 2 }, 'scales shard 1 to 2: so'],
      [{ step: 'mark-formed' }, 'marks the cluster as formed: so'],
      [
        { step: 'meet', at: 'redis-0-0', pods: ['redis-1-0', 'redis-1-1'] },
        'has redis-0-0 meet redis-1-0, redis-1-1: so',
      ],
      [{ step: 'assign', pod: 'redis-0-0', ranges: [[0, 99]] }, 'gives redis-0-0 slots 0-99: so'],
      [{ step: 'replicate', pod: 'redis-0-1', of: 'redis-0-0' }, 'has redis-0-1 follow redis-0-0: so'],
      [{ step: 'forget', ids: ['a'] }, 'has everybody forget a node: so'],
      [{ step: 'forget', ids: ['a', 'b'] }, 'has everybody forget 2 nodes: so'],
      [{ step: 'reset', pod: 'redis-0-1' }, 'resets redis-0-1: so'],
      [{ step: 'move-slots', moves: [{ from: 'a', to: 'b', slots: [1] }] }, 'moves 1 slot: so'],
      [
        {
          step: 'move-slots',
          moves: [
            { from: 'a', to: 'b', slots: [1] },
            { from: 'a', to: 'c', slots: [2, 3] },
          ],
        },
        'moves 3 slots: so',
      ],
      [{ step: 'settle-slots', slots: [7] }, 'settles slot 7: so'],
      [{ step: 'failover', pod: 'redis-0-1' }, 'has redis-0-1 take over: so'],
      [{ step: 'restart', pod: 'redis-0-1', uid: '1' }, 'restarts redis-0-1: so'],
      [{ step: 'provision' }, 'provisions: so'],
      [{ step: 'reload-certificate', pod: 'redis-0-1' }, 'has redis-0-1 read its certificate: so'],
      [{ step: 'rest' }, 'so'],
    ];
    for (const [step, words] of steps) {
      expect(clusterSentence({ phase: 'Growing', why: 'so', ...step } as ClusterStep)).toBe(words);
      expect(CLUSTER_EVENTS[step.step]).toMatch(/^[A-Z][A-Za-z]+$/);
    }
  });
});
