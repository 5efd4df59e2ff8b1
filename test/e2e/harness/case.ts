import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { REFERENCE_CLUSTER } from '../faults/reference-cluster';
import type { Numbers } from '../witness/witness';
import { Cluster } from './cluster';
import { keepResult, type Result, resultLine } from './results';
import { Run } from './run';

/** What a case needs and where it counts. */
export interface CaseOptions {
  /** Whether it belongs to the selection that CI runs (E2E_CORE=1). @default false */
  readonly core?: boolean;
  /** Breaks nodes or the network by the reference cluster's scripts, so it is skipped where there are none. @default false */
  readonly needsScripts?: boolean;
  /** Minutes that it may take. @default 10 */
  readonly minutes?: number;
}

const cleanUps: Promise<unknown>[] = [];
let connection: Promise<Cluster> | undefined;

function cluster(): Promise<Cluster> {
  connection ??= Cluster.connect();
  return connection;
}

/** Registers a case. It gives the witness's numbers, and none may be lost; undefined where nothing is written. */
export function e2e(
  system: string,
  name: string,
  options: CaseOptions,
  body: (run: Run) => Promise<Numbers | undefined>,
): void {
  const left = whyLeftOut(system, name, options);
  if (left) {
    if (left.tell) keepResult({ system, name, outcome: 'skipped', seconds: 0, remark: left.why });
    test.skip(`${name} (${left.why})`);
    return;
  }
  test(name, { timeout: (options.minutes ?? 10) * 60_000 }, async () => {
    const run = new Run(await cluster(), `${system}-${name}`);
    const begin = performance.now();
    const finish = (result: Pick<Result, 'outcome' | 'numbers' | 'remark'>): void => {
      const whole = { system, name, seconds: (performance.now() - begin) / 1000, ...result };
      keepResult(whole);
      console.log(resultLine(whole));
    };
    try {
      const numbers = await body(run);
      const lost = numbers
        ? `${numbers.lost} of ${numbers.acknowledged} acknowledged records were lost: ${numbers.missing.slice(0, 20)}`
        : '';
      if (numbers) expect(numbers.lost, lost).toBe(0);
      if (numbers) expect(numbers.acknowledged, 'the witness wrote next to nothing').toBeGreaterThan(20);
      finish({ outcome: 'passed', numbers });
    } catch (error) {
      finish({ outcome: 'failed', remark: (error as Error).message.split('\n')[0] });
      throw error;
    } finally {
      await run.undo().finally(() => {
        // The next case need not wait for this one's namespace to go.
        if (process.env.E2E_KEEP) console.log(`kept: namespace ${run.namespace}`);
        else cleanUps.push(run.cleanUp());
      });
    }
  });
}

/** Waits for the namespaces of this file's cases to be gone. Called once in each file. */
export function leaveNothingBehind(): void {
  afterAll(async () => {
    const failed = (await Promise.allSettled(cleanUps.splice(0))).filter(
      (result) => result.status === 'rejected',
    );
    if (failed.length > 0)
      throw new AggregateError(
        failed.map((result) => result.reason),
        `not cleaned up: ${failed.map((f) => f.reason)}`,
      );
  });
}

function whyLeftOut(
  system: string,
  name: string,
  { core, needsScripts }: CaseOptions,
): { why: string; tell: boolean } | undefined {
  const { E2E_CASES, E2E_CORE } = process.env;
  const wanted = E2E_CASES?.split(',').map((part) => new RegExp(`^(${part.trim()})$`));
  if (wanted && !wanted.some((pattern) => pattern.test(name) || pattern.test(`${system}/${name}`)))
    return { why: 'not in E2E_CASES', tell: false };
  if (E2E_CORE && !core) return { why: 'not in the core', tell: false };
  if (needsScripts && !existsSync(REFERENCE_CLUSTER))
    return { why: `needs the scripts of ${REFERENCE_CLUSTER}`, tell: true };
  return undefined;
}
