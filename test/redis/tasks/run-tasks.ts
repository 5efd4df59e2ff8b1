import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { RedisGatePaths, RedisGateSettings } from '../../../lib/redis/gate/settings';
import { adoptRestore } from '../../../lib/redis/tasks/adopt-restore';
import { runChooseSources } from '../../../lib/redis/tasks/choose-sources';
import { prepareRestore } from '../../../lib/redis/tasks/prepare-restore';
import type { RedisBackupFacts, RedisBackupSettings } from '../../../lib/redis/tasks/settings';
import { runVerifyBackup } from '../../../lib/redis/tasks/verify-backup';
import { rcloneDirectory } from '../../support/rclone';
import { type RedisRelease, redisBinaries } from '../../support/redis-process';

export const SCRIPTS = path.join(__dirname, '../../../lib/redis/scripts');

export type Line = Record<string, unknown>;

/** Runs a script to its end; rejects with all that it wrote where it fails. */
export function runScript(script: string, env: NodeJS.ProcessEnv): Promise<Line[]> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } };
    execFile(path.join(SCRIPTS, script), [], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${script}: ${stdout}${stderr}`));
      else
        resolve(
          stdout
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line)),
        );
    });
  });
}

/** A backup as its Job makes it, container by container. */
export interface BackupRun {
  readonly settings: RedisBackupSettings;
  readonly release: RedisRelease;
  readonly secrets: string;
  /** What happens before a container runs. */
  readonly before?: (container: 'take' | 'verify') => Promise<void>;
}

/** Takes a backup, and gives what is known of it, with all lines that were logged. */
export async function backUp(run: BackupRun): Promise<{ facts: RedisBackupFacts; lines: Line[] }> {
  const { settings, release, secrets, before } = run;
  const { directory, tls } = settings;
  fs.mkdirSync(directory, { recursive: true });
  process.env.BACKUP = JSON.stringify(settings);
  const lines: Line[] = [];
  const log = (line: Line) => lines.push(line);
  try {
    await runChooseSources(log, { secrets });
    await before?.('take');
    const bin = await redisBinaries(release);
    const [flavor] = release.split('-');
    const taken = await runScript('take.sh', {
      BACKUP_DIRECTORY: directory,
      SECRETS_DIRECTORY: secrets,
      CLI: path.join(bin, `${flavor}-cli`),
      CHECK: path.join(bin, `${flavor}-check-rdb`),
      TLS: String(tls),
    });
    lines.push(...taken);
    await before?.('verify');
    await runVerifyBackup(log, { secrets });
  } finally {
    delete process.env.BACKUP;
  }
  return { facts: JSON.parse(fs.readFileSync(path.join(directory, 'backup.json'), 'utf8')), lines };
}

/** Uploads it into a directory that stands for a store. */
export async function upload(directory: string, store: string): Promise<Line[]> {
  const PATH = `${await rcloneDirectory()}:${process.env.PATH}`;
  return runScript('upload.sh', { PATH, BACKUP_DIRECTORY: directory, TARGET: store, KEEP: '3' });
}

/** Directories of a server's pod, as its containers have them. */
export function podPaths(root: string): RedisGatePaths {
  const at = (name: string) => path.join(root, name);
  const paths = {
    config: at('config'),
    secrets: at('secrets'),
    formed: at('formed'),
    data: at('data'),
    run: at('run'),
  };
  for (const each of Object.values(paths)) fs.mkdirSync(each, { recursive: true });
  return paths;
}

/** What the init containers before the gate do; gives what was decided. */
export async function restore(
  podName: string,
  paths: RedisGatePaths,
  settings: RedisGateSettings,
  store: string,
): Promise<{ plan: string; lines: Line[] }> {
  fs.writeFileSync(path.join(paths.config, 'gate.json'), JSON.stringify(settings));
  const lines: Line[] = [];
  const run = { podName, paths, log: (line: Line) => lines.push(line) };
  const plan = prepareRestore(run);
  const downloaded = await runScript('download.sh', {
    PATH: `${await rcloneDirectory()}:${process.env.PATH}`,
    PLAN: path.join(paths.run, 'restore-plan'),
    SOURCE: store,
    BACKUP: settings.restore,
    DIRECTORY: path.join(paths.data, 'restore'),
  });
  lines.push(...downloaded);
  await adoptRestore(run);
  return { plan, lines };
}
