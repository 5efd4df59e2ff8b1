import { describe, expect, it } from 'vitest';
import type { ServerSays } from '../../../lib/redis/steward/facts';
import type { StewardSentinel, StewardShard } from '../../../lib/redis/steward/settings';
import {
  knownServers,
  type ServerObjects,
  serverFacts,
  unread,
  whyUnapplied,
} from '../../../lib/redis/steward/shared/members';
import type { Pod, StatefulSet } from '../../../lib/steward/kubernetes/objects';
import { RENDERED } from '../../../lib/steward/settings';

const host = '{pod}.redis-headless.data.svc.cluster.local';

function shard(index: number, servers: number, leaving = false): StewardShard {
  return { index, set: `redis-${index}`, servers, leaving, rendered: `r${index}` };
}

function podOf(name: string, podIP?: string): Pod {
  const labels = { 'controller-revision-hash': 'rev-1' };
  return { metadata: { name, uid: `uid-${name}`, labels }, status: { podIP } };
}

function setOf(name: string, replicas: number | undefined, rendered: string): StatefulSet {
  return {
    metadata: { name, annotations: { [RENDERED]: rendered } },
    spec: { replicas, updateStrategy: { type: 'OnDelete' } },
    status: { updateRevision: 'rev-1' },
  };
}

const objects: ServerObjects = {
  sets: new Map([
    ['redis-0', setOf('redis-0', 2, 'r0')],
    ['redis-1', setOf('redis-1', undefined, 'r1')],
  ]),
  pods: [podOf('redis-0-2'), podOf('redis-0-0', '10.0.0.1'), podOf('redis-1-0'), podOf('redis-0-sentinel-0')],
};
const shards = [shard(0, 2), shard(1, 1, true), shard(12, 1)];

describe('servers', () => {
  it('are those that should exist, and those that have a pod', () => {
    const found = knownServers(objects, { shards, host });
    expect(found.map(({ pod, ordinal, wanted }) => [pod, ordinal, wanted])).toEqual([
      ['redis-0-0', 0, true],
      ['redis-0-1', 1, true],
      ['redis-0-2', 2, false],
      ['redis-1-0', 0, false],
      ['redis-12-0', 0, true],
    ]);
    expect(found[0]).toMatchObject({
      host: 'redis-0-0.redis-headless.data.svc.cluster.local',
      ip: '10.0.0.1',
    });
    expect(found[1].ip).toBeUndefined();
  });

  it('have what Kubernetes and they themselves say', () => {
    const loading: ServerSays = { state: 'loading' };
    const says = new Map([['redis-0-0', loading]]);
    const [first, second, third] = serverFacts(objects, { shards, host }, says, undefined, 0);
    expect([first, second, third].map(({ replicas }) => replicas)).toEqual([2, 1, 0]);
    expect(first.servers.map(({ server }) => server.state)).toEqual(['loading', 'silent', 'silent']);
    expect(first.servers[1].server).toEqual({ state: 'silent', reason: 'it was not asked' });
    expect(first.servers.map(({ kube }) => kube?.uid)).toEqual(['uid-redis-0-0', undefined, 'uid-redis-0-2']);
    expect(third.servers[0].kube).toBeUndefined();
  });

  it('are not as applied until every StatefulSet is, that of the Sentinels among them', () => {
    const [one, two] = shards;
    expect(whyUnapplied(objects, { shards: [one, two] })).toBeUndefined();
    expect(whyUnapplied(objects, { shards })).toBe('the StatefulSet redis-12 does not exist');
    const sentinel = { set: 'redis-sentinel', rendered: 's' } as StewardSentinel;
    expect(whyUnapplied(objects, { shards: [one], sentinel })).toBe(
      'the StatefulSet redis-sentinel does not exist',
    );
    expect(whyUnapplied(objects, { shards: [{ ...one, rendered: 'other' }] })).toMatch(
      /^the StatefulSet redis-0 is of another rendering/,
    );
  });
});

describe('keys that have changed', () => {
  const NOW = Date.parse('2026-01-01T12:00:00Z');
  const started = (name: string, seconds: number): Pod => ({
    ...podOf(name),
    status: {
      containerStatuses: [
        {
          name: 'redis',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: new Date(NOW - seconds * 1_000).toISOString() } },
        },
      ],
    },
  });
  const pods = [started('redis-0-0', 400), started('redis-0-1', 200)];
  const found = (seconds: number) => unread({ ...objects, pods }, new Date(NOW - seconds * 1_000), NOW)?.pods;

  it('are unread where servers were started before, once all pods must have them', () => {
    expect(unread({ ...objects, pods }, undefined, NOW)).toBeUndefined();
    expect(found(100)).toEqual([]);
    expect(found(150)).toEqual(['redis-0-0', 'redis-0-1']);
    expect(found(300)).toEqual(['redis-0-0']);
    expect(found(500)).toEqual([]);
  });
});
