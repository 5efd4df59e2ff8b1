import { describe, expect, it } from 'vitest';
import type { ObservedNode } from '../../../../lib/redis/steward/cluster/cluster-adapter';
import { ClusterNodes } from '../../../../lib/redis/steward/cluster/cluster-adapter';
import { RedisClusterCharge } from '../../../../lib/redis/steward/cluster/cluster-charge';
import type { ClusterFacts, ClusterStep } from '../../../../lib/redis/steward/cluster/cluster-facts';
import type { RedisStewardSettings } from '../../../../lib/redis/steward/settings';
import type { Redis } from '../../../../lib/redis/wire/types';
import type { Objects } from '../../../../lib/steward/gather';
import { RENDERED } from '../../../../lib/steward/settings';

const SETTINGS: RedisStewardSettings = {
  ...{ cluster: 'redis', sets: ['redis-0'], namespace: 'test', rendered: 'one', selector: {}, labels: {} },
  ...{ members: [], founders: [], data: 'claims', topology: 'cluster', host: '{pod}.redis', port: 6379 },
  ...{ tls: false, live: {}, users: [], keepsData: true, nodeTimeout: 5_000, slotsAtATime: 7 },
  shards: [{ index: 0, set: 'redis-0', servers: 2, leaving: false, rendered: 'one' }],
};

const OBJECTS: Objects = {
  sets: new Map([
    [
      'redis-0',
      {
        metadata: { name: 'redis-0', generation: 1, annotations: { [RENDERED]: 'one' } },
        spec: { replicas: 1, updateStrategy: { type: 'OnDelete' } },
        status: { observedGeneration: 1, updateRevision: 'a' },
      },
    ],
  ]),
  pods: [{ metadata: { name: 'redis-0-0', uid: 'u0' }, status: { podIP: '10.0.0.1' } }],
  formed: false,
};

const own = { ip: '', hostname: '', failed: 'no', handshake: false, linked: true, epoch: 1 } as const;
const SERVES: ObservedNode = {
  says: { state: 'serving', role: 'master', runId: '1', linked: true, offset: 1, replicas: [], keys: 0 },
  view: {
    ...{ id: 'a', currentEpoch: 1, ok: true, migrating: [], importing: [], strays: [] },
    nodes: [{ ...own, id: 'a', role: 'master', slots: [[0, 99]] }],
  },
  memory: { used: 1 },
};

/** A charge, with what it did and to which servers. */
function charge(change: Partial<RedisStewardSettings> = {}, observed: ObservedNode = SERVES) {
  const did: string[] = [];
  const settings = { ...SETTINGS, ...change };
  const redis = (pod: string) => ({ address: { host: `${pod}.redis`, port: 6379 } }) as Redis;
  const nodes = Object.assign(new ClusterNodes(settings, { transports: () => [{ timeoutMs: 1 }] }), {
    look: async () =>
      new Map<string, ObservedNode>([
        ['redis-0-0', observed],
        ['redis-0-1', { says: { state: 'silent', reason: 'no answer' } }],
      ]),
    redis,
  });
  const note =
    (what: string) =>
    async (...words: unknown[]) => {
      did.push(
        [what, ...words.map((word) => (word instanceof Map ? [...word.keys()].join() : String(word)))].join(
          ' ',
        ),
      );
    };
  const made = new RedisClusterCharge({
    settings,
    nodes,
    keys: { certificates: () => [] },
    cluster: {
      objects: async () => OBJECTS,
      scale: note('scale'),
      evict: note('evict'),
      keepFormed: note('keep-formed'),
      keysSince: async () => undefined,
    },
    services: {
      look: async (servers) => {
        did.push(`look at ${[...servers.keys()].join()}`);
        return { staleCertificates: [] };
      },
      provision: note('provision'),
      reloadCertificate: async (pod, _, { host }) => {
        did.push(`reload ${pod} at ${host}`);
      },
    },
  });
  return { charge: made, did };
}

describe('a Redis Cluster in charge of a steward', () => {
  it('is what Kubernetes, nodes and services say', async () => {
    const { charge: made, did } = charge();
    const facts = await made.gather(false);
    expect(facts).toMatchObject({
      ...{ unapplied: undefined, formed: false, keepsData: true, slotsAtATime: 7, staleCertificates: [] },
      shards: [{ index: 0, set: 'redis-0', servers: 2, replicas: 1, leaving: false }],
      nodes: [
        {
          ...{ pod: 'redis-0-0', host: 'redis-0-0.redis', shard: 0, wanted: true, ip: '10.0.0.1' },
          ...{ kube: { uid: 'u0' }, server: SERVES.says, view: SERVES.view, memory: { used: 1 } },
        },
        {
          pod: 'redis-0-1',
          kube: undefined,
          view: undefined,
          server: { state: 'silent', reason: 'no answer' },
        },
      ],
    });
    expect(did).toEqual(['look at redis-0-0']);
  });

  it('is formed where nothing is kept as soon as somebody has slots', async () => {
    expect((await charge({ data: 'scratch' }).charge.gather(false)).formed).toBe(true);
    const silent: ObservedNode = { says: { state: 'silent', reason: 'no answer' } };
    expect((await charge({ data: 'scratch' }, silent).charge.gather(false)).formed).toBe(false);
  });

  it.each([
    [{ step: 'scale', shard: 0, replicas: 2 }, 'scale redis-0 2'],
    [{ step: 'mark-formed' }, 'keep-formed'],
    [{ step: 'restart', pod: 'redis-0-0', uid: 'u0' }, 'evict redis-0-0 u0'],
    [{ step: 'provision' }, 'provision redis-0-0'],
    [{ step: 'reload-certificate', pod: 'redis-0-0' }, 'reload redis-0-0 at redis-0-0.redis'],
  ] as const)('is changed by %j', async (step, what) => {
    const { charge: made, did } = charge();
    const facts: ClusterFacts = await made.gather(true);
    did.length = 0;
    await made.carryOut(facts, { phase: 'Healing', why: 'so', ...step } as ClusterStep, () => undefined);
    expect(did).toEqual([what]);
  });

  it('tells of its slots in metrics', async () => {
    const { charge: made } = charge();
    const samples = made.samples(await made.gather(false));
    expect(samples).toMatch(/slots\{cluster="redis",shard="0"\} 100\n/);
    expect(samples).toMatch(/slots_uncovered\{cluster="redis"\} 16284\n/);
  });
});
