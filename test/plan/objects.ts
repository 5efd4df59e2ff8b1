import type { Manifest } from '../../lib/plan/types';

// biome-ignore lint/suspicious/noExplicitAny: a patch of anything
type Patch = any;

/** A JSON merge patch (RFC 7386): null takes a field away, lists are replaced. */
export function patched<T>(target: T, patch: Patch): T {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const from = (typeof target === 'object' && !Array.isArray(target) ? target : {}) as Record<
    string,
    unknown
  >;
  const result: Record<string, unknown> = { ...from };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = patched(result[name], value);
  }
  return result as T;
}

function object(apiVersion: string, kind: string, name: string, rest: object, namespace = 'shop'): Manifest {
  const metadata = namespace === '' ? { name } : { name, namespace };
  return { apiVersion, kind, metadata, ...rest };
}

/** What a restricted namespace lets in. */
const modest = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};

export const container = { name: 'web', image: 'nginx:1.27', securityContext: modest };

export const template = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ ...container, name: app }] },
});

export const claimTemplate = (name: string, storage = '10Gi') => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
});

export const statefulSet = object('apps/v1', 'StatefulSet', 'db', {
  spec: {
    replicas: 3,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: template('db'),
    volumeClaimTemplates: [claimTemplate('data')],
  },
});

export const deployment = object('apps/v1', 'Deployment', 'web', {
  spec: { replicas: 4, selector: { matchLabels: { app: 'web' } }, template: template('web') },
});

export const daemonSet = object('apps/v1', 'DaemonSet', 'agent', {
  spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
});

export const replicaSet = object('apps/v1', 'ReplicaSet', 'old', {
  spec: { replicas: 2, selector: { matchLabels: { app: 'old' } }, template: template('old') },
});

const once = { ...template('migrate'), spec: { ...template('migrate').spec, restartPolicy: 'Never' } };

export const job = object('batch/v1', 'Job', 'migrate', { spec: { template: once } });

export const cronJob = object('batch/v1', 'CronJob', 'report', {
  spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: once } } },
});

export const pod = object('v1', 'Pod', 'solo', { spec: { containers: [container] } });

export const service = object('v1', 'Service', 'web', {
  spec: {
    selector: { app: 'web' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'admin', port: 9000 },
    ],
  },
});

export const headless = object('v1', 'Service', 'db', {
  spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ name: 'sql', port: 5432 }] },
});

export const configMap = object('v1', 'ConfigMap', 'settings', {
  data: { 'app.conf': 'workers 4', level: 'info' },
});

export const secret = object('v1', 'Secret', 'login', {
  type: 'Opaque',
  stringData: { password: 'correct horse' },
});

export const claim = object('v1', 'PersistentVolumeClaim', 'data', {
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'standard',
    resources: { requests: { storage: '10Gi' } },
  },
});

export const role = object('rbac.authorization.k8s.io/v1', 'Role', 'reader', {
  rules: [{ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'list'] }],
});

export const roleBinding = object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'reader', {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }],
});

export const clusterRoleBinding = object(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  'watchers',
  {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', name: 'watchers' }],
  },
  '',
);

export const serviceAccount = object('v1', 'ServiceAccount', 'web', {});

export const budget = object('policy/v1', 'PodDisruptionBudget', 'db', {
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'db' } } },
});

export const networkPolicy = object('networking.k8s.io/v1', 'NetworkPolicy', 'web', {
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'shop' } } }], ports: [{ port: 8080 }] }],
  },
});

export const ingress = object('networking.k8s.io/v1', 'Ingress', 'web', {
  spec: {
    ingressClassName: 'nginx',
    rules: ['shop', 'admin'].map((name) => ({
      host: `${name}.example.com`,
      http: {
        paths: [
          { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
        ],
      },
    })),
  },
});

export const storageClass = object(
  'storage.k8s.io/v1',
  'StorageClass',
  'slow',
  { provisioner: 'example.com/disks', parameters: { type: 'hdd' } },
  '',
);

export const volume = object(
  'v1',
  'PersistentVolume',
  'archive',
  {
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      nfs: { server: 'nfs.example.com', path: '/archive' },
      storageClassName: 'by-hand',
    },
  },
  '',
);

export const namespace = object('v1', 'Namespace', 'shop', {}, '');

export const priorityClass = object(
  'scheduling.k8s.io/v1',
  'PriorityClass',
  'urgent',
  { value: 1000, description: 'what earns the money' },
  '',
);

export const autoscaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    maxReplicas: 10,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ],
  },
});

export const definition = object(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'widgets.plan.example.com',
  {
    spec: {
      group: 'plan.example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  },
  '',
);

export const widget = object('plan.example.com/v1', 'Widget', 'sprocket', { spec: { teeth: 12 } });

export const monitor = object('monitoring.coreos.com/v1', 'PodMonitor', 'web', {
  spec: { selector: { matchLabels: { app: 'web' } }, podMetricsEndpoints: [{ port: 'metrics' }] },
});

export const certificate = object('cert-manager.io/v1', 'Certificate', 'web', {
  spec: {
    secretName: 'web-tls',
    dnsNames: ['web.example.com', 'www.example.com'],
    duration: '2160h0m0s',
    issuerRef: { name: 'inside', kind: 'ClusterIssuer' },
  },
});

export const externalSecret = object('external-secrets.io/v1', 'ExternalSecret', 'login', {
  spec: {
    refreshInterval: '1h',
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
    target: { name: 'login', creationPolicy: 'Owner' },
    data: [{ secretKey: 'password', remoteRef: { key: 'shop/login', property: 'password' } }],
  },
});
