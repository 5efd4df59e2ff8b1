import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { script, UNDO } from './faults/reference-cluster';
import { RESULTS, type Result } from './harness/results';

const COLUMNS = ['acknowledged', 'found', 'lost', 'longest gap, ms', 'all gaps, ms'];

/** System of the cases that prove what the suite itself is worth. */
const ITSELF = 'suite';

/** Table case x system of a run. */
export function report(all: readonly Result[], seconds: number): string {
  const results = all.filter((result) => result.system !== ITSELF);
  const systems = [...new Set(results.map((result) => result.system))].sort();
  const names = [...new Set(results.map((result) => result.name))];
  const heading = ['case', ...systems.flatMap((system) => [system, ...COLUMNS, 'seconds'])];
  const rows = names.map((name) => [
    name,
    ...systems.flatMap((system) => cells(results.find((r) => r.name === name && r.system === system))),
  ]);
  const atOnce = results.flatMap(({ system, name, numbers }) =>
    numbers?.atOnce
      ? [
          `- ${system} ${name}: of ${numbers.atOnce.acknowledged} records that were acknowledged before they had been copied ` +
            `${numbers.atOnce.lost} were lost; longest gap ${numbers.atOnce.longestGapMs} ms, all gaps ${numbers.atOnce.gapsMs} ms`,
        ]
      : [],
  );
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const itself = all
    .filter((result) => result.system === ITSELF)
    .map(
      ({ name, outcome, seconds: took }) =>
        `- manifests broken on purpose, ${name}: ${outcome} in ${Math.round(took)} s`,
    );
  const remarks = all
    .filter((result) => result.remark)
    .map((result) => `- ${result.system} ${result.name}: ${result.remark}`);
  return [
    '# End-to-end report',
    '',
    'acknowledged: writes that the system confirmed to a client that wrote all the time; found: records read back at the end,',
    'those of unknown outcome included; lost: confirmed and not found; longest gap: longest time without a confirmed write;',
    'all gaps: all times of more than 250 ms without one together.',
    'A case without numbers writes nothing. The seconds are those of the case, its setup included.',
    '',
    line(heading),
    line(
      heading.map((_, index) => (index === 0 || (index - 1) % (COLUMNS.length + 2) === 0 ? '---' : '---:')),
    ),
    ...rows.map(line),
    '',
    ...[...atOnce, ...itself, ...remarks],
    ...(atOnce.length + itself.length + remarks.length > 0 ? [''] : []),
    `The whole run took ${Math.round(seconds)} s.`,
    '',
  ].join('\n');
}

function cells(result: Result | undefined): string[] {
  if (!result) return Array.from({ length: COLUMNS.length + 2 }, () => '');
  const { outcome, numbers, seconds } = result;
  const counts = numbers
    ? [numbers.acknowledged, numbers.found, numbers.lost, numbers.longestGapMs, numbers.gapsMs].map(String)
    : COLUMNS.map(() => '');
  return [outcome, ...counts, outcome === 'skipped' ? '' : String(Math.round(seconds))];
}

/** Around the whole run (vitest's globalSetup): mends what an interrupted case left broken, and writes the report. */
export default function setup(): () => Promise<void> {
  const cases = join(RESULTS, 'cases');
  rmSync(cases, { recursive: true, force: true });
  mkdirSync(cases, { recursive: true });
  const begin = performance.now();
  return async () => {
    await mend();
    const results = readdirSync(cases)
      .map((file) => JSON.parse(readFileSync(join(cases, file), 'utf8')) as Result)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (results.length === 0) return;
    const text = report(results, (performance.now() - begin) / 1000);
    writeFileSync(join(RESULTS, 'report.md'), text);
    console.log(`\n${text}`);
  };
}

async function mend(): Promise<void> {
  for (const file of existsSync(UNDO) ? readdirSync(UNDO) : []) {
    const [name, cure, target] = JSON.parse(readFileSync(join(UNDO, file), 'utf8')) as [
      'node' | 'pod',
      string,
      string,
    ];
    // A pod that is gone took the fault with it.
    await script(name, cure, target).catch((error) =>
      console.error(`${name} ${cure} ${target}: ${error.message}`),
    );
    rmSync(join(UNDO, file), { force: true });
  }
}
