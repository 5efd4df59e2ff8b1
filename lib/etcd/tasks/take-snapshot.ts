import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type SnapshotFacts, verifySnapshot } from '../disk/snapshot-file';
import type { Candidate } from './members';

/** A snapshot in a file, all of which was read again. */
export interface Taken {
  readonly facts: SnapshotFacts;
  /** Of all of the file, with the checksum that it ends with. */
  readonly sha256: string;
}

/**
 * Streams a member's database into a file, and reads what has arrived.
 * @param stallMs how long the member may send nothing
 * @throws Error when it is not whole, or older than what the member had
 */
export async function takeSnapshot(
  { member, status }: Candidate,
  file: string,
  stallMs: number,
): Promise<Taken> {
  const hash = createHash('sha256');
  const stop = new AbortController();
  const stalled = () => stop.abort(new Error(`nothing of the snapshot has come for ${stallMs} ms`));
  let timer = setTimeout(stalled, stallMs);
  const pieces = async function* () {
    for await (const piece of member.snapshot(stop.signal)) {
      clearTimeout(timer);
      hash.update(piece);
      yield piece;
      timer = setTimeout(stalled, stallMs);
    }
  };
  try {
    await pipeline(pieces, createWriteStream(file));
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
  const facts = await verifySnapshot(file);
  if (facts.revision < status.revision) {
    throw new Error(
      `its snapshot ends at revision ${facts.revision}, before ${status.revision} which it had already`,
    );
  }
  return { facts, sha256: hash.digest('hex') };
}
