import { Duration } from 'cdk8s';
import { ObjectStore } from '../../lib';
import { Credentials } from '../../lib/core/credentials';
import { type EtcdWatched, etcdAlerts } from '../../lib/etcd/etcd-alerts';
import { etcdDashboard } from '../../lib/etcd/etcd-dashboard';
import type { EtcdBackup } from '../../lib/etcd/etcd-props';

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

/** Queries of the dashboard. */
export function dashboardQueries(): string[] {
  const { panels } = etcdDashboard() as { panels: { targets?: { expr: string }[] }[] };
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** Every expression of alerts and dashboard. */
export const expressions = (): string[] => [
  ...etcdAlerts(watched()).map(({ expr }) => expr),
  ...dashboardQueries(),
];

/** The metrics that an expression selects, each with the labels it is selected by, and those that its parts are kept apart by. */
export function selected(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/([a-z_0-9]+)\{([^}]*)\}/g)].map(([, name, matchers]) => ({
    name,
    labels: [...matchers.matchAll(/([A-Za-z_0-9]+)(?:=~|!=|=)"/g)].map(([, label]) => label),
  }));
}
