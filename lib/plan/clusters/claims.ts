import { quantity } from '../quantity';
import type { ObjectChange } from '../types';
import { type Cluster, compared, same, titled } from './cluster';
import { titleOf, under } from './report';
import { find } from './side';
import { few, list, show } from './words';

interface Claim {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
}

/** Claim templates of a StatefulSet. */
export const TEMPLATES = 'spec.volumeClaimTemplates';
const sizeOf = ({ spec }: Claim): string | undefined => spec?.resources?.requests?.storage;
const larger = (one: string | undefined, other: string | undefined): boolean =>
  (quantity(one) ?? 0) > (quantity(other) ?? 0);

/** Volumes that servers claim: their templates, which can never change, and the claims that have grown beyond them. */
export function claims(cluster: Cluster): void {
  templates(cluster);
  grown(cluster);
}

interface TemplateChange {
  readonly kind: 'went' | 'came' | 'grows' | 'shrinks' | 'class' | 'other';
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
}

function templates({ report, changes, system, is }: Cluster): void {
  const groups = new Map<string, { change: TemplateChange; sets: ObjectChange[] }>();
  for (const change of changes) {
    if (!change.before || change.after?.kind !== 'StatefulSet') continue;
    const differences = templateChanges(
      change.before.spec?.volumeClaimTemplates,
      change.after.spec?.volumeClaimTemplates,
    );
    if (differences.length === 0) continue;
    report.take(change, under(TEMPLATES), under('spec.persistentVolumeClaimRetentionPolicy'));
    for (const difference of differences) {
      const key = JSON.stringify(difference);
      const group = groups.get(key) ?? { change: difference, sets: [] };
      groups.set(key, { ...group, sets: [...group.sets, change] });
    }
  }
  for (const { change, sets } of groups.values()) {
    const { name, from, to } = change;
    report.tell({
      ...sentence(change, sets, system, is.steward !== undefined),
      object: titleOf(sets[0]),
      field: `${TEMPLATES}[${name}]`,
      from,
      to,
      needsYes: true,
    });
  }
}

function templateChanges(before: Claim[] | undefined, after: Claim[] | undefined): TemplateChange[] {
  const { came, went, stayed } = compared(before, after, ({ metadata }) => metadata.name);
  return [
    ...went.map((claim) => ({ kind: 'went' as const, name: claim.metadata.name, from: sizeOf(claim) })),
    ...came.map((claim) => ({ kind: 'came' as const, name: claim.metadata.name, to: sizeOf(claim) })),
    ...stayed.flatMap(([old, now]): TemplateChange[] => {
      const { name } = now.metadata;
      if (same(old, now)) return [];
      const [from, to] = [sizeOf(old), sizeOf(now)];
      const sizes = larger(to, from) ? 'grows' : larger(from, to) ? 'shrinks' : undefined;
      const classes = [old, now].map(({ spec }) => spec?.storageClassName);
      return [
        ...(sizes ? [{ kind: sizes, name, from, to } as const] : []),
        ...(classes[0] === classes[1]
          ? []
          : [{ kind: 'class' as const, name, from: classes[0], to: classes[1] }]),
        ...(sizes || classes[0] !== classes[1] ? [] : [{ kind: 'other' as const, name }]),
      ];
    }),
  ];
}

