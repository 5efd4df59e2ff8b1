import { checkBackupOptions } from '../core/backup-options';
import { checkBackupPlace } from '../core/backup-target';
import { checkSchedule } from '../core/cron';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import { bytesOf, quantityOf } from '../core/quantity';
import { clusterToken, type EtcdModel } from './etcd-model';
import { checkRestoredFounders } from './etcd-restore';

/** What is wrong with backups, and with what a cluster starts from. */
export function checkBackups(model: EtcdModel, environment: Environment): Finding[] {
  return [
    ...checkBackup(model, environment),
    ...checkRestore(model, environment),
    ...checkRestoredFounders(model),
    ...checkForceNewCluster(model),
  ];
}

function checkBackup({ props }: EtcdModel, environment: Environment): Finding[] {
  const { backup } = props;
  if (!backup) return [];
  const { rehearsal } = backup;
  const findings = [
    ...checkBackupOptions('etcd/backup', backup, environment),
    ...(rehearsal ? checkSchedule('etcd/backup', 'backup.rehearsal.schedule', rehearsal.schedule) : []),
  ];
  const found = (message: string) => findings.push({ code: 'etcd/backup', message });
  if (rehearsal?.memory && bytesOf(rehearsal.memory) < 256 * 1024 ** 2)
    found(
      `backup.rehearsal.memory: ${quantityOf(rehearsal.memory)}; a member with the whole database in it needs at least 256Mi`,
    );
  return findings;
}

function checkRestore(model: EtcdModel, environment: Environment): Finding[] {
  const { restore } = model.props;
  if (!restore) return [];
  const findings = checkBackupPlace('restore.from', restore.from, environment);
  const found = (message: string) => findings.push({ code: 'etcd/restore', message });
  if (!/^([\w-][\w.-]*\/)*\d{8}T\d{6}Z-\d+\.db$/.test(restore.snapshot)) {
    found(
      `restore.snapshot: "${restore.snapshot}" is not the name of a backup; give <time>-<revision>.db, with its directory in the store unless it is the cluster's own`,
    );
  }
  if (restore.token === clusterToken(model, environment)) {
    found(
      `restore.token: "${restore.token}" is that of the cluster itself, whose members could talk to those of the new one; give another, or leave it out`,
    );
  } else if (restore.token !== undefined && !/^[\w./:-]+$/.test(restore.token)) {
    found(
      `restore.token: ${JSON.stringify(restore.token)}; give letters, digits, ".", "_", "-", "/" and ":"`,
    );
  }
  return findings;
}

function checkForceNewCluster({ members, props }: EtcdModel): Finding[] {
  const { forceNewCluster, restore } = props;
  if (!forceNewCluster) return [];
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'etcd/force-new-cluster', message });
  const { member, confirm } = forceNewCluster;
  if (!members.some(({ id }) => id === member)) {
    const ids = members.map(({ id }) => id).join(', ');
    found(
      `forceNewCluster.member: there is no member ${member} (there are ${ids}); name the one whose data is kept`,
    );
  }
  if (!/^(0x)?[0-9a-f]{1,16}$/i.test(confirm)) {
    found(
      `forceNewCluster.confirm: "${confirm}" is not the id of a cluster; give it in hexadecimal, as the steward's status and the gate of that member tell it once the majority is lost`,
    );
  }
  if (restore)
    found(
      'forceNewCluster: restore makes a cluster from a backup, this from a member, and a cluster has one beginning; leave one of them out',
    );
  return findings;
}
