import type { FieldChange } from '../types';
import { handedOver, stuck } from './defaulted';
import { endpointsLostWith, lostEndpoints } from './endpoints';
import {
  type Changed,
  count,
  type Draft,
  each,
  type FieldRule,
  first,
  immutable,
  type KindRules,
  listed,
  live,
  shown,
} from './rule';
import { ranked, reasons, share } from './template';
import { replicasOf } from './world';

const RECREATE = 'keep the field, or render the workload under another name and remove the old one later';

function restarts(fields: readonly FieldChange[], { object, after }: Changed): Draft[] {
  const strategy = after.spec?.strategy ?? {};
  const replicas = replicasOf(after);
  const why = reasons(fields);
  const at = first(ranked(fields));
  if (replicas === 0 || after.spec?.paused === true) {
    const because = replicas === 0 ? 'it has none' : 'it is paused';
    return [{ verdict: 'nothing', what: `no pod of ${object} restarts, because ${because}: ${why}`, ...at }];
  }
  const pods = replicas === undefined ? 'the pods' : count(replicas, 'pod');
  if (strategy.type === 'Recreate') {
    const what = `all pods of ${object} end before new ones start, because its strategy is Recreate: ${why}`;
    return [{ verdict: 'outage', what, needsYes: true, ...at }];
  }
  const most = share(strategy.rollingUpdate?.maxUnavailable ?? '25%', replicas ?? 1, Math.floor) ?? 0;
  const surge = share(strategy.rollingUpdate?.maxSurge ?? '25%', replicas ?? 1, Math.ceil) ?? 1;
  if (replicas !== undefined && most >= replicas) {
    const what = `all ${pods} of ${object} may be replaced together, because maxUnavailable is ${strategy.rollingUpdate.maxUnavailable}: ${why}`;
    return [
      { verdict: 'outage', what, instead: 'lower maxUnavailable, or allow a surge', needsYes: true, ...at },
    ];
  }
  const verb = replicas === 1 ? 'is' : 'are';
  const how = `at most ${most} missing and ${surge} more than wanted at a time`;
  return [
    { verdict: 'rolling-restart', what: `${pods} of ${object} ${verb} replaced, ${how}: ${why}`, ...at },
  ];
}

const replicas: FieldRule = each(['spec.replicas'], (field, { object, before, after }) => {
  const [from, to] = [replicasOf(before), replicasOf(after)];
  if (from !== undefined && to === undefined) return handedOver(object, from);
  if (from === undefined)
    return {
      verdict: 'applied-live',
      what: `${object} gets ${count(to ?? 1, 'pod')}, whatever number it was scaled to`,
      needsYes: true,
    };
  if (to === 0)
    return { verdict: 'outage', what: `all pods of ${object} end: ${shown(field)}`, needsYes: true };
  const more = (to as number) - from;
  const what = `${count(Math.abs(more), 'pod')} of ${object} ${Math.abs(more) === 1 ? 'is' : 'are'} ${more > 0 ? 'added' : 'ended'}: ${shown(field)}`;
  return { verdict: 'applied-live', what };
});

const ROLLING = 'strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}';

const strategy: FieldRule = {
  at: ['spec.strategy'],
  judge: (fields, { object, before, after }) => {
    if (after.spec?.strategy?.type === 'Recreate' && before.spec?.strategy?.rollingUpdate === undefined)
      return [
        stuck(
          object,
          fields,
          'spec.strategy.rollingUpdate',
          ROLLING,
          'server-side apply (kubectl --server-side, Flux)',
        ),
      ];
    const type = fields.filter(({ path }) => path === 'spec.strategy.type');
    const what = `${object} replaces its pods differently from now on: ${listed(type.length > 0 ? type : fields)}`;
    return [{ verdict: 'applied-live', what, ...first(fields) }];
  },
};

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ */
export const deployments: KindRules = {
  deleted: (whole) => [
    { verdict: 'outage', what: `${whole.object} is deleted and all its pods end`, needsYes: true },
    ...endpointsLostWith(whole),
  ],
  changed: [
    immutable(['spec.selector'], RECREATE),
    { at: ['spec.template'], judge: restarts },
    replicas,
    strategy,
    each(['spec.paused'], ({ to }, { object }) =>
      to
        ? {
            verdict: 'applied-live',
            what: `${object} is paused: changes of its template wait until it is not`,
          }
        : {
            verdict: 'rolling-restart',
            what: `${object} is paused no more: pods that are not of its newest template are replaced`,
          },
    ),
    live(
      ['spec.minReadySeconds', 'spec.revisionHistoryLimit', 'spec.progressDeadlineSeconds'],
      (object) => `${object} takes it up without a restart`,
    ),
  ],
  also: lostEndpoints,
};

/** A ReplicaSet replaces no pod because its template has changed. */
export const replicaSets: KindRules = {
  ...deployments,
  changed: [
    immutable(['spec.selector'], RECREATE),
    live(['spec.template'], (object) => `only pods that ${object} makes from now on are of the new template`),
    replicas,
    live(['spec.minReadySeconds'], (object) => `${object} takes it up without a restart`),
  ],
};

function daemons(fields: readonly FieldChange[], { object, after }: Changed): Draft[] {
  const strategy = after.spec?.updateStrategy ?? {};
  const why = reasons(fields);
  const at = first(ranked(fields));
  if (strategy.type === 'OnDelete') {
    const what = `no pod of ${object} restarts by itself, because its update strategy is OnDelete: ${why}`;
    return [{ verdict: 'applied-live', what, ...at }];
  }
  const most = strategy.rollingUpdate?.maxUnavailable ?? 1;
  if (most === '100%') {
    const what = `the pods of ${object} restart on all nodes together, because maxUnavailable is 100%: ${why}`;
    return [{ verdict: 'outage', what, instead: 'lower maxUnavailable', needsYes: true, ...at }];
  }
  const how =
    Number.parseInt(String(most), 10) === 0 ? 'each after its successor is ready' : `${most} at a time`;
  return [
    { verdict: 'rolling-restart', what: `the pod of ${object} on each node restarts, ${how}: ${why}`, ...at },
  ];
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/ */
export const daemonSets: KindRules = {
  deleted: deployments.deleted,
  changed: [
    immutable(['spec.selector'], RECREATE),
    { at: ['spec.template'], judge: daemons },
    each(['spec.updateStrategy'], (field, { object, before }) => {
      const loosened = before.spec?.updateStrategy?.type === 'OnDelete' && /type$/.test(field.path);
      return loosened
        ? {
            verdict: 'rolling-restart',
            what: `pods of ${object} that are not of its newest template restart: ${shown(field)}`,
          }
        : {
            verdict: 'applied-live',
            what: `${object} replaces its pods differently from now on: ${shown(field)}`,
          };
    }),
    live(
      ['spec.minReadySeconds', 'spec.revisionHistoryLimit'],
      (object) => `${object} takes it up without a restart`,
    ),
  ],
  also: lostEndpoints,
};
