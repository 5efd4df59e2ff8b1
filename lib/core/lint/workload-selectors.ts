import type { LabelSelector } from './label-selector';
import { formatLabels, formatSelector, matches } from './label-selector';
import type { Manifest } from './manifest';
import { describe, podTemplateOf, typeOf } from './manifest';
import type { PodIndex, Workload } from './pod-index';
import type { SelectorFault } from './selecting-objects';

/** Workloads that own pods by a selector. A Job's is made up by the API server. */
const OWNERS = new Set(['Deployment.apps', 'StatefulSet.apps', 'DaemonSet.apps', 'ReplicaSet.apps']);

/** Pods of these always have an owner, so nobody adopts them. */
const NEVER_ORPHANED = new Set(['Job.batch', 'CronJob.batch']);

function selectorOf(manifest: Manifest): LabelSelector | undefined {
  return (manifest.spec as { readonly selector?: LabelSelector } | undefined)?.selector;
}

function ownFaults({ object: { manifest } }: Workload): string[] {
  const selector = selectorOf(manifest);
  const labels = podTemplateOf(manifest)?.metadata?.labels ?? {};
  if (matches(selector, labels)) return [];
  return [
    `${describe(manifest)} selects pods by ${formatSelector(selector)}, its own carry ` +
      `${formatLabels(labels)}; give its pod template the labels that it selects by`,
  ];
}

function overlapFaults(workload: Workload, order: ReadonlyMap<Workload, number>, index: PodIndex): string[] {
  const { manifest } = workload.object;
  const other = index
    .select(workload.namespace, selectorOf(manifest))
    .find((found) => found !== workload && !NEVER_ORPHANED.has(typeOf(found.object.manifest)));
  if (!other) return [];
  const mutual =
    OWNERS.has(typeOf(other.object.manifest)) && matches(selectorOf(other.object.manifest), workload.labels);
  if (mutual && Number(order.get(other)) > Number(order.get(workload))) return [];
  return [
    `${describe(manifest)} selects by ${formatSelector(selectorOf(manifest))} the pods of ` +
      `${describe(other.object.manifest)}, too, and would adopt them; give each workload a label of its ` +
      'own to select by',
  ];
}

function spreadFaults({ object: { manifest }, pod, labels }: Workload): string[] {
  return (pod.topologySpreadConstraints ?? [])
    .filter(({ labelSelector }) => !matches(labelSelector, labels))
    .map(
      ({ topologyKey, labelSelector }) =>
        `${describe(manifest)} is spread over ${topologyKey} by counting ${formatSelector(labelSelector)}, ` +
        `its own pods carry ${formatLabels(podTemplateOf(manifest)?.metadata?.labels)}; count by labels ` +
        'that they have',
    );
}

/** What is wrong with the pods that workloads select, for ownership and for spreading. */
export function workloadSelectors(index: PodIndex): SelectorFault[] {
  const order = new Map(index.workloads.map((workload, position) => [workload, position]));
  return index.workloads.flatMap((workload) => {
    const { path, manifest } = workload.object;
    const owner = OWNERS.has(typeOf(manifest));
    const faults = [
      ...(owner ? ownFaults(workload) : []),
      ...(owner ? overlapFaults(workload, order, index) : []),
      ...spreadFaults(workload),
    ];
    return faults.map((message) => ({ path, message }));
  });
}
