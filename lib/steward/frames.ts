const HEADER = 4;

/** Puts a record behind its length. */
export function frame(record: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeInt32BE(record.length);
  return Buffer.concat([header, record]);
}

/** Cuts what a socket delivers into records, which ZooKeeper and Kafka both send behind their length. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private buffered = 0;

  /** `system` is who should be at the other end; a record larger than `maxBytes` is another protocol (TLS, HTTP). */
  constructor(
    private readonly system: string,
    private readonly maxBytes: number,
  ) {}

  /** Takes a chunk and gives the records that it completes. */
  push(chunk: Buffer): Buffer[] {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    const records: Buffer[] = [];
    for (let record = this.take(); record; record = this.take()) records.push(record);
    return records;
  }

  private take(): Buffer | undefined {
    if (this.buffered < HEADER) return undefined;
    if (this.chunks[0].length < HEADER) this.join();
    const length = this.chunks[0].readInt32BE(0);
    if (length < 0 || length > this.maxBytes)
      throw new RangeError(`a record of ${length} bytes: not ${this.system}`);
    const end = HEADER + length;
    if (this.buffered < end) return undefined;
    const bytes = this.join();
    this.chunks = [bytes.subarray(end)];
    this.buffered -= end;
    return bytes.subarray(HEADER, end);
  }

  private join(): Buffer {
    const bytes = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return bytes;
  }
}
