import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * Names of the properties that an interface declares in a source file, its own and those of the interfaces it extends
 * in the same file or in one of `further`. Index signatures are left out.
 */
export function interfaceProperties(file: string, name: string, ...further: string[]): string[] {
  const sources = [file, ...further].map((path) =>
    ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022),
  );
  const declarations = new Map(
    sources
      .flatMap((source) => source.statements.filter(ts.isInterfaceDeclaration))
      .map((one) => [one.name.text, one]),
  );
  return propertiesOf(name, declarations);
}

function propertiesOf(name: string, declarations: Map<string, ts.InterfaceDeclaration>): string[] {
  const declaration = declarations.get(name);
  if (!declaration) throw new Error(`there is no interface ${name}`);
  const parents = (declaration.heritageClauses ?? []).flatMap((clause) =>
    clause.types.map(({ expression }) => (expression as ts.Identifier).text),
  );
  const own = declaration.members
    .filter(ts.isPropertySignature)
    .map((member) => (member.name as ts.Identifier | ts.StringLiteral).text);
  return [...parents.flatMap((parent) => propertiesOf(parent, declarations)), ...own];
}
