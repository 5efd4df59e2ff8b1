import { typeOf } from '../identity';
import type { FieldChange, Manifest } from '../types';
import { type Changed, type Context, type Draft, first } from './rule';
import { reasons } from './template';
import { World } from './world';

const ARGO = 'argocd.argoproj.io/';
const ARGO_HOOK = `${ARGO}hook`;
const HELM_HOOK = 'helm.sh/hook';

function annotationsOf({ metadata }: Manifest): Readonly<Record<string, string>> {
  return metadata.annotations ?? {};
}

/** Whether Helm or Argo CD deletes a Job before it creates the next one of that name. */
export function isHook(manifest: Manifest): boolean {
  const annotations = annotationsOf(manifest);
  if (annotations[HELM_HOOK] === undefined && annotations[ARGO_HOOK] === undefined) return false;
  const policy = annotations[`${HELM_HOOK}-delete-policy`] ?? annotations[`${ARGO_HOOK}-delete-policy`];
  return policy === undefined || /before-hook-creation|BeforeHookCreation/.test(policy);
}

/** Whether manifests tell that Argo CD applies them; where it is not known who does, objects are marked for Flux, too. */
function argoApplies(manifest: Manifest): boolean {
  if (typeOf(manifest) === 'Application.argoproj.io') return true;
  const annotations = Object.keys(annotationsOf(manifest));
  if (annotations.some((key) => key.startsWith(ARGO_HOOK) || key.startsWith('kustomize.toolkit.fluxcd.io/')))
    return false;
  return [...annotations, ...Object.keys(manifest.metadata.labels ?? {})].some((key) => key.startsWith(ARGO));
}

/** The tool that makes a hook run, if the manifests tell that it is the one which applies them. */
function toolOf(manifest: Manifest, context: Context): string | undefined {
  const argo = [context.after, context.before].some((of) => World.of(of).objects.some(argoApplies));
  // Argo CD runs the hooks of Helm, too.
  if (argo) return 'Argo CD';
  const ofHelm = manifest.metadata.labels?.['app.kubernetes.io/managed-by'] === 'Helm';
  return ofHelm && annotationsOf(manifest)[HELM_HOOK] !== undefined ? 'Helm' : undefined;
}

/** What becomes of a hook that is another one: its tool makes it anew, and nobody else can change it. */
export function hookRunsAgain(fields: readonly FieldChange[], { object, after, context }: Changed): Draft[] {
  const tool = toolOf(after, context);
  const why = reasons(fields);
  if (tool) {
    const what = `${object} is a hook, so ${tool} deletes it and it runs again, as at each release; kubectl apply would be refused: ${why}`;
    return [{ verdict: 'applied-live', what, ...first(fields) }];
  }
  const who = annotationsOf(after)[ARGO_HOOK] === undefined ? 'Helm or Argo CD' : 'Argo CD';
  return [
    {
      verdict: 'refused',
      what: `the API server refuses the change of ${object} by kubectl apply; it is a hook, so ${who} would delete it first, and it would run again: ${why}`,
      instead: `let ${who} apply it, or delete the Job before`,
      ...first(fields),
    },
  ];
}
