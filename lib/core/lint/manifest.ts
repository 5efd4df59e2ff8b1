import type { PodSpec, PodTemplate } from './pod';

/** Labels or annotations. */
export type Labels = Readonly<Record<string, string>>;

/** What every object says of itself. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

/** A Kubernetes object as it is rendered. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: Metadata;
  readonly spec?: unknown;
  readonly [field: string]: unknown;
}

/** A manifest and the path of the construct that rendered it. */
export interface RenderedObject {
  readonly path: string;
  readonly manifest: Manifest;
}

/** `apps` of `apps/v1`; the empty string for the core group. */
export function groupOf(manifest: Manifest): string {
  const slash = manifest.apiVersion.indexOf('/');
  return slash < 0 ? '' : manifest.apiVersion.slice(0, slash);
}

/** Kind and group as kubectl writes them: `Service`, `StatefulSet.apps`. Knative has a Service, too. */
export function typeOf(manifest: Manifest): string {
  const group = groupOf(manifest);
  return group === '' ? manifest.kind : `${manifest.kind}.${group}`;
}

/** `metadata.name`; the empty string when there is none, which the rule of names reports. */
export function nameOf(manifest: Manifest): string {
  return manifest.metadata?.name ?? '';
}

/** Kind and name as messages show them: `Service "zookeeper"`. */
export function describe(manifest: Manifest): string {
  return `${manifest.kind} "${nameOf(manifest)}"`;
}

const CLUSTER_SCOPED = new Set([
  ...[
    'APIService',
    'CSIDriver',
    'CSINode',
    'ClusterRole',
    'ClusterRoleBinding',
    'CustomResourceDefinition',
    'FlowSchema',
  ],
  ...[
    'GatewayClass',
    'IngressClass',
    'MutatingWebhookConfiguration',
    'Namespace',
    'Node',
    'PersistentVolume',
  ],
  ...[
    'PriorityClass',
    'PriorityLevelConfiguration',
    'RuntimeClass',
    'StorageClass',
    'ValidatingAdmissionPolicy',
  ],
  ...[
    'ValidatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration',
    'VolumeAttachment',
    'VolumeSnapshotClass',
  ],
  ...['ClusterIssuer', 'ClusterSecretStore', 'ClusterExternalSecret'],
]);

/**
 * The namespace an object lands in: `default` when it names none. The empty string for kinds without
 * namespaces, even when the manifest has one: a Chart's namespace is written into all its objects and the API
 * server ignores it there.
 */
export function namespaceOf(manifest: Manifest): string {
  return CLUSTER_SCOPED.has(manifest.kind) ? '' : (manifest.metadata?.namespace ?? 'default');
}

interface WorkloadSpec {
  readonly template?: PodTemplate;
  readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplate } };
}

/** The pods that an object makes, or is; undefined for anything that is no workload. */
export function podTemplateOf(manifest: Manifest): PodTemplate | undefined {
  const spec = manifest.spec as WorkloadSpec | undefined;
  switch (typeOf(manifest)) {
    case 'Pod':
      return { metadata: manifest.metadata, spec: manifest.spec as PodSpec | undefined };
    case 'CronJob.batch':
      return spec?.jobTemplate?.spec?.template;
    case 'Deployment.apps':
    case 'StatefulSet.apps':
    case 'DaemonSet.apps':
    case 'ReplicaSet.apps':
    case 'ReplicationController':
    case 'Job.batch':
      return spec?.template;
    default:
      return undefined;
  }
}

/** Templates of the claims that a StatefulSet makes for each member. */
export function claimTemplatesOf(manifest: Manifest): readonly Manifest[] {
  if (typeOf(manifest) !== 'StatefulSet.apps') return [];
  return (
    (manifest.spec as { readonly volumeClaimTemplates?: readonly Manifest[] } | undefined)
      ?.volumeClaimTemplates ?? []
  );
}

/** Keys of a ConfigMap. */
export function configKeysOf(manifest: Manifest): string[] {
  return Object.keys({
    ...(manifest.data as object | undefined),
    ...(manifest.binaryData as object | undefined),
  });
}
