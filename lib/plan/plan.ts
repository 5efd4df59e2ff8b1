import { clusterEffects } from './clusters';
import { compare, repeated, unnamed } from './compare';
import { describe, namespaceOf } from './identity';
import { kubernetesEffects } from './kubernetes';
import { withoutNulls } from './nulls';
import type { Effect, Manifest, ObjectChange, Plan, PlannedSubject, Rendering } from './types';
import { VERDICTS } from './types';

const CLUSTER = 'cdk8s-stateful/cluster';
const SYSTEM = 'app.kubernetes.io/name';

/** Changes of one subject. */
interface Group {
  readonly stack?: string;
  readonly name: string;
  readonly namespace: string;
  readonly system?: string;
  readonly changes: ObjectChange[];
}

function manifestOf({ before, after }: ObjectChange): Manifest {
  return (after ?? before) as Manifest;
}

function groupOf(change: ObjectChange): Group {
  const manifest = manifestOf(change);
  // A label that was taken away still tells whose the object was.
  const labels = manifest.metadata.labels?.[CLUSTER]
    ? manifest.metadata.labels
    : change.before?.metadata.labels;
  const cluster = labels?.[CLUSTER];
  const stack = change.stack === undefined ? {} : { stack: change.stack };
  const namespace = namespaceOf(manifest);
  if (cluster === undefined) return { ...stack, name: describe(manifest), namespace, changes: [change] };
  return { ...stack, name: cluster, namespace, system: labels?.[SYSTEM], changes: [change] };
}

/** Objects of one cluster together, every other object on its own. */
function grouped(changes: readonly ObjectChange[]): Group[] {
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const group = groupOf(change);
    const key = JSON.stringify([group.stack, group.namespace, group.system ?? '', group.name]);
    const known = groups.get(key);
    if (known) known.changes.push(change);
    else groups.set(key, group);
  }
  return [...groups.values()];
}

function rank({ verdict }: Effect): number {
  return VERDICTS.indexOf(verdict);
}

function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byAlarm(a: Effect, b: Effect): number {
  return rank(a) - rank(b) || compareText(a.object, b.object) || compareText(a.field, b.field);
}

function planned(
  group: Group,
  before: Rendering,
  after: Rendering,
): { subject: PlannedSubject; unknown: string[] } {
  const { stack, name, namespace, system, changes } = group;
  const ours =
    system === undefined
      ? { effects: [], rest: changes, unknown: [] }
      : clusterEffects({ system, name, namespace, changes, before, after });
  const plain = ours.rest.map((change) => kubernetesEffects(change, { before, after }));
  const effects = [...ours.effects, ...plain.flatMap((judgement) => judgement.effects)];
  return {
    subject: {
      ...(stack === undefined ? {} : { stack }),
      name,
      ...(system === undefined ? {} : { system }),
      effects: effects.sort(byAlarm),
    },
    unknown: [...ours.unknown, ...plain.flatMap((judgement) => judgement.unknown)],
  };
}

/** What applying `after` to one Kubernetes cluster does where `before` was applied, the most alarming first. Whatever is rendered no more is taken to be deleted. */
export function plan(before: Rendering, after: Rendering): Plan {
  return planWithout(withoutNulls(before), withoutNulls(after));
}

function planWithout(before: Rendering, after: Rendering): Plan {
  const all = grouped(compare(before, after)).map((group) => planned(group, before, after));
  const subjects = all.map(({ subject }) => subject).filter(({ effects }) => effects.length > 0);
  return {
    subjects: subjects.sort(
      (a, b) =>
        rank(a.effects[0]) - rank(b.effects[0]) ||
        compareText(a.stack, b.stack) ||
        compareText(a.name, b.name),
    ),
    unknown: [...all.flatMap(({ unknown }) => unknown), ...unnamed(before, after), ...repeated(after)].sort(),
  };
}
