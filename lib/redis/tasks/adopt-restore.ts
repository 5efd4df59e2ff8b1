import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { createReadStream, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { renameForGood, withOpen } from '../../steward/files';
import { gateSettings, PLAN, RESTORE_DIRECTORY, type RestoreRun, restoringPods } from './prepare-restore';
import type { RedisBackupFacts } from './settings';

/**
 * Takes a part of a backup that was fetched into use, as the server's RDB file; its gate makes a log of it where one is kept.
 * Restarting anywhere leaves nothing half done: until the file has its name, there is no data.
 * @throws Error where it is not what was backed up, or not of as many shards
 */
export async function adoptRestore({ podName, paths, log }: RestoreRun): Promise<void> {
  const plan = readFileSync(join(paths.run, PLAN), 'utf8').trim();
  const directory = join(paths.data, RESTORE_DIRECTORY);
  if (plan === 'nothing') {
    // What is left of a restore that was broken off is of no use any more.
    rmSync(directory, { recursive: true, force: true });
    return;
  }
  const settings = gateSettings(paths);
  const part = Number(plan.split(' ')[1]);
  const facts = JSON.parse(readFileSync(join(directory, 'backup.json'), 'utf8')) as RedisBackupFacts;
  const shards = restoringPods(settings).length;
  if (facts.parts.length !== shards) {
    throw new Error(
      `${facts.name} has the data of ${counted(facts.parts.length)}, and ${counted(shards)} ${shards === 1 ? 'is' : 'are'} formed here: form as many as the backup has, and change their number afterwards`,
    );
  }
  const file = join(directory, 'part.rdb');
  const found = await sha256(file);
  const { sha256: sum, keys, shard, slots } = facts.parts[part];
  if (found !== sum) {
    rmSync(file);
    throw new Error(
      `the SHA-256 of ${facts.parts[part].file} is ${found}, not ${sum} as it was when the backup was made`,
    );
  }
  const target = join(paths.data, 'dump.rdb');
  if (existsSync(target)) throw new Error(`${target} is there, and nothing is ever restored over it`);
  withOpen(nodeFs, file, 'r+', (descriptor) => nodeFs.fsyncSync(descriptor));
  renameForGood(nodeFs, file, target);
  rmSync(directory, { recursive: true, force: true });
  log({ restore: 'restored', server: podName, backup: facts.name, keys, shard, ...(slots && { slots }) });
}

function counted(shards: number): string {
  return `${shards} shard${shards === 1 ? '' : 's'}`;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
