import {
  BUCKET_HEADER,
  type Leaf,
  META,
  type Meta,
  metaOf,
  overflowOf,
  PAGE_HEADER,
  type Page,
  pageOf,
} from './bbolt-page';
import { FileReader } from './file-reader';

// Sizes of pages are those of the system that wrote the file.
const PAGE_SIZES = [4_096, 16_384, 65_536, 8_192, 32_768, 2_048, 1_024];
// A tree of this depth would be larger than any disk.
const MAX_DEPTH = 64;

/** A key and its value. They are part of a page: what is to be kept must be copied. */
export interface Pair {
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * Reads a bbolt file that nobody writes, a page at a time.
 * @throws Error where the file is damaged, or none of bbolt
 */
export class BboltFile {
  private readonly reader: FileReader;
  private readonly meta: Meta;

  /** @param length bytes that are the database; what follows is something else. @default - all */
  constructor(file: string, length?: number) {
    this.reader = new FileReader(file, 0);
    try {
      this.meta = this.readMeta(length ?? this.reader.size);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Names of the buckets in which others are not contained, in order. */
  buckets(): string[] {
    return [...this.leavesFrom(this.meta.root)]
      .filter(({ bucket }) => bucket)
      .map(({ key }) => key.toString());
  }

  /** Keys of a bucket with their values, in order; none where there is no such bucket. */
  *pairs(bucket: string): Generator<Pair> {
    const name = Buffer.from(bucket);
    for (const leaf of this.leavesFrom(this.meta.root)) {
      if (!leaf.bucket || !leaf.key.equals(name)) continue;
      for (const { key, value, bucket } of this.leavesOf(leaf.value)) if (!bucket) yield { key, value };
    }
  }

  close(): void {
    this.reader.close();
  }

  private readMeta(length: number): Meta {
    const at = (offset: number) => metaOf(this.reader.read(offset, PAGE_HEADER + META));
    const first = at(0);
    // The second is found without the first one's word, too.
    const seconds = (first ? [first.pageSize] : PAGE_SIZES).map((size) => ({ size, meta: at(size) }));
    const second = seconds.find(({ size, meta }) => meta?.pageSize === size)?.meta;
    const [meta] = [first, second]
      .filter((each) => each !== undefined)
      .sort((one, other) => Number(other.transaction - one.transaction));
    const { file } = this.reader;
    if (!meta) throw new Error(`${file} is no database of etcd's, or its beginning is damaged`);
    if (meta.pages * meta.pageSize > length || this.reader.size < length)
      throw new Error(
        `${file} should have ${meta.pages} pages of ${meta.pageSize} bytes, and has ${length} bytes`,
      );
    return meta;
  }

  // A small bucket is within the page that names it.
  private leavesOf(bucket: Buffer): Generator<Leaf> {
    if (bucket.length < BUCKET_HEADER) throw new Error(`${this.reader.file} is damaged: a bucket is cut off`);
    const root = Number(bucket.readBigUInt64LE(0));
    if (root !== 0) return this.leavesFrom(root);
    return this.inOrder(this.leavesIn(this.parse(bucket.subarray(BUCKET_HEADER), 0), 0));
  }

  private leavesFrom(root: number): Generator<Leaf> {
    return this.inOrder(this.leavesIn(this.page(root), 0));
  }

  private *leavesIn(page: Page, depth: number): Generator<Leaf> {
    if (page.kind === 'leaf') {
      yield* page.leaves;
      return;
    }
    if (depth > MAX_DEPTH) throw new Error(`${this.reader.file} is damaged: its pages lead to one another`);
    for (const { page: number } of page.branches) yield* this.leavesIn(this.page(number), depth + 1);
  }

  // A page in the wrong place has the wrong keys.
  private *inOrder(leaves: Iterable<Leaf>): Generator<Leaf> {
    let last: Buffer | undefined;
    for (const leaf of leaves) {
      if (last && Buffer.compare(last, leaf.key) >= 0)
        throw new Error(`${this.reader.file} is damaged: its keys are out of order`);
      last = leaf.key;
      yield leaf;
    }
  }

  private page(number: number): Page {
    const { pageSize, pages } = this.meta;
    const { file } = this.reader;
    if (number < 2 || number >= pages) throw new Error(`${file} is damaged: it leads to page ${number}`);
    const header = this.reader.read(number * pageSize, pageSize);
    const more = overflowOf(header);
    if (number + more >= pages) throw new Error(`${file} is damaged: page ${number} is too long`);
    return this.parse(more ? this.reader.read(number * pageSize, (1 + more) * pageSize) : header, number);
  }

  private parse(page: Buffer, number: number): Page {
    try {
      return pageOf(page, number);
    } catch (error) {
      throw new Error(`${this.reader.file} is damaged: ${(error as Error).message}`);
    }
  }
}
