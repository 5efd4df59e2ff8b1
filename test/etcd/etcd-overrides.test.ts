import { JsonPatch } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { additionsTo, withAdditions } from '../support/pod-overrides';
import { podOf } from '../support/rendering';
import { etcd } from './rendering';

const set = (props: Parameters<typeof etcd>[0] = {}) => etcd(props).find('StatefulSet', 'etcd');
const server = (template: ReturnType<typeof podOf>) =>
  template.spec.containers.find(({ name }: { name: string }) => name === 'etcd');

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
    const [before, after] = [set(), set({ podOverrides: additionsTo('etcd', mount) })];
    expect(after.metadata.annotations).not.toEqual(before.metadata.annotations);
    expect(after).toEqual({ ...withAdditions(before, mount), metadata: after.metadata });
  });

  it('removes what is null', () => {
    const template = podOf(
      set({
        podOverrides: {
          spec: {
            topologySpreadConstraints: null,
            containers: [{ name: 'etcd', livenessProbe: null }],
          },
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
});

describe('a JSON patch', () => {
  it('knows the wire, and fields that Kubernetes 1.27 does not know, and loses nothing', () => {
    const { cluster, find } = etcd();
    const expected = structuredClone(find('StatefulSet', 'etcd'));
    cluster.statefulSet.addJsonPatch(
      JsonPatch.add('/spec/template/spec/hostUsers', false),
      JsonPatch.add('/spec/template/spec/resources', { limits: { memory: '2Gi' } }),
      JsonPatch.remove('/spec/minReadySeconds'),
    );
    expected.spec.template.spec.hostUsers = false;
    expected.spec.template.spec.resources = { limits: { memory: '2Gi' } };
    delete expected.spec.minReadySeconds;
    expect(find('StatefulSet', 'etcd')).toEqual(expected);
  });

  it('reaches every other object by its id', () => {
    const { cluster, find } = etcd();
    const service = cluster.node.findChild('client') as typeof cluster.statefulSet;
    service.addJsonPatch(JsonPatch.add('/spec/trafficDistribution', 'PreferClose'));
    expect(find('Service', 'etcd').spec).toMatchObject({
      trafficDistribution: 'PreferClose',
      ports: [{ port: 2379 }],
    });
  });
});
