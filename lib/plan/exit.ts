import type { Plan } from './types';

/** Status that a plan ends with: 0, or 1 where a person should say yes, or 2 where data is lost or something refused. */
export type PlanExitCode = 0 | 1 | 2;

/** Status of a plan that could not be made. */
export const NO_PLAN = 3;

/** How serious a plan is, as the status of the command. What nobody knows enough of is told, and is no reason by itself. */
export function planExitCode(plan: Plan): PlanExitCode {
  const effects = plan.subjects.flatMap((subject) => subject.effects);
  if (effects.some(({ verdict }) => verdict === 'data-lost' || verdict === 'refused')) return 2;
  return effects.some(({ verdict, needsYes }) => verdict === 'outage' || needsYes) ? 1 : 0;
}
