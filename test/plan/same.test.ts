import { describe, expect, test } from 'vitest';
import { plan } from '../../lib/plan/plan';
import type { Manifest } from '../../lib/plan/types';
import * as o from './objects';
import { patched } from './objects';
import { rendering } from './pair';

const inContainer = (fields: object) => ({
  spec: { template: { spec: { containers: [{ ...o.container, name: 'db', ...fields }] } } },
});

const rows: readonly (readonly [string, Manifest, object, object])[] = [
  [
    'quantities',
    o.statefulSet,
    inContainer({ resources: { limits: { cpu: '1', memory: '1Gi' } } }),
    inContainer({ resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }),
  ],
  [
    'a number as a quantity',
    o.statefulSet,
    inContainer({ resources: { limits: { cpu: 2 } } }),
    inContainer({ resources: { limits: { cpu: '2' } } }),
  ],
  [
    'requests that are the limits',
    o.statefulSet,
    inContainer({ resources: { limits: { cpu: '1' } } }),
    inContainer({ resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } }),
  ],
  [
    'a size of a claim template',
    o.statefulSet,
    {},
    { spec: { volumeClaimTemplates: [o.claimTemplate('data', '10240Mi')] } },
  ],
  [
    'the kind of a claim template',
    o.statefulSet,
    {},
    {
      spec: {
        volumeClaimTemplates: [
          { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...o.claimTemplate('data') },
        ],
      },
    },
  ],
  [
    'defaults of a StatefulSet',
    o.statefulSet,
    {},
    {
      spec: {
        podManagementPolicy: 'OrderedReady',
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        template: {
          spec: { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', terminationGracePeriodSeconds: 30 },
        },
      },
    },
  ],
  [
    'defaults of a container',
    o.statefulSet,
    inContainer({ readinessProbe: { httpGet: { port: 80 } }, ports: [{ containerPort: 80 }] }),
    inContainer({
      imagePullPolicy: 'IfNotPresent',
      readinessProbe: {
        httpGet: { port: 80, path: '/', scheme: 'HTTP' },
        periodSeconds: 10,
        timeoutSeconds: 1,
      },
      ports: [{ containerPort: 80, protocol: 'TCP' }],
    }),
  ],
  [
    'an empty variable',
    o.statefulSet,
    inContainer({ env: [{ name: 'A' }] }),
    inContainer({ env: [{ name: 'A', value: '' }] }),
  ],
  [
    'nothing in a map',
    o.statefulSet,
    {},
    {
      metadata: { annotations: {}, labels: null },
      spec: { template: { spec: { nodeSelector: {}, tolerations: [], securityContext: {} } } },
    },
  ],
  [
    'a field that is null',
    o.deployment,
    {},
    { status: undefined, spec: { template: { spec: { affinity: undefined } } } },
  ],
  [
    'defaults of a Service',
    o.service,
    {},
    {
      spec: {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        ipFamilyPolicy: 'SingleStack',
        ports: [
          { name: 'admin', port: 9000, targetPort: 9000, protocol: 'TCP' },
          { name: 'http', port: 80, targetPort: '8080' },
        ],
      },
    },
  ],
  [
    'text of a Secret',
    { ...o.secret, stringData: undefined },
    { stringData: { password: 'x' } },
    { data: { password: 'eA==' } },
  ],
  [
    'order of rights',
    o.role,
    {},
    { rules: [{ verbs: ['list', 'get'], resources: ['secrets', 'pods'], apiGroups: [''] }] },
  ],
  [
    'what the API server writes',
    o.deployment,
    {},
    {
      metadata: {
        uid: 'f00',
        resourceVersion: '7',
        generation: 2,
        managedFields: [{}],
        creationTimestamp: 'now',
      },
      status: { replicas: 4 },
    },
  ],
  [
    'the namespace default',
    patched(o.configMap, { metadata: { namespace: null } }),
    {},
    { metadata: { namespace: 'default' } },
  ],
];

describe('what means the same is no change', () => {
  test.each(rows)('%s', (_, manifest, before, after) => {
    const planned = plan(rendering([patched(manifest, before)]), rendering([patched(manifest, after)]));
    expect(planned).toEqual({ subjects: [], unknown: [] });
  });

  test('but nothing of a kind of somebody else is guessed at', () => {
    const changed = patched(o.widget, { spec: { selfSigned: {}, memory: null } });
    expect(plan(rendering([o.widget]), rendering([changed])).unknown).toEqual([
      'Widget shop/sprocket: spec.selfSigned (new: {}) changes, and what that does is not known here',
    ]);
  });

  test('and a selector of everything is not one of nothing', () => {
    const nobody = patched(o.budget, { spec: { selector: null } });
    const all = patched(o.budget, { spec: { selector: null } });
    const said = plan(rendering([nobody]), rendering([{ ...all, spec: { ...all.spec, selector: {} } }]));
    expect(said.subjects).toHaveLength(1);
  });
});
