import { Duration } from 'cdk8s';
import { expect, it } from 'vitest';
import { backupTooOld, stewardAlerts } from '../../lib/core/cluster-alerts';
import { selecting } from '../../lib/core/monitoring';

const CLUSTER = { system: 'etcd', name: 'registry', namespace: 'data' } as const;
const LABELS = 'namespace="data",cdk8s_stateful_cluster="registry"';

it('selecting finds metrics by the labels of pods', () => {
  expect(selecting(CLUSTER)('up')).toBe(`up{${LABELS}}`);
  expect(selecting(CLUSTER)('up', 'x="y"')).toBe(`up{${LABELS},x="y"}`);
});

it('stewardAlerts tell of work that does not end, and of a steward that is away', () => {
  const [settled, down] = stewardAlerts(CLUSTER, 'Nothing changes', '1h');
  expect(settled).toMatchObject({ alert: 'EtcdNotSettled', for: '1h' });
  expect(settled.expr).toBe(`max(cdk8s_stateful_steward_phase{${LABELS},phase="Settled"}) < 1`);
  expect(settled.description).toMatch(/for an hour\. The ConfigMap registry-status /);
  expect(down).toMatchObject({
    alert: 'EtcdStewardDown',
    summary: 'Nobody looks after etcd data/registry',
    description: 'Nothing changes until the Deployment registry-steward runs again.',
  });
});

it.each([
  [Duration.hours(6), '12 h', 43_200],
  [Duration.minutes(15), '30 min', 1_800],
  ['0 3 * * *', '26 h', 93_600],
])('backupTooOld with the schedule %s says %s', (schedule, words, seconds) => {
  const alert = backupTooOld({ ...CLUSTER, steward: true }, 'registry-backup', { schedule });
  expect(alert.summary).toBe(`The newest backup of etcd data/registry is older than ${words}`);
  expect(alert.expr).toBe(
    `max(cdk8s_stateful_steward_backup_age_seconds{${LABELS},cronjob="registry-backup"}) > ${seconds}`,
  );
});

it('backupTooOld asks Kubernetes where there is no steward', () => {
  const { expr } = backupTooOld({ ...CLUSTER, steward: false }, 'registry-backup', { schedule: '@daily' });
  const job = '{namespace="data",cronjob="registry-backup"}';
  expect(expr).toBe(
    `time() - max(kube_cronjob_status_last_successful_time${job} or kube_cronjob_created${job}) > 93600`,
  );
});
