import { JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { additionsTo, withAdditions } from '../support/pod-overrides';
import { ensemble, podOf } from '../support/rendering';

const set = (props: Parameters<typeof ensemble>[0] = {}) => ensemble(props).find('StatefulSet', 'zk');
const server = (template: ReturnType<typeof podOf>) =>
  template.spec.containers.find(({ name }: { name: string }) => name === 'zookeeper');

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
    const mount = { name: 'tmp', mountPath: '/var/tmp' };
    const [before, after] = [set(), set({ podOverrides: additionsTo('zookeeper', mount) })];
    expect(after.metadata.annotations).not.toEqual(before.metadata.annotations);
    expect(after).toEqual({ ...withAdditions(before, mount), metadata: after.metadata });
  });

  it('changes what is there by name', () => {
    const podOverrides = {
      spec: {
        terminationGracePeriodSeconds: 300,
        containers: [{ name: 'zookeeper', env: [{ name: 'ZK_CLIENT_HEAP', value: '32' }] }],
      },
    };
    const { spec } = podOf(set({ podOverrides }));
    expect(spec.terminationGracePeriodSeconds).toBe(300);
    expect(server({ spec }).env.filter(({ name }: { name: string }) => name === 'ZK_CLIENT_HEAP')).toEqual([
      { name: 'ZK_CLIENT_HEAP', value: '32' },
    ]);
  });

  it('removes what is null', () => {
    const template = podOf(
      set({
        podOverrides: {
          spec: {
            topologySpreadConstraints: null,
            containers: [
              {
                name: 'zookeeper',
                lifecycle: null,
                startupProbe: { exec: null, tcpSocket: { port: k8s.IntOrString.fromNumber(2181) } },
              },
            ],
          },
        },
      }),
    );
    expect(template.spec).not.toHaveProperty('topologySpreadConstraints');
    expect(server(template)).not.toHaveProperty('lifecycle');
    expect(server(template).startupProbe).toEqual({
      tcpSocket: { port: 2181 },
      timeoutSeconds: 5,
      periodSeconds: 2,
      failureThreshold: 450,
    });
    expect(JSON.stringify(template)).not.toContain('null');
  });

  it('is the pod template as it was when there is nothing in it', () => {
    expect(set({ podOverrides: {} })).toEqual(set());
  });
});

describe('a JSON patch', () => {
  it('knows the wire, and fields that Kubernetes 1.27 does not know, and loses nothing', () => {
    const { cluster, find } = ensemble();
    const expected = structuredClone(find('StatefulSet', 'zk'));
    cluster.statefulSet.addJsonPatch(
      JsonPatch.add('/spec/template/spec/hostUsers', false),
      JsonPatch.add('/spec/template/spec/resources', { limits: { memory: '2Gi' } }),
      JsonPatch.add('/spec/template/spec/containers/0/restartPolicyRules', [
        { action: 'Restart', exitCodes: { operator: 'In', values: [42] } },
      ]),
      JsonPatch.replace('/spec/updateStrategy', {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 1 },
      }),
      JsonPatch.remove('/spec/minReadySeconds'),
      JsonPatch.add('/metadata/annotations', { a: 'b' }),
    );
    expected.spec.template.spec.hostUsers = false;
    expected.spec.template.spec.resources = { limits: { memory: '2Gi' } };
    expected.spec.template.spec.containers[0].restartPolicyRules = [
      { action: 'Restart', exitCodes: { operator: 'In', values: [42] } },
    ];
    expected.spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } };
    delete expected.spec.minReadySeconds;
    expect(find('StatefulSet', 'zk')).toEqual({
      ...expected,
      metadata: { ...expected.metadata, annotations: { a: 'b' } },
    });
  });

  it('reaches every other object by its id', () => {
    const { cluster, find } = ensemble();
    const service = cluster.node.findChild('client') as typeof cluster.statefulSet;
    service.addJsonPatch(JsonPatch.add('/spec/trafficDistribution', 'PreferClose'));
    expect(find('Service', 'zk').spec).toMatchObject({
      trafficDistribution: 'PreferClose',
      ports: [{ port: 2181 }],
    });
  });
});
