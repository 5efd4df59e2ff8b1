/** https://github.com/etcd-io/bbolt/tree/main/internal/common: a file is of pages, each of one kind. */
export const PageFlag = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;

/** Bytes before what a page holds. */
export const PAGE_HEADER = 16;
/** Bytes of a meta page that count, the last eight of which are their checksum. */
export const META = 64;
export const MAGIC = 0xed0cdaed;
export const VERSION = 2;
/** Bytes before the keys and values of a page, for each of them. */
export const ELEMENT = 16;
/** A bucket as a value: number of its first page, or 0 where that follows, and a sequence that etcd does not use. */
export const BUCKET_HEADER = 16;
/** Tells that a value is a bucket. */
export const BUCKET_FLAG = 0x01;

/** Where a file begins: what was written by its newest transaction. */
export interface Meta {
  readonly pageSize: number;
  /** Page with the names of the buckets. */
  readonly root: number;
  /** Pages that the file has. */
  readonly pages: number;
  readonly transaction: bigint;
}

/** A key of a branch, and the page that holds it and those behind it. */
export interface Branch {
  readonly key: Buffer;
  readonly page: number;
}

/** A key of a leaf. */
export interface Leaf {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly bucket: boolean;
}

/** A page, checked as far as that can be done for one alone. */
export type Page =
  | { readonly kind: 'branch'; readonly branches: readonly Branch[] }
  | { readonly kind: 'leaf'; readonly leaves: readonly Leaf[] };

/** FNV-1a with 64 bits, the checksum of meta pages. */
export function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

/** What a meta page says; undefined: it is none, or was not written as a whole. */
export function metaOf(page: Buffer): Meta | undefined {
  if (page.length < PAGE_HEADER + META) return undefined;
  const meta = page.subarray(PAGE_HEADER, PAGE_HEADER + META);
  if (meta.readUInt32LE(0) !== MAGIC || meta.readUInt32LE(4) !== VERSION) return undefined;
  if (meta.readBigUInt64LE(56) !== fnv1a64(meta.subarray(0, 56))) return undefined;
  return {
    pageSize: meta.readUInt32LE(8),
    root: Number(meta.readBigUInt64LE(16)),
    pages: Number(meta.readBigUInt64LE(40)),
    transaction: meta.readBigUInt64LE(48),
  };
}

/** How many pages follow this one as a part of it, by its header. */
export function overflowOf(header: Buffer): number {
  return header.readUInt32LE(12);
}

/**
 * What a page of keys holds. `number` is what it should call itself.
 * @throws Error on any other page
 */
export function pageOf(page: Buffer, number: number): Page {
  const damaged = (what: string) => new Error(`page ${number} ${what}`);
  if (page.length < PAGE_HEADER) throw damaged('is cut off');
  const own = page.readBigUInt64LE(0);
  if (own !== BigInt(number)) throw damaged(`calls itself ${own}`);
  const flags = page.readUInt16LE(8);
  const count = page.readUInt16LE(10);
  if (PAGE_HEADER + count * ELEMENT > page.length) throw damaged('has more keys than room for them');
  const piece = (at: number, length: number) => {
    if (at < PAGE_HEADER + count * ELEMENT || at + length > page.length)
      throw damaged('has a key out of its bounds');
    return page.subarray(at, at + length);
  };
  const elements = Array.from({ length: count }, (_, index) => PAGE_HEADER + index * ELEMENT);
  if (flags === PageFlag.branch) {
    if (count === 0) throw damaged('leads nowhere');
    const branches = elements.map((at) => ({
      key: piece(at + page.readUInt32LE(at), page.readUInt32LE(at + 4)),
      page: Number(page.readBigUInt64LE(at + 8)),
    }));
    return { kind: 'branch', branches };
  }
  if (flags !== PageFlag.leaf) throw damaged(`is of the kind ${flags}, and should hold keys`);
  const leaves = elements.map((at) => {
    const pos = at + page.readUInt32LE(at + 4);
    const [keySize, valueSize] = [page.readUInt32LE(at + 8), page.readUInt32LE(at + 12)];
    const bucket = (page.readUInt32LE(at) & BUCKET_FLAG) !== 0;
    return { key: piece(pos, keySize), value: piece(pos + keySize, valueSize), bucket };
  });
  return { kind: 'leaf', leaves };
}
