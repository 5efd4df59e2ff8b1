import { createHash } from 'node:crypto';
import { hashedPart, type KeyHash, keyHash } from './key-hash';

/** What decides on which shard a key is; two proxies with the same find the same keys. */
export interface Layout {
  /** Names of the shards; their order says nothing. */
  readonly shards: readonly string[];
  readonly hash: KeyHash;
  /** Two characters. @default - the whole key is hashed */
  readonly hashTag?: string;
}

/** A layout in words; the same for two that put every key on the same shard. */
export function layoutText({ shards, hash, hashTag }: Layout): string {
  return `${[...shards].sort().join(', ')} by ${hash}${hashTag ? ` within ${hashTag}` : ''}`;
}

/** Whether two layouts put every key on the same shard. */
export function sameLayout(one: Layout, other: Layout): boolean {
  return layoutText(one) === layoutText(other);
}

/** A short name of a layout, for labels. */
export function layoutHash(layout: Layout): string {
  return createHash('sha256').update(layoutText(layout)).digest('hex').slice(0, 10);
}

/** Label of a proxy's pod that says which layout it has. */
export const LAYOUT_LABEL = 'cdk8s-stateful/layout';

const POINTS_PER_HASH = 4;
const POINTS_PER_SHARD = 160;

/** Says on which shard a key is, as `distribution: ketama` of twemproxy does with servers that have names and weight 1. */
export class Ring {
  private readonly points: Uint32Array;
  private readonly owners: Uint16Array;
  private readonly names: readonly string[];

  constructor(private readonly layout: Layout) {
    // Twemproxy sorts servers so, which decides between two whose points are the same.
    this.names = [...layout.shards].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    const points = this.names.flatMap((name, owner) => {
      const hashes = Array.from({ length: hashesPerShard(this.names.length) }, (_, i) => `${name}-${i}`);
      return hashes.flatMap((text) => {
        const digest = createHash('md5').update(text).digest();
        return [0, 1, 2, 3].map((n) => ({ point: digest.readUInt32LE(4 * n), owner }));
      });
    });
    points.sort((a, b) => a.point - b.point);
    this.points = Uint32Array.from(points, ({ point }) => point);
    this.owners = Uint16Array.from(points, ({ owner }) => owner);
  }

  /** Name of the shard that a key is on. */
  shardOf(key: Buffer): string {
    if (this.names.length === 1) return this.names[0];
    const part = hashedPart(key, this.layout.hashTag);
    // Of a key without bytes no hash is taken.
    const hash = part.length === 0 ? 0 : keyHash(this.layout.hash, part);
    let [left, right] = [0, this.points.length];
    while (left < right) {
      const middle = (left + right) >>> 1;
      if (this.points[middle] < hash) left = middle + 1;
      else right = middle;
    }
    return this.names[this.owners[left === this.points.length ? 0 : left]];
  }
}

/** 40, or 39 where the product of single precision that twemproxy computes falls short of it. */
function hashesPerShard(shards: number): number {
  const single = Math.fround;
  const one = single(single(single(1 / shards) * POINTS_PER_SHARD) / POINTS_PER_HASH);
  return Math.floor(single(single(one * shards) + 1e-10));
}
