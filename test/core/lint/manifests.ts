import type { LintContext, Rule } from '../../../lib/core/lint';
import type { Manifest, Metadata, RenderedObject } from '../../../lib/core/lint/manifest';

type Fields = Record<string, unknown>;

/** A manifest in namespace `dev`; `metadata` and further top-level fields override. */
export function object(type: string, name: string, spec?: Fields, fields: Fields = {}): Manifest {
  const [apiVersion, kind] = type.includes(' ') ? type.split(' ') : ['v1', type];
  const metadata = { name, namespace: 'dev', ...(fields.metadata as Metadata) };
  return { apiVersion, kind, ...fields, metadata, ...(spec && { spec }) };
}

/** A pod template. */
export function template(labels: Record<string, string>, pod: Fields = {}): Fields {
  return { metadata: { labels }, spec: { containers: [{ name: 'main' }], ...pod } };
}

/** A workload that selects its own pods by `labels`. */
export function workload(
  kind: string,
  name: string,
  labels: Record<string, string>,
  pod: Fields = {},
  spec: Fields = {},
) {
  return object(`apps/v1 ${kind}`, name, {
    selector: { matchLabels: labels },
    template: template(labels, pod),
    ...spec,
  });
}

/** Manifests with the paths `app/0`, `app/1` and so on. */
export function rendered(manifests: readonly Manifest[]): RenderedObject[] {
  return manifests.map((manifest, index) => ({ path: `app/${index}`, manifest }));
}

/** The messages of one rule. */
export function messages(rule: Rule, manifests: readonly Manifest[], context: LintContext = {}): string[] {
  return rule(rendered(manifests), context).map(({ message }) => message);
}

/** The ten or so objects of a cluster like those of this library. */
export function cluster(name: string, namespace = 'dev'): Manifest[] {
  const labels = { 'cdk8s-stateful/cluster': name, 'cdk8s-stateful/component': 'server' };
  const metadata = { namespace, labels: { ...labels, 'app.kubernetes.io/name': 'zookeeper' } };
  const spec = {
    serviceAccountName: name,
    containers: [
      {
        name: 'server',
        image: 'zookeeper:3.9.5',
        ports: [
          { name: 'client', containerPort: 2181 },
          { name: 'metrics', containerPort: 7000 },
        ],
        env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `${name}-admin`, key: 'password' } } }],
        readinessProbe: { httpGet: { port: 'metrics' } },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'config', mountPath: '/conf/zoo.cfg', subPath: 'zoo.cfg' },
        ],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: `${name}-config` } }],
    topologySpreadConstraints: [{ topologyKey: 'zone', labelSelector: { matchLabels: labels } }],
  };
  const job = { 'cdk8s-stateful/cluster': name, 'cdk8s-stateful/component': 'secrets' };
  const rbac = 'rbac.authorization.k8s.io/v1';
  const ports = [{ name: 'client', port: 2181, targetPort: 'client' }];
  return [
    object('ConfigMap', `${name}-config`, undefined, {
      metadata,
      data: { 'zoo.cfg': 'tickTime=2000\n'.repeat(100) },
    }),
    object('ServiceAccount', name, undefined, { metadata }),
    object('Service', name, { selector: labels, ports }, { metadata }),
    object('Service', `${name}-headless`, { clusterIP: 'None', selector: labels, ports }, { metadata }),
    object(
      'apps/v1 StatefulSet',
      name,
      {
        serviceName: `${name}-headless`,
        selector: { matchLabels: labels },
        template: { metadata: { labels: metadata.labels }, spec },
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { storageClassName: 'fast' } }],
      },
      { metadata },
    ),
    object(
      'policy/v1 PodDisruptionBudget',
      name,
      { maxUnavailable: 1, selector: { matchLabels: labels } },
      { metadata },
    ),
    object(
      'networking.k8s.io/v1 NetworkPolicy',
      name,
      { podSelector: { matchLabels: labels } },
      { metadata },
    ),
    object(`${rbac} Role`, name, undefined, { metadata, rules: [] }),
    object(`${rbac} RoleBinding`, name, undefined, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name }],
    }),
    object(
      'batch/v1 Job',
      `${name}-secrets`,
      { template: template(job) },
      { metadata: { ...metadata, annotations: { 'cdk8s-stateful/creates-secret': `${name}-admin` } } },
    ),
  ];
}
