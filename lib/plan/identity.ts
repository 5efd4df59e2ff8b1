import { groupOf as groupNow, namespaceOf } from '../core/lint/manifest';
import type { Manifest } from './types';

/** Groups that kinds were served under before: the stored object is the same one. */
const MOVED: Readonly<Record<string, string>> = {
  'extensions/DaemonSet': 'apps',
  'extensions/Deployment': 'apps',
  'extensions/ReplicaSet': 'apps',
  'extensions/Ingress': 'networking.k8s.io',
  'extensions/NetworkPolicy': 'networking.k8s.io',
};

/** Group of an object's kind; the empty string for the core group. */
export function groupOf(manifest: Manifest): string {
  const group = groupNow(manifest);
  return MOVED[`${group}/${manifest.kind}`] ?? group;
}

/** Kind and group as kubectl writes them: `Service`, `StatefulSet.apps`. */
export function typeOf(manifest: Manifest): string {
  const group = groupOf(manifest);
  return group === '' ? manifest.kind : `${manifest.kind}.${group}`;
}

/** What makes an object the same one in two renderings: group, kind, namespace and name. */
export function keyOf(manifest: Manifest): string {
  return `${typeOf(manifest)}/${namespaceOf(manifest)}/${manifest.metadata?.name ?? ''}`;
}

/** An object as messages name it: `StatefulSet shop/etcd`, `Namespace shop`. */
export function describe(manifest: Manifest): string {
  const namespace = manifest.metadata?.namespace === undefined ? '' : namespaceOf(manifest);
  const name = manifest.metadata?.name ?? '(without a name)';
  return `${manifest.kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

const GROUPS = new Set(['', 'apps', 'autoscaling', 'batch', 'policy']);

/** Whether Kubernetes itself defines a kind, rather than a CustomResourceDefinition or an aggregated API. */
export function isBuiltIn(manifest: Manifest): boolean {
  const group = groupOf(manifest);
  return GROUPS.has(group) || (group.endsWith('.k8s.io') && !THIRD_PARTY.test(group));
}

const THIRD_PARTY =
  /^(gateway\.networking|snapshot\.storage|metrics|custom\.metrics|external\.metrics|.*\.x)\.k8s\.io$/;

export { namespaceOf };
