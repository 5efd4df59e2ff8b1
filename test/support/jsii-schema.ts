/** The part of a jsii assembly (`.jsii`) that matters here: https://aws.github.io/jsii/specification/ */
interface Assembly {
  readonly types: Record<string, JsiiType>;
}
interface JsiiType {
  readonly kind: string;
  readonly name: string;
  readonly datatype?: boolean;
  readonly docs?: Docs;
  readonly properties?: readonly { name: string; optional?: boolean; type: TypeReference; docs?: Docs }[];
}
interface Docs {
  readonly custom?: { readonly schema?: string };
}
interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
}

export interface ObjectSchema {
  properties?: Record<string, object>;
  [key: string]: unknown;
}

/**
 * JSON schema definitions of every struct below `prefix`, unknown fields refused. The names on the wire are in the
 * `@schema` tags (`io.k8s.api.core.v1.ServiceSpec#clusterIP`); the names of the structs are in camel case.
 *
 * @param classes schemas of the types that are classes, by name
 */
export function jsiiSchema(assembly: Assembly, prefix: string, classes: Record<string, ObjectSchema>) {
  const definitions: Record<string, ObjectSchema> = { ...classes };
  const bySchemaName = new Map<string, string>();

  const schemaOf = (type: TypeReference, owner: string): object => {
    if (type.collection) {
      const element = schemaOf(type.collection.elementtype, owner);
      return type.collection.kind === 'array'
        ? { type: 'array', items: element }
        : { type: 'object', additionalProperties: element };
    }
    if (type.fqn) {
      const { kind, name } = assembly.types[type.fqn];
      return kind === 'enum' ? { type: 'string' } : { $ref: `#/definitions/${name}` };
    }
    switch (type.primitive) {
      case 'any':
        return {};
      case 'date':
        return { type: 'string' };
      case 'number': // all numbers of the API are whole, but those inside a CustomResourceDefinition's schema
        return { type: owner === 'JsonSchemaProps' ? 'number' : 'integer' };
      default:
        return { type: type.primitive };
    }
  };

  for (const [fqn, type] of Object.entries(assembly.types)) {
    if (!fqn.startsWith(prefix)) continue;
    const schemaName = type.docs?.custom?.schema?.replaceAll('.', '').toLowerCase();
    if (schemaName) bySchemaName.set(schemaName, type.name);
    if (type.kind !== 'interface' || !type.datatype) continue;
    const properties: Record<string, object> = {};
    const required: string[] = [];
    for (const property of type.properties ?? []) {
      const wireName = property.docs?.custom?.schema?.split('#')[1] ?? property.name;
      properties[wireName] = schemaOf(property.type, type.name);
      if (!property.optional) required.push(wireName);
    }
    definitions[type.name] = { type: 'object', properties, required, additionalProperties: false };
  }
  for (const name of Object.keys(classes))
    bySchemaName.set(
      `iok8sapimachinerypkg${name === 'Quantity' ? 'apiresource' : 'utilintstr'}${name.toLowerCase()}`,
      name,
    );
  return { definitions, bySchemaName };
}
