import { describe, isBuiltIn, typeOf } from '../identity';
import type { Effect, FieldChange, Manifest, ObjectChange } from '../types';
import { budgets } from './budgets';
import { certificates } from './certificates';
import { claims, storageClasses, volumes } from './claims';
import { autoscalers, definitions, namespaces, ofOthers, priorities, simpleKinds } from './cluster-wide';
import { configuration, serviceAccounts } from './configuration';
import { daemonSets, deployments, replicaSets } from './deployments';
import { externalSecrets } from './external-secrets';
import { isHook } from './hooks';
import { cronJobs, jobs, pods } from './jobs';
import { everyObject, keptBy, recreatedBy } from './metadata';
import { ingresses, policies } from './network';
import { bindings, roles } from './rights';
import {
  type Changed,
  type Context,
  type Draft,
  enumerate,
  isAt,
  type KindRules,
  listed,
  wholeOf,
} from './rule';
import { services } from './services';
import { statefulSets } from './statefulsets';

export type { Context } from './rule';

const RBAC = 'rbac.authorization.k8s.io';

const KINDS: Readonly<Record<string, KindRules>> = {
  'StatefulSet.apps': statefulSets,
  'Deployment.apps': deployments,
  'ReplicaSet.apps': replicaSets,
  'DaemonSet.apps': daemonSets,
  'Job.batch': jobs,
  'CronJob.batch': cronJobs,
  Pod: pods,
  Service: services,
  ConfigMap: configuration,
  Secret: configuration,
  ServiceAccount: serviceAccounts,
  PersistentVolumeClaim: claims,
  PersistentVolume: volumes,
  'StorageClass.storage.k8s.io': storageClasses,
  [`Role.${RBAC}`]: roles,
  [`ClusterRole.${RBAC}`]: roles,
  [`RoleBinding.${RBAC}`]: bindings,
  [`ClusterRoleBinding.${RBAC}`]: bindings,
  'PodDisruptionBudget.policy': budgets,
  'NetworkPolicy.networking.k8s.io': policies,
  'Ingress.networking.k8s.io': ingresses,
  'HorizontalPodAutoscaler.autoscaling': autoscalers,
  Namespace: namespaces,
  'CustomResourceDefinition.apiextensions.k8s.io': definitions,
  'PriorityClass.scheduling.k8s.io': priorities,
  'Certificate.cert-manager.io': certificates,
  'ExternalSecret.external-secrets.io': externalSecrets,
  ...simpleKinds,
};

/** What an object's change does, as far as it is known. */
export interface Judgement {
  readonly effects: readonly Effect[];
  /** Kinds and fields that nothing is known of, in words. */
  readonly unknown: readonly string[];
}

/** What Kubernetes itself makes of the change of one object. */
export function kubernetesEffects(change: ObjectChange, context: Context): Judgement {
  const manifest = (change.after ?? change.before) as Manifest;
  const rules = KINDS[typeOf(manifest)] ?? ofOthers(manifest);
  const object = describe(manifest);
  const named = (drafts: readonly Draft[], unknown: readonly string[] = []): Judgement => ({
    effects: drafts.map((draft) => ({ object, ...draft })),
    unknown,
  });
  if (!change.after) return gone(change, rules, context, named);
  if (!change.before) return come(change, rules, context, named);
  const { after, before, fields } = change;
  const { drafts, unknown } = judged({ object, before, after, fields, context }, rules);
  return named(settled(drafts, { object, before, after, fields, context }, rules), unknown);
}

type Named = (drafts: readonly Draft[], unknown?: readonly string[]) => Judgement;

function gone(change: ObjectChange, rules: KindRules | undefined, context: Context, named: Named): Judgement {
  const whole = wholeOf(change, context);
  const { object, manifest } = whole;
  const kept = keptBy(manifest);
  if (kept)
    return named([
      { verdict: 'nothing', what: `${object} is rendered no more and stays, because of ${kept}` },
    ]);
  if (!rules)
    return named([], [`${object}: it is deleted, and what its controller does then is not known here`]);
  if (isHook(manifest)) return named([{ verdict: 'nothing', what: `${object}, a hook, runs no more` }]);
  return named(rules.deleted(whole));
}

function come(change: ObjectChange, rules: KindRules | undefined, context: Context, named: Named): Judgement {
  const whole = wholeOf(change, context);
  if (!rules)
    return named([], [`${whole.object}: it is created, and what its controller does then is not known here`]);
  return named(rules.created?.(whole) ?? [{ verdict: 'applied-live', what: `${whole.object} is created` }]);
}

function judged(changed: Changed, rules: KindRules | undefined): { drafts: Draft[]; unknown: string[] } {
  const { object, after } = changed;
  const known = [...everyObject, ...(rules?.changed ?? [])];
  const taken = new Map<(typeof known)[number], FieldChange[]>();
  const unknown: FieldChange[] = [];
  for (const field of changed.fields) {
    const rule = known.find(({ at }) => at.some((path) => isAt(field.path, path)));
    // Of a kind that is not known, not even another version of its API is.
    if (!rule || (field.path === 'apiVersion' && !rules && !isBuiltIn(after))) unknown.push(field);
    else taken.set(rule, [...(taken.get(rule) ?? []), field]);
  }
  const drafts = known.flatMap((rule) => {
    const fields = taken.get(rule);
    return fields ? rule.judge(fields, changed) : [];
  });
  const called = rules?.unknown ? enumerate(rules.unknown(unknown)) : listed(unknown);
  const words = called === '' ? [] : [`${object}: ${called} changes, and what that does is not known here`];
  return { drafts: [...drafts, ...(rules?.also?.(changed) ?? [])], unknown: words };
}

/** A refusal is of the object as a whole: nothing else of the change comes true, unless somebody makes it anew. */
function settled(drafts: readonly Draft[], changed: Changed, rules: KindRules | undefined): readonly Draft[] {
  const refusals = drafts.filter(({ verdict }) => verdict === 'refused');
  if (refusals.length === 0) return drafts;
  const { object, before, after, context } = changed;
  const anew = recreatedBy(after);
  if (anew && rules) {
    const what = `${object} is deleted and made anew, because it cannot be changed and ${anew} asks for that`;
    return rules.deleted({ object, manifest: before, context }).map((draft) => ({
      ...draft,
      what: `${what}: ${draft.what}`,
      field: refusals[0].field,
    }));
  }
  return drafts.filter(({ verdict }) => verdict === 'refused' || verdict === 'data-lost');
}
