import { join } from 'node:path';
import { type Files, withOpen } from '../../steward/files';

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
