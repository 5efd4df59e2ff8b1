import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Validation, ValidationContext } from 'cdk8s-cli/plugins';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { PlanValidation } from '../../lib';
import { repository, statefulSet, write } from './repository';

let scratch: string;
let home: string;

beforeAll(() => {
  home = process.cwd();
  scratch = mkdtempSync(join(tmpdir(), 'plan-plugin-'));
  repository(scratch, { 'dist/prod/shop.yaml': statefulSet(), 'dist/prod/base.yaml': '' });
  process.chdir(scratch);
});
afterAll(() => {
  process.chdir(home);
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(() => write(scratch, { 'dist/prod/shop.yaml': statefulSet() }));
afterEach(() => vi.restoreAllMocks());

/** What cdk8s-cli does with the plugin after it has rendered these files. */
async function validate(plugin: Validation, manifests: string[], stdout = false) {
  const context = new ValidationContext(manifests, 'cdk8s-stateful', '0.1.0', {}, stdout);
  const log = vi.spyOn(context.logger, 'log').mockImplementation(() => {});
  await plugin.validate(context);
  return { report: context.report, log: log.mock.calls.join('\n') };
}

const FILES = ['dist/prod/shop.yaml', 'dist/prod/base.yaml'];

test('what changes nothing passes', async () => {
  const { report, log } = await validate(new PlanValidation(), FILES);
  expect(report.success).toBe(true);
  expect(log).toBe('HEAD:dist -> dist: nothing happens\n');
  expect(report.toJson().violations).toEqual([]);
});

test('what is refused fails, and the report says where', async () => {
  write(scratch, { 'dist/prod/shop.yaml': statefulSet({ serviceName: 'other' }) });
  const { report, log } = await validate(new PlanValidation(), FILES);
  expect(report.success).toBe(false);
  expect(log).toMatch(/^prod\/shop\n {2}REFUSED /);
  const [violation] = report.toJson().violations;
  expect(violation.ruleName).toBe('plan/refused');
  expect(violation.recommendation).toContain('spec.serviceName');
  expect(violation.fix).not.toBe('');
  expect(violation.violatingConstructs).toEqual([
    {
      resourceName: 'db',
      constructPath: undefined,
      locations: ['StatefulSet shop/db spec.serviceName'],
      manifestPath: 'dist/prod/shop.yaml',
    },
  ]);
});

test('a restart passes', async () => {
  write(scratch, { 'dist/prod/shop.yaml': statefulSet({ image: 'db:2' }) });
  const { report, log } = await validate(new PlanValidation(), FILES);
  expect(report.success).toBe(true);
  expect(log).toContain('rolling restart');
});

test('what should be said yes to passes with a violation, and fails where that is asked for', async () => {
  const before = `${statefulSet()}---\napiVersion: v1\nkind: Service\nmetadata: { name: db, namespace: shop }\nspec: { selector: { app: db }, ports: [{ port: 1 }] }\n`;
  write(scratch, { 'before/prod/shop.yaml': before, 'dist/prod/shop.yaml': statefulSet() });
  const lenient = await validate(new PlanValidation({ from: 'before' }), FILES);
  expect(lenient.report.toJson().violations.map(({ ruleName }) => ruleName)).toEqual(['plan/outage']);
  expect(lenient.report.success).toBe(true);
  const strict = await validate(new PlanValidation({ from: 'before', strict: true }), FILES);
  expect(strict.report.success).toBe(false);
});

test('cdk8s synth --stdout renders to another directory', async () => {
  write(scratch, {
    'dist/prod/shop.yaml': 'a: b\n',
    'tmp/prod/shop.yaml': statefulSet({ serviceName: 'other' }),
    'tmp/dev/shop.yaml': statefulSet(),
  });
  const { report } = await validate(new PlanValidation(), ['tmp/prod/shop.yaml', 'tmp/dev/shop.yaml'], true);
  expect(report.success).toBe(false);
});

test('a revision that is not there is an error of the synth', async () => {
  await expect(validate(new PlanValidation({ from: 'nowhere' }), FILES)).rejects.toThrow('--from nowhere: ');
});