function sentence(
  { kind, name, from, to }: TemplateChange,
  sets: readonly ObjectChange[],
  system: string,
  steward: boolean,
) {
  const whose = few(
    sets.map(({ after }) => after?.metadata.name ?? ''),
    3,
  );
  const refused = `the API server refuses it, since claim templates never change, and with it all else of ${sets.length === 1 ? 'this StatefulSet' : 'these StatefulSets'}${steward ? '; the steward waits meanwhile' : ''}`;
  const other =
    system === 'kafka'
      ? 'add brokers that have what you want, by ids and overrides, and let the old ones leave'
      : 'keep what there is, or make a cluster of another name and copy the data';
  switch (kind) {
    case 'went':
      return {
        verdict: 'data-lost' as const,
        what: `the volume ${name} (${show(from)}) of ${whose} is gone from the claim templates: ${refused}. Whoever recreates the StatefulSet to get it through leaves these volumes and what they hold behind`,
        instead: other,
      };
    case 'came':
      return {
        verdict: 'refused' as const,
        what: `the volume ${name} (${show(to)}) of ${whose} is new among the claim templates: ${refused}`,
        instead: other,
      };
    case 'grows':
      return {
        verdict: 'refused' as const,
        what: `the volume ${name} of ${whose} is to grow from ${from} to ${to} in the claim template: ${refused}`,
        instead: `keep ${from} as initialSize, and give ${to} as size: claims are then rendered by themselves, and grow`,
      };
    case 'shrinks':
      return {
        verdict: 'refused' as const,
        what: `the volume ${name} of ${whose} is to shrink from ${from} to ${to}: ${refused}. No volume can shrink`,
        instead: `keep ${from}; ${other}`,
      };
    case 'class':
      return {
        verdict: 'refused' as const,
        what: `the volume ${name} of ${whose} is to have the StorageClass ${show(to)} instead of ${show(from)}: ${refused}`,
        instead: other,
      };
    case 'other':
      return {
        verdict: 'refused' as const,
        what: `the claim template ${name} of ${whose} changes: ${refused}`,
        instead: other,
      };
  }
}

/** Claims that are rendered by themselves, since they have outgrown their template. */
function grown(cluster: Cluster): void {
  const { report, changes, was, is } = cluster;
  const grows = new Map<string, string[]>();
  const stays: string[] = [];
  for (const change of changes) {
    const { before, after } = change;
    if ((after ?? before)?.kind !== 'PersistentVolumeClaim') continue;
    const name = (after ?? before)?.metadata.name ?? '';
    const from = (before && sizeOf(before as Claim)) ?? templateSize(cluster, name);
    const to = after && sizeOf(after as Claim);
    if (!after) {
      report.take(change);
      stays.push(name);
    } else if (!before || larger(to, from)) {
      report.take(change, under('spec.resources'));
      if (!before) report.take(change);
      // That of a member that comes is made with this size.
      const key = before || from !== undefined ? `${from} to ${to}` : '';
      if (larger(to, from) && key) grows.set(key, [...(grows.get(key) ?? []), name]);
    }
  }
  for (const [sizes, names] of grows) {
    report.tell({
      verdict: 'applied-live',
      what: `${names.length === 1 ? 'the volume' : `${names.length} volumes`} ${few(names, 3)} grow${names.length === 1 ? 's' : ''} from ${sizes}, while servers use ${names.length === 1 ? 'it' : 'them'}; the StorageClass has to allow it (allowVolumeExpansion)`,
      object: titled(cluster, 'PersistentVolumeClaim', names[0]),
      field: 'spec.resources.requests.storage',
    });
  }
  if (stays.length === 0) return;
  const wanted = [...is.sets.values()].some((set) => set.spec?.volumeClaimTemplates);
  const size = find(was.objects, 'PersistentVolumeClaim', stays[0]);
  report.tell({
    verdict: 'nothing',
    what: `${stays.length === 1 ? 'the claim' : 'the claims'} ${stays.length > 3 ? few(stays, 3) : list(stays)} of ${show(size && sizeOf(size as Claim))} ${stays.length === 1 ? 'is' : 'are'} not rendered any more, and ${wanted && stays.length === 1 ? 'stays as it is' : 'stay as they are'}: GitOps controllers are told to leave claims alone, and kubectl apply deletes nothing`,
    object: titled(cluster, 'PersistentVolumeClaim', stays[0]),
  });
}

/** Size that a claim was made with, by the template of its StatefulSet. */
function templateSize({ was }: Cluster, claim: string): string | undefined {
  for (const [name, set] of was.sets) {
    const templates: Claim[] = set.spec?.volumeClaimTemplates ?? [];
    const found = templates.find(({ metadata }) => claim.startsWith(`${metadata.name}-${name}-`));
    if (found) return sizeOf(found);
  }
  return undefined;
}
