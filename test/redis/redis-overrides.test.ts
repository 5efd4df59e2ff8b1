import { JsonPatch } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { additionsTo, withAdditions } from '../support/pod-overrides';
import { podOf } from '../support/rendering';
import { cluster, replication, standalone } from './rendering';

const set = (props: Parameters<typeof replication>[0] = {}) =>
  replication(props).find('StatefulSet', 'redis');
const server = (template: ReturnType<typeof podOf>) =>
  template.spec.containers.find(({ name }: { name: string }) => name === 'redis');

describe('a prop', () => {
  it('is the first way out', () => {
    const { containers, initContainers } = podOf(
      set({ image: 'mine:1', nodeImage: 'node:24', cpu: '2' }),
    ).spec;
    expect(containers[0]).toMatchObject({ image: 'mine:1', resources: { requests: { cpu: '2' } } });
    expect(initContainers[0].image).toBe('node:24');
  });
});

describe('podOverrides', () => {
  it('adds to lists by name and keeps all else', () => {
    const mount = { name: 'more', mountPath: '/more' };
    const [before, after] = [set(), set({ podOverrides: additionsTo('redis', mount) })];
    expect(after.metadata.annotations).not.toEqual(before.metadata.annotations);
    expect(after).toEqual({ ...withAdditions(before, mount), metadata: after.metadata });
  });

  it('removes what is null', () => {
    const template = podOf(
      set({
        podOverrides: {
          spec: { topologySpreadConstraints: null, containers: [{ name: 'redis', livenessProbe: null }] },
        },
      }),
    );
    expect(template.spec).not.toHaveProperty('topologySpreadConstraints');
    expect(server(template)).not.toHaveProperty('livenessProbe');
    expect(server(template)).toHaveProperty('readinessProbe');
    expect(JSON.stringify(template)).not.toContain('null');
  });

  it('is the pod template as it was when there is nothing in it', () => {
    expect(set({ podOverrides: {} })).toEqual(set());
  });

  it('are laid upon every shard, and upon Sentinels only where they say so', () => {
    const podOverrides = { metadata: { annotations: { a: 'b' } } };
    const annotations = (object: ReturnType<typeof set>) => podOf(object).metadata.annotations;
    const shards = cluster({ podOverrides });
    for (const name of ['redis-0', 'redis-2'])
      expect(annotations(shards.find('StatefulSet', name))).toMatchObject({ a: 'b' });
    const sentinels = (props: Parameters<typeof replication>[0]) =>
      annotations(replication(props).find('StatefulSet', 'redis-sentinel'));
    expect(sentinels({ podOverrides })).not.toHaveProperty('a');
    expect(sentinels({ sentinels: { podOverrides } })).toMatchObject({ a: 'b' });
  });
});

describe('a JSON patch', () => {
  it('knows the wire, and fields that Kubernetes 1.27 does not know, and loses nothing', () => {
    const { redis, find } = replication();
    const expected = structuredClone(find('StatefulSet', 'redis'));
    redis.statefulSet.addJsonPatch(
      JsonPatch.add('/spec/template/spec/hostUsers', false),
      JsonPatch.remove('/spec/minReadySeconds'),
    );
    expected.spec.template.spec.hostUsers = false;
    delete expected.spec.minReadySeconds;
    expect(find('StatefulSet', 'redis')).toEqual(expected);
  });

  it('reaches Sentinels, shards, a single server and every other object by its id', () => {
    const patch = JsonPatch.add('/metadata/annotations/x', 'y');
    const replicated = replication();
    replicated.redis.sentinelSet.addJsonPatch(patch);
    expect(replicated.find('StatefulSet', 'redis-sentinel').metadata.annotations).toMatchObject({ x: 'y' });
    const shards = cluster();
    shards.redis.shardSets.get(1)?.addJsonPatch(patch);
    expect(shards.find('StatefulSet', 'redis-1').metadata.annotations).toMatchObject({ x: 'y' });
    expect(shards.find('StatefulSet', 'redis-0').metadata.annotations).not.toHaveProperty('x');
    const single = standalone();
    single.redis.statefulSet.addJsonPatch(patch);
    expect(single.find('StatefulSet', 'redis').metadata.annotations).toMatchObject({ x: 'y' });
    const service = replicated.redis.node.findChild('client') as typeof replicated.redis.statefulSet;
    service.addJsonPatch(JsonPatch.add('/spec/trafficDistribution', 'PreferClose'));
    expect(replicated.find('Service', 'redis').spec).toMatchObject({ trafficDistribution: 'PreferClose' });
  });
});
