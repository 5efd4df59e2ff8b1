import type * as nodeFs from 'node:fs';
import { dirname, join } from 'node:path';

/** What the gate needs of `node:fs`, so that a test can break it off at any call. */
export type Files = Pick<
  typeof nodeFs,
  | 'existsSync'
  | 'readFileSync'
  | 'readdirSync'
  | 'mkdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'openSync'
  | 'readSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'fstatSync'
  | 'closeSync'
>;

/** Writes a file so that it is there as a whole or not at all, even after a power cut. */
export function writeAtomically(fs: Files, file: string, text: string): void {
  const aside = `${file}.new`;
  withOpen(fs, aside, 'w', (descriptor) => {
    if (text) fs.writeSync(descriptor, text);
    fs.fsyncSync(descriptor);
  });
  fs.renameSync(aside, file);
  withOpen(fs, dirname(file), 'r', (descriptor) => fs.fsyncSync(descriptor));
}

/** Removes a file with a number in it, unless the number will do. */
export function removeUnless(fs: Files, file: string, good: (text: string) => boolean): void {
  if (!fs.existsSync(file)) return;
  const text = fs.readFileSync(file, 'utf8').trim();
  if (!/^-?\d+$/.test(text) || !good(text)) fs.rmSync(file, { force: true });
}

/** The zxid in the name of a snapshot. */
export function snapshotZxid(file: string): bigint {
  const zxid = /snapshot\.([0-9a-f]+)$/.exec(file)?.[1];
  if (!zxid) throw new Error(`"${file}" does not end with snapshot.<zxid>`);
  return BigInt(`0x${zxid}`);
}

/** Whether there are snapshots that ZooKeeper would load, and whether there is a transaction log. */
export function holdsData(
  fs: Files,
  snapshotDirectory: string,
  logDirectory: string,
): { snapshots: boolean; logs: boolean } {
  const list = (directory: string) => (fs.existsSync(directory) ? fs.readdirSync(directory) : []);
  return {
    snapshots: list(snapshotDirectory).some(
      (name) => /^snapshot\.[0-9a-f]+(\.\w+)?$/.test(name) && isWhole(fs, join(snapshotDirectory, name)),
    ),
    logs: list(logDirectory).some((name) => /^log\.[0-9a-f]+$/.test(name)),
  };
}

// The string "/", with which every snapshot ends; ZooKeeper passes over a file without it, which a crash has cut.
const SEAL = Buffer.from([0, 0, 0, 1, 0x2f]);

function isWhole(fs: Files, file: string): boolean {
  return withOpen(fs, file, 'r', (descriptor) => {
    const { size } = fs.fstatSync(descriptor);
    if (size < 10) return false;
    if (/\.(gz|snappy)$/.test(file)) return true;
    const tail = Buffer.alloc(SEAL.length);
    fs.readSync(descriptor, tail, 0, SEAL.length, size - SEAL.length);
    return tail.equals(SEAL);
  });
}

function withOpen<T>(fs: Files, file: string, flags: string, use: (descriptor: number) => T): T {
  const descriptor = fs.openSync(file, flags);
  try {
    return use(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
