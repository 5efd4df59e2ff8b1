import type { LabelSelector } from './label-selector';
import type { Manifest, RenderedObject } from './manifest';
import { describe, namespaceOf, typeOf } from './manifest';
import type { PodIndex, Workload } from './pod-index';
import type { SelectorFault } from './selecting-objects';

/**
 * Budgets that share pods: the API server refuses to evict a pod that two budgets cover, so its node never
 * drains.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
 */
export function overlappingBudgets(objects: readonly RenderedObject[], index: PodIndex): SelectorFault[] {
  const covered = new Map<Workload, Manifest>();
  // Equal selectors give the same list, which need not be walked again.
  const seen = new Set<readonly Workload[]>();
  return objects.flatMap(({ path, manifest }) => {
    if (typeOf(manifest) !== 'PodDisruptionBudget.policy') return [];
    const { selector } = (manifest.spec ?? {}) as { readonly selector?: LabelSelector };
    const found = index.select(namespaceOf(manifest), selector);
    const shared = found.find((workload) => covered.has(workload));
    const other = shared && covered.get(shared);
    if (!seen.has(found)) {
      for (const workload of found) if (!covered.has(workload)) covered.set(workload, manifest);
    }
    seen.add(found);
    if (!other) return [];
    const message =
      `${describe(manifest)} and ${describe(other)} both cover the pods of ` +
      `${describe(shared.object.manifest)}, which can then not be evicted at all; let one budget cover ` +
      'each pod';
    return [{ path, message }];
  });
}
