import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
// @ts-expect-error a script without types
import { withTables } from '../../scripts/props-table.mjs';
import { DOCUMENTS, ROOT, readDocument } from './documents';

const lib = join(ROOT, 'lib');

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** Names that a file re-exports, following `export *`. */
function exportedNames(file: string): string[] {
  return parse(file)
    .statements.filter(ts.isExportDeclaration)
    .flatMap((statement) => {
      const clause = statement.exportClause;
      if (clause && ts.isNamedExports(clause)) return clause.elements.map((element) => element.name.text);
      const from = (statement.moduleSpecifier as ts.StringLiteral).text;
      return exportedNames(join(lib, from, 'index.ts'));
    });
}

const sources = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => parse(join(lib, file)));

/** Exported declarations below lib, by name; a variable is told by its statement. */
const declarations = new Map<string, ts.Node>(
  sources.flatMap((source) =>
    source.statements
      .filter(
        (statement) =>
          ts.canHaveModifiers(statement) &&
          ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
      )
      .flatMap((statement): [string, ts.Node][] => {
        if (ts.isVariableStatement(statement))
          return statement.declarationList.declarations.map((each) => [each.name.getText(), statement]);
        const name = (statement as ts.DeclarationStatement).name;
        return name ? [[name.getText(), statement]] : [];
      }),
  ),
);

const publicNames = exportedNames(join(lib, 'index.ts'));
const where = (node: ts.Node): string => relative(ROOT, node.getSourceFile().fileName);
const isDocumented = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0;

// What the library gives, rather than takes: nothing there has a default.
const RESULTS = ['Connection', 'ZooKeeperConnection', 'ImageUse', 'Problem', 'Effect', 'PlannedSubject'];

test('every public export has a docstring', () => {
  expect(publicNames.length).toBeGreaterThan(30);
  expect(publicNames.filter((name) => !declarations.has(name))).toEqual([]);
  expect(publicNames.filter((name) => !isDocumented(declarations.get(name) as ts.Node))).toEqual([]);
});

test('every public method has a docstring', () => {
  const bare = publicNames.flatMap((name) => {
    const declaration = declarations.get(name) as ts.Node;
    if (!ts.isClassDeclaration(declaration)) return [];
    const inherited = (declaration.heritageClauses ?? []).length > 0;
    return declaration.members
      .filter(ts.isMethodDeclaration)
      .filter((member) => !ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
      .filter((member) => !isDocumented(member) && !inherited)
      .map((member) => `${name}.${member.name.getText()}`);
  });
  expect(bare).toEqual([]);
});

test('every optional prop has a default', () => {
  const without = publicNames
    .filter((name) => !RESULTS.includes(name))
    .map((name) => declarations.get(name) as ts.Node)
    .filter(ts.isInterfaceDeclaration)
    .flatMap((declaration) =>
      declaration.members
        .filter((member) => ts.isPropertySignature(member) && member.questionToken)
        .filter((member) => !ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'default'))
        .map((member) => `${where(member)}: ${declaration.name.text}.${member.name?.getText()}`),
    );
  expect(without).toEqual([]);
});

test.each(DOCUMENTS)('the tables of props in %s are up to date: node scripts/props-table.mjs', (document) => {
  const text = readDocument(document);
  expect(text).toBe(withTables(text));
});
