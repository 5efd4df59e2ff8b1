import { compare, Ledger } from './ledger';

/** A connection of a witness to the system it watches. */
export interface Session {
  /** Writes one record; rejects when it was refused or its outcome is unknown. */
  write(record: number): Promise<void>;
  /** Every record there is and is whole, as of now. */
  readAll(): Promise<Set<number>>;
  close(): Promise<void>;
}

const PACE_MS = 50;
const AT_ONCE = 20;
const RETRY_MS = 200;
const READ_BACK_MS = 90_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (line: object) => console.log(JSON.stringify(line));

/**
 * Writes records at a steady pace until SIGTERM, each number once, without waiting for the answer to the one before; then
 * reads everything back. Says how it goes once a second and at the end, one JSON object a line.
 */
export async function writeUntilStopped(connect: () => Promise<Session>): Promise<void> {
  const ledger = new Ledger();
  const underWay = new Set<Promise<void>>();
  let stopping = false;
  let problem: string | undefined;
  let session: Session | undefined;
  let record = 0;
  process.once('SIGTERM', () => (stopping = true));
  const tell = () =>
    say({
      witness: 'writing',
      acknowledged: ledger.count,
      record,
      longestGapMs: ledger.longestGapMs,
      problem,
    });
  const told = setInterval(tell, 1000);
  const drop = (failed: Session | undefined, error: unknown) => {
    problem = String((error as Error).message);
    void failed?.close();
    if (session === failed) session = undefined;
  };
  const write = async (to: Session, number: number) => {
    try {
      await to.write(number);
      ledger.acknowledge(number);
      if (session === to) problem = undefined;
    } catch (error) {
      drop(to, error);
    }
  };
  while (!stopping) {
    try {
      session ??= await connect();
      if (underWay.size < AT_ONCE) {
        record += 1;
        const written = write(session, record).finally(() => underWay.delete(written));
        underWay.add(written);
      }
      await sleep(PACE_MS);
    } catch (error) {
      drop(session, error);
      await sleep(RETRY_MS);
    }
  }
  clearInterval(told);
  await Promise.all(underWay);
  void session?.close();
  const { longestGapMs, gapsMs, ranges } = ledger;
  say({ witness: 'result', ranges, longestGapMs, gapsMs, ...compare(ranges, await readBack(connect)) });
}

/** Reads everything back and compares it with what was acknowledged. */
export async function readAndCompare(connect: () => Promise<Session>, ranges: string): Promise<void> {
  say({ witness: 'result', ranges, longestGapMs: 0, gapsMs: 0, ...compare(ranges, await readBack(connect)) });
}

async function readBack(connect: () => Promise<Session>): Promise<Set<number>> {
  const end = Date.now() + READ_BACK_MS;
  for (;;) {
    try {
      const session = await connect();
      const found = await session.readAll();
      await session.close();
      return found;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(RETRY_MS);
    }
  }
}
