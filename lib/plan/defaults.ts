import { isBuiltIn, typeOf } from './identity';
import { completePod, fill } from './pod-defaults';
import type { Manifest } from './types';

// biome-ignore lint/suspicious/noExplicitAny: objects of any shape, completed in place
type Any = any;

function list(value: Any): Any[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : [];
}

function job(spec: Any): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  fill(spec, {
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2147483647,
    completionMode: 'NonIndexed',
    parallelism: 1,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
    suspend: false,
    manualSelector: false,
  });
  if (!spec.manualSelector) delete spec.selector;
  const labels = spec.template?.metadata?.labels;
  for (const label of ['controller-uid', 'job-name'])
    for (const prefix of ['', 'batch.kubernetes.io/']) delete labels?.[prefix + label];
}

function claim(spec: Any): void {
  fill(spec, { volumeMode: 'Filesystem' });
}

function service(spec: Any): void {
  fill(spec, { type: 'ClusterIP' });
  if (spec.type !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster' });
  fill(spec, { sessionAffinity: 'None' });
  addressFamilies(spec);
  if (spec.sessionAffinity === 'ClientIP')
    spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } };
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer')
    fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (spec.type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
  for (const port of list(spec.ports)) fill(port, { protocol: 'TCP', targetPort: port.port });
}

/** What one that selects nothing and has no address gets depends on the cluster. */
function addressFamilies(spec: Any): void {
  if (spec.type === 'ExternalName' || (spec.clusterIP === 'None' && !spec.selector)) return;
  const two = [spec.ipFamilies, spec.clusterIPs].some((of) => Array.isArray(of) && of.length > 1);
  fill(spec, { ipFamilyPolicy: two ? 'RequireDualStack' : 'SingleStack' });
}

function rollingUpdate(strategy: Any, values: Record<string, unknown>): void {
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return;
  strategy.rollingUpdate ??= {};
  fill(strategy.rollingUpdate, values);
}

/** A rule without ports, and one that names no protocol. */
function policyRules(rules: Any): void {
  for (const rule of list(rules)) for (const port of list(rule.ports)) fill(port, { protocol: 'TCP' });
}

const RBAC = 'rbac.authorization.k8s.io';

function binding(object: Any): void {
  if (object.roleRef) fill(object.roleRef, { apiGroup: RBAC });
  for (const subject of list(object.subjects)) {
    if (subject.kind === 'ServiceAccount') {
      if (subject.apiGroup === '') delete subject.apiGroup;
    } else fill(subject, { apiGroup: RBAC });
  }
}

const COMPLETE: Readonly<Record<string, (object: Any) => void>> = {
  Pod: ({ spec }) => completePod(spec),
  'StatefulSet.apps': ({ spec }) => {
    fill(spec, { podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 });
    spec.updateStrategy ??= {};
    rollingUpdate(spec.updateStrategy, { partition: 0 });
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    fill(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Retain', whenScaled: 'Retain' });
    for (const template of list(spec.volumeClaimTemplates)) {
      for (const name of ['apiVersion', 'kind', 'status']) delete template[name];
      delete template.metadata?.creationTimestamp;
      if (template.spec) claim(template.spec);
    }
    completePod(spec.template?.spec);
  },
  'Deployment.apps': ({ spec }) => {
    fill(spec, { progressDeadlineSeconds: 600, revisionHistoryLimit: 10 });
    spec.strategy ??= {};
    rollingUpdate(spec.strategy, { maxSurge: '25%', maxUnavailable: '25%' });
    completePod(spec.template?.spec);
  },
  'DaemonSet.apps': ({ spec }) => {
    fill(spec, { revisionHistoryLimit: 10 });
    spec.updateStrategy ??= {};
    fill(spec.updateStrategy, { type: 'RollingUpdate' });
    // Kept by the API server under OnDelete, too, where it says nothing.
    spec.updateStrategy.rollingUpdate ??= {};
    fill(spec.updateStrategy.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
    completePod(spec.template?.spec);
  },
  'ReplicaSet.apps': ({ spec }) => completePod(spec.template?.spec),
  ReplicationController: ({ spec }) => completePod(spec.template?.spec),
  'Job.batch': ({ spec }) => {
    job(spec);
    completePod(spec.template?.spec);
  },
  'CronJob.batch': ({ spec }) => {
    fill(spec, {
      concurrencyPolicy: 'Allow',
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
      suspend: false,
    });
    completePod(spec.jobTemplate?.spec?.template?.spec);
  },
  Service: ({ spec }) => service(spec),
  PersistentVolumeClaim: ({ spec }) => claim(spec),
  PersistentVolume: ({ spec }) => {
    fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    if (spec.hostPath) fill(spec.hostPath, { type: '' });
  },
  'StorageClass.storage.k8s.io': (object) =>
    fill(object, { allowVolumeExpansion: false, reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  ConfigMap: (object) => fill(object, { immutable: false }),
  Secret: (object) => {
    const text = Object.entries(object.stringData ?? {}).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString('base64'),
    ]);
    if (text.length > 0) object.data = { ...object.data, ...Object.fromEntries(text) };
    delete object.stringData;
    fill(object, { immutable: false, type: 'Opaque' });
  },
  'NetworkPolicy.networking.k8s.io': ({ spec }) => {
    spec.policyTypes ??= ['Ingress', ...(list(spec.egress).length > 0 ? ['Egress'] : [])];
    policyRules(spec.ingress);
    policyRules(spec.egress);
  },
  [`RoleBinding.${RBAC}`]: binding,
  [`ClusterRoleBinding.${RBAC}`]: binding,
  'HorizontalPodAutoscaler.autoscaling': ({ spec }) => fill(spec, { minReplicas: 1 }),
  'PriorityClass.scheduling.k8s.io': (object) =>
    fill(object, { globalDefault: false, preemptionPolicy: 'PreemptLowerPriority' }),
  Namespace: (object) => {
    delete object.spec?.finalizers;
    delete object.metadata.labels?.['kubernetes.io/metadata.name'];
  },
};

/** What only the API server writes, and what is known of the object that is meant. */
const OWN_METADATA = [
  // Of an object that has none, such as a ClusterRole, or the one that it has anyway.
  'namespace',
  'creationTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];
const OWN_ANNOTATIONS = [
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
  'kubectl.kubernetes.io/last-applied-configuration',
];

/**
 * A copy of a manifest with what the API server puts where a field is missing, and without what only it writes. The number of
 * replicas is left out: who renders none leaves it to somebody else.
 */
export function complete(manifest: Manifest): Manifest {
  const copy = copyOf(manifest);
  delete copy.status;
  for (const name of OWN_METADATA) delete copy.metadata?.[name];
  for (const name of OWN_ANNOTATIONS) delete copy.metadata?.annotations?.[name];
  if (!isBuiltIn(manifest)) return copy;
  const malformed = copy.spec !== undefined && (typeof copy.spec !== 'object' || copy.spec === null);
  if (!malformed) COMPLETE[typeOf(manifest)]?.(SPECLESS.test(manifest.kind) ? copy : withSpec(copy));
  return copy;
}

/** A copy of what YAML can say; several times faster than structuredClone. */
function copyOf(value: Any): Any {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Any = {};
  for (const name of Object.keys(value)) copy[name] = copyOf(value[name]);
  return copy;
}

const SPECLESS = /^(ConfigMap|Secret|Namespace|StorageClass|PriorityClass|.*RoleBinding)$/;

function withSpec(copy: Any): Any {
  copy.spec ??= {};
  return copy;
}
