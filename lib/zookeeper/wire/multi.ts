import { ZooKeeperError } from './errors';
import { type JuteReader, JuteWriter } from './jute';
import { type CreateOptions, type Data, OpCode, readStat, type Stat, toBytes, writeCreate } from './records';

/** One operation of a `multi`; a version of -1 or none means any. */
export type MultiOperation =
  | ({ readonly kind: 'create'; readonly path: string; readonly data?: Data } & CreateOptions)
  | { readonly kind: 'set'; readonly path: string; readonly data: Data; readonly version?: number }
  | { readonly kind: 'delete'; readonly path: string; readonly version?: number }
  | { readonly kind: 'check'; readonly path: string; readonly version?: number };

/** What came of one operation: the path created, or the state of the node that was set. */
export interface MultiResult {
  readonly path?: string;
  readonly stat?: Stat;
}

const NUMBERS = { create: OpCode.create, set: OpCode.setData, delete: OpCode.delete, check: OpCode.check };

export function writeMulti(operations: readonly MultiOperation[]): JuteWriter {
  const writer = new JuteWriter();
  for (const operation of operations) {
    writer.int(NUMBERS[operation.kind]).boolean(false).int(-1);
    if (operation.kind === 'create') {
      writeCreate(writer, operation.path, operation.data ?? '', operation);
      continue;
    }
    writer.ustring(operation.path);
    if (operation.kind === 'set') writer.buffer(toBytes(operation.data));
    writer.int(operation.version ?? -1);
  }
  return writer.int(-1).boolean(true).int(-1);
}

/** Reads the results; throws the error of the operation that made all of them fail. */
export function readMulti(reader: JuteReader, operations: readonly MultiOperation[]): MultiResult[] {
  const results: MultiResult[] = [];
  const errors: number[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.boolean();
    reader.int();
    if (done) break;
    if (type === OpCode.error) errors.push(reader.int());
    else results.push(readResult(type, reader));
  }
  // Operations before the one at fault report 0, operations after it that they were not tried.
  const at = errors.findIndex((error) => error !== 0);
  if (at >= 0) throw ZooKeeperError.of(errors[at], `multi, ${operations[at].kind} ${operations[at].path}`);
  return results;
}

function readResult(type: number, reader: JuteReader): MultiResult {
  if (type === OpCode.create) return { path: reader.text() };
  if (type === OpCode.setData) return { stat: readStat(reader) };
  if (type === OpCode.delete || type === OpCode.check) return {};
  throw new ZooKeeperError('MarshallingError', `multi: result of type ${type}`);
}
