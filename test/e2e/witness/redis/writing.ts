import { compare, Ledger } from '../ledger';
import type { Numbers } from '../witness';
import type { Client } from './client';
import { contentOf, keyOf, type Lane, type Parts, partOf } from './records';

/** Time between two records of a lane, in milliseconds; where there are several parts, each has one every 150. */
const PACE_MS = 50;
const PACE_OF_PARTS_MS = 25;
/** Records of a part that may be without an answer. */
const AT_ONCE = 4;
/** How long WAIT waits. */
const WAIT_MS = 500;
const READ_AT_ONCE = 100;
const READ_BACK_MS = 90_000;
const READ_MS = 10_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: object) => console.log(JSON.stringify(line));

/** Opens a client, which reports what goes wrong. */
export type Open = (report: (problem: string) => void) => Client;

/** Writes records of one kind, all parts in turn. */
class Writer {
  /** Of the lane as a whole, and of each part. */
  private readonly all = new Ledger();
  private readonly parts: readonly Ledger[];
  private readonly underWay: Set<Promise<void>>[];
  private problem: string | undefined;
  private problemAt = 0;
  private readonly client: Client;
  record = 0;

  constructor(
    private readonly lane: Lane,
    open: Open,
    private readonly whole: Parts,
  ) {
    this.client = open((problem) => this.noteProblem(problem));
    this.parts = Array.from({ length: whole.count }, () => new Ledger());
    this.underWay = Array.from({ length: whole.count }, () => new Set());
  }

  /** Begins to write the next record, unless too many of its part wait for an answer. */
  next(): void {
    this.record += 1;
    const { record } = this;
    const underWay = this.underWay[partOf(record, this.whole)];
    if (underWay.size >= AT_ONCE) return;
    const written: Promise<void> = this.write(record).finally(() => underWay.delete(written));
    underWay.add(written);
  }

  private noteProblem(text: string): void {
    this.problem = text;
    this.problemAt = performance.now();
  }

  /** What went wrong last, unless everything has been acknowledged since. */
  get lastProblem(): string | undefined {
    return this.problem;
  }

  get acknowledged(): number {
    return this.all.count;
  }

  /** Gaps of the part that had the longest. */
  get gaps(): { longestGapMs: number; gapsMs: number } {
    const longest = [...this.parts].sort((a, b) => b.longestGapMs - a.longestGapMs)[0];
    return { longestGapMs: longest.longestGapMs, gapsMs: longest.gapsMs };
  }

  async finish(): Promise<{ ranges: string; longestGapMs: number; gapsMs: number }> {
    const { gaps } = this;
    // What is tried again and again is given up.
    await Promise.race([Promise.all(this.underWay.flatMap((each) => [...each])), sleep(5_000)]);
    this.client.close();
    return { ...gaps, ranges: this.all.ranges };
  }

  private async write(record: number): Promise<void> {
    const { lane, client } = this;
    const begun = performance.now();
    try {
      const key = keyOf(lane, record, this.whole);
      if (lane === 'waited') {
        if (!(await client.setAndWait(key, contentOf(record), WAIT_MS)))
          throw new Error('no replica has it yet');
      } else await client.set(key, contentOf(record));
      this.all.acknowledge(record);
      this.parts[partOf(record, this.whole)].acknowledge(record);
      if (begun > this.problemAt) this.problem = undefined;
    } catch (error) {
      this.noteProblem((error as Error).message);
    }
  }
}

/** Which lanes a witness has, and between which parts its records are divided. */
export interface Writing {
  readonly lanes: readonly Lane[];
  readonly parts: Parts;
}

/**
 * Writes numbered records at a steady pace until SIGTERM, then reads everything back. What counts as acknowledged is the first
 * lane; of the other one it is told what was lost.
 */
export async function writeUntilStopped({ lanes, parts }: Writing, open: Open): Promise<void> {
  const writers = lanes.map((lane) => new Writer(lane, open, parts));
  let stopping = false;
  process.once('SIGTERM', () => (stopping = true));
  const told = setInterval(
    () =>
      say({
        witness: 'writing',
        acknowledged: Math.min(...writers.map(({ acknowledged }) => acknowledged)),
        record: writers[0].record,
        ...writers[0].gaps,
        problem: writers.map(({ lastProblem }) => lastProblem).find(Boolean),
      }),
    1000,
  );
  while (!stopping) {
    for (const writer of writers) writer.next();
    await sleep(parts.count > 1 ? PACE_OF_PARTS_MS : PACE_MS);
  }
  clearInterval(told);
  const results: (Numbers & { ranges: string })[] = [];
  for (const [index, writer] of writers.entries()) {
    const finished = await writer.finish();
    results.push({ ...finished, ...(await readBack(open, lanes[index], finished.ranges, parts)) });
  }
  const [first, second] = results;
  const { ranges: _, ...atOnce } = second ?? {};
  say({ witness: 'result', ...first, ...(second && { atOnce }) });
}

/** Reads the records of ranges, or every one before the last of them, and compares. */
export async function readBack(
  open: Open,
  lane: Lane,
  ranges: string,
  parts: Parts,
): Promise<ReturnType<typeof compare>> {
  const last = Number(ranges.split(/[-,]/).at(-1) ?? 0);
  const end = Date.now() + READ_BACK_MS;
  for (;;) {
    const client = open(() => undefined);
    try {
      return compare(ranges, await readAll(client, lane, last, parts));
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(PACE_MS);
    } finally {
      client.close();
    }
  }
}

async function readAll(client: Client, lane: Lane, last: number, parts: Parts): Promise<Set<number>> {
  const found = new Set<number>();
  for (let from = 1; from <= last; from += READ_AT_ONCE) {
    const records = Array.from(
      { length: Math.min(READ_AT_ONCE, last - from + 1) },
      (_, index) => from + index,
    );
    const read = Promise.all(records.map((record) => client.get(keyOf(lane, record, parts))));
    const late = sleep(READ_MS).then(() => Promise.reject(new Error('no answer to what is read back')));
    const contents = await Promise.race([read, late]);
    records.forEach((record, index) => {
      if (contents[index] === contentOf(record)) found.add(record);
    });
  }
  return found;
}
