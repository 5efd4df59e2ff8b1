import { Reader, Writer } from './codec';

interface Scalars {
  bool: boolean;
  int8: number;
  int16: number;
  uint16: number;
  int32: number;
  int64: number;
  float64: number;
  uuid: string;
  string: string;
  'string?': string | null;
  bytes: Uint8Array;
}

/** Fields of a message or of a part of one, in the order in which they are sent. */
export interface Struct {
  readonly [field: string]: Type;
}

/** An array that may be absent. */
export interface Nullable<T extends Type = Type> {
  readonly nullable: readonly [T];
}

/** A field that is sent behind the others, with a number, where there is something to say. */
export interface Tagged<T extends Plain = Plain> {
  readonly tag: number;
  readonly of: T;
}

/** The type of a field: a primitive, `[type]` for an array, or fields of its own. */
export type Type = Plain | Nullable | Tagged;

type Plain = keyof Scalars | readonly [Type] | Struct;

/** The values of a type. */
export type ValueOf<T> = T extends keyof Scalars
  ? Scalars[T]
  : T extends readonly [infer Item]
    ? readonly ValueOf<Item>[]
    : T extends { readonly nullable: readonly [infer Item] }
      ? readonly ValueOf<Item>[] | null
      : T extends { readonly tag: number; readonly of: infer Of }
        ? ValueOf<Of> | undefined
        : { readonly [Field in keyof T]: ValueOf<T[Field]> };

/** A request and its response, in one version. */
export interface Api<Q extends Struct = Struct, R extends Struct = Struct> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  /** Whether the version has compact types and tagged fields. */
  readonly flexible: boolean;
  /** Whether it changes anything, so that it must not be sent again where no answer came. */
  readonly changes: boolean;
  readonly request: Q;
  readonly response: R;
}

/** A message that only asks. */
export function query<const Q extends Struct, const R extends Struct>(
  name: string,
  key: number,
  version: number,
  request: Q,
  response: R,
): Api<Q, R> {
  return { name, key, version, flexible: true, changes: false, request, response };
}

/** A message that changes something. */
export function command<const Q extends Struct, const R extends Struct>(
  name: string,
  key: number,
  version: number,
  request: Q,
  response: R,
): Api<Q, R> {
  return { ...query(name, key, version, request, response), changes: true };
}

/** An array that may be absent. */
export function nullable<const T extends Type>(array: readonly [T]): Nullable<T> {
  return { nullable: array };
}

/** A tagged field. */
export function tagged<const T extends Plain>(tag: number, of: T): Tagged<T> {
  return { tag, of };
}

/** A message's body, which has these fields, in bytes. */
export function encode(struct: Struct, value: unknown, flexible: boolean): Buffer {
  const writer = new Writer(flexible);
  writeStruct(writer, struct, value as Fields);
  return writer.bytes();
}

/** What the bytes of a message's body say. */
export function decode(struct: Struct, bytes: Buffer, flexible: boolean): unknown {
  return readStruct(new Reader(bytes, flexible), struct);
}

type Fields = Readonly<Record<string, unknown>>;

type Codecs = {
  readonly [S in keyof Scalars]: {
    readonly write: (writer: Writer, value: Scalars[S]) => void;
    readonly read: (reader: Reader) => Scalars[S];
  };
};

const SCALARS: Codecs = {
  bool: { write: (writer, value) => writer.bool(value), read: (reader) => reader.bool() },
  int8: { write: (writer, value) => writer.int8(value), read: (reader) => reader.int8() },
  int16: { write: (writer, value) => writer.int16(value), read: (reader) => reader.int16() },
  uint16: { write: (writer, value) => writer.uint16(value), read: (reader) => reader.uint16() },
  int32: { write: (writer, value) => writer.int32(value), read: (reader) => reader.int32() },
  int64: { write: (writer, value) => writer.int64(value), read: (reader) => reader.int64() },
  float64: { write: (writer, value) => writer.float64(value), read: (reader) => reader.float64() },
  uuid: { write: (writer, value) => writer.uuid(value), read: (reader) => reader.uuid() },
  string: { write: (writer, value) => writer.string(value), read: (reader) => reader.string() ?? '' },
  'string?': { write: (writer, value) => writer.string(value), read: (reader) => reader.string() },
  bytes: { write: (writer, value) => writer.buffer(value), read: (reader) => reader.buffer() },
};

function write(writer: Writer, type: Type, value: unknown): void {
  if (typeof type === 'string') writeScalar(writer, type, value as Scalars[typeof type]);
  else if (isArray(type)) writeArray(writer, type[0], value as readonly unknown[]);
  else if (isNullable(type)) writeArray(writer, type.nullable[0], value as readonly unknown[] | null);
  else writeStruct(writer, type as Struct, value as Fields);
}

function writeScalar<S extends keyof Scalars>(writer: Writer, type: S, value: Scalars[S]): void {
  SCALARS[type].write(writer, value);
}

function writeArray(writer: Writer, type: Type, items: readonly unknown[] | null): void {
  writer.arrayLength(items?.length);
  for (const item of items ?? []) write(writer, type, item);
}

function writeStruct(writer: Writer, struct: Struct, value: Fields): void {
  const later: [Tagged, unknown][] = [];
  for (const [field, type] of Object.entries(struct)) {
    if (!isTagged(type)) write(writer, type, value[field]);
    else if (value[field] !== undefined) later.push([type, value[field]]);
  }
  if (!writer.flexible) return;
  writer.uvarint(later.length);
  for (const [{ tag, of }, item] of later) {
    const inner = new Writer(true);
    write(inner, of, item);
    const bytes = inner.bytes();
    writer.uvarint(tag);
    writer.uvarint(bytes.length);
    writer.raw(bytes);
  }
}

function read(reader: Reader, type: Type): unknown {
  if (typeof type === 'string') return SCALARS[type].read(reader);
  if (isArray(type)) return readArray(reader, type[0]) ?? [];
  if (isNullable(type)) return readArray(reader, type.nullable[0]);
  return readStruct(reader, type as Struct);
}

function readArray(reader: Reader, type: Type): unknown[] | null {
  const length = reader.arrayLength();
  if (length === undefined) return null;
  const items: unknown[] = [];
  while (items.length < length) items.push(read(reader, type));
  return items;
}

function readStruct(reader: Reader, struct: Struct): Fields {
  const value: Record<string, unknown> = {};
  const tags = new Map<number, [string, Type]>();
  for (const [field, type] of Object.entries(struct)) {
    if (isTagged(type)) tags.set(type.tag, [field, type.of]);
    else value[field] = read(reader, type);
  }
  if (!reader.flexible) return value;
  for (let left = reader.uvarint(); left > 0; left--) {
    const known = tags.get(reader.uvarint());
    const bytes = reader.raw(reader.uvarint());
    if (known) value[known[0]] = read(new Reader(bytes, true), known[1]);
  }
  return value;
}

function isArray(type: Type): type is readonly [Type] {
  return Array.isArray(type);
}

function isNullable(type: Type): type is Nullable {
  return Array.isArray((type as Nullable).nullable);
}

function isTagged(type: Type): type is Tagged {
  return typeof (type as Tagged).tag === 'number';
}
