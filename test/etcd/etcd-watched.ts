import { Duration } from 'cdk8s';
import { ObjectStore } from '../../lib';
import { Credentials } from '../../lib/core/credentials';
import { type EtcdWatched, etcdAlerts } from '../../lib/etcd/etcd-alerts';
import { etcdDashboard } from '../../lib/etcd/etcd-dashboard';
import type { EtcdBackup } from '../../lib/etcd/etcd-props';
import { type Dashboard, queriesOf } from '../support/dashboard';

const to = ObjectStore.s3({ bucket: 'b', credentials: Credentials.existing('s3') });

/** Backups every six hours, which are rehearsed. */
export const BACKUP: EtcdBackup = { schedule: Duration.hours(6), to, rehearsal: { schedule: '@weekly' } };

/** A cluster of three with everything. */
export function watched(more: Partial<EtcdWatched> = {}): EtcdWatched {
  return {
    name: 'etcd',
    namespace: 'data',
    steward: true,
    members: [0, 1, 2],
    props: { backup: BACKUP },
    ...more,
  };
}

/** The dashboard, as it is rendered. */
export const dashboard = etcdDashboard() as Dashboard;

/** Every expression of alerts and dashboard. */
export const expressions = (): string[] => [
  ...etcdAlerts(watched()).map(({ expr }) => expr),
  ...queriesOf(dashboard),
];
