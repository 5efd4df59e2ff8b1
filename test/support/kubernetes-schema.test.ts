import { describe, expect, it } from 'vitest';
import { schemaProblems } from './kubernetes-schema';

function statefulSet(spec: object = {}, pod: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'zk', namespace: 'data', labels: { a: 'b' } },
    spec: {
      serviceName: 'zk',
      replicas: 3,
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: {
          containers: [
            {
              name: 'zk',
              image: 'zookeeper:3.9',
              ports: [{ name: 'client', containerPort: 2181 }],
              resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: 1073741824 } },
              readinessProbe: { tcpSocket: { port: 'client' }, periodSeconds: 10 },
              livenessProbe: { tcpSocket: { port: 2181 } },
            },
          ],
          ...pod,
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
      ...spec,
    },
  };
}

describe('schemaProblems, Kubernetes 1.27', () => {
  it('accepts a good StatefulSet', () => {
    expect(schemaProblems(statefulSet())).toEqual([]);
  });

  it('accepts names that cdk8s spells differently from the wire', () => {
    expect(
      schemaProblems({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { clusterIP: 'None', ports: [{ port: 1, targetPort: 'x' }] },
      }),
    ).toEqual([]);
    expect(
      schemaProblems({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { clusterIp: 'None' },
      }),
    ).toEqual(['Service s: spec.clusterIp: unknown field']);
  });

  it('accepts every kind the library may emit', () => {
    const metadata = { name: 'x' };
    const peers = [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }];
    const manifests = [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' }, immutable: true },
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { a: 'b' }, type: 'Opaque' },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
      { apiVersion: 'v1', kind: 'Namespace', metadata },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata,
        spec: { resources: { requests: { storage: '1.5Gi' } } },
      },
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata,
        spec: { maxUnavailable: 1, selector: {}, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata,
        spec: { podSelector: {}, ingress: [{ from: peers, ports: [{ port: 1 }] }] },
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' },
        subjects: [{ kind: 'ServiceAccount', name: 'x' }],
      },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata,
        spec: {
          schedule: '@daily',
          jobTemplate: { spec: { template: { spec: { containers: [{ name: 'a' }] } } } },
        },
      },
    ];
    for (const manifest of manifests) expect(schemaProblems(manifest)).toEqual([]);
  });

  it.each([
    [
      'a misspelt volumeClaimTemplate',
      statefulSet({ volumeClaimTemplate: [] }),
      'spec.volumeClaimTemplate: unknown field',
    ],
    ['replicas as a string', statefulSet({ replicas: '3' }), 'spec.replicas: must be integer'],
    ['half a replica', statefulSet({ replicas: 2.5 }), 'spec.replicas: must be integer'],
    [
      'a deeply nested unknown field',
      statefulSet({}, { affinity: { podAntiAffinity: { required: [] } } }),
      'spec.template.spec.affinity.podAntiAffinity.required: unknown field',
    ],
    [
      'a field of a later Kubernetes',
      statefulSet({}, { initContainers: [{ name: 'a', restartPolicyRules: [] }] }),
      'spec.template.spec.initContainers[0].restartPolicyRules: unknown field',
    ],
    [
      'a container that is a sidecar now and then',
      statefulSet({}, { initContainers: [{ name: 'a', restartPolicy: 'OnFailure' }] }),
      'spec.template.spec.initContainers[0].restartPolicy: must be one of Always',
    ],
    ['no selector', statefulSet({ selector: undefined }), 'spec.selector: required'],
    [
      'a label that is no string',
      { ...statefulSet(), metadata: { name: 'zk', labels: { a: 1 } } },
      'metadata.labels.a: must be string',
    ],
    ['a status', { ...statefulSet(), status: {} }, 'status: unknown field'],
    [
      'a quantity that is none',
      statefulSet({}, { overhead: { memory: '1 GB' } }),
      'spec.template.spec.overhead.memory: must match pattern',
    ],
  ])('refuses %s', (_, manifest, problem) => {
    const problems = schemaProblems(JSON.parse(JSON.stringify(manifest)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`StatefulSet zk: ${problem}`);
  });

  it('says that it does not know a kind', () => {
    expect(
      schemaProblems({ apiVersion: 'apps/v1beta1', kind: 'StatefulSet', metadata: { name: 'x' } }),
    ).toEqual([
      'StatefulSet x: apps/v1beta1 StatefulSet is not in Kubernetes 1.27 and has no schema here; add it to customResources or kindsWithoutSchema',
    ]);
    expect(schemaProblems({ metadata: {} })).toEqual(['manifest has no apiVersion and kind']);
  });

  it('checks 100 manifests in well under a second', () => {
    const manifests = Array.from({ length: 100 }, (_, replicas) => statefulSet({ replicas }));
    schemaProblems(manifests[0]);
    const start = performance.now();
    for (const manifest of manifests) schemaProblems(manifest);
    expect(performance.now() - start).toBeLessThan(200);
  });
});

