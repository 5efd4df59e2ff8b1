import { crc32c } from '../../../lib/etcd/disk/crc32c';
import { message } from './protobuf-writer';

/** What a record is of, and its data. */
export interface Written {
  readonly type: number;
  readonly data?: Buffer;
}

export const metadata = (member: bigint, cluster: bigint): Written => ({
  type: 1,
  data: message([
    { number: 1, value: member },
    { number: 2, value: cluster },
  ]),
});

export const entry = (term: bigint, index: bigint, data = Buffer.from('change')): Written => ({
  type: 2,
  data: message([
    { number: 1, value: 0n },
    { number: 2, value: term },
    { number: 3, value: index },
    { number: 4, value: data },
  ]),
});

export const state = (term: bigint, vote: bigint, commit: bigint): Written => ({
  type: 3,
  data: message([
    { number: 1, value: term },
    { number: 2, value: vote },
    { number: 3, value: commit },
  ]),
});

export const snapshot = (term: bigint, index: bigint): Written => ({
  type: 5,
  data: message([
    { number: 1, value: index },
    { number: 2, value: term },
  ]),
});

/** One file, with zeros behind what is written; `crc` is what the file before ended with. */
export function walFile(
  records: readonly Written[],
  { crc = 0, bytes = 0 } = {},
): { file: Buffer; crc: number } {
  let running = crc;
  const frames = [frame(4, running)];
  for (const { type, data = Buffer.alloc(0) } of records) {
    running = crc32c(data, running);
    frames.push(frame(type, running, data));
  }
  const written = Buffer.concat(frames);
  const rest = Buffer.alloc(Math.max(0, bytes - written.length));
  return { file: Buffer.concat([written, rest]), crc: running };
}

function frame(type: number, crc: number, data?: Buffer): Buffer {
  const record = message([
    { number: 1, value: BigInt(type) },
    { number: 2, value: BigInt(crc) },
    ...(data ? [{ number: 3, value: data }] : []),
  ]);
  const padding = (8 - (record.length % 8)) % 8;
  const header = Buffer.alloc(8);
  header.writeUIntLE(record.length, 0, 6);
  header[7] = padding ? 0x80 | padding : 0;
  return Buffer.concat([header, record, Buffer.alloc(padding)]);
}
