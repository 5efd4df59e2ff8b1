import { describe, expect, test } from 'vitest';
import type { LintContext } from '../../../lib/core/lint';
import type { Manifest } from '../../../lib/core/lint/manifest';
import { references } from '../../../lib/core/lint/references';
import { messages, object, template, workload } from './manifests';

const pod = (spec: Record<string, unknown>) => workload('Deployment', 'web', { app: 'web' }, spec);
const container = (fields: Record<string, unknown>) => pod({ containers: [{ name: 'main', ...fields }] });
const volume = (source: Record<string, unknown>) => pod({ volumes: [{ name: 'v', ...source }] });
const config = (...keys: string[]) =>
  object('ConfigMap', 'c', undefined, { data: Object.fromEntries(keys.map((key) => [key, ''])) });
const secret = volume({ secret: { secretName: 's' } });
const rbac = 'rbac.authorization.k8s.io';
const binding = (kind: string, role: string, subjects: unknown[] = [], type = 'RoleBinding') =>
  object(`${rbac}/v1 ${type}`, 'b', undefined, { roleRef: { apiGroup: rbac, kind, name: role }, subjects });
const annotations = { 'cdk8s-stateful/creates-secret': 'r, s' };
const claims = [{ metadata: { name: 'data' } }];

describe('found', () => {
  const cases: [string, Manifest[], LintContext?][] = [
    ['a Secret of the app', [secret, object('Secret', 's')]],
    ['an ExternalSecret', [secret, object('external-secrets.io/v1 ExternalSecret', 's')]],
    ['its target', [secret, object('external-secrets.io/v1 ExternalSecret', 'e', { target: { name: 's' } })]],
    ['a cluster-wide one', [secret, object('external-secrets.io/v1 ClusterExternalSecret', 's', {})]],
    ['a Certificate', [secret, object('cert-manager.io/v1 Certificate', 'tls', { secretName: 's' })]],
    ['a SealedSecret', [secret, object('bitnami.com/v1alpha1 SealedSecret', 's')]],
    ['what a Job generates', [secret, object('batch/v1 Job', 'j', {}, { metadata: { annotations } })]],
    ['an existing one', [secret], { external: [{ kind: 'Secret', namespace: 'dev', name: 's' }] }],
    ['one that exists anywhere', [secret], { external: [{ kind: 'Secret', name: 's' }] }],
    ['optional volumes', [volume({ secret: { secretName: 's', optional: true } })]],
    ['optional sets', [container({ envFrom: [{ configMapRef: { name: 'c', optional: true } }] })]],
    [
      'optional keys',
      [config(), volume({ configMap: { name: 'c', optional: true, items: [{ key: 'a', path: 'a' }] } })],
    ],
    [
      'the root certificates',
      [volume({ projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } })],
    ],
    ['the default account', [pod({ serviceAccountName: 'default' })]],
    [
      'roles of every cluster',
      [binding('ClusterRole', 'view'), binding('ClusterRole', 'system:auth-delegator')],
    ],
    [
      'a cluster role, whatever its namespace',
      [binding('ClusterRole', 'r', [], 'ClusterRoleBinding'), object(`${rbac}/v1 ClusterRole`, 'r')],
    ],
    [
      'an account in the namespace of the binding',
      [
        binding('ClusterRole', 'view', [{ kind: 'ServiceAccount', name: 'a' }]),
        object('ServiceAccount', 'a'),
      ],
    ],
    ['groups', [binding('ClusterRole', 'view', [{ kind: 'Group', name: 'admins' }])]],
    [
      'the claim of a member',
      [
        volume({ persistentVolumeClaim: { claimName: 'data-zk-0' } }),
        workload('StatefulSet', 'zk', {}, {}, { volumeClaimTemplates: claims }),
      ],
    ],
    [
      'a mount of a claim template',
      [
        workload(
          'StatefulSet',
          'zk',
          {},
          { containers: [{ name: 'main', volumeMounts: [{ name: 'data' }] }] },
          { volumeClaimTemplates: claims },
        ),
      ],
    ],
    ['no governing Service', [workload('StatefulSet', 'zk', {}, {}, { serviceName: '' })]],
    [
      'any StorageClass where none are known',
      [object('PersistentVolumeClaim', 'p', { storageClassName: 'x' })],
    ],
    [
      'a volume by hand',
      [object('PersistentVolumeClaim', 'p', { storageClassName: '' })],
      { storageClasses: [] },
    ],
    ['the default class', [object('PersistentVolumeClaim', 'p', {})], { storageClasses: [] }],
    [
      'a StorageClass of the app',
      [
        object('PersistentVolumeClaim', 'p', { storageClassName: 'x' }),
        object('storage.k8s.io/v1 StorageClass', 'x'),
      ],
      { storageClasses: [] },
    ],
  ];
  test.each(cases)('%s', (_, manifests, context) =>
    expect(messages(references, manifests, context)).toEqual([]),
  );

  test.each([
    [undefined, 'a'],
    [undefined, 'b'],
    [[{ key: 'a', path: 'dir/file' }], 'dir'],
    [[{ key: 'a', path: 'dir/file' }], 'dir/file'],
  ])('items %j and subPath %s', (items, subPath) => {
    const mounting = pod({
      containers: [{ name: 'main', volumeMounts: [{ name: 'v', subPath }] }],
      volumes: [{ name: 'v', configMap: { name: 'c', items } }],
    });
    const both = object('ConfigMap', 'c', undefined, { data: { a: '' }, binaryData: { b: '' } });
    expect(messages(references, [mounting, both])).toEqual([]);
  });
});

