import type { Workload } from '../../core/lint/pod-index';
import { fieldChanges } from '../compare';
import { typeOf } from '../identity';
import type { Manifest } from '../types';
import { type Context, type Draft, few, isAt } from './rule';
import { manifestOf, nameOfWorkload, replicasOf, World } from './world';

/** Fields of a workload whose change is refused, so that its pods stay what they are. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'StatefulSet.apps': [
    'spec.selector',
    'spec.serviceName',
    'spec.podManagementPolicy',
    'spec.volumeClaimTemplates',
  ],
  'Deployment.apps': ['spec.selector'],
  'DaemonSet.apps': ['spec.selector'],
};

function isRefused(before: Manifest, after: Manifest): boolean {
  const fixed = FIXED[typeOf(after)] ?? [];
  return fieldChanges(before, after).some(({ path }) => fixed.some((at) => isAt(path, at)));
}

/** Why pods of the old template go on although there is a new one; undefined: they are replaced. */
function whyPodsStay(before: Manifest, after: Manifest): string | undefined {
  const type = typeOf(after);
  const { paused, updateStrategy = {} } = after.spec ?? {};
  if (isRefused(before, after)) return 'its change is refused';
  if (type === 'Deployment.apps') return paused === true ? 'it is paused' : undefined;
  if (type === 'StatefulSet.apps' || type === 'DaemonSet.apps') {
    // A steward replaces what its StatefulSet does not.
    const ours = after.metadata.labels?.['cdk8s-stateful/cluster'] !== undefined;
    if (updateStrategy.type === 'OnDelete') return ours ? undefined : 'its update strategy is OnDelete';
    const partition = Number(updateStrategy.rollingUpdate?.partition ?? 0);
    const start = Number(after.spec?.ordinals?.start ?? 0);
    return partition > start ? `its partition ${partition} keeps pods as they are` : undefined;
  }
  return type === 'ReplicaSet.apps' || type === 'Pod' ? 'nothing replaces its pods' : undefined;
}

/** Kinds whose pods run until they are done, and are of another template the next time. */
const ENDING = new Set(['Job.batch', 'CronJob.batch']);

interface Old {
  readonly workload: Workload;
  readonly why?: string;
}

/** Workloads that stay, and whose pods of the old template need what their new template does not. */
function oldPods(manifest: Manifest, context: Context): Old[] {
  const after = World.of(context.after);
  const needing = new Set(after.needing(manifest).map(nameOfWorkload));
  return World.of(context.before)
    .needing(manifest)
    .filter((workload) => !needing.has(nameOfWorkload(workload)))
    .flatMap((workload): Old[] => {
      const before = manifestOf(workload);
      const now = after.same(before);
      if (!now || replicasOf(before) === 0 || replicasOf(now) === 0) return [];
      return [{ workload, why: whyPodsStay(before, now) }];
    });
}

/** What becomes of pods without a ConfigMap or Secret that goes. */
export function withoutIt(goes: string, object: string, manifest: Manifest, context: Context): Draft[] {
  const named = (of: readonly Workload[]) => few(of.map(nameOfWorkload));
  const needing = World.of(context.after).needing(manifest);
  const old = oldPods(manifest, context);
  const stay = old.filter(({ why }) => why !== undefined);
  const replaced = old
    .filter(({ workload, why }) => why === undefined && !ENDING.has(typeOf(manifestOf(workload))))
    .map(({ workload }) => workload);
  const drafts: Draft[] = [];
  if (needing.length > 0) {
    const what = `${goes}, without which pods of ${named(needing)} do not start: those that run go on until they are made anew`;
    drafts.push({ verdict: 'outage', what, instead: `keep ${object}`, needsYes: true });
  }
  for (const { workload, why } of stay) {
    const what = `${goes}, and pods of ${nameOfWorkload(workload)} that stay of the old template, because ${why}, cannot restart without it`;
    const instead = `keep ${object} until no pod of the old template is left`;
    drafts.push({ verdict: 'outage', what, instead, needsYes: true });
  }
  if (replaced.length > 0) {
    const what = `${goes}, and pods of ${named(replaced)} need it until they are replaced: until then, none of the old template can restart`;
    const instead = `keep ${object} until they are replaced, and remove it with the next change`;
    drafts.push({ verdict: 'applied-live', what, instead, needsYes: true });
  }
  return drafts.length > 0
    ? drafts
    : [{ verdict: 'applied-live', what: `${goes}; nothing that is rendered needs it` }];
}
