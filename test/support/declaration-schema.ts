import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

type Schema = Record<string, unknown>;

/**
 * JSON schema of an interface in a `.d.ts` file, unknown fields refused. It only parses, so it is quick, and it
 * understands what the `@kubernetes-models` packages contain: interfaces, literals, arrays, unions, relative imports.
 *
 * @param known reference for a type of Kubernetes itself, such as `IoK8sApiCoreV1SecretKeySelector`
 */
export function declarationSchema(
  file: string,
  type: string,
  known: (schemaName: string) => string | undefined,
): Schema {
  const definitions: Record<string, Schema> = {};
  const files = new Map<string, Declarations>();

  const fileOf = (path: string): Declarations => {
    const loaded = files.get(path) ?? parse(path);
    files.set(path, loaded);
    return loaded;
  };

  /** The declaration that `name` stands for in `at`, across imports. */
  const lookUp = (at: Declarations, name: string): { at: Declarations; node: Declaration } | Schema => {
    const node = at.local.get(name);
    if (node) return { at, node };
    const from = at.imports.get(name);
    if (!from) throw new Error(`${at.path}: ${name} is neither declared nor imported`);
    const schemaName = schemaNameOf(name, from.module);
    const reference = known(schemaName);
    if (reference) return { $ref: reference };
    if (schemaName in plain) return plain[schemaName];
    const folder = from.module.startsWith('.')
      ? dirname(at.path)
      : at.path.replace(/(.*[/\\]node_modules).*/, '$1');
    return lookUp(fileOf(`${resolve(folder, from.module.replace(/\.js$/, ''))}.d.ts`), from.name);
  };

  const reference = (at: Declarations, name: string): Schema => {
    const found = lookUp(at, name);
    if (!isDeclaration(found)) return found;
    const key = `${found.at.path}#${found.node.name.text}`.replace(/[^A-Za-z0-9]+/g, '_');
    if (!(key in definitions)) {
      definitions[key] = {}; // a type may contain itself
      definitions[key] = ts.isTypeAliasDeclaration(found.node)
        ? schemaOf(found.at, found.node.type)
        : objectSchema(membersOf(found.at, found.node));
    }
    return { $ref: `#/definitions/${key}` };
  };

  /** All members, with those that are inherited. */
  const membersOf = (at: Declarations, node: ts.InterfaceDeclaration): Member[] => {
    const inherited = (node.heritageClauses ?? []).flatMap((clause) =>
      clause.types.flatMap((parent) => {
        const name = parent.expression.getText(at.source);
        if (name === 'TypeMeta') return []; // apiVersion and kind, which every kind declares more exactly itself
        const found = lookUp(at, name);
        if (!isDeclaration(found)) throw new Error(`${at.path}: cannot extend a type of Kubernetes itself`);
        if (ts.isTypeAliasDeclaration(found.node)) {
          if (!ts.isTypeLiteralNode(found.node.type))
            throw new Error(`${at.path}: extends what is no object`);
          return [...found.node.type.members].map((member): Member => [found.at, member]);
        }
        return membersOf(found.at, found.node);
      }),
    );
    return [...inherited, ...[...node.members].map((member): Member => [at, member])];
  };

  const objectSchema = (members: Member[]): Schema => {
    if (members.length === 0) return {};
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    let rest: Schema | false = false;
    for (const [at, member] of members) {
      if (ts.isIndexSignatureDeclaration(member)) rest = schemaOf(at, member.type);
      if (!ts.isPropertySignature(member) || !member.type) continue;
      const name = ts.isStringLiteral(member.name) ? member.name.text : member.name.getText(at.source);
      properties[name] = schemaOf(at, member.type);
      if (!member.questionToken) required.push(name);
    }
    return { type: 'object', properties, required, additionalProperties: rest };
  };

  const schemaOf = (at: Declarations, node: ts.TypeNode): Schema => {
    if (ts.isTypeLiteralNode(node))
      return objectSchema([...node.members].map((member): Member => [at, member]));
    if (ts.isArrayTypeNode(node)) return { type: 'array', items: schemaOf(at, node.elementType) };
    if (ts.isParenthesizedTypeNode(node)) return schemaOf(at, node.type);
    if (ts.isUnionTypeNode(node)) return { anyOf: node.types.map((member) => schemaOf(at, member)) };
    if (ts.isLiteralTypeNode(node))
      return { enum: [JSON.parse(node.getText(at.source).replaceAll("'", '"'))] };
    if (ts.isTypeReferenceNode(node)) {
      const name = node.typeName.getText(at.source);
      if (name === 'Array') return { type: 'array', items: schemaOf(at, node.typeArguments![0]) };
      if (name === 'Record')
        return { type: 'object', additionalProperties: schemaOf(at, node.typeArguments![1]) };
      return reference(at, name);
    }
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword:
        return { type: 'string' };
      case ts.SyntaxKind.NumberKeyword:
        return { type: 'number' };
      case ts.SyntaxKind.BooleanKeyword:
        return { type: 'boolean' };
      case ts.SyntaxKind.UnknownKeyword:
      case ts.SyntaxKind.AnyKeyword:
      case ts.SyntaxKind.ObjectKeyword:
        return {};
      default:
        throw new Error(`${at.path}: ${node.getText(at.source)} is not understood`);
    }
  };

  const declarations = fileOf(file);
  const root = declarations.local.get(type);
  if (!root || !ts.isInterfaceDeclaration(root)) throw new Error(`${file}: has no interface ${type}`);
  const members = membersOf(declarations, root).filter(
    ([at, member]) => member.name?.getText(at.source).replaceAll('"', '') !== 'status',
  );
  return { ...objectSchema(members), definitions };
}

/** Types of Kubernetes that are no structs. */
const plain: Record<string, Schema> = {
  IoK8sApimachineryPkgApisMetaV1Time: { type: 'string' },
  IoK8sApiextensionsApiserverPkgApisApiextensionsV1JSON: {},
};

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;
type Member = [at: Declarations, member: ts.TypeElement];

interface Declarations {
  readonly path: string;
  readonly source: ts.SourceFile;
  readonly local: Map<string, Declaration>;
  readonly imports: Map<string, { module: string; name: string }>;
}

function isDeclaration(
  found: { at: Declarations; node: Declaration } | Schema,
): found is { at: Declarations; node: Declaration } {
  return 'node' in found;
}

function parse(path: string): Declarations {
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, false);
  const local: Declarations['local'] = new Map();
  const imports: Declarations['imports'] = new Map();
  const aliases: [exported: string, local: string][] = [];
  for (const statement of source.statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      local.set(statement.name.text, statement);
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    ) {
      for (const { name, propertyName } of statement.exportClause.elements)
        if (propertyName) aliases.push([name.text, propertyName.text]);
    }
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    const module = (statement.moduleSpecifier as ts.StringLiteral).text;
    for (const { name, propertyName } of bindings.elements)
      imports.set(name.text, { module, name: (propertyName ?? name).text });
  }
  for (const [exported, name] of aliases) {
    const declaration = local.get(name);
    if (declaration) local.set(exported, declaration);
  }
  return { path, source, local, imports };
}

/** `IIoK8sApiCoreV1SecretKeySelector`, or `IObjectMeta` of `.../apis/meta/v1/ObjectMeta`, as Kubernetes names it, without dots. */
function schemaNameOf(name: string, module: string): string {
  if (/^IIoK8sApi/.test(name)) return name.slice(1);
  const path = module.match(/@kubernetes-models\/apimachinery\/(.*)$/)?.[1];
  return path ? `IoK8sApimachineryPkg${path.replaceAll('/', '')}` : name;
}
