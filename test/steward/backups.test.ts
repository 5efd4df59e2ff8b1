import { describe, expect, it } from 'vitest';
import { Backups } from '../../lib/steward/backups';

describe('the age of backups', () => {
  const at = (text: string) => Date.parse(text);

  it('is told for each CronJob, and asked for once a minute', async () => {
    let now = at('2026-01-02T00:00:00Z');
    let asked = 0;
    const success = new Map([['etcd-backup', new Date('2026-01-01T23:00:00Z')]]);
    const cluster = {
      lastSuccess: async (name: string) => {
        asked++;
        return success.get(name);
      },
    };
    const backups = new Backups(cluster, ['etcd-backup', 'etcd-rehearsal'], () => now);
    expect(backups.samples('etcd')).toBe('');
    await backups.look();
    const line = (seconds: number) =>
      `cdk8s_stateful_steward_backup_age_seconds{cluster="etcd",cronjob="etcd-backup"} ${seconds}\n`;
    expect(backups.samples('etcd').split('\n').slice(2).join('\n')).toBe(line(3_600));

    success.set('etcd-backup', new Date('2026-01-02T00:00:00Z'));
    now += 30_000;
    await backups.look();
    expect(asked).toBe(2);
    expect(backups.samples('etcd')).toContain(line(3_630));
    now += 30_000;
    await backups.look();
    expect(backups.samples('etcd')).toContain(line(60));
  });

  it('goes on with what is known when nobody answers', async () => {
    let now = 60_000;
    const answers = [Promise.resolve(new Date(0)), Promise.reject(new Error('no route to host'))];
    const backups = new Backups({ lastSuccess: async () => answers.shift() }, ['b'], () => now);
    await backups.look();
    now += 60_000;
    await backups.look();
    expect(backups.samples('c')).toContain('} 120\n');
  });
});
