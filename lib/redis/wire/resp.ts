import { RedisError } from './errors';
import type { Word } from './types';

/** What a server sends in RESP2; refusals may be within lists. */
export type Parsed = Buffer | string | number | null | RedisError | readonly Parsed[];

const CRLF = Buffer.from('\r\n');
// Longer than any line that a server sends: values come as bulk strings, whose length is known.
const MAX_LINE = 64 * 1024;
const MAX_BULK = 512 * 1024 * 1024;

/** A command as a server takes it: a list of bulk strings. */
export function encodeCommand(words: readonly Word[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

/** A list that is not complete yet. */
interface Open {
  readonly items: Parsed[];
  left: number;
}

/**
 * Reads what a socket delivers, in whatever pieces. https://redis.io/docs/latest/develop/reference/protocol-spec/
 * After it has thrown, nothing more can be read.
 */
export class RespReader {
  private chunks: Buffer[] = [];
  private buffered = 0;
  /** Bytes without which it is not worth looking again. */
  private needed = 1;
  private readonly open: Open[] = [];
  /** Length of the bulk string that is read; its line is gone already. */
  private bulk: number | undefined;

  /**
   * Takes a chunk and gives the replies that it completes.
   * @throws Error where it is another protocol
   */
  push(chunk: Buffer): Parsed[] {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    if (this.buffered < this.needed) return [];
    const bytes = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    const replies: Parsed[] = [];
    let at = 0;
    for (let next = this.take(bytes, at); next !== undefined; next = this.take(bytes, at)) {
      at = next.end;
      const whole = next.value === undefined ? undefined : this.close(next.value);
      if (whole !== undefined) replies.push(whole);
    }
    this.chunks = at < bytes.length ? [bytes.subarray(at)] : [];
    this.buffered = bytes.length - at;
    return replies;
  }

  /** The next piece that is complete: a value, or a line that only announces one. */
  private take(bytes: Buffer, at: number): { end: number; value?: Parsed } | undefined {
    if (this.bulk !== undefined) return this.takeBulk(bytes, at, this.bulk);
    const end = bytes.indexOf(CRLF, at);
    if (end < 0) {
      this.needed = bytes.length - at + 1;
      if (bytes.length > at) checkKind(bytes[at]);
      if (bytes.length - at > MAX_LINE) throw new Error('a line without an end is no reply of Redis');
      return undefined;
    }
    return { end: end + CRLF.length, value: this.line(bytes[at], bytes.toString('utf8', at + 1, end)) };
  }

  private takeBulk(bytes: Buffer, at: number, length: number): { end: number; value: Parsed } | undefined {
    const end = at + length + CRLF.length;
    this.needed = end - at;
    if (bytes.length < end) return undefined;
    this.bulk = undefined;
    // A copy: a small value must not keep the whole chunk in memory.
    return { end, value: Buffer.from(bytes.subarray(at, at + length)) };
  }

  private line(kind: number, rest: string): Parsed | undefined {
    checkKind(kind);
    if (kind === KIND.text) return rest;
    if (kind === KIND.refusal) return new RedisError(rest);
    const number = Number(rest);
    if (!/^[+-]?\d+$/.test(rest)) throw new Error(`a reply of Redis has a number here, not ${rest}`);
    if (kind === KIND.number) return number;
    if (number === -1) return null;
    if (number < 0 || number > MAX_BULK) throw new Error(`a reply of Redis is not ${rest} long`);
    if (kind === KIND.bulk) this.bulk = number;
    else if (number === 0) return [];
    else this.open.push({ items: [], left: number });
    return undefined;
  }

  /** Puts a value into the list that it is of; gives what is complete by it, if anything is. */
  private close(value: Parsed): Parsed | undefined {
    let whole = value;
    for (let list = this.open.at(-1); list; list = this.open.at(-1)) {
      list.items.push(whole);
      list.left--;
      if (list.left > 0) return undefined;
      this.open.pop();
      whole = list.items;
    }
    return whole;
  }
}

const KIND = { text: 0x2b, refusal: 0x2d, number: 0x3a, bulk: 0x24, list: 0x2a } as const;

function checkKind(kind: number): void {
  if (Object.values<number>(KIND).includes(kind)) return;
  const shown = kind > 0x20 && kind < 0x7f ? `'${String.fromCharCode(kind)}'` : `byte ${kind}`;
  throw new Error(`no reply of Redis begins with ${shown}: another protocol, such as TLS, is spoken there`);
}