describe('schemaProblems, custom resources', () => {
  const certificate = {
    secretName: 's',
    dnsNames: ['a'],
    issuerRef: { name: 'i', kind: 'Issuer' },
    privateKey: { rotationPolicy: 'Always' },
    usages: ['server auth'],
  };
  const podMonitor = {
    selector: { matchLabels: { a: 'b' } },
    podMetricsEndpoints: [
      { port: 'metrics', interval: '30s', relabelings: [{ action: 'replace', targetLabel: 'x' }] },
    ],
  };
  const alert = {
    alert: 'Down',
    expr: 'up == 0',
    for: '5m',
    labels: { severity: 'critical' },
    annotations: { summary: 's' },
  };
  const externalSecret = {
    secretStoreRef: { name: 's', kind: 'SecretStore' },
    target: { name: 't' },
    data: [{ secretKey: 'a', remoteRef: { key: 'b', property: 'c' } }],
  };
  const object = (apiVersion: string, kind: string, spec: object) => ({
    apiVersion,
    kind,
    metadata: { name: 'x' },
    spec,
  });

  it.each([
    object('cert-manager.io/v1', 'Certificate', certificate),
    object('cert-manager.io/v1', 'Issuer', { ca: { secretName: 's' } }),
    object('cert-manager.io/v1', 'Issuer', { selfSigned: {} }),
    object('cert-manager.io/v1', 'ClusterIssuer', { selfSigned: {} }),
    object('monitoring.coreos.com/v1', 'PodMonitor', podMonitor),
    object('monitoring.coreos.com/v1', 'PrometheusRule', {
      groups: [{ name: 'g', rules: [alert, { record: 'r', expr: '1' }] }],
    }),
    object('monitoring.coreos.com/v1', 'ServiceMonitor', {
      selector: {},
      endpoints: [{ port: 'm', targetPort: 1 }],
    }),
    object('external-secrets.io/v1', 'ExternalSecret', externalSecret),
    object('external-secrets.io/v1', 'SecretStore', {
      provider: { fake: { data: [{ key: 'a', value: 'b' }] } },
    }),
  ])('accepts a good $kind', (manifest) => {
    expect(schemaProblems(manifest)).toEqual([]);
  });

  it.each([
    [
      object('cert-manager.io/v1', 'Certificate', { ...certificate, dnsName: ['a'] }),
      'Certificate x: spec.dnsName: unknown field',
    ],
    [
      object('cert-manager.io/v1', 'Certificate', { ...certificate, issuerRef: { kind: 'Issuer' } }),
      'Certificate x: spec.issuerRef.name: required',
    ],
    [
      object('monitoring.coreos.com/v1', 'PodMonitor', {
        ...podMonitor,
        podMetricsEndpoints: [{ ports: 'm' }],
      }),
      'PodMonitor x: spec.podMetricsEndpoints[0].ports: unknown field',
    ],
    [
      object('monitoring.coreos.com/v1', 'PodMonitor', { ...podMonitor, selector: { labels: {} } }),
      'PodMonitor x: spec.selector.labels: unknown field',
    ],
    [
      object('monitoring.coreos.com/v1', 'PrometheusRule', {
        groups: [{ name: 'g', rules: [{ ...alert, description: 'd' }] }],
      }),
      'PrometheusRule x: spec.groups[0].rules[0].description: unknown field',
    ],
    [
      object('external-secrets.io/v1', 'ExternalSecret', { ...externalSecret, targets: {} }),
      'ExternalSecret x: spec.targets: unknown field',
    ],
  ])('refuses %#', (manifest, problem) => {
    expect(schemaProblems(manifest)).toEqual([problem]);
  });
});
