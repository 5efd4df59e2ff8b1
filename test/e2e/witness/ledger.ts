import type { Numbers } from './witness';

/** Times without an acknowledged write that are longer than this are gaps. */
const GAP_MS = 250;

/** What a witness keeps of its writes. */
export class Ledger {
  private readonly acknowledged = new Set<number>();
  private lastAcknowledgedAt: number | undefined;
  private longestMs = 0;
  private inGapsMs = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  get count(): number {
    return this.acknowledged.size;
  }

  acknowledge(record: number): void {
    this.acknowledged.add(record);
    this.longestMs = this.longestGapMs;
    this.inGapsMs = this.gapsMs;
    this.lastAcknowledgedAt = this.now();
  }

  /** Longest time without an acknowledged write, the time since the last one included; it begins with the first. */
  get longestGapMs(): number {
    return this.lastAcknowledgedAt === undefined
      ? 0
      : Math.max(this.longestMs, Math.round(this.now() - this.lastAcknowledgedAt));
  }

  /** All gaps together. */
  get gapsMs(): number {
    const since = this.lastAcknowledgedAt === undefined ? 0 : this.now() - this.lastAcknowledgedAt;
    return this.inGapsMs + (since > GAP_MS ? Math.round(since) : 0);
  }

  /** Ranges of acknowledged records, such as `1-20,22-40`. */
  get ranges(): string {
    const ranges: [number, number][] = [];
    for (const record of [...this.acknowledged].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last && last[1] === record - 1) last[1] = record;
      else ranges.push([record, record]);
    }
    return ranges.map(([from, to]) => `${from}-${to}`).join(',');
  }
}

/** Compares what was acknowledged, as ranges, with what was read back. */
export function compare(
  ranges: string,
  found: ReadonlySet<number>,
): Omit<Numbers, 'longestGapMs' | 'gapsMs'> {
  const acknowledged = ranges
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [from, to] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
  const missing = acknowledged.filter((record) => !found.has(record));
  return { acknowledged: acknowledged.length, found: found.size, lost: missing.length, missing };
}
