import { Duration } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Environment, Storage } from '../../lib';
import {
  alertAfter,
  checkBackupOptions,
  type ScheduledBackup,
  uploadVariables,
} from '../../lib/core/backup-options';
import { backupTarget } from '../../lib/core/backup-target';
import { chartIn } from '../support/rendering';

const BACKUP: ScheduledBackup = { schedule: Duration.hours(6), to: Storage.existingClaim('backups') };

describe('checkBackupOptions', () => {
  const check = (more: Partial<ScheduledBackup>) =>
    checkBackupOptions(
      'etcd/backup',
      { ...BACKUP, ...more },
      Environment.attach(chartIn(), { name: 'dev' }),
    ).map(({ code, message }) => `[${code}] ${message}`);

  it('has nothing to say of what can be done', () => {
    expect(check({})).toEqual([]);
    const hour = Duration.hours(1);
    expect(check({ maxBackups: 1, maxAge: hour, timeout: hour, alertAfter: hour })).toEqual([]);
  });

  it.each<[Partial<ScheduledBackup>, string]>([
    [{ maxBackups: 0 }, 'backup.maxBackups: 0; give a whole number from 1'],
    [{ maxBackups: 1.5 }, 'backup.maxBackups: 1.5; give a whole number from 1'],
    [{ maxAge: Duration.minutes(5) }, 'backup.maxAge: 5 minutes; give at least an hour, or leave it out'],
    [{ timeout: Duration.seconds(5) }, 'backup.timeout: 5 seconds; give at least a minute'],
    [{ alertAfter: Duration.seconds(5) }, 'backup.alertAfter: 5 seconds; give at least a minute'],
    [
      { schedule: 'daily' },
      'backup.schedule: "daily" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"',
    ],
  ])('refuses %j', (more, message) => {
    expect(check(more)).toEqual([`[etcd/backup] ${message}`]);
  });

  it('refuses a place that does not outlive a pod', () => {
    expect(check({ to: Storage.emptyDir() })).toEqual([
      expect.stringMatching(/^\[core\/backup-place\] backup\.to: an emptyDir is gone/),
    ]);
  });
});

it('uploadVariables say where to keep backups, how many, and how long', () => {
  const target = backupTarget(BACKUP.to, 'prod/data/etcd', undefined);
  const variables = (options: Partial<ScheduledBackup>) =>
    Object.fromEntries(uploadVariables(target, options).map(({ name, value }) => [name, value]));
  expect(variables({})).toEqual({ TARGET: '/target/prod/data/etcd', KEEP: '28' });
  expect(variables({ maxBackups: 7, maxAge: Duration.days(30) })).toMatchObject({
    KEEP: '7',
    MAX_AGE: '2592000',
  });
});

it.each<[Pick<ScheduledBackup, 'schedule' | 'alertAfter'>, number]>([
  [{ schedule: Duration.hours(6) }, 12],
  [{ schedule: '0 3 * * *' }, 26],
  [{ schedule: '0 3 * * *', alertAfter: Duration.days(3) }, 72],
])('alertAfter of %j is %i hours', (options, hours) => {
  expect(alertAfter(options).toHours()).toBe(hours);
});
