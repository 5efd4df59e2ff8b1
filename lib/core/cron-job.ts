import { Duration } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import { scheduleOf } from './cron';
import { HELPER_USER, podBasics, podSecurity } from './security';

/** What a CronJob of a cluster is made of. */
export interface CronJobOptions {
  readonly name: string;
  /** Labels of the CronJob, of its Jobs and of their pods. */
  readonly labels: Record<string, string>;
  /** A cron schedule, or an interval that divides the day. */
  readonly schedule: string | Duration;
  /** How long a Job may take. @default Duration.hours(1) */
  readonly timeout?: Duration;
  readonly pod: k8s.PodSpec;
}

/**
 * A CronJob whose Jobs never run at once, since they work on the same files, and start late rather than not at all, unless it
 * is an hour. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export function cronJob({ name, labels, schedule, timeout, pod }: CronJobOptions): k8s.KubeCronJobProps {
  const spec: k8s.PodSpec = { ...podBasics, securityContext: podSecurity(HELPER_USER), ...pod };
  return {
    metadata: { name, labels },
    spec: {
      schedule: scheduleOf(schedule) ?? '0 0 * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: secondsOf(timeout ?? Duration.hours(1)),
          template: { metadata: { labels }, spec },
        },
      },
    },
  };
}

/** Whole seconds of a duration, rounded up. */
export function secondsOf(duration: Duration): number {
  return Math.ceil(duration.toSeconds({ integral: false }));
}
