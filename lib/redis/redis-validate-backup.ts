import { checkBackupOptions } from '../core/backup-options';
import { checkBackupPlace } from '../core/backup-target';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import type { RedisModel } from './redis-model';

/** What is wrong with backups, and with what a deployment starts from. */
export function checkBackups(model: RedisModel, environment: Environment): Finding[] {
  const { backup } = model.props;
  return [
    ...(backup ? checkBackupOptions('redis/backup', backup, environment) : []),
    ...checkRestore(model, environment),
  ];
}

function checkRestore(
  { topology, keepsData, persistence, props }: RedisModel,
  environment: Environment,
): Finding[] {
  const { restore } = props;
  if (!restore) return [];
  const findings = checkBackupPlace('restore.from', restore.from, environment);
  const found = (message: string) => findings.push({ code: 'redis/restore', message });
  if (!/^([\w-][\w.-]*\/)*\d{8}T\d{6}Z$/.test(restore.backup))
    found(
      `restore.backup: "${restore.backup}" is not the name of a backup; give its time, such as 20261121T180000Z, with its directory in the store unless it is the deployment's own`,
    );
  if (persistence === 'none')
    found(
      "restore: persistence is 'none', and what is restored would be gone with the first restart; give another, or leave restore out",
    );
  else if (topology === 'cluster' && !keepsData)
    found(
      'restore: storage is an emptyDir, and each node whose pod is replaced would come back with what is in the backup; keep data on a volume, or leave restore out',
    );
  return findings;
}
