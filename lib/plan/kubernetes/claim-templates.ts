import { quantity } from '../quantity';
import type { FieldChange, Manifest } from '../types';
import { type Draft, each, enumerate, type FieldRule, first, listed, shown, type Whole } from './rule';
import { replicasOf, World } from './world';

/** What to do where a field of a StatefulSet cannot change. */
export const RECREATE =
  'keep the field, or delete the StatefulSet with --cascade=orphan, which leaves its pods and claims alone, and apply again';

/** Names of the claims that each member has. */
export function claimNames({ spec }: Manifest): string[] {
  return ((spec?.volumeClaimTemplates ?? []) as Manifest[]).map(({ metadata }) => metadata?.name);
}

function claimsOf(manifest: Manifest, template: string): string {
  const replicas = replicasOf(manifest);
  const name = `${template}-${manifest.metadata.name}`;
  if (replicas === undefined || replicas === 0) return `claims ${name}-*`;
  const at = Number(manifest.spec?.ordinals?.start ?? 0);
  const [low, high] = [`${name}-${at}`, `${name}-${at + replicas - 1}`];
  return replicas === 1 ? `claim ${low}` : `claims ${low} to ${high}`;
}

/** When claims are deleted with what used them. */
export function retention(manifest: Manifest): { whenDeleted?: string; whenScaled?: string } {
  return manifest.spec?.persistentVolumeClaimRetentionPolicy ?? {};
}

/** Everything about claim templates is refused; that a template is gone tells what it would come to otherwise. */
export const templates: FieldRule = {
  at: ['spec.volumeClaimTemplates'],
  judge: (fields, changed) => {
    const { object, before, after } = changed;
    const kept = new Set(claimNames(after));
    const lost = claimNames(before).filter((name) => !kept.has(name));
    const fresh = claimNames(after).filter((name) => !claimNames(before).includes(name));
    const size = fields.length === 1 ? fields[0] : undefined;
    const refusal: Draft = {
      verdict: 'refused',
      what: `the API server refuses the change of ${object}: ${listed(fields)} ${size ? sizeOf(size) : 'cannot change'}`,
      instead: size ? insteadOf(size) : RECREATE,
      ...first(fields),
    };
    return [
      refusal,
      ...lost.map((name): Draft => {
        const into = fresh.length === 1 && lost.length === 1 ? `renamed to "${fresh[0]}"` : 'removed';
        return {
          verdict: 'data-lost',
          what:
            `claim template "${name}" of ${object} is ${into}: the API server refuses that, and a StatefulSet ` +
            `that is deleted and created anew leaves ${claimsOf(before, name)} behind and starts empty`,
          instead: `keep the claim template "${name}", or copy the data before anybody deletes the StatefulSet`,
          field: `spec.volumeClaimTemplates[${name}]`,
        };
      }),
    ];
  },
};

const STORAGE = /\.resources\.requests\.storage$/;

function sizeOf({ path, from, to }: FieldChange): string {
  const [before, after] = [quantity(from), quantity(to)];
  if (!STORAGE.test(path) || before === undefined || after === undefined) return 'cannot change';
  return after > before ? 'cannot grow here' : 'cannot shrink';
}

function insteadOf({ path, from, to }: FieldChange): string {
  if (!STORAGE.test(path)) return RECREATE;
  const grows = (quantity(to) ?? 0) > (quantity(from) ?? 0);
  if (!grows) return 'keep the size: no volume of Kubernetes shrinks';
  return (
    'grow each claim (kubectl patch persistentvolumeclaim), delete the StatefulSet with --cascade=orphan, and ' +
    'apply again'
  );
}

/** Whether claims end with what used them. */
export const retentionPolicy: FieldRule = each(
  ['spec.persistentVolumeClaimRetentionPolicy'],
  (field, changed) => {
    const { object, before } = changed;
    if (field.to !== 'Delete')
      return { verdict: 'applied-live', what: `claims of ${object} are kept: ${shown(field)}` };
    if (claimNames(before).length === 0)
      return { verdict: 'nothing', what: `${object} has no claims that this could be of: ${shown(field)}` };
    const when = /whenScaled/.test(field.path) ? 'a pod is scaled away' : 'the StatefulSet is deleted';
    return {
      verdict: 'data-lost',
      what: `from now on claims of ${object} are deleted with all data as soon as ${when}: ${shown(field)}`,
      instead: 'keep Retain, and delete claims by hand',
      needsYes: true,
    };
  },
);

/** What a StatefulSet that is deleted leaves. */
export function deleted({ object, manifest, context }: Whole): Draft[] {
  const names = claimNames(manifest);
  const ends = `${object} is deleted and all its pods end`;
  if (names.length > 0 && retention(manifest).whenDeleted === 'Delete') {
    const what = `${ends}, and with them ${enumerate(names.map((name) => claimsOf(manifest, name)))} and all data, because whenDeleted is Delete`;
    return [{ verdict: 'data-lost', what, instead: 'set whenDeleted to Retain first', needsYes: true }];
  }
  if (names.length === 0) return [{ verdict: 'outage', what: ends, needsYes: true }];
  const heir = heirOf(manifest, context);
  const claims = enumerate(names.map((name) => claimsOf(manifest, name)));
  const one = !/^claims | and /.test(claims);
  if (!heir)
    return [{ verdict: 'outage', what: `${ends}; ${claims} ${one ? 'stays' : 'stay'}`, needsYes: true }];
  return [
    {
      verdict: 'data-lost',
      what: `${ends}; ${claims} ${one ? 'is' : 'are'} left behind, and ${heir}, which takes its place, starts empty`,
      instead: 'keep the name and the namespace, or copy the data first',
      needsYes: true,
    },
  ];
}

/** A StatefulSet that is new and looks like this one under another name. */
function heirOf(manifest: Manifest, { before, after }: Whole['context']): string | undefined {
  const shape = (of: Manifest) =>
    JSON.stringify([
      claimNames(of).sort(),
      ((of.spec?.template?.spec?.containers ?? []) as { name: string }[]).map(({ name }) => name).sort(),
    ]);
  const heir = World.of(after)
    .all('StatefulSet.apps')
    .find((of) => !World.of(before).same(of) && shape(of) === shape(manifest));
  if (!heir) return undefined;
  return `StatefulSet ${heir.metadata.namespace ? `${heir.metadata.namespace}/` : ''}${heir.metadata.name}`;
}
