import { JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import type { KafkaClusterProps } from '../../lib';
import { podOf } from '../support/rendering';
import { kafka, setsOf } from './rendering';

const pods = (props: Partial<KafkaClusterProps> = {}) =>
  new Map([...setsOf(kafka(props).objects())].map(([name, set]) => [name, podOf(set)]));

describe('podOverrides', () => {
  it('of a broker are laid upon those of all brokers, and leave controllers alone', () => {
    const [before, after] = [
      pods(),
      pods({
        brokers: {
          count: 3,
          podOverrides: {
            metadata: { annotations: { team: 'a', plan: 'b' } },
            spec: { hostAliases: [{ ip: '10.0.0.1', hostnames: ['x'] }] },
          },
          overrides: {
            1: {
              podOverrides: {
                metadata: { annotations: { team: 'c' } },
                spec: {
                  containers: [
                    {
                      name: 'kafka',
                      env: [{ name: 'LOG_DIR', value: '/var/tmp' }],
                      volumeMounts: [{ name: 'tmp', mountPath: '/var/tmp' }],
                      resources: { limits: { cpu: k8s.Quantity.fromString('4') } },
                      livenessProbe: null,
                    },
                    { name: 'sidecar', image: 'sidecar:1' },
                  ],
                },
              },
            },
          },
        },
      }),
    ];
    const expected = new Map([...before].map(([name, pod]) => [name, structuredClone(pod)]));
    for (const id of [0, 1, 2]) {
      const pod = expected.get(`kafka-broker-${id}`);
      Object.assign(pod.metadata.annotations, { team: id === 1 ? 'c' : 'a', plan: 'b' });
      pod.spec.hostAliases = [{ ip: '10.0.0.1', hostnames: ['x'] }];
    }
    const { containers } = expected.get('kafka-broker-1').spec;
    containers[0].env.find(({ name }: { name: string }) => name === 'LOG_DIR').value = '/var/tmp';
    containers[0].volumeMounts.push({ name: 'tmp', mountPath: '/var/tmp' });
    containers[0].resources.limits.cpu = '4';
    delete containers[0].livenessProbe;
    containers.push({ name: 'sidecar', image: 'sidecar:1' });
    expect(after).toEqual(expected);
  });

  it('of controllers leave brokers alone', () => {
    const podOverrides = { spec: { terminationGracePeriodSeconds: 5 } };
    const [before, after] = [pods(), pods({ controllers: { count: 3, podOverrides } })];
    expect(after.get('kafka-controller').spec.terminationGracePeriodSeconds).toBe(5);
    for (const id of [0, 1, 2])
      expect(after.get(`kafka-broker-${id}`)).toEqual(before.get(`kafka-broker-${id}`));
  });

  it('are the pod template as it was when there is nothing in them', () => {
    expect(pods({ brokers: { count: 3, podOverrides: {} } })).toEqual(pods());
  });
});

describe('what brokers have of their own', () => {
  it('wins over what all have, and that over what the cluster has', () => {
    const placement = (priorityClassName: string) => ({ priorityClassName });
    const all = pods({
      placement: placement('low'),
      brokers: {
        count: 3,
        placement: placement('middle'),
        overrides: { 1: { placement: placement('high') } },
      },
    });
    expect([...all].map(([name, { spec }]) => `${name} ${spec.priorityClassName}`)).toEqual([
      'kafka-controller low',
      'kafka-broker-0 middle',
      'kafka-broker-1 high',
      'kafka-broker-2 middle',
    ]);
  });
});

describe('a JSON patch', () => {
  it('knows the wire of every set, and loses nothing', () => {
    const { cluster, find } = kafka();
    const names = ['kafka-controller', 'kafka-broker-0', 'kafka-broker-2'];
    const expected = names.map((name) => structuredClone(find('StatefulSet', name)));
    const patch = JsonPatch.add('/spec/template/spec/hostUsers', false);
    cluster.controllerSet?.addJsonPatch(patch);
    for (const id of [0, 2]) cluster.brokerSets.get(id)?.addJsonPatch(patch);
    for (const set of expected) set.spec.template.spec.hostUsers = false;
    expect(names.map((name) => find('StatefulSet', name))).toEqual(expected);
    expect(find('StatefulSet', 'kafka-broker-1').spec.template.spec).not.toHaveProperty('hostUsers');
  });

  it('reaches every other object by its id', () => {
    const { cluster, find } = kafka();
    const service = cluster.node.findChild('bootstrap') as NonNullable<typeof cluster.controllerSet>;
    service.addJsonPatch(JsonPatch.add('/spec/trafficDistribution', 'PreferClose'));
    expect(find('Service', 'kafka').spec).toMatchObject({ trafficDistribution: 'PreferClose' });
  });
});
