import type { LabelRequirement, LabelSelector } from './label-selector';
import { meets, requirementsOf } from './label-selector';
import type { Labels, RenderedObject } from './manifest';
import { nameOf, namespaceOf, podTemplateOf, typeOf } from './manifest';
import type { PodSpec } from './pod';

/** A rendered object that makes pods, with what its pods look like. */
export interface Workload {
  readonly object: RenderedObject;
  readonly namespace: string;
  /** Labels of its pods, as far as the manifest tells. */
  readonly labels: Labels;
  readonly pod: PodSpec;
}

/** Every object that makes pods, in the order given. */
export function workloadsOf(objects: readonly RenderedObject[]): Workload[] {
  return objects.flatMap((object) => {
    const template = podTemplateOf(object.manifest);
    if (!template) return [];
    const labels = { ...template.metadata?.labels, ...ownerLabels(object) };
    return [{ object, namespace: namespaceOf(object.manifest), labels, pod: template.spec ?? {} }];
  });
}

const POD_NAME = 'statefulset.kubernetes.io/pod-name';

/** Labels that controllers put on pods with values nobody knows beforehand. */
const UNFORESEEABLE = new Set([
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-completion-index',
  'controller-revision-hash',
  'controller-uid',
  'pod-template-generation',
  'pod-template-hash',
]);

/**
 * Labels that controllers put on pods after the owner's name; of a member's pod name, the set's name counts.
 */
function ownerLabels({ manifest }: RenderedObject): Labels {
  const name = nameOf(manifest);
  const type = typeOf(manifest);
  if (type === 'StatefulSet.apps') return { [POD_NAME]: name };
  return type === 'Job.batch' ? { 'job-name': name, 'batch.kubernetes.io/job-name': name } : {};
}

function foreseeable(requirement: LabelRequirement): LabelRequirement[] {
  if (UNFORESEEABLE.has(requirement.key)) return [];
  if (requirement.key !== POD_NAME) return [requirement];
  return [{ ...requirement, values: requirement.values?.map((name) => name.replace(/-\d+$/, '')) }];
}

/** Finds the workloads that a selector selects without looking at all of them. */
export class PodIndex {
  private static readonly made = new WeakMap<readonly RenderedObject[], PodIndex>();

  /** The index of an app's objects, made once: more than one rule needs it, and nobody changes the list. */
  static of(objects: readonly RenderedObject[]): PodIndex {
    const index = PodIndex.made.get(objects) ?? new PodIndex(objects);
    PodIndex.made.set(objects, index);
    return index;
  }

  readonly workloads: readonly Workload[];
  private readonly byNamespace = new Map<string, Workload[]>();
  private readonly byLabel = new Map<string, Workload[]>();
  private readonly selected = new Map<string, readonly Workload[]>();

  private constructor(objects: readonly RenderedObject[]) {
    this.workloads = workloadsOf(objects);
    for (const workload of this.workloads) {
      append(this.byNamespace, workload.namespace, workload);
      for (const [key, value] of Object.entries(workload.labels)) {
        append(this.byLabel, bucketKey(workload.namespace, key, value), workload);
      }
    }
  }

  /** Everything in `namespace` that makes pods. */
  in(namespace: string): readonly Workload[] {
    return this.byNamespace.get(namespace) ?? [];
  }

  /**
   * The workloads in `namespace` whose pods `selector` selects; none for a missing selector, all for an empty
   * one.
   */
  select(namespace: string, selector: LabelSelector | undefined): readonly Workload[] {
    if (!selector) return [];
    const requirements = requirementsOf(selector).flatMap(foreseeable);
    const candidates = this.narrowest(namespace, requirements);
    const find = () =>
      candidates.filter(({ labels }) => requirements.every((requirement) => meets(requirement, labels)));
    // Remembered where many objects may ask the same of many pods, so that a bad app takes no square of time.
    return candidates.length <= 1 ? find() : this.remember(`${namespace}\n${JSON.stringify(selector)}`, find);
  }

  /** Whether any pod in `namespace` carries one of the labels that `selector` asks for. */
  resembles(namespace: string, selector: LabelSelector): boolean {
    return requirementsOf(selector)
      .flatMap(foreseeable)
      .some((requirement) => this.candidates(namespace, requirement).length > 0);
  }

  private remember(key: string, find: () => readonly Workload[]): readonly Workload[] {
    const found = this.selected.get(key) ?? find();
    this.selected.set(key, found);
    return found;
  }

  private narrowest(namespace: string, requirements: readonly LabelRequirement[]): readonly Workload[] {
    return requirements
      .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
      .map((requirement) => this.candidates(namespace, requirement))
      .reduce((best, next) => (next.length < best.length ? next : best), this.in(namespace));
  }

  private candidates(
    namespace: string,
    { key, operator, values = [] }: LabelRequirement,
  ): readonly Workload[] {
    if (operator !== 'In') return [];
    if (values.length === 1) return this.byLabel.get(bucketKey(namespace, key, values[0])) ?? [];
    return values.flatMap((value) => this.byLabel.get(bucketKey(namespace, key, value)) ?? []);
  }
}

function bucketKey(namespace: string, key: string, value: string): string {
  return `${namespace}\n${key}=${value}`;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
