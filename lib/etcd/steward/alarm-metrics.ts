import { family } from '../../steward/exposition';
import type { Alarm } from '../api/types';

/** Number of alarms that are raised, by kind; both kinds are always told of. Members of 3.5 tell of none themselves. */
export const ALARMS_METRIC = 'cdk8s_stateful_steward_etcd_alarms';

/** What Prometheus is told of alarms. */
export function alarmSamples(cluster: string, alarms: readonly Alarm[]): string {
  const count = (kind: string) => alarms.filter(({ alarm }) => alarm === kind).length;
  return family(
    ALARMS_METRIC,
    'gauge',
    'Alarms of etcd that are raised.',
    { cluster },
    ['NOSPACE', 'CORRUPT'].map((alarm) => [{ alarm }, count(alarm)]),
  );
}
