import type { Field } from '../../../lib/etcd/disk/protobuf';

/** A number in as few bytes as it needs. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.of(...bytes, Number(rest));
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

/** A message of these fields. */
export function message(fields: readonly Field[]): Buffer {
  const pieces = fields.map(({ number, value }) => {
    const tag = BigInt(number) * 8n;
    if (typeof value === 'bigint') return Buffer.concat([varint(tag), varint(value)]);
    return Buffer.concat([varint(tag + 2n), varint(BigInt(value.length)), value]);
  });
  return Buffer.concat(pieces);
}
