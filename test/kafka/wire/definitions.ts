import * as path from 'node:path';
import type { Struct, Type } from '../../../lib/kafka/wire/schema';
import { readJar } from '../../support/jar-file';
import { kafkaClassPath } from '../../support/kafka-jars';

/** A message as Kafka itself defines it. https://github.com/apache/kafka/tree/trunk/clients/src/main/resources/common/message */
export interface Definition {
  readonly apiKey: number;
  readonly name: string;
  readonly validVersions: string;
  readonly flexibleVersions: string;
  readonly latestVersionUnstable?: boolean;
  readonly fields: readonly Field[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly Field[] }[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly versions: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number;
  readonly fields?: readonly Field[];
}

/** The definitions in the client of a release, by name. */
export async function definitionsOf(version: string): Promise<Map<string, Definition>> {
  const jars = path.dirname(await kafkaClassPath(version));
  const files = readJar(path.join(jars, `kafka-clients-${version}.jar`), /^common\/message\/.*\.json$/);
  const definitions = [...files.values()].map(
    (text) => JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as Definition,
  );
  return new Map(definitions.map((definition) => [definition.name, definition]));
}

/** Whether a version is in a range such as `3`, `1-4` or `2+`. */
export function within(version: number, range = 'none'): boolean {
  const [, from, to] = /^(\d+)(\+|-\d+)?$/.exec(range) ?? [];
  if (from === undefined) return false;
  const last = to === '+' ? Number.POSITIVE_INFINITY : Number(to?.slice(1) ?? from);
  return version >= Number(from) && version <= last;
}

/** The fields of a definition in one version, as our own table has them. */
export function structOf(definition: Definition, version: number): Struct {
  const common = new Map(definition.commonStructs?.map(({ name, fields }) => [name, fields]));
  const struct = (fields: readonly Field[]): Struct =>
    Object.fromEntries(
      fields
        .filter(({ versions }) => within(version, versions))
        .map((field) => [field.name[0].toLowerCase() + field.name.slice(1), typeOf(field)]),
    );
  const typeOf = (field: Field): Type => {
    const item = field.type.replace('[]', '');
    const fields = field.fields ?? common.get(item);
    const inner = (fields ? struct(fields) : item) as Type;
    const isArray = field.type.startsWith('[]');
    const absent = within(version, field.nullableVersions);
    const plain = isArray ? ([inner] as const) : absent ? (`${inner}?` as Type) : inner;
    const type = isArray && absent ? { nullable: [inner] as const } : plain;
    return (within(version, field.taggedVersions) ? { tag: field.tag, of: type } : type) as Type;
  };
  return struct(definition.fields);
}
