import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Numbers } from '../witness/witness';

/** Root of the checkout. */
export const ROOT = resolve(__dirname, '../../..');

/** Where a run leaves what it found out. */
export const RESULTS = join(ROOT, 'build/e2e');

/** How a case ended. */
export interface Result {
  readonly system: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  readonly numbers?: Numbers;
  /** Why it was skipped or failed, in one line. */
  readonly remark?: string;
}

/** Keeps the result of a case for the report, which is written when all are over. */
export function keepResult(result: Result): void {
  const directory = join(RESULTS, 'cases');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${result.system}-${result.name}.json`), JSON.stringify(result));
}

/** One line of a case for the console. */
export function resultLine({ system, name, outcome, seconds, numbers, remark }: Result): string {
  const counts = numbers ? ` ${countsOf(numbers)}` : '';
  const atOnce = numbers?.atOnce ? `; at once ${countsOf(numbers.atOnce)}` : '';
  return `${system} ${name}: ${outcome} in ${Math.round(seconds)} s${counts}${atOnce}${remark ? ` (${remark})` : ''}`;
}

function countsOf({ acknowledged, found, lost, longestGapMs, gapsMs }: Omit<Numbers, 'atOnce'>): string {
  return `acknowledged ${acknowledged} found ${found} lost ${lost} longest-gap ${longestGapMs} ms all-gaps ${gapsMs} ms`;
}
