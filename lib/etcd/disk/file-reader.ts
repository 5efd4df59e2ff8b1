import * as fs from 'node:fs';

/** Reads pieces of a file, of which it keeps no more than what it read last. */
export class FileReader {
  /** Bytes of the file. */
  readonly size: number;
  private readonly fd: number;
  private window: Buffer = Buffer.alloc(0);
  private start = 0;

  /** @param readAhead bytes that are read at once */
  constructor(
    readonly file: string,
    private readonly readAhead: number,
  ) {
    this.fd = fs.openSync(file, 'r');
    this.size = fs.fstatSync(this.fd).size;
  }

  /** Bytes at an offset; fewer where the file ends before. */
  read(offset: number, length: number): Buffer {
    const from = offset - this.start;
    if (from < 0 || from + length > this.window.length) this.fill(offset, length);
    const at = offset - this.start;
    return this.window.subarray(at, at + length);
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  // Into memory of its own, as callers may hold what they were given.
  private fill(offset: number, length: number): void {
    const wanted = Math.min(Math.max(length, this.readAhead), Math.max(0, this.size - offset));
    const window = Buffer.alloc(wanted);
    let read = 0;
    while (read < window.length) {
      const got = fs.readSync(this.fd, window, read, window.length - read, offset + read);
      if (got === 0) break;
      read += got;
    }
    this.window = window.subarray(0, read);
    this.start = offset;
  }
}
