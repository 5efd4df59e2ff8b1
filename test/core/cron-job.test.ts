import { Duration } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { type CronJobOptions, cronJob, secondsOf } from '../../lib/core/cron-job';

const labels = { l: 'x' };
const options: CronJobOptions = {
  name: 'etcd-backup',
  labels,
  schedule: Duration.hours(6),
  pod: { restartPolicy: 'Never', containers: [{ name: 'upload' }] },
};

describe('cronJob', () => {
  it('runs one Job at a time, for an hour at most', () => {
    const { metadata, spec } = cronJob(options);
    expect(metadata).toEqual({ name: 'etcd-backup', labels });
    expect(spec).toMatchObject({ schedule: '0 */6 * * *', concurrencyPolicy: 'Forbid' });
    expect(spec?.jobTemplate.spec).toMatchObject({ activeDeadlineSeconds: 3_600, backoffLimit: 3 });
  });

  it('has the labels on Jobs and pods, and pods that may do little', () => {
    const { jobTemplate } = cronJob({ ...options, timeout: Duration.minutes(10) }).spec ?? {};
    expect(jobTemplate?.metadata).toEqual({ labels });
    expect(jobTemplate?.spec?.activeDeadlineSeconds).toBe(600);
    expect(jobTemplate?.spec?.template).toMatchObject({
      metadata: { labels },
      spec: {
        ...options.pod,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true },
      },
    });
  });

  it('takes a cron schedule as it is', () => {
    expect(cronJob({ ...options, schedule: '30 3 * * *' }).spec?.schedule).toBe('30 3 * * *');
  });
});

it('secondsOf rounds up', () => {
  expect([Duration.days(1), Duration.millis(1)].map(secondsOf)).toEqual([86_400, 1]);
});
