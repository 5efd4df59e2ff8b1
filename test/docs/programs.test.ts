import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as library from '../../lib';
import { blockNamed, blocksOf } from './documents';

const resolve = createRequire(__filename);
let outdir: string;

beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), 'docs-'));
});
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** Runs a program as `npx ts-node` does, with its output in a directory of the test. */
function run(document: string, name: string): void {
  const { outputText } = ts.transpileModule(blockNamed(document, name).text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const before = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = outdir;
  try {
    new Function('require', 'exports', outputText)(
      (id: string) => (id === 'cdk8s-stateful' ? library : resolve(id)),
      {},
    );
  } finally {
    if (before === undefined) delete process.env.CDK8S_OUTDIR;
    else process.env.CDK8S_OUTDIR = before;
  }
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const documentsOf = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** What the excerpt says and the real value does not, by path. */
function differences(excerpt: unknown, real: unknown, path = ''): string[] {
  if (Array.isArray(excerpt)) {
    if (!Array.isArray(real)) return [`${path}: not a list`];
    return excerpt.flatMap((item, index) =>
      real.some((other) => differences(item, other).length === 0) ? [] : [`${path}[${index}]: no such item`],
    );
  }
  if (typeof excerpt === 'object' && excerpt !== null) {
    if (typeof real !== 'object' || real === null) return [`${path}: missing`];
    return Object.entries(excerpt).flatMap(([key, value]) =>
      differences(value, (real as Record<string, unknown>)[key], `${path}/${key}`),
    );
  }
  return excerpt === real ? [] : [`${path}: ${excerpt}, in truth ${real}`];
}

test('the first program of the README has ten lines and renders what its excerpts show', () => {
  expect(blockNamed('README.md', 'main.ts').text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  run('README.md', 'main.ts');
  for (const file of ['dist/dev/messaging.yaml', 'dist/dev/coordination.yaml']) {
    const rendered = documentsOf(readFileSync(join(outdir, file.slice('dist/'.length)), 'utf8'));
    const excerpt = documentsOf(blockNamed('README.md', file).text);
    expect(excerpt.length).toBeGreaterThan(1);
    for (const shown of excerpt) {
      const real = rendered.find(
        ({ kind, metadata }) => kind === shown.kind && metadata.name === shown.metadata.name,
      );
      expect(differences(shown, real)).toEqual([]);
    }
  }
});

test('programs of the documents run', () => {
  run('README.md', 'environments.ts');
  run('README.md', 'apps.ts');
  run('docs/zookeeper.md', 'start.ts');
  for (const name of ['start.ts', 'everything.ts', 'development.ts']) run('docs/kafka.md', name);
  for (const name of ['start.ts', 'everything.ts']) run('docs/etcd.md', name);
  for (const name of ['start.ts', 'cluster.ts', 'standalone.ts', 'everything.ts', 'twemproxy.ts'])
    run('docs/redis.md', name);
});

test('the invalid program of the README is refused with the text below it', () => {
  const blocks = blocksOf('README.md');
  const told = blocks.find((block) => block.language === 'text')?.text;
  let message = '';
  try {
    run('README.md', 'invalid.ts');
  } catch (error) {
    message = (error as Error).message;
  }
  expect(`${message}\n`).toBe(told);
});
