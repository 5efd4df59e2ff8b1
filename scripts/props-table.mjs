// Writes tables of props into documents, from the docstrings of interfaces:
//   <!-- props: ZooKeeperTls -->   (table)   <!-- end props -->
// node scripts/props-table.mjs [FILE...]     docs/*.md without files
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every interface below lib, and every type that has another name for one, by name. */
function interfaces() {
  const found = new Map();
  for (const entry of readdirSync(join(root, 'lib'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) found.set(node.name.text, node);
    });
  }
  return found;
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
const cell = (text) => oneLine(text).replaceAll('|', '\\|');

function docsOf(node) {
  const tags = ts.getJSDocTags(node);
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment;
  const fallback = tags.find((tag) => tag.tagName.text === 'default')?.comment;
  return {
    text: oneLine(ts.getTextOfJSDocComment(comment) ?? ''),
    fallback: oneLine(ts.getTextOfJSDocComment(fallback) ?? ''),
  };
}

/** `- words` stays words; a value is set as code. */
function defaultCell(member, fallback) {
  if (!member.questionToken && !ts.isIndexSignatureDeclaration(member)) return '(required)';
  if (fallback === '') return '';
  if (fallback.startsWith('- ')) return cell(fallback.slice(2));
  const [value, ...rest] = fallback.split(/,\s(?=[a-z])/);
  return [`\`${cell(value)}\``, ...rest.map(cell)].join(', ');
}

/** Names and rows of what an interface or a type has, its own first. A prop that is declared anew is not inherited. */
function rowsOf(node, all) {
  if (ts.isTypeAliasDeclaration(node)) return rowsOf(node.type, all);
  if (!ts.isInterfaceDeclaration(node)) return referredRows(node, all);
  const inherited = (node.heritageClauses ?? [])
    .flatMap(({ types }) => [...types])
    .flatMap((type) => [...referredRows(type, all)]);
  const own = node.members
    .filter((member) => ts.isPropertySignature(member))
    .map((member) => {
      const { text, fallback } = docsOf(member);
      const type = cell(
        member.type
          .getText()
          .replaceAll('readonly ', '')
          .replace(/^\|\s*/, '')
          .replace(/;\s*}/g, ' }'),
      );
      const name = member.name.getText().replaceAll("'", '');
      return [name, `| \`${name}\` | \`${type}\` | ${defaultCell(member, fallback)} | ${cell(text)} |`];
    });
  return new Map([...own, ...inherited.filter(([name]) => own.every(([other]) => other !== name))]);
}

/** Rows of a type that is named, or of the props that `Pick` takes of it. */
function referredRows(node, all) {
  const name = (ts.isTypeReferenceNode(node) ? node.typeName : node.expression)?.getText();
  const [of, keys] = name === 'Pick' ? node.typeArguments : [node];
  const declared = all.get(name === 'Pick' ? of.typeName.getText() : name);
  if (!declared) throw new Error(`there is no interface ${node.getText()}`);
  const rows = rowsOf(declared, all);
  if (!keys) return rows;
  const picked = [...keys.getText().matchAll(/'(\w+)'/g)].map(([, key]) => key);
  return new Map(picked.map((key) => [key, rows.get(key)]));
}

/** `document` with its tables as the sources have them now. */
export function withTables(document) {
  let all;
  return document.replace(/(<!-- props: (\w+) -->\n)[\s\S]*?(<!-- end props -->)/g, (_, start, name, end) => {
    all ??= interfaces();
    const declaration = all.get(name);
    if (!declaration) throw new Error(`there is no interface ${name}`);
    return `${start}\n| Prop | Type | Default | |\n|---|---|---|---|\n${[...rowsOf(declaration, all).values()].join('\n')}\n\n${end}`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const docs = join(root, 'docs');
  const given = process.argv.slice(2);
  const found = readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(docs, name));
  for (const file of given.length > 0 ? given : found) {
    const before = readFileSync(file, 'utf8');
    const after = withTables(before);
    if (after !== before) writeFileSync(file, after);
  }
}
