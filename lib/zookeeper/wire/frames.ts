// What jute.maxbuffer allows is 1 MiB by default; a length beyond this is another protocol (TLS, HTTP).
const MAX_FRAME = 64 * 1024 * 1024;
const HEADER = 4;

/** Puts a record behind its length. */
export function frame(record: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeInt32BE(record.length);
  return Buffer.concat([header, record]);
}

/** Cuts what a socket delivers into records. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private buffered = 0;

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
    if (length < 0 || length > MAX_FRAME) throw new RangeError(`a record of ${length} bytes: not ZooKeeper`);
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
