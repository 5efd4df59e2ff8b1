import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import * as library from '../../lib';
import { main, OPTIONS, USAGE } from '../../lib/plan/cli';
import { VERDICTS } from '../../lib/plan/types';
import { git, repository, statefulSet, write } from '../plan/repository';
import { blockNamed, blocksOf, codeIn, ROOT, readDocument, tableBelow } from './documents';

const DOCUMENT = 'docs/plan.md';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plan-docs-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const deployment = (image: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: 'registry.example.com/web:${image}' }] }
`;

/** Runs a shell script where \`npx cdk8s-stateful\` and \`cdk8s-stateful\` are the sources, with more commands. */
function shell(
  script: string,
  cwd: string,
  env: Record<string, string>,
  commands: Record<string, string> = {},
) {
  const bin = mkdtempSync(join(scratch, 'bin-'));
  const run = `exec '${process.execPath}' -r '${join(ROOT, 'node_modules/ts-node/register')}' '${join(ROOT, 'lib/plan/cli.ts')}' "$@"`;
  const all = { npx: `shift\n${run}`, 'cdk8s-stateful': run, ...commands };
  for (const [name, text] of Object.entries(all)) {
    write(bin, { [name]: `#!/bin/sh\n${text}\n` });
    chmodSync(join(bin, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', script], {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      HOME: scratch,
      TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'),
      ...env,
    },
  });
  return { status, stdout, stderr };
}

test('the plan that is shown is the plan of such a change', async () => {
  const directory = join(scratch, 'shown');
  repository(directory, { 'dist/prod/shop.yaml': `${statefulSet()}---\n${deployment('1')}` });
  write(directory, {
    'dist/prod/shop.yaml': `${statefulSet({ serviceName: 'database' })}---\n${deployment('2')}`,
  });
  const before = process.cwd();
  let out = '';
  process.chdir(directory);
  try {
    await main(['plan'], { out: (text) => (out += text), error: (text) => (out += text) });
  } finally {
    process.chdir(before);
  }
  expect(blocksOf(DOCUMENT).find(({ language }) => language === 'text')?.text).toBe(out);
});

test('the JSON that is shown has the fields that are there', async () => {
  const shown = JSON.parse(blocksOf(DOCUMENT).find(({ language }) => language === 'json')?.text ?? '');
  write(scratch, {
    'json/a/prod/shop.yaml': statefulSet(),
    'json/b/prod/shop.yaml': statefulSet({ serviceName: 'database' }),
  });
  const plan = await library.planOf({ from: join(scratch, 'json/a'), to: join(scratch, 'json/b') });
  expect(plan.subjects[0]).toMatchObject(shown);
});

test('every verdict is described, with the status that it gives', () => {
  const rows = tableBelow(DOCUMENT, 'What it says');
  expect(rows.map(([verdict]) => codeIn(verdict)[0])).toEqual([...VERDICTS]);
  for (const [verdict, , status] of rows) {
    const effects = [{ verdict: codeIn(verdict)[0], what: '', object: '' }] as library.Effect[];
    expect(library.planExitCode({ subjects: [{ name: 'a', effects }], unknown: [] })).toBe(Number(status));
  }
});

test('every option and status is described', () => {
  const rows = tableBelow(DOCUMENT, 'What it compares');
  const described = rows.flatMap(([option]) => codeIn(option).filter((word) => word.startsWith('--')));
  const options = Object.keys(OPTIONS).map((name) => `--${name}`);
  expect(described.sort()).toEqual(options.filter((name) => !['--help', '--version'].includes(name)).sort());
  for (const option of options) expect(USAGE).toContain(option);
  expect(tableBelow(DOCUMENT, 'Output and exit status').map(([status]) => status)).toEqual([
    '0',
    '1',
    '2',
    '3',
  ]);
});

test('every command that is shown has options that there are', () => {
  const commands = blocksOf(DOCUMENT)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => [...text.matchAll(/npx cdk8s-stateful (.*)$/gm)])
    .map(([, line]) => line.replace(/#.*$/, '').trim().split(/\s+/));
  expect(commands.length).toBeGreaterThan(6);
  for (const args of commands) {
    const { positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    expect(positionals).toEqual(['plan']);
  }
});

test('the plugin is configured as it is, with the properties that it has', () => {
  const [validation] = parse(blockNamed(DOCUMENT, 'cdk8s.yaml').text).validations;
  expect(library).toHaveProperty(validation.class);
  expect(validation.version).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
  const properties = tableBelow(DOCUMENT, 'While rendering').map(([property]) => codeIn(property)[0]);
  expect(readDocument('lib/plan/plugin.ts').match(/(?<=^ {2}readonly )\w+(?=\?:)/gm)).toEqual(properties);
});

test('the steps of the workflow make a comment and a status of the plan of a pull request', () => {
  const { jobs } = parse(blockNamed(DOCUMENT, '.github/workflows/plan.yaml').text);
  const step = jobs.plan.steps.find(({ id }: { id?: string }) => id === 'plan');
  const last = jobs.plan.steps[jobs.plan.steps.length - 1];
  const directory = join(scratch, 'workflow');
  repository(directory, { 'dist/prod/shop.yaml': statefulSet() });
  git(directory, 'checkout', '-q', '-b', 'change');
  const planned = (text: string): { output: string; comment: string } => {
    write(directory, { 'dist/prod/shop.yaml': text, output: '', summary: '' });
    const env = { BASE: 'main', GITHUB_STEP_SUMMARY: 'summary', GITHUB_OUTPUT: 'output' };
    expect(shell(step.run, directory, env)).toMatchObject({ status: 0, stderr: '' });
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
    expect(read('summary')).toBe(read('plan.md'));
    return { output: read('output'), comment: read('plan.md') };
  };
  expect(planned(statefulSet({ image: 'db:2' }))).toMatchObject({ output: 'status=0\n' });
  const refused = planned(statefulSet({ serviceName: 'other' }));
  expect(refused.output).toBe('status=2\n');
  // the comment is found again by what it starts with
  const [, marker] = /startswith\("(.*)"\)/.exec(jobs.plan.steps.map(({ run = '' }) => run).join('\n')) ?? [];
  expect(refused.comment.startsWith(marker)).toBe(true);
  const ends = (STATUS: string, YES: string) => shell(last.run, directory, { STATUS, YES }).status;
  expect([
    ends('0', 'false'),
    ends('1', 'false'),
    ends('1', 'true'),
    ends('2', 'true'),
    ends('3', 'true'),
  ]).toEqual([0, 1, 0, 2, 3]);
});

test('the Job before a sync of Argo CD fails where something would be refused, and only then', () => {
  const [job] = parseAllDocuments(blockNamed(DOCUMENT, 'plan-before-sync.yaml').text).map((each) =>
    each.toJS(),
  );
  const [, , script] = job.spec.template.spec.containers[0].command;
  const directory = join(scratch, 'argo-cd');
  repository(directory, { 'dist/prod/shop.yaml': statefulSet() });
  const sync = (serviceName: string) => {
    const live = parse(statefulSet({ serviceName }));
    write(scratch, { 'live.json': JSON.stringify(live) });
    const kubectl = `case "$*" in *'-f -'*) cat >/dev/null; cat '${join(scratch, 'live.json')}' ;; esac`;
    return shell(script, scratch, { REPOSITORY: directory, DIRECTORY: 'dist/prod' }, { kubectl });
  };
  expect(sync('db')).toMatchObject({ status: 0, stdout: expect.stringContaining(': nothing happens\n') });
  expect(sync('other')).toMatchObject({ status: 2, stdout: expect.stringContaining('REFUSED') });
});
