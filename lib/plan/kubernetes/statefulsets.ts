import type { FieldChange } from '../types';
import { claimNames, deleted, RECREATE, retention, retentionPolicy, templates } from './claim-templates';
import { handedOver, stuck } from './defaulted';
import { endpointsLostWith, lostEndpoints } from './endpoints';
import { ordinals, startOf } from './ordinals';
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

/** How pods of a template that has changed come to be. */
function restarts(fields: readonly FieldChange[], { object, after }: Changed): Draft[] {
  const strategy = after.spec?.updateStrategy ?? {};
  const replicas = replicasOf(after);
  const why = reasons(fields);
  const at = first(ranked(fields));
  if (replicas === 0) {
    return [{ verdict: 'nothing', what: `no pod restarts, since ${object} has none: ${why}`, ...at }];
  }
  if (strategy.type === 'OnDelete') {
    const what =
      `no pod of ${object} restarts by itself, because its update strategy is OnDelete: each takes the new ` +
      `template when it is deleted or evicted: ${why}`;
    return [{ verdict: 'applied-live', what, ...at }];
  }
  const partition = Number(strategy.rollingUpdate?.partition ?? 0);
  const start = startOf(after);
  const moved =
    replicas === undefined ? undefined : Math.max(0, replicas + start - Math.max(partition, start));
  if (moved === 0) {
    const what = `no pod of ${object} restarts, because its partition ${partition} keeps all of them as they are: ${why}`;
    return [{ verdict: 'nothing', what, ...at }];
  }
  const pods = moved === undefined ? 'the pods' : count(moved, 'pod');
  const most = share(strategy.rollingUpdate?.maxUnavailable ?? 1, replicas ?? 1, Math.ceil) ?? 1;
  if (moved !== undefined && moved > 1 && most >= moved) {
    const what = `all ${pods} of ${object} restart together, because maxUnavailable is ${strategy.rollingUpdate.maxUnavailable}: ${why}`;
    return [{ verdict: 'outage', what, instead: 'lower maxUnavailable first', needsYes: true, ...at }];
  }
  const how =
    replicas === 1
      ? 'and nobody serves meanwhile'
      : most > 1
        ? `${most} at a time, the highest ordinals first`
        : moved === 1
          ? 'and no other'
          : 'one at a time, the highest ordinal first, each after the one before it is ready';
  const only = partition > start ? ` with an ordinal of ${partition} or more` : '';
  const verb = moved === 1 ? 'restarts' : 'restart';
  return [{ verdict: 'rolling-restart', what: `${pods} of ${object}${only} ${verb}, ${how}: ${why}`, ...at }];
}

const replicas: FieldRule = each(['spec.replicas'], (field, { object, before, after }) => {
  const [from, to] = [replicasOf(before), replicasOf(after)];
  if (from !== undefined && to === undefined) return handedOver(object, from);
  if (from === undefined || to === undefined) {
    const what = `${object} gets ${count(to ?? 1, 'pod')}, whatever number it was scaled to`;
    return { verdict: 'applied-live', what, needsYes: true };
  }
  // Which pods come and go is told by the change of the ordinals then.
  if (startOf(before) !== startOf(after)) return undefined;
  const names = claimNames(before);
  const kept = retention(after).whenScaled !== 'Delete' || names.length === 0;
  if (to > from) {
    const what = `${count(to - from, 'pod')} of ${object} ${to - from === 1 ? 'is' : 'are'} added: ${shown(field)}`;
    return { verdict: 'applied-live', what };
  }
  const fewer =
    from - to === 1
      ? `the pod of ${object} with the highest ordinal ends`
      : `${from - to} pods of ${object}, those with the highest ordinals, end`;
  if (!kept) {
    const what = `${fewer}, and what was claimed there is deleted with all data, because whenScaled is Delete: ${shown(field)}`;
    return {
      verdict: 'data-lost',
      what,
      instead: 'set whenScaled to Retain, or be sure that the data is elsewhere',
      needsYes: true,
    };
  }
  const claims = names.length === 0 ? '' : from - to === 1 ? '; its claims stay' : '; their claims stay';
  if (to === 0) {
    return { verdict: 'outage', what: `all pods of ${object} end${claims}: ${shown(field)}`, needsYes: true };
  }
  const them = from - to === 1 ? 'in it that it does not come back' : 'in them that they do not come back';
  const what = `${fewer}, and nobody tells the program ${them}${claims}: ${shown(field)}`;
  return { verdict: 'applied-live', what, needsYes: true };
});

const strategy: FieldRule = {
  at: ['spec.updateStrategy'],
  judge: (fields, { object, before, after }) => {
    const [from, to] = [before.spec?.updateStrategy ?? {}, after.spec?.updateStrategy ?? {}];
    const old = Number(from.rollingUpdate?.partition ?? 0);
    const now = Number(to.rollingUpdate?.partition ?? 0);
    const loosened = to.type !== 'OnDelete' && (from.type === 'OnDelete' || now < old);
    // The number of the one strategy comes and goes with it.
    const type = fields.filter(({ path }) => path === 'spec.updateStrategy.type');
    const change = listed(type.length > 0 ? type : fields);
    if (to.type === 'OnDelete' && defaulted(from))
      return [stuck(object, fields, 'spec.updateStrategy', PARTITION)];
    const what = loosened
      ? `pods of ${object} that are not of its newest template restart, one at a time: ${change}`
      : `${object} replaces its pods differently from now on: ${change}`;
    return [{ verdict: loosened ? 'rolling-restart' : 'applied-live', what, ...first(fields) }];
  },
};

const PARTITION = 'updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}';

/** Whether the API server has put a partition there, which nobody who applies takes away again. */
function defaulted({
  type,
  rollingUpdate,
}: {
  type?: string;
  rollingUpdate?: { partition?: number };
}): boolean {
  return type === undefined && rollingUpdate?.partition === undefined;
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ */
export const statefulSets: KindRules = {
  deleted: (whole) => [...deleted(whole), ...endpointsLostWith(whole)],
  changed: [
    templates,
    immutable(['spec.selector', 'spec.serviceName', 'spec.podManagementPolicy'], RECREATE),
    { at: ['spec.template'], judge: restarts },
    replicas,
    strategy,
    retentionPolicy,
    ordinals,
    live(
      ['spec.minReadySeconds', 'spec.revisionHistoryLimit'],
      (object) => `${object} takes it up without a restart`,
    ),
  ],
  also: lostEndpoints,
};
