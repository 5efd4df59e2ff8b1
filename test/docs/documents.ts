import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const ROOT = join(__dirname, '..', '..');

/** A fenced block of a document. */
export interface Block {
  /** Path of the document below the root. */
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Paths below the root of everything that users read. */
export const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function readDocument(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** Text of these source files, and of all files of these folders, by paths below the root. */
export function sourcesIn(...paths: string[]): string {
  const files = paths.flatMap((path) =>
    path.endsWith('.ts') ? path : readdirSync(join(ROOT, path)).map((name) => join(path, name)),
  );
  return files.map(readDocument).join('\n');
}

/** Interfaces that a folder of the library exports, as its `index.ts` names them. */
export function exportedInterfaces(folder: string): string[] {
  const sourceOf = (file: string) =>
    ts.createSourceFile(file, readDocument(join(folder, file)), ts.ScriptTarget.Latest, true);
  return sourceOf('index.ts')
    .statements.filter(ts.isExportDeclaration)
    .flatMap(({ exportClause, moduleSpecifier }) => {
      const names = (exportClause as ts.NamedExports).elements.map(({ name }) => name.text);
      return sourceOf(`${(moduleSpecifier as ts.StringLiteral).text}.ts`)
        .statements.filter(ts.isInterfaceDeclaration)
        .map(({ name }) => name.text)
        .filter((name) => names.includes(name));
    });
}

/** Interfaces that a document has tables of props for. */
export function propTablesOf(document: string): string[] {
  return [...readDocument(document).matchAll(/<!-- props: (\w+) -->/g)].map(([, name]) => name);
}

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): Block[] {
  const text = readDocument(document);
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[1],
    text: match[2],
  }));
}

/** The one block whose first line is the comment `// name` or `# name`. */
export function blockNamed(document: string, name: string): Block {
  const found = blocksOf(document).filter(
    (block) => /^(?:\/\/|#) (.*)$/m.exec(block.text.split('\n')[0])?.[1] === name,
  );
  if (found.length !== 1) throw new Error(`${document}: ${found.length} blocks are called ${name}`);
  return found[0];
}

/** Rows of the first table below a heading, by cells. */
export function tableBelow(document: string, heading: string): string[][] {
  const prose = readDocument(document).replace(/^```[\s\S]*?^```$/gm, '');
  const section = prose.split(/^#+ /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  if (start < 0) throw new Error(`${document}: there is no table below "${heading}"`);
  return rest.slice(2, end).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** Words that stand as code in a cell. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
}
