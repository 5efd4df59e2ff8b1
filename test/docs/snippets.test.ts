import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { type Block, blocksOf, DOCUMENTS, ROOT } from './documents';

// What a snippet that is a part of a program may count on.
const CONTEXT = `
import { ApiObject, Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Authentication, Credentials, EtcdCluster, EtcdVersion, KafkaCluster, KafkaExporter } from 'cdk8s-stateful';
import { KafkaMirror, KafkaVersion, Listener } from 'cdk8s-stateful';
import { listImages, mirrorScript, ObjectStore, PlatformApp, Storage, ZooKeeperCluster } from 'cdk8s-stateful';
import { RedisCluster, RedisReplication, RedisVersion } from 'cdk8s-stateful';
declare const app: PlatformApp, chart: Chart, etcd: EtcdCluster, kafka: KafkaCluster, zookeeper: ZooKeeperCluster;
declare const redis: RedisReplication;
declare const deployment: kplus.Deployment;
`;

/** The block as a module, with as many lines before it as in its document, so that messages point there. */
function moduleOf({ text, line }: Block): string {
  const whole = /^import /m.test(text);
  const source = whole ? text : `${CONTEXT.replaceAll('\n', ' ')}{\n${text}}\nexport {};\n`;
  return '\n'.repeat(line - (whole ? 0 : 1)) + source;
}

function diagnose(blocks: readonly Block[]): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    baseUrl: ROOT,
    paths: { 'cdk8s-stateful': ['lib/index.ts'] },
  };
  const sources = new Map(
    blocks.map((block) => [join(ROOT, `${block.document}.${block.line}.ts`), moduleOf(block)]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const source = sources.get(file);
    return source === undefined
      ? getSourceFile.call(host, file, version, ...rest)
      : ts.createSourceFile(file, source, version, true);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  // Of the snippets only: `npm run check` is for the library.
  const found = [...sources.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return [...program.getOptionsDiagnostics(), ...found].map((each) => {
    const at =
      each.file && each.start !== undefined ? each.file.getLineAndCharacterOfPosition(each.start).line : 0;
    const document = each.file?.fileName.slice(ROOT.length + 1).replace(/\.\d+\.ts$/, '');
    return `${document}:${at}: ${ts.flattenDiagnosticMessageText(each.messageText, '\n')}`;
  });
}

const WRONG: Block = {
  document: 'docs/wrong.md',
  line: 7,
  language: 'ts',
  text: 'const a = 1;\nnew Chart(app, a);\n',
};

test('every TypeScript snippet compiles, and one that is wrong is told with its line', {
  timeout: 60_000,
}, () => {
  const blocks = DOCUMENTS.flatMap(blocksOf).filter(({ language }) => language === 'ts');
  expect(blocks.length).toBeGreaterThan(10);
  expect(diagnose([...blocks, WRONG])).toEqual([
    "docs/wrong.md:8: Argument of type 'number' is not assignable to parameter of type 'string'.",
  ]);
});
