import { LABEL_PREFIX } from '../../core/names';
import type { Effect, ObjectChange } from '../types';
import { TEMPLATES } from './claims';
import { type Cluster, votersOf } from './cluster';
import { hasSteward } from './operations';
import { wordFor } from './presence';
import { because, mainField, reasonsFor, templateFields } from './reasons';
import { titleOf, under } from './report';
import { count, few, list, named } from './words';

/**
 * Who restarts for what changed in pod templates, in which order and why. Where that is blocked, other rules have told what
 * happens instead.
 */
export function restarts(cluster: Cluster, blocked: boolean): void {
  const voters = votersOf(cluster);
  const { sets, applied } = changedSets(cluster);
  const own = applied.find(({ after }) => after?.metadata.name === voters?.set);
  const brokers = applied.filter(({ after }) => after?.metadata.name !== voters?.set);
  if (blocked) {
    blockedRestarts(cluster, sets);
    return;
  }
  if (own && voters) restartVoters(cluster, own);
  const groups = new Map<string, ObjectChange[]>();
  for (const change of brokers) {
    const why = because(reasonsFor(cluster, change));
    groups.set(why, [...(groups.get(why) ?? []), change]);
  }
  for (const [why, changes] of groups) restartBrokers(cluster, changes, why, groups.size > 1);
}

/** StatefulSets whose pods are to change, all of them, and those that the API server takes. */
export function changedSets({ report, changes }: Cluster): {
  sets: ObjectChange[];
  applied: ObjectChange[];
} {
  const sets = changes.filter(
    (change) => change.before && change.after?.kind === 'StatefulSet' && templateFields(change).length > 0,
  );
  for (const change of sets) report.take(change, under('spec.template'));
  // It refuses all of a StatefulSet whose claim templates change.
  const refused = ({ fields }: ObjectChange) => fields.some(({ path }) => under(TEMPLATES)(path));
  return { sets, applied: sets.filter((change) => !refused(change)) };
}

/** Nobody restarts, for a reason that other rules have told. */
export function blockedRestarts(cluster: Cluster, sets: readonly ObjectChange[]): void {
  const [first] = sets;
  const why = new Set(sets.flatMap((change) => reasonsFor(cluster, change)));
  const what = `no roll gets through before that is settled; changed in pods: ${because([...why])}`;
  if (first) cluster.report.tell(told(first, 'nothing', what));
}

/** What a change of a pod template does, with the field that says most of why. */
export function told(change: ObjectChange, verdict: Effect['verdict'], what: string): Effect {
  const field = mainField(change);
  return {
    verdict,
    what,
    object: titleOf(change),
    ...(field && { field: field.path, from: field.from, to: field.to }),
  };
}

/** Who is to restart while nobody restarts anybody. */
export const notStarted = (who: string, why: string): string =>
  `${who} go on as they are, since the steward is stopped, and restart once it is started again: ${why}`;

function restartVoters(cluster: Cluster, change: ObjectChange): void {
  const { system, report } = cluster;
  const voters = votersOf(cluster);
  const before = new Set(voters?.before.map(({ id }) => id));
  const staying = (voters?.after ?? []).filter(({ id }) => before.has(id));
  const why = because(reasonsFor(cluster, change));
  const what = voters?.what ?? 'member';
  const who = count(staying.length, what);
  if (cluster.is.steward && !hasSteward(cluster)) {
    report.tell(told(change, 'nothing', notStarted(who, why)));
    return;
  }
  if (staying.length === 1) {
    const holder = system === 'kafka' ? 'what controllers decide' : `the ${wordFor(system)}`;
    report.tell(
      told(
        change,
        'outage',
        `the only ${what} restarts, which interrupts ${holder} for some seconds: ${why}`,
      ),
    );
    return;
  }
  const order = cluster.is.steward
    ? orderOf(
        system,
        staying.some(({ votes }) => !votes),
      )
    : 'by the StatefulSet, the highest id first and whoever leads';
  report.tell(told(change, 'rolling-restart', `${who} restart one at a time, ${order}: ${why}`));
}

function orderOf(system: string, observers: boolean): string {
  if (system === 'kafka') return 'before any broker, the active controller last';
  if (system === 'etcd') return 'the highest id first, the leader last and after it has handed over';
  return observers
    ? 'observers first, then followers, the highest id first, the leader last'
    : 'the highest id first, the leader last';
}

const idOf = ({ after }: ObjectChange): number => Number(after?.metadata.labels?.[`${LABEL_PREFIX}/member`]);

function restartBrokers(
  cluster: Cluster,
  changes: readonly ObjectChange[],
  why: string,
  others: boolean,
): void {
  const { is, report } = cluster;
  const [first] = changes;
  const ids = changes.map(idOf).sort((a, b) => a - b);
  const all = (is.gate.brokers ?? []).length;
  const who = ids.length === all && all > 3 ? `all ${all} brokers` : named('broker', ids);
  if (is.steward && !hasSteward(cluster)) {
    report.tell(told(first, 'nothing', notStarted(who, why)));
  } else if (all === 1) {
    const what = `the only broker restarts, which interrupts the cluster until it has read its logs: ${why}`;
    report.tell(told(first, 'outage', what));
  } else if (ids.length === 1) {
    report.tell(
      told(
        first,
        'rolling-restart',
        `${who} restarts${others && is.steward ? ', and no other broker meanwhile' : ''}: ${why}${pausing(cluster)}`,
      ),
    );
  } else if (is.steward) {
    const what = `${who} restart one at a time, by their ids, each while all replicas are in sync: ${why}${pausing(cluster)}`;
    report.tell(told(first, 'rolling-restart', what));
  } else if (isArgoCd(first)) {
    report.tell(
      told(first, 'rolling-restart', `${who} restart one after the other, by Argo CD's sync waves: ${why}`),
    );
  } else {
    report.tell({
      ...told(
        first,
        'outage',
        `${who} restart at the same moment, since each is a StatefulSet of its own and there is no steward: ${why}`,
      ),
      instead:
        'change the brokers one by one, apply with Argo CD, which keeps their sync waves, or let a steward do it',
      needsYes: true,
    });
  }
}

/** Whether nobody but Argo CD applies it, by the annotations that keep brokers from being pruned. */
function isArgoCd({ after }: ObjectChange): boolean {
  const annotations = after?.metadata.annotations ?? {};
  return (
    'argocd.argoproj.io/sync-wave' in annotations && !('kustomize.toolkit.fluxcd.io/prune' in annotations)
  );
}

interface Topic {
  readonly name: string;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly delete?: boolean;
}

/** Topics whose partitions have no more copies than must be in sync. */
function pausing({ is }: Cluster): string {
  const topics: Topic[] = is.settings.wanted?.topics ?? [];
  const least = is.settings.dynamicConfiguration?.['min.insync.replicas'] ?? '1';
  const paused = topics.filter(
    (topic) =>
      !topic.delete && topic.replicationFactor <= Number(topic.configs['min.insync.replicas'] ?? least),
  );
  if (paused.length === 0) return '';
  const names = paused.map(({ name }) => name);
  return `; partitions of ${names.length > 3 ? few(names, 3) : list(names)} pause meanwhile, which have no more copies than must be in sync`;
}
