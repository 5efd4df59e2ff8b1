import { dirname, join, relative, resolve } from 'node:path';
import { type PlanExitCode, planExitCode } from './exit';
import { planOfReadings } from './plan-of';
import { planText } from './render/text';
import { readSources } from './sources';
import type { Effect } from './types';

/** Properties of the plugin in `cdk8s.yaml`. */
export interface PlanValidationProps {
  /** What is there now: a git revision, a directory, or `cluster`. @default 'HEAD' */
  readonly from?: string;
  /** Directory that is rendered to and committed. @default 'dist' */
  readonly directory?: string;
  /** Whether what somebody should say yes to fails as well, not only lost data and what is refused. @default false */
  readonly strict?: boolean;
}

/** What cdk8s-cli gives a validation plugin, as much of it as is used. */
export interface PlanValidationContext {
  /** Paths of the files that have just been rendered. */
  readonly manifests: readonly string[];
  readonly report: {
    addViolation(violation: {
      ruleName: string;
      recommendation: string;
      fix: string;
      violatingResources: { resourceName: string; locations: string[]; manifestPath: string }[];
    }): void;
    submit(status: 'success' | 'failure', metadata?: Record<string, string>): void;
  };
  readonly logger: { log(message: string): void };
}

/**
 * Validation plugin of cdk8s: `cdk8s synth` prints the plan, and fails where applying what it rendered would lose data or be
 * refused.
 * https://cdk8s.io/docs/latest/cli/synth/
 */
export class PlanValidation {
  constructor(private readonly props: PlanValidationProps = {}) {}

  /** Compares what has just been rendered with what is there now. */
  async validate({ manifests, report, logger }: PlanValidationContext): Promise<void> {
    const { from = 'HEAD', directory = 'dist', strict = false } = this.props;
    // `cdk8s synth --stdout` renders to another directory.
    const to = manifests.every((file) => isBelow(directory, file)) ? directory : commonDirectory(manifests);
    const { before, after } = await readSources({ from, to }, directory);
    const plan = planOfReadings(before, after);
    logger.log(planText(plan));
    for (const { stack, effects } of plan.subjects) {
      const manifestPath = stack === undefined ? '' : join(to, `${stack}.yaml`);
      for (const effect of effects.filter(isViolation))
        report.addViolation(violationOf(effect, manifestPath));
    }
    const allowed: PlanExitCode = strict ? 0 : 1;
    report.submit(planExitCode(plan) > allowed ? 'failure' : 'success', { from: before.name });
  }
}

function isViolation({ verdict, needsYes }: Effect): boolean {
  return needsYes === true || verdict === 'data-lost' || verdict === 'refused' || verdict === 'outage';
}

function violationOf(effect: Effect, manifestPath: string) {
  const { verdict, what, instead, object, field } = effect;
  return {
    ruleName: `plan/${verdict}`,
    recommendation: what,
    fix: instead ?? 'apply it only where that is meant',
    violatingResources: [
      {
        resourceName: object.slice(object.search(/[^ /]*$/)),
        locations: [field === undefined ? object : `${object} ${field}`],
        manifestPath,
      },
    ],
  };
}

function isBelow(directory: string, file: string): boolean {
  return !relative(resolve(directory), resolve(file)).startsWith('..');
}

function commonDirectory(files: readonly string[]): string {
  let directory = dirname(resolve(files[0]));
  while (!files.every((file) => isBelow(directory, file))) directory = dirname(directory);
  return directory;
}
