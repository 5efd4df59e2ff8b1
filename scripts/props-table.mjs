// Writes tables of props into documents, from the docstrings of interfaces:
//   <!-- props: ZooKeeperTls -->   (table)   <!-- end props -->
// node scripts/props-table.mjs [FILE...]     docs/*.md without files
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every exported interface below lib, by name. */
function interfaces() {
  const found = new Map();
  for (const entry of readdirSync(join(root, 'lib'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node)) found.set(node.name.text, node);
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

function rowsOf(declaration, all) {
  const inherited = (declaration.heritageClauses ?? []).flatMap((clause) =>
    clause.types.flatMap((type) => rowsOf(all.get(type.expression.getText()), all)),
  );
  const own = declaration.members
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
      return `| \`${name}\` | \`${type}\` | ${defaultCell(member, fallback)} | ${cell(text)} |`;
    });
  return [...own, ...inherited];
}

/** `document` with its tables as the sources have them now. */
export function withTables(document) {
  let all;
  return document.replace(/(<!-- props: (\w+) -->\n)[\s\S]*?(<!-- end props -->)/g, (_, start, name, end) => {
    all ??= interfaces();
    const declaration = all.get(name);
    if (!declaration) throw new Error(`there is no interface ${name}`);
    return `${start}\n| Prop | Type | Default | |\n|---|---|---|---|\n${rowsOf(declaration, all).join('\n')}\n\n${end}`;
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
