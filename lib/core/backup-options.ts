import { Duration } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import { type BackupPlace, type BackupTarget, checkBackupPlace } from './backup-target';
import { checkSchedule } from './cron';
import { secondsOf } from './cron-job';
import type { Environment } from './environment';
import type { Finding } from './problem';

/** When backups are made, how long they are kept, and where. */
export interface ScheduledBackup {
  /** A cron schedule, or an interval that divides the day. */
  readonly schedule: string | Duration;
  /** How many to keep. @default 28 */
  readonly maxBackups?: number;
  /** Backups older than this are removed, the newest excepted. @default - none is too old */
  readonly maxAge?: Duration;
  /** How long a backup may take. @default Duration.hours(1) */
  readonly timeout?: Duration;
  /** Age of the newest backup from which on an alert is raised. @default - twice the interval; of a cron schedule 26 hours */
  readonly alertAfter?: Duration;
  /** Where to keep them: an object store, or a volume (`Storage.existingClaim`, `Storage.nfs`). */
  readonly to: BackupPlace;
}

/** Backups that are kept where nobody chose another number. */
const KEPT = 28;

/** What is wrong with the options of a prop `backup`. */
export function checkBackupOptions(
  code: string,
  backup: ScheduledBackup,
  environment: Environment,
): Finding[] {
  const findings = [
    ...checkBackupPlace('backup.to', backup.to, environment),
    ...checkSchedule(code, 'backup.schedule', backup.schedule),
  ];
  const found = (message: string) => findings.push({ code, message });
  const { maxBackups = KEPT, maxAge, timeout, alertAfter } = backup;
  if (!Number.isInteger(maxBackups) || maxBackups < 1)
    found(`backup.maxBackups: ${maxBackups}; give a whole number from 1`);
  const least = (what: string, given: Duration | undefined, minutes: number, text: string) => {
    if (given && given.toMinutes({ integral: false }) < minutes)
      found(`backup.${what}: ${given.toHumanString()}; give at least ${text}`);
  };
  least('maxAge', maxAge, 60, 'an hour, or leave it out');
  least('timeout', timeout, 1, 'a minute');
  least('alertAfter', alertAfter, 1, 'a minute');
  return findings;
}

/** Variables by which `upload.sh` knows where to keep backups, how many, and how long. */
export function uploadVariables(
  target: BackupTarget,
  { maxBackups = KEPT, maxAge }: Pick<ScheduledBackup, 'maxBackups' | 'maxAge'>,
): k8s.EnvVar[] {
  return [
    ...target.env,
    { name: 'TARGET', value: target.path },
    { name: 'KEEP', value: String(maxBackups) },
    ...(maxAge ? [{ name: 'MAX_AGE', value: String(secondsOf(maxAge)) }] : []),
  ];
}

/** Age of the newest backup from which on an alert is raised: twice the interval, or 26 hours, unless it is given. */
export function alertAfter(backup: Pick<ScheduledBackup, 'alertAfter' | 'schedule'>): Duration {
  if (backup.alertAfter) return backup.alertAfter;
  const { schedule } = backup;
  return typeof schedule === 'string'
    ? Duration.hours(26)
    : Duration.seconds(2 * schedule.toSeconds({ integral: false }));
}
