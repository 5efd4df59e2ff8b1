import { SELECTS_ANNOTATION } from './context';
import type { LabelSelector } from './label-selector';
import { formatSelector, requirementsOf } from './label-selector';
import type { Labels, Manifest, RenderedObject } from './manifest';
import { describe, nameOf, namespaceOf, typeOf } from './manifest';
import type { PodIndex, Workload } from './pod-index';

/** A fault and the construct it belongs to. */
export interface SelectorFault {
  readonly path: string;
  readonly message: string;
}

/** Whether an object is annotated as selecting `many` workloads or `external` pods on purpose. */
export function meansToSelect(manifest: Manifest, what: 'many' | 'external'): boolean {
  return (manifest.metadata?.annotations?.[SELECTS_ANNOTATION] ?? '')
    .split(',')
    .some((word) => word.trim() === what);
}

/** What a Service selects by; undefined when its endpoints come from elsewhere. */
export function serviceSelector(manifest: Manifest): LabelSelector | undefined {
  const { selector, type } = (manifest.spec ?? {}) as { readonly selector?: Labels; readonly type?: string };
  if (type === 'ExternalName' || Object.keys(selector ?? {}).length === 0) return undefined;
  return { matchLabels: selector };
}

function nothing(
  manifest: Manifest,
  selector: LabelSelector | undefined,
  namespaces: readonly string[],
): string[] {
  if (meansToSelect(manifest, 'external')) return [];
  const where = namespaces.map((namespace) => `"${namespace}"`).join(', ');
  return [
    `${describe(manifest)} selects pods by ${formatSelector(selector)}, the app has none such in namespace ` +
      `${where}; fix the selector, or annotate it with ${SELECTS_ANNOTATION}: external`,
  ];
}

function several(manifest: Manifest, found: readonly Workload[]): string[] {
  if (meansToSelect(manifest, 'many')) return [];
  const [first, second] = found.slice(0, 2).map(({ object }) => describe(object.manifest));
  const more = found.length > 2 ? ` and ${found.length - 2} more` : '';
  return [
    `${describe(manifest)} selects the pods of ${first}, ${second}${more}; narrow the selector to one ` +
      `workload, or annotate it with ${SELECTS_ANNOTATION}: many`,
  ];
}

function serviceFaults(manifest: Manifest, index: PodIndex): string[] {
  const selector = serviceSelector(manifest);
  if (!selector) return [];
  const namespace = namespaceOf(manifest);
  const found = index.select(namespace, selector);
  if (found.length === 0) return nothing(manifest, selector, [namespace]);
  return found.length > 1 ? several(manifest, found) : [];
}

function budgetFaults(manifest: Manifest, index: PodIndex): string[] {
  const { selector } = (manifest.spec ?? {}) as { readonly selector?: LabelSelector };
  const namespace = namespaceOf(manifest);
  return index.select(namespace, selector).length > 0 ? [] : nothing(manifest, selector, [namespace]);
}

interface MonitorSpec {
  readonly selector?: LabelSelector;
  readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
}

/**
 * The workloads of a PodMonitor; undefined when it looks everywhere, at pods that the app knows nothing of,
 * too.
 */
export function monitored(manifest: Manifest, index: PodIndex): readonly Workload[] | undefined {
  const { selector, namespaceSelector } = (manifest.spec ?? {}) as MonitorSpec;
  if (namespaceSelector?.any) return undefined;
  return monitoredNamespaces(manifest).flatMap((namespace) => index.select(namespace, selector));
}

function monitoredNamespaces(manifest: Manifest): readonly string[] {
  const names = (manifest.spec as MonitorSpec | undefined)?.namespaceSelector?.matchNames ?? [];
  return names.length > 0 ? names : [namespaceOf(manifest)];
}

function monitorFaults(manifest: Manifest, index: PodIndex): string[] {
  if (monitored(manifest, index)?.length !== 0) return [];
  return nothing(
    manifest,
    (manifest.spec as MonitorSpec | undefined)?.selector,
    monitoredNamespaces(manifest),
  );
}

function policyFaults(manifest: Manifest, index: PodIndex): string[] {
  const podSelector =
    (manifest.spec as { readonly podSelector?: LabelSelector } | undefined)?.podSelector ?? {};
  const namespace = namespaceOf(manifest);
  // Policies for pods of other people are made by whoever connects to them.
  if (index.in(namespace).length === 0) return [];
  if (requirementsOf(podSelector).length === 0) {
    if (/\bdefault\b/.test(nameOf(manifest)) || meansToSelect(manifest, 'many')) return [];
    return [
      `${describe(manifest)} selects every pod in namespace "${namespace}"; name the labels it is meant ` +
        'for, or show that all are meant: "default" as a word of its name, or the annotation ' +
        `${SELECTS_ANNOTATION}: many`,
    ];
  }
  // Such a policy may be for pods of others, too, unless it looks like one of ours with a slip in it.
  const slip = index.select(namespace, podSelector).length === 0 && index.resembles(namespace, podSelector);
  return slip ? nothing(manifest, podSelector, [namespace]) : [];
}

const CHECKS: Readonly<Record<string, (manifest: Manifest, index: PodIndex) => string[]>> = {
  Service: serviceFaults,
  'PodDisruptionBudget.policy': budgetFaults,
  'PodMonitor.monitoring.coreos.com': monitorFaults,
  'NetworkPolicy.networking.k8s.io': policyFaults,
};

/** What is wrong with the pods that a Service, a budget, a monitor or a policy selects. */
export function selectingObjects({ path, manifest }: RenderedObject, index: PodIndex): SelectorFault[] {
  const check = CHECKS[typeOf(manifest)];
  return check ? check(manifest, index).map((message) => ({ path, message })) : [];
}
