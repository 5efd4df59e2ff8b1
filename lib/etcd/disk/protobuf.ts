/** A field of a message: a number, or bytes, which may be a text or another message. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/**
 * Fields of a message in the order in which they are written. https://protobuf.dev/programming-guides/encoding/
 * @throws RangeError on what is no message
 */
export function* fieldsOf(message: Buffer): Generator<Field> {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const tag = Number(varint(message, cursor));
    const number = Math.floor(tag / 8);
    if (number === 0) throw new RangeError('a field has no number');
    yield { number, value: read(message, cursor, tag % 8) };
  }
}

/** Numbers of a message by their field. */
export function numbersOf(message: Buffer): ReadonlyMap<number, bigint> {
  const numbers = new Map<number, bigint>();
  for (const { number, value } of fieldsOf(message))
    if (typeof value === 'bigint') numbers.set(number, value);
  return numbers;
}

/** The first field with this number, as bytes; undefined: there is none. */
export function bytesOf(message: Buffer, number: number): Buffer | undefined {
  for (const field of fieldsOf(message))
    if (field.number === number && typeof field.value !== 'bigint') return field.value;
  return undefined;
}

function read(message: Buffer, cursor: { at: number }, wireType: number): bigint | Buffer {
  switch (wireType) {
    case 0:
      return varint(message, cursor);
    case 1:
      return take(message, cursor, 8).readBigUInt64LE();
    case 2:
      return take(message, cursor, Number(varint(message, cursor)));
    case 5:
      return BigInt(take(message, cursor, 4).readUInt32LE());
    default:
      throw new RangeError(`a field of the wire type ${wireType}`);
  }
}

function take(message: Buffer, cursor: { at: number }, length: number): Buffer {
  const end = cursor.at + length;
  if (end > message.length) throw new RangeError('a field is cut off');
  const bytes = message.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}

function varint(message: Buffer, cursor: { at: number }): bigint {
  let low = 0;
  // Most are small: exact as numbers up to seven bytes.
  for (let scale = 1; scale < 2 ** 49; scale *= 128) {
    const byte = byteOf(message, cursor);
    low += (byte & 0x7f) * scale;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 49n; shift < 70n; shift += 7n) {
    const byte = byteOf(message, cursor);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new RangeError('a number of more than ten bytes');
}

function byteOf(message: Buffer, cursor: { at: number }): number {
  if (cursor.at >= message.length) throw new RangeError('a number is cut off');
  return message[cursor.at++];
}