const missing = (by: string, kind: string, name: string, where = 'namespace "dev"') =>
  `${by} refers to ${kind} "${name}", ${where} has none of that name; fix the name, add the ${kind} or ` +
  'declare it as existing';
const missingSecret = (by: string, where = 'namespace "dev"') =>
  `${by} refers to Secret "s", ${where} has none of that name; fix the name, add an ExternalSecret or a ` +
  'Certificate that makes it, annotate what makes it with cdk8s-stateful/creates-secret, or declare it as ' +
  'existing';

describe('fails for', () => {
  const cases: [string, Manifest[], string, LintContext?][] = [
    ['Secret volumes', [secret], missingSecret('volume "v"')],
    [
      'Secrets elsewhere',
      [secret, object('Secret', 's', {}, { metadata: { namespace: 'prod' } })],
      missingSecret('volume "v"'),
    ],
    [
      'existing ones elsewhere',
      [secret],
      missingSecret('volume "v"'),
      { external: [{ kind: 'Secret', namespace: 'x', name: 's' }] },
    ],
    [
      'projected Secrets',
      [volume({ projected: { sources: [{ secret: { name: 's' } }] } })],
      missingSecret('volume "v"'),
    ],
    [
      'variables',
      [container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] })],
      missingSecret('variable A of container "main"'),
    ],
    [
      'sets',
      [container({ envFrom: [{ secretRef: { name: 's' } }] })],
      missingSecret('envFrom of container "main"'),
    ],
    [
      'init containers',
      [pod({ initContainers: [{ name: 'gate', envFrom: [{ configMapRef: { name: 'c' } }] }] })],
      missing('envFrom of container "gate"', 'ConfigMap', 'c'),
    ],
    ['ConfigMap volumes', [volume({ configMap: { name: 'c' } })], missing('volume "v"', 'ConfigMap', 'c')],
    [
      'pods of a CronJob',
      [
        object('batch/v1 CronJob', 'j', {
          jobTemplate: { spec: { template: template({}, { serviceAccountName: 'a' }) } },
        }),
      ],
      missing('its pod', 'ServiceAccount', 'a'),
    ],
    [
      'bare Pods',
      [object('Pod', 'p', { serviceAccountName: 'a', containers: [] })],
      missing('its pod', 'ServiceAccount', 'a'),
    ],
    [
      'claims',
      [volume({ persistentVolumeClaim: { claimName: 'p' } })],
      missing('volume "v"', 'PersistentVolumeClaim', 'p'),
    ],
    [
      'Services of a set',
      [workload('StatefulSet', 'zk', {}, {}, { serviceName: 's' })],
      missing('serviceName', 'Service', 's'),
    ],
    [
      'default backends',
      [object('networking.k8s.io/v1 Ingress', 'i', { defaultBackend: { service: { name: 's' } } })],
      missing('the default backend', 'Service', 's'),
    ],
    [
      'paths',
      [
        object('networking.k8s.io/v1 Ingress', 'i', {
          rules: [
            { host: 'a.example', http: { paths: [{ path: '/x', backend: { service: { name: 's' } } }] } },
          ],
        }),
      ],
      missing('path a.example/x', 'Service', 's'),
    ],
    ['roles', [binding('Role', 'r')], missing('roleRef', 'Role', 'r')],
    ['cluster roles', [binding('ClusterRole', 'r')], missing('roleRef', 'ClusterRole', 'r', 'the cluster')],
    [
      'subjects',
      [binding('ClusterRole', 'view', [{ kind: 'ServiceAccount', name: 'a', namespace: 'x' }])],
      missing('a subject', 'ServiceAccount', 'a', 'namespace "x"'),
    ],
    [
      'scalers',
      [
        object('autoscaling/v2 HorizontalPodAutoscaler', 'h', {
          scaleTargetRef: { kind: 'Deployment', name: 'd' },
        }),
      ],
      missing('scaleTargetRef', 'Deployment', 'd'),
    ],
    [
      'keys of a variable',
      [
        container({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] }),
        config('b', 'a'),
      ],
      'variable A of container "main" takes "k" from ConfigMap "c", which has "a", "b"; fix the key or add ' +
        'it',
    ],
    [
      'keys of a volume',
      [volume({ configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } }), config()],
      'volume "v" takes "k" from ConfigMap "c", which has none; fix the key or add it',
    ],
    [
      'subPath',
      [
        pod({
          containers: [{ name: 'main', volumeMounts: [{ name: 'v', subPath: 'k' }] }],
          volumes: [{ name: 'v', configMap: { name: 'c' } }],
        }),
        config('key'),
      ],
      'container "main" mounts "k" of volume "v", which holds "key"; fix subPath or add the file',
    ],
    [
      'mounts',
      [
        pod({
          containers: [{ name: 'main', volumeMounts: [{ name: 'dta' }] }],
          volumes: [{ name: 'data', emptyDir: {} }],
        }),
      ],
      'container "main" mounts volume "dta", its pod has "data"; fix the name or add the volume',
    ],
    [
      'claim templates',
      [
        workload(
          'StatefulSet',
          'zk',
          {},
          {},
          {
            volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { storageClassName: 'fats' } }],
          },
        ),
      ],
      'claim template "data" asks for StorageClass "fats", this environment has "fast", "slow"; use one it ' +
        'has or add this one to it',
      { storageClasses: ['slow', 'fast'] },
    ],
    [
      'StorageClasses of a claim',
      [object('PersistentVolumeClaim', 'p', { storageClassName: 'x' })],
      'the claim asks for StorageClass "x", this environment has none; use one it has or add this one to it',
      { storageClasses: [] },
    ],
    [
      'ephemeral claims',
      [volume({ ephemeral: { volumeClaimTemplate: { spec: { storageClassName: 'x' } } } })],
      'volume "v" asks for StorageClass "x", this environment has "a"; use one it has or add this one to it',
      { storageClasses: ['a'] },
    ],
  ];
  test.each(cases)('%s', (_, manifests, message, context) =>
    expect(messages(references, manifests, context)).toEqual([message]),
  );

  test('one object that is missing in many places, once', () => {
    const env = ['A', 'B', 'C'].map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: 's', key: name } },
    }));
    expect(messages(references, [container({ env })])).toEqual([
      missingSecret('variable A of container "main"'),
    ]);
  });
});
