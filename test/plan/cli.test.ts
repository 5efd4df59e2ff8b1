import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf } from '../../lib';
import { main } from '../../lib/plan/cli';
import { repository, statefulSet, write } from './repository';

let scratch: string;
let home: string;

beforeAll(() => {
  home = process.cwd();
  scratch = mkdtempSync(join(tmpdir(), 'plan-cli-'));
  repository(scratch, {
    'dist/dev/shop.yaml': statefulSet(),
    'dist/prod/shop.yaml': statefulSet(),
    'package.json': '{}',
  });
  write(scratch, {
    'restarted/prod/shop.yaml': statefulSet({ image: 'db:2' }),
    'restarted/dev/shop.yaml': statefulSet(),
    'lost/dev/shop.yaml': statefulSet({ claim: 'store' }),
    'lost/prod/shop.yaml': statefulSet(),
    'less/prod/shop.yaml': statefulSet(),
    'empty/notes.txt': '',
    'broken/prod/shop.yaml': 'a: b: c\n',
    'bare/shop.yaml': statefulSet().replace(', namespace: shop', ''),
  });
  process.chdir(scratch);
});
afterAll(() => {
  process.chdir(home);
  rmSync(scratch, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const status = await main(args, { out: (text) => (out += text), error: (text) => (error += text) });
  return { status, out, error };
}

test('what is committed is compared with what has just been rendered', async () => {
  expect(await run('plan')).toEqual({ status: 0, out: 'HEAD:dist -> dist: nothing happens\n', error: '' });
});

test('each environment is a Kubernetes cluster of its own', async () => {
  const { status, out } = await run('plan', '--from', 'dist', '--to', 'restarted');
  expect(status).toBe(0);
  expect(out).toMatch(/^prod\/shop\n {2}rolling restart {2}3 pods of StatefulSet shop\/db restart/);
  expect(out).toMatch(/\n\ndist -> restarted: 1 rolling restart\n$/);
  const lost = await run('plan', '--from', 'HEAD:dist', '--to', 'lost');
  expect(lost.status).toBe(2);
  expect(lost.out).toMatch(/^dev\/shop\n/);
  expect(lost.out).not.toContain('prod');
});

test('an environment that is rendered no more is seen', async () => {
  const { status, out } = await run('plan', '--from', 'main:dist', '--to', 'less');
  expect(status).toBeGreaterThan(0);
  expect(out).toMatch(/^dev\/shop\n/);
});

test('two revisions', async () => {
  expect(await run('plan', '--from', 'main', '--to', 'HEAD')).toMatchObject({
    status: 0,
    out: 'main:dist -> HEAD:dist: nothing happens\n',
  });
});

test('for machines, and for a comment', async () => {
  const json = await run('plan', '--from', 'dist', '--to', 'lost', '--json');
  expect(JSON.parse(json.out)).toMatchObject({ from: 'dist', to: 'lost', exit: 2, unknown: [] });
  const { out } = await run('plan', '--from', 'dist', '--to', 'lost', '--markdown');
  expect(out).toMatch(/^<!-- cdk8s-stateful plan -->\n/);
});

test('objects that name no namespace are in the one that is given', async () => {
  const { out } = await run('plan', '--from', 'dist/prod', '--to', 'bare', '-n', 'shop');
  expect(out).toBe('dist/prod -> bare: nothing happens\n');
});

test('the library function gives the same as data', async () => {
  const plan = await planOf({ from: 'dist', to: 'lost' });
  const { out } = await run('plan', '--from', 'dist', '--to', 'lost', '--json');
  expect(JSON.parse(out)).toMatchObject(JSON.parse(JSON.stringify(plan)));
});

test.each([
  [[], 'which command? There is one:'],
  [['apply'], 'there is no command "apply"; there is plan'],
  [['plan', 'dist'], 'there is no command "plan dist"; there is plan'],
  [['plan', '--form', 'x'], "Unknown option '--form'"],
  [['plan', '--json', '--markdown'], '--json and --markdown: choose one'],
  [['plan', '--to', 'empty'], '--to empty: there are no manifests in empty; render them first'],
  [
    ['plan', '--to', 'nowhere'],
    '--to nowhere: there is neither such a directory nor such a git revision; in a shallow clone, fetch it first',
  ],
  [
    ['plan', '--from', 'dist', '--to', 'broken'],
    'prod/shop.yaml:1: Nested mappings are not allowed in compact mappings',
  ],
])('%j is refused with one message', async (args, message) => {
  const { status, out, error } = await run(...args);
  expect(status).toBe(3);
  expect(out).toBe('');
  expect(error).toContain(`cdk8s-stateful: ${message}`);
});

test('help and version', async () => {
  const help = await run('--help');
  expect(help.status).toBe(0);
  expect(help.out).toMatch(/^usage: cdk8s-stateful plan /);
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  expect(await run('--version')).toEqual({ status: 0, out: `${version}\n`, error: '' });
});
