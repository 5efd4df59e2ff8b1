import type { IConstruct } from 'constructs';

/** One thing that is wrong with what was given, found at synth. */
export interface Problem {
  /** Stable identifier, `<area>/<what>`, such as `zookeeper/voters`. */
  readonly code: string;
  /** Path of the construct that was given the bad input. */
  readonly path: string;
  /** What was given, what is allowed, what to do; lower case, no full stop. */
  readonly message: string;
}

/** A problem before it is known which construct it belongs to. */
export type Finding = Omit<Problem, 'path'>;

/** All problems of an app, thrown once. */
export class ValidationError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(formatProblems(problems));
    this.name = 'ValidationError';
  }
}

/** Text for people: problems grouped by construct, the code in brackets. */
export function formatProblems(problems: readonly Problem[]): string {
  const byPath = new Map<string, Problem[]>();
  for (const problem of problems) byPath.set(problem.path, [...(byPath.get(problem.path) ?? []), problem]);
  return [...byPath]
    .map(([path, found]) => {
      const count = found.length === 1 ? '1 problem' : `${found.length} problems`;
      return [`${path}: ${count}`, ...found.map((p) => `  [${p.code}] ${p.message}`)].join('\n');
    })
    .join('\n');
}

/**
 * Reports findings of a construct when the app is validated, so that a user sees all problems of all
 * constructs at once instead of the first one thrown by a constructor.
 */
export function reportFindings(scope: IConstruct, findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  scope.node.addValidation({ validate: () => findings.map((f) => `[${f.code}] ${f.message}`) });
}

const CODED = /^\[([a-z0-9-]+\/[a-z0-9-]+)\] ([\s\S]*)$/;

/** The problems that the constructs below (and including) `root` report of themselves. */
export function reportedProblems(root: IConstruct): Problem[] {
  return root.node.findAll().flatMap((construct) =>
    construct.node.validate().map((text) => {
      const match = CODED.exec(text);
      const path = construct.node.path || 'app';
      return match
        ? { code: match[1], path, message: match[2] }
        : { code: 'core/construct', path, message: text };
    }),
  );
}
