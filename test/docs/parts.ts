import * as cdk8s from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import ts from 'typescript';
import * as library from '../../lib';
import { everything } from '../support/every-prop';
import { blocksOf } from './documents';

/** Snippets of a document that are parts of programs, each with its line. */
export function partsOf(document: string): (readonly [line: number, text: string])[] {
  const parts = blocksOf(document).filter(
    ({ language, text }) => language === 'ts' && !/^import /m.test(text),
  );
  return parts.map(({ line, text }) => [line, text] as const);
}

/** A chart as parts of programs find one, in a namespace of its name, and a Deployment in it. */
export function chartForParts(name: string) {
  const app = new cdk8s.App();
  library.Environment.attach(app, { ...everything, zones: ['zone-a', 'zone-b', 'zone-c'] });
  const chart = new cdk8s.Chart(app, name, { namespace: name });
  const deployment = new kplus.Deployment(chart, 'deployment');
  deployment.addContainer({ image: 'example.com/first:1' });
  return { app, chart, deployment };
}

/** Runs a part of a program, which finds this there beside all libraries. */
export function runPart(text: string, there: Readonly<Record<string, unknown>>): void {
  const given = { ...library, ...kplus, ...cdk8s, kplus, ...there };
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  new Function(...Object.keys(given), outputText.replace(/^export \{\};$/m, ''))(...Object.values(given));
}
