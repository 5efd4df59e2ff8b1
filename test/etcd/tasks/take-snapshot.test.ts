import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptySnapshot } from '../../../lib/etcd/disk/empty-snapshot';
import { takeSnapshot } from '../../../lib/etcd/tasks/take-snapshot';
import { candidate } from './fake-members';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'take-snapshot-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const whole = emptySnapshot();

/** Takes a snapshot of a member that sends these pieces. */
function taking(pieces: (signal?: AbortSignal) => AsyncIterable<Buffer>, revision = 1n) {
  return takeSnapshot(candidate('a:1', { snapshot: pieces }, { revision }), path.join(dir, 'partial'), 200);
}

it('writes what comes, and reads it again', async () => {
  const { facts, sha256 } = await taking(async function* () {
    yield whole.subarray(0, 5_000);
    yield whole.subarray(5_000);
  });
  expect(fs.readFileSync(path.join(dir, 'partial'))).toEqual(whole);
  expect(sha256).toBe(createHash('sha256').update(whole).digest('hex'));
  expect(facts).toMatchObject({ bytes: whole.length, revision: 1n, keys: 0 });
});

it('refuses what was changed on its way', async () => {
  const changed = Buffer.from(whole);
  changed[9_000] ^= 1;
  const pieces = async function* () {
    yield changed;
  };
  await expect(taking(pieces)).rejects.toThrow(/is damaged: its SHA-256 is another/);
});

it('refuses what is older than the member was', async () => {
  const pieces = async function* () {
    yield whole;
  };
  await expect(taking(pieces, 7n)).rejects.toThrow(
    'its snapshot ends at revision 1, before 7 which it had already',
  );
});

it('gives up on a member that sends nothing any more', async () => {
  const pieces = async function* (signal?: AbortSignal) {
    yield whole.subarray(0, 5_000);
    await delay(10_000, undefined, { signal });
    yield whole.subarray(5_000);
  };
  await expect(taking(pieces)).rejects.toThrow('nothing of the snapshot has come for 200 ms');
});
