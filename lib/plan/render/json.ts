import { planExitCode } from '../exit';
import type { ComparedPlan } from '../plan-of';
import { summary } from './words';

/** A plan for machines: itself, how the command ends, and what sums it up. */
export function planJson(plan: ComparedPlan): string {
  const { from, to, subjects, unknown } = plan;
  return `${JSON.stringify({ from, to, exit: planExitCode(plan), summary: summary(plan), subjects, unknown }, undefined, 2)}\n`;
}
