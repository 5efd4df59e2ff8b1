import { createHash } from 'node:crypto';
import {
  BUCKET_FLAG,
  BUCKET_HEADER,
  ELEMENT,
  fnv1a64,
  MAGIC,
  META,
  PAGE_HEADER,
  PageFlag,
  VERSION,
} from './bbolt-page';

const PAGE_SIZE = 4_096;
const FREELIST = 2;
const ROOT = 3;
// Those that etcdutl looks into.
const BUCKETS = ['key', 'meta'];

/** A snapshot without a key, which `etcdutl snapshot restore` takes as any other. */
export function emptySnapshot(): Buffer {
  const pages = [metaPage(0), metaPage(1), page(FREELIST, PageFlag.freelist), rootPage()];
  const database = Buffer.concat(pages);
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}

function page(number: number, flags: number, count = 0): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  header(bytes, flags, count).writeBigUInt64LE(BigInt(number), 0);
  return bytes;
}

function header(bytes: Buffer, flags: number, count: number): Buffer {
  bytes.writeUInt16LE(flags, 8);
  bytes.writeUInt16LE(count, 10);
  return bytes;
}

function metaPage(number: number): Buffer {
  const bytes = page(number, PageFlag.meta);
  const meta = bytes.subarray(PAGE_HEADER, PAGE_HEADER + META);
  meta.writeUInt32LE(MAGIC, 0);
  meta.writeUInt32LE(VERSION, 4);
  meta.writeUInt32LE(PAGE_SIZE, 8);
  meta.writeBigUInt64LE(BigInt(ROOT), 16);
  meta.writeBigUInt64LE(BigInt(FREELIST), 32);
  meta.writeBigUInt64LE(BigInt(ROOT + 1), 40);
  meta.writeBigUInt64LE(BigInt(number), 48);
  meta.writeBigUInt64LE(fnv1a64(meta.subarray(0, META - 8)), META - 8);
  return bytes;
}

// The buckets are within it, each with an empty page of its own.
function rootPage(): Buffer {
  const bytes = page(ROOT, PageFlag.leaf, BUCKETS.length);
  const bucket = header(Buffer.alloc(BUCKET_HEADER + PAGE_HEADER).subarray(BUCKET_HEADER), PageFlag.leaf, 0);
  let at = PAGE_HEADER + ELEMENT * BUCKETS.length;
  for (const [index, name] of BUCKETS.entries()) {
    const element = PAGE_HEADER + ELEMENT * index;
    bytes.writeUInt32LE(BUCKET_FLAG, element);
    bytes.writeUInt32LE(at - element, element + 4);
    bytes.writeUInt32LE(name.length, element + 8);
    bytes.writeUInt32LE(BUCKET_HEADER + PAGE_HEADER, element + 12);
    at += bytes.write(name, at) + BUCKET_HEADER;
    at += bucket.copy(bytes, at);
  }
  return bytes;
}
