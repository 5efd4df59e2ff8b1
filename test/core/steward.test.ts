import { describe, expect, it } from 'vitest';
import { packageFile } from '../../lib/core/package-files';
import type { StewardSettings } from '../../lib/steward/settings';
import { ensemble, podOf } from '../support/rendering';

type Props = Parameters<typeof ensemble>[0];

const named = (kind: string, props: Props = {}, environment = {}) =>
  ensemble(props, environment).find(kind, 'zk-steward');
const template = (props: Props = {}, environment = {}) => podOf(named('Deployment', props, environment));

function settings(pod: ReturnType<typeof podOf>): StewardSettings {
  return JSON.parse(
    pod.spec.containers[0].env.find(({ name }: { name: string }) => name === 'SETTINGS').value,
  );
}

describe('the rights of a steward', () => {
  it('are these and no more', () => {
    const role = named('Role', { voters: 3, observers: 1 });
    const rules = (role as unknown as { rules: Record<string, string[]>[] }).rules.map(
      ({ apiGroups, resources, resourceNames, verbs }) =>
        `${verbs.join()} ${resources.map((each) => [each, ...apiGroups].filter(Boolean).join('.')).join()}` +
        (resourceNames ? ` of ${resourceNames.join()}` : ''),
    );
    expect(rules).toEqual([
      'get,list,watch statefulsets.apps of zk',
      'patch statefulsets/scale.apps of zk',
      'list,watch pods',
      'create pods/eviction of zk-1,zk-2,zk-3,zk-4,zk-5,zk-6,zk-7,zk-8',
      'list persistentvolumeclaims',
      'get,patch configmaps of zk-formed,zk-status',
      'get,update leases.coordination.k8s.io of zk-steward',
      'create configmaps,events',
      'create leases.coordination.k8s.io',
    ]);
  });

  it('are those of its own account in its own namespace', () => {
    expect(named('RoleBinding')).toMatchObject({
      metadata: { namespace: 'data' },
      roleRef: { kind: 'Role', name: 'zk-steward' },
      subjects: [{ kind: 'ServiceAccount', name: 'zk-steward' }],
    });
    expect(template().spec).toMatchObject({
      serviceAccountName: 'zk-steward',
      automountServiceAccountToken: true,
    });
  });
});

describe('a steward', () => {
  it('is one, never two', () => {
    expect(named('Deployment').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('is ready when its cluster has settled, however long that takes', () => {
    expect(named('Deployment').spec.progressDeadlineSeconds).toBe(3600);
    const [{ readinessProbe, livenessProbe, ports }] = template().spec.containers;
    expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
    expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
    expect(ports).toEqual([{ name: 'metrics', containerPort: 9095 }]);
  });

  it.each<[string, Props]>([
    ['the number of members', { voters: 5 }],
    ['the image of the servers', { image: 'zookeeper:other' }],
    ['a setting of the servers', { configuration: { tickTime: 3000 } }],
    ['their memory', { cpu: '1' }],
  ])('is replaced with %s, so that its rollout ends when that of the cluster does', (_, props) => {
    expect(template(props)).not.toEqual(template());
  });

  it('knows the rendering of the StatefulSet that it belongs to', () => {
    for (const props of [{}, { voters: 5 }, { image: 'x' }]) {
      const { find } = ensemble(props);
      const { annotations } = find('StatefulSet', 'zk').metadata as unknown as { annotations: object };
      const { rendered } = settings(podOf(find('Deployment', 'zk-steward')));
      expect(annotations).toEqual({ 'cdk8s-stateful/rendered': rendered });
    }
  });

  it('is told who should be a member, and who may form the cluster', () => {
    expect(settings(template({ voters: 3, observers: 1, founders: 1, firstId: 5 }))).toMatchObject({
      cluster: 'zk',
      namespace: 'data',
      members: [
        { id: 5, part: 'voter' },
        { id: 6, part: 'voter' },
        { id: 7, part: 'voter' },
        { id: 8, part: 'observer' },
      ],
      founders: [5],
      data: 'claims',
      host: 'zk-{id}.zk-headless.data.svc.cluster.local',
    });
  });

  it('has the keys of the members where they speak TLS', () => {
    const { volumes, containers } = template({ tls: { secret: 'keys' } }).spec;
    expect(volumes).toContainEqual({ name: 'tls', secret: { secretName: 'keys', defaultMode: 0o440 } });
    expect(containers[0].volumeMounts).toContainEqual({
      name: 'tls',
      mountPath: '/secrets/tls',
      readOnly: true,
    });
    expect(settings(template({ tls: { secret: 'keys' } }))).toMatchObject({
      port: 2281,
      tls: true,
      client: { host: '127.0.0.1', port: 2181 },
    });
  });

  it('may talk to the members, the API server and DNS, and is scraped', () => {
    const { spec } = named('NetworkPolicy', {}, { monitoring: 'prometheus-operator' });
    expect(
      spec.egress.map(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port)),
    ).toEqual([[2181], [53, 53], [443, 6443]]);
    expect(spec.ingress).toEqual([
      { from: [{ namespaceSelector: {} }], ports: [{ port: 9095, protocol: 'TCP' }] },
    ]);
    expect(named('NetworkPolicy').spec).not.toHaveProperty('ingress');
    expect(named('PodMonitor', {}, { monitoring: 'prometheus-operator' }).spec).toMatchObject({
      selector: { matchLabels: { 'cdk8s-stateful/cluster': 'zk', 'cdk8s-stateful/component': 'steward' } },
      podMetricsEndpoints: [{ port: 'metrics' }],
    });
  });

  it('does not exist where nobody is to operate the cluster', () => {
    const all = ensemble({ operations: 'none' }).objects();
    expect(all.filter(({ metadata }) => metadata.name.includes('steward'))).toEqual([]);
    expect(JSON.stringify(all.filter(({ kind }) => kind !== 'ConfigMap'))).not.toContain('steward');
  });

  it('has a program that fits a ConfigMap and the annotation of a client-side apply', () => {
    expect(packageFile('build/steward/zookeeper.js').length).toBeLessThan(200 * 1024);
  });
});
