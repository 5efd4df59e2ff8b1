import { describe } from '../identity';
import type { FieldChange, Manifest } from '../types';
import { type Draft, each, type FieldRule, listed, shown } from './rule';

function annotationsOf(manifest: Manifest): Readonly<Record<string, string>> {
  return manifest.metadata.annotations ?? {};
}

/** The annotation by which an object stays in the cluster although it is rendered no more; undefined: it goes. */
export function keptBy(manifest: Manifest): string | undefined {
  const of = annotationsOf(manifest);
  if (of['helm.sh/resource-policy'] === 'keep') return 'helm.sh/resource-policy: keep';
  if (/\bPrune=false\b/.test(of['argocd.argoproj.io/sync-options'] ?? ''))
    return 'argocd.argoproj.io/sync-options: Prune=false';
  const flux = manifest.metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune'];
  return flux === 'disabled' || manifest.metadata.labels?.['kustomize.toolkit.fluxcd.io/prune'] === 'disabled'
    ? 'kustomize.toolkit.fluxcd.io/prune: disabled'
    : undefined;
}

/** The annotation by which an object that cannot be changed is deleted and made anew. */
export function recreatedBy(manifest: Manifest): string | undefined {
  const of = annotationsOf(manifest);
  const argo = of['argocd.argoproj.io/sync-options'] ?? '';
  if (/\bForce=true\b/.test(argo) && /\bReplace=true\b/.test(argo))
    return 'argocd.argoproj.io/sync-options: Force=true,Replace=true';
  return of['kustomize.toolkit.fluxcd.io/force'] === 'enabled'
    ? 'kustomize.toolkit.fluxcd.io/force: enabled'
    : undefined;
}

const POD_SECURITY = /pod-security\.kubernetes\.io\/enforce\]?$/;

/** Labels and annotations of an object itself, which no pod sees. */
function marks(fields: readonly FieldChange[], manifest: Manifest): Draft[] {
  const object = describe(manifest);
  const enforced = manifest.kind === 'Namespace' ? fields.filter(({ path }) => POD_SECURITY.test(path)) : [];
  const rest = fields.filter((field) => !enforced.includes(field));
  const short = (field: FieldChange) => shown({ ...field, path: field.path.replace(/^metadata\./, '') });
  return [
    ...enforced.map(
      (field): Draft => ({
        verdict: 'applied-live',
        what: `pods in ${object} that run stay, and those that the new level forbids are refused when they are made anew: ${shown(field)}`,
        needsYes: true,
        field: field.path,
      }),
    ),
    ...(rest.length === 0
      ? []
      : [
          {
            verdict: 'nothing' as const,
            what: `${object} has other labels or annotations, which no pod notices: ${listed(rest, short)}`,
            field: rest[0].path,
          },
        ]),
  ];
}

/** What every object of Kubernetes has. */
export const everyObject: readonly FieldRule[] = [
  { at: ['metadata.labels', 'metadata.annotations'], judge: (fields, { after }) => marks(fields, after) },
  each(['apiVersion'], (field, { object }) => ({
    verdict: 'nothing',
    what: `${object} is written in another version of the API, and stored as it was: ${shown(field)}`,
  })),
  each(['metadata.finalizers', 'metadata.ownerReferences'], (field, { object }) => ({
    verdict: 'applied-live',
    what: `whether ${object} can be deleted depends on others: ${shown(field)}`,
  })),
];
