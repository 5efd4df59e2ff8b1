/**
 * Writes the primitive types of Kafka's protocol. With `flexible` strings, bytes and arrays have the compact form, which all
 * newer versions of messages use. https://kafka.apache.org/protocol#protocol_types
 */
export class Writer {
  private readonly parts: Buffer[] = [];

  constructor(readonly flexible: boolean) {}

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  raw(bytes: Uint8Array): void {
    this.parts.push(Buffer.from(bytes));
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    this.fixed(1, (part) => part.writeInt8(value));
  }

  int16(value: number): void {
    this.fixed(2, (part) => part.writeInt16BE(value));
  }

  uint16(value: number): void {
    this.fixed(2, (part) => part.writeUInt16BE(value));
  }

  int32(value: number): void {
    this.fixed(4, (part) => part.writeInt32BE(value));
  }

  int64(value: number): void {
    this.fixed(8, (part) => part.writeBigInt64BE(BigInt(value)));
  }

  float64(value: number): void {
    this.fixed(8, (part) => part.writeDoubleBE(value));
  }

  uvarint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  uuid(value: string): void {
    const bytes = Buffer.from(value, 'base64url');
    if (bytes.length !== 16) throw new RangeError(`not a UUID of Kafka: ${value}`);
    this.raw(bytes);
  }

  string(value: string | null): void {
    const bytes = value === null ? null : Buffer.from(value);
    if (this.flexible) this.compactLength(bytes?.length);
    else this.int16(bytes?.length ?? -1);
    if (bytes) this.raw(bytes);
  }

  buffer(value: Uint8Array): void {
    this.arrayLength(value.length);
    this.raw(value);
  }

  /** What stands before the items of an array; undefined: there is none. */
  arrayLength(length: number | undefined): void {
    if (this.flexible) this.compactLength(length);
    else this.int32(length ?? -1);
  }

  private byte(value: number): void {
    this.parts.push(Buffer.of(value));
  }

  private compactLength(length: number | undefined): void {
    this.uvarint(length === undefined ? 0 : length + 1);
  }

  private fixed(size: number, write: (part: Buffer) => void): void {
    const part = Buffer.alloc(size);
    write(part);
    this.parts.push(part);
  }
}

/** Reads what `Writer` writes; throws RangeError where there is not enough of it. */
export class Reader {
  private at = 0;

  constructor(
    private readonly data: Buffer,
    readonly flexible: boolean,
  ) {}

  get remaining(): number {
    return this.data.length - this.at;
  }

  raw(length: number): Buffer {
    if (length > this.remaining) throw new RangeError(`${length} bytes wanted, ${this.remaining} left`);
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    return this.raw(1).readInt8();
  }

  int16(): number {
    return this.raw(2).readInt16BE();
  }

  uint16(): number {
    return this.raw(2).readUInt16BE();
  }

  int32(): number {
    return this.raw(4).readInt32BE();
  }

  /** As a number: no offset, time or size of Kafka is beyond what a number holds. */
  int64(): number {
    return Number(this.raw(8).readBigInt64BE());
  }

  float64(): number {
    return this.raw(8).readDoubleBE();
  }

  uvarint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 0x80) {
      const byte = this.raw(1)[0];
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than five bytes');
  }

  uuid(): string {
    return this.raw(16).toString('base64url');
  }

  string(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int16();
    return length < 0 ? null : this.raw(length).toString();
  }

  buffer(): Buffer {
    return this.raw(this.arrayLength() ?? 0);
  }

  /** How many items follow; undefined: there is no array. */
  arrayLength(): number | undefined {
    const length = this.flexible ? this.uvarint() - 1 : this.int32();
    return length < 0 ? undefined : length;
  }
}
