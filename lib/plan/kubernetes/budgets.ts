import type { LabelSelector } from '../../core/lint/label-selector';
import { namespaceOf } from '../identity';
import type { Manifest } from '../types';
import {
  type Context,
  type Draft,
  each,
  type FieldRule,
  few,
  first,
  type KindRules,
  listed,
  shown,
} from './rule';
import { share } from './template';
import { manifestOf, nameOfWorkload, replicasOf, World } from './world';

const TYPE = 'PodDisruptionBudget.policy';

function covered(world: World, budget: Manifest) {
  return world.pods.select(namespaceOf(budget), budget.spec?.selector as LabelSelector | undefined);
}

/** Workloads that a budget protected and that no budget protects any more. */
function bare(budget: Manifest, { before, after }: Context): string[] {
  const [old, now] = [World.of(before), World.of(after)];
  const still = new Set(
    now.in(namespaceOf(budget), TYPE).flatMap((of) => covered(now, of).map(nameOfWorkload)),
  );
  return covered(old, budget)
    .filter((of) => now.same(manifestOf(of)))
    .map(nameOfWorkload)
    .filter((name) => !still.has(name));
}

const DRAIN = 'a drain may end all of them together';

function amount({ spec }: Manifest, pods: number): number | undefined {
  if (spec?.minAvailable !== undefined) {
    const least = share(spec.minAvailable, pods, Math.ceil);
    return least === undefined ? undefined : pods - least;
  }
  return share(spec?.maxUnavailable, pods, Math.ceil);
}

/** Pods that a budget is about; undefined where their number is not rendered. */
function podsOf(world: World, budget: Manifest): number | undefined {
  const numbers = covered(world, budget).map((of) => replicasOf(manifestOf(of)));
  if (numbers.length === 0 || numbers.includes(undefined)) return undefined;
  return numbers.reduce<number>((sum, of) => sum + (of ?? 0), 0);
}

const size: FieldRule = {
  at: ['spec.minAvailable', 'spec.maxUnavailable'],
  judge: (fields, { object, after, context }) => {
    const pods = podsOf(World.of(context.after), after);
    const allowed = pods === undefined ? undefined : amount(after, pods);
    const draft = (verdict: Draft['verdict'], what: string, needsYes?: boolean): Draft[] => [
      {
        verdict,
        what: `${object} ${what}: ${listed(fields)}`,
        ...(needsYes ? { needsYes } : {}),
        ...first(fields),
      },
    ];
    if (pods === undefined || allowed === undefined || pods < 2)
      return draft('applied-live', 'lets another number of pods be evicted');
    if (allowed >= pods) return draft('outage', `protects nobody any more, ${DRAIN}`, true);
    return allowed > 0
      ? draft('applied-live', `lets ${allowed} of ${pods} pods be evicted at a time`)
      : draft('applied-live', 'lets no pod be evicted any more, so no node of theirs can be drained', true);
  },
};

/** https://kubernetes.io/docs/concepts/workloads/pods/disruptions/ */
export const budgets: KindRules = {
  deleted: ({ object, manifest, context }) => {
    const left = bare(manifest, context);
    if (left.length === 0)
      return [{ verdict: 'applied-live', what: `${object} is deleted; it leaves no pods without a budget` }];
    const what = `${object} is deleted and nothing protects the pods of ${few(left)} any more: ${DRAIN}`;
    return [{ verdict: 'outage', what, instead: 'keep a budget for them', needsYes: true }];
  },
  changed: [
    size,
    {
      at: ['spec.selector'],
      judge: (fields, { object, before, context }) => {
        const left = bare(before, context);
        if (left.length === 0)
          return [
            {
              verdict: 'applied-live',
              what: `${object} protects other pods: ${listed(fields)}`,
              ...first(fields),
            },
          ];
        const what = `${object} does not protect the pods of ${few(left)} any more, nor does another budget: ${DRAIN}: ${listed(fields)}`;
        return [
          {
            verdict: 'outage',
            what,
            instead: 'let its selector match them',
            needsYes: true,
            ...first(fields),
          },
        ];
      },
    },
    each(['spec.unhealthyPodEvictionPolicy'], (field, { object }) => ({
      verdict: 'applied-live',
      what: `${object} treats pods that are not ready differently: ${shown(field)}`,
    })),
  ],
};
