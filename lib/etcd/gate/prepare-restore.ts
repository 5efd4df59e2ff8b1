import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGateSettings } from '../../steward/hold-gate';
import { FORMED_KEY } from '../../steward/settings';
import { emptySnapshot } from '../disk/empty-snapshot';
import { EtcdDiskFiles } from './disk';
import { identityOf } from './identity';
import { type EtcdGatePaths, type EtcdGateSettings, RESTORE_DIRECTORY } from './settings';

/** What a run needs. */
export interface PrepareRestoreRun {
  readonly podName: string;
  readonly paths: EtcdGatePaths;
  readonly log: (line: Record<string, unknown>) => void;
  /** @default RESTORE_DIRECTORY */
  readonly work?: string;
}

/**
 * Decides whether a backup is to be restored on this member's disk, and lays out for the containers after it what they go
 * by, since etcd's image has no shell to decide anything with: `plan` (`restore` or `nothing`), `snapshot.db`, and as
 * `target` and `target-wal` where `restored` is to be made. Where nothing is to be restored, an empty snapshot is, into a
 * place where nobody looks.
 */
export function prepareRestore({
  podName,
  paths,
  log,
  work = RESTORE_DIRECTORY,
}: PrepareRestoreRun): 'restore' | 'nothing' {
  const { settings } = readGateSettings<EtcdGateSettings>(paths);
  const { self } = identityOf(podName, settings);
  const disk = new EtcdDiskFiles(settings, paths, self);
  // What a restore has left that was broken off, such as by a power cut: etcdutl makes no use of it.
  disk.dropUnconfirmed();
  const why = whyNot();
  lay(why === undefined);
  const plan = why === undefined ? 'restore' : 'nothing';
  writeFileSync(join(work, 'plan'), `${plan}\n`);
  log({ restore: plan, member: self, ...(why ? { reason: why } : { backup: settings.restore }) });
  return plan;

  function whyNot(): string | undefined {
    if (!settings.restore) return 'no backup is asked for';
    if (!settings.founders.includes(self)) return 'it joins the founders, and gets everything from them';
    if (settings.keepsData && existsSync(join(paths.formed, FORMED_KEY))) {
      return 'the cluster exists (it is marked as formed)';
    }
    const { state, restored, reason } = disk.read();
    if (restored) return 'the backup lies on the disk already';
    if (state === 'data') return 'the disk has data, and nothing is ever restored over it';
    return state === 'empty' || state === 'founding' ? undefined : reason;
  }

  function lay(due: boolean): void {
    for (const name of ['plan', 'snapshot.db', 'target', 'target-wal', 'scratch', 'scratch-wal']) {
      rmSync(join(work, name), { recursive: true, force: true });
    }
    const [data, wal] = due ? [paths.data, paths.wal] : [join(work, 'scratch'), join(work, 'scratch-wal')];
    for (const directory of due ? [disk.places.download] : [data, wal])
      mkdirSync(directory, { recursive: true });
    symlinkSync(data, join(work, 'target'));
    symlinkSync(wal, join(work, 'target-wal'));
    const snapshot = join(work, 'snapshot.db');
    if (due) symlinkSync(join(disk.places.download, 'snapshot.db'), snapshot);
    else writeFileSync(snapshot, emptySnapshot());
  }
}
