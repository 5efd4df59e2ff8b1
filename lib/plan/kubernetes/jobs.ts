import type { FieldChange, Manifest } from '../types';
import { endpointsLostWith, lostEndpoints } from './endpoints';
import { hookRunsAgain, isHook } from './hooks';
import {
  type Changed,
  type Draft,
  each,
  type FieldRule,
  first,
  type KindRules,
  live,
  refused,
  shown,
} from './rule';
import { reasons } from './template';

const RENAME = 'give the Job another name, such as one with a hash of what it runs, or delete it first';

/** What may change in the template of a Job that waits to be started. */
const SCHEDULING =
  /^spec\.template\.(metadata\.(labels|annotations)|spec\.(nodeSelector|affinity|tolerations|schedulingGates))\b/;

function waits({ before, after }: Changed): boolean {
  return before.spec?.suspend === true && after.spec?.suspend === true;
}

function frozen(at: readonly string[]): FieldRule {
  return {
    at,
    judge: (fields, changed) => {
      if (isHook(changed.after)) return hookRunsAgain(fields, changed);
      return fields.flatMap((field): Draft[] =>
        waits(changed) && SCHEDULING.test(field.path)
          ? [
              {
                verdict: 'applied-live',
                what: `${changed.object} is suspended, and takes it up before it starts: ${shown(field)}`,
                ...first([field]),
              },
            ]
          : [refused(field, changed.object, RENAME)],
      );
    },
  };
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/ */
export const jobs: KindRules = {
  created: ({ object, manifest }) => [
    {
      verdict: 'applied-live',
      what: `${object} is created and ${manifest.spec?.suspend ? 'waits' : 'runs'}`,
    },
  ],
  deleted: ({ object }) => [
    { verdict: 'applied-live', what: `${object} is deleted with its pods; if it still runs, it is cut off` },
  ],
  changed: [
    frozen([
      ...[
        'spec.template',
        'spec.selector',
        'spec.manualSelector',
        'spec.completionMode',
        'spec.podFailurePolicy',
      ],
      ...['spec.backoffLimitPerIndex', 'spec.managedBy', 'spec.successPolicy', 'spec.podReplacementPolicy'],
    ]),
    {
      at: ['spec.completions'],
      judge: (fields, changed) => {
        const { after } = changed;
        const elastic =
          after.spec?.completionMode === 'Indexed' && after.spec?.completions === after.spec?.parallelism;
        if (!elastic && isHook(after)) return hookRunsAgain(fields, changed);
        return elastic
          ? [
              {
                verdict: 'applied-live',
                what: `${changed.object} has another number of indexes: ${shown(fields[0])}`,
                ...first(fields),
              },
            ]
          : fields.map((field) => refused(field, changed.object, RENAME));
      },
    },
    each(['spec.suspend'], (field, { object }) => ({
      verdict: 'applied-live',
      what: field.to === true ? `${object} is suspended and its pods end` : `${object} starts`,
    })),
    live(
      [
        'spec.parallelism',
        'spec.backoffLimit',
        'spec.activeDeadlineSeconds',
        'spec.ttlSecondsAfterFinished',
        'spec.maxFailedIndexes',
      ],
      (object) => `${object} takes it up while it runs`,
    ),
  ],
};

/** https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
export const cronJobs: KindRules = {
  deleted: ({ object }) => [
    {
      verdict: 'applied-live',
      what: `${object} is deleted, with Jobs of it that still run: it runs no more`,
    },
  ],
  changed: [
    {
      at: ['spec.jobTemplate'],
      judge: (fields, { object }) => [
        {
          verdict: 'applied-live',
          what: `the next run of ${object} is of the new template: ${reasons(fields)}`,
          ...first(fields),
        },
      ],
    },
    each(['spec.suspend'], (field, { object }) => ({
      verdict: 'applied-live',
      what: field.to === true ? `${object} starts no more runs` : `${object} starts runs again`,
    })),
    live(
      ['spec.schedule', 'spec.timeZone', 'spec.concurrencyPolicy', 'spec.startingDeadlineSeconds'],
      (object) => `${object} starts its runs differently from now on`,
    ),
    live(
      ['spec.successfulJobsHistoryLimit', 'spec.failedJobsHistoryLimit'],
      (object) => `${object} keeps another number of finished Jobs`,
    ),
  ],
};

/** https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement */
export const pods: KindRules = {
  deleted: (whole) => [
    { verdict: 'outage', what: `${whole.object} ends, and nothing makes it anew`, needsYes: true },
    ...endpointsLostWith(whole),
  ],
  changed: [
    {
      at: ['spec'],
      judge: (fields, { object, before, after }) =>
        fields.flatMap((field): Draft[] => {
          if (/^spec\.(initContainers|containers)\[[^\]]*\]\.image$/.test(field.path)) {
            const what = `a container of ${object} restarts, and nobody serves meanwhile: ${reasons([field])}`;
            return [{ verdict: 'outage', what, ...first([field]) }];
          }
          if (mayChange(field, before, after))
            return [
              { verdict: 'applied-live', what: `${object} takes it up: ${shown(field)}`, ...first([field]) },
            ];
          return [refused(field, object, 'delete the pod and create it anew, or let a Deployment make it')];
        }),
    },
  ],
  also: lostEndpoints,
};

/** What a pod that exists may still get: an earlier deadline, and tolerations beside those that it has. */
function mayChange({ path }: FieldChange, before: Manifest, after: Manifest): boolean {
  if (path === 'spec.activeDeadlineSeconds') {
    const [from, to] = [before, after].map((of) => of.spec?.activeDeadlineSeconds as number | undefined);
    return to !== undefined && (from === undefined || to <= from);
  }
  if (!path.startsWith('spec.tolerations')) return false;
  const has = new Set(((after.spec?.tolerations ?? []) as unknown[]).map((of) => JSON.stringify(of)));
  return ((before.spec?.tolerations ?? []) as unknown[]).every((of) => has.has(JSON.stringify(of)));
}
