/** Builds a record in jute, the serialization of ZooKeeper: big-endian, fields in order, no names. */
export class JuteWriter {
  private readonly parts: Uint8Array[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.add(part);
  }

  long(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(value);
    return this.add(part);
  }

  boolean(value: boolean): this {
    return this.add(Uint8Array.of(value ? 1 : 0));
  }

  /** A length and the bytes; undefined is the null of jute, which is not the same as no bytes. */
  buffer(value: Uint8Array | undefined): this {
    if (value === undefined) return this.int(-1);
    return this.int(value.length).add(value);
  }

  ustring(value: string | undefined): this {
    return this.buffer(value === undefined ? undefined : Buffer.from(value, 'utf8'));
  }

  vector<T>(items: readonly T[] | undefined, write: (writer: this, item: T) => void): this {
    if (items === undefined) return this.int(-1);
    this.int(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  /** What was written so far. */
  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  private add(part: Uint8Array): this {
    this.parts.push(part);
    return this;
  }
}

/** Takes a jute record apart; the caller knows the fields and their order. */
export class JuteReader {
  private offset = 0;

  constructor(private readonly source: Buffer) {}

  /** How many bytes were not read yet. */
  get remaining(): number {
    return this.source.length - this.offset;
  }

  int(): number {
    return this.source.readInt32BE(this.advance(4));
  }

  long(): bigint {
    return this.source.readBigInt64BE(this.advance(8));
  }

  boolean(): boolean {
    return this.source[this.advance(1)] !== 0;
  }

  buffer(): Buffer | undefined {
    const length = this.length('buffer');
    if (length < 0) return undefined;
    const start = this.advance(length);
    return this.source.subarray(start, start + length);
  }

  ustring(): string | undefined {
    return this.buffer()?.toString('utf8');
  }

  /** A string that the protocol never leaves out; null reads as empty. */
  text(): string {
    return this.ustring() ?? '';
  }

  vector<T>(read: (reader: this) => T): T[] | undefined {
    const length = this.length('vector');
    if (length < 0) return undefined;
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(read(this));
    return items;
  }

  private length(what: string): number {
    const length = this.int();
    if (length < -1) throw new RangeError(`jute: ${what} of length ${length}`);
    return length;
  }

  private advance(count: number): number {
    if (count > this.remaining) {
      throw new RangeError(`jute: ${count} bytes wanted, ${this.remaining} left of ${this.source.length}`);
    }
    const start = this.offset;
    this.offset += count;
    return start;
  }
}
