import { Duration } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/core/monitoring';
import { type EtcdWatched, etcdAlerts } from '../../lib/etcd/etcd-alerts';
import { ALARMS_METRIC, alarmSamples } from '../../lib/etcd/steward/alarm-metrics';
import { Metrics } from '../../lib/steward/metrics';
import { misplaced, queriesOf, rowsOf, variablesUsed } from '../support/dashboard';
import { labelsNotKept, promtool, rulesOf, selected } from '../support/prometheus';
import { BACKUP, dashboard, expressions, watched } from './etcd-watched';

const CLUSTERS: [string, Partial<EtcdWatched>][] = [
  ['three members', {}],
  ['one member', { members: [0] }],
  ['five members', { members: [0, 1, 2, 3, 4] }],
  ['no steward', { steward: false }],
  ['no backups', { props: {} }],
];

describe.each(CLUSTERS)('alerts of a cluster with %s', (_, more) => {
  const alerts = etcdAlerts(watched(more));

  it('are each there once, and say what is wrong and what to do', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const each of alerts) {
      const { alert, summary, description, severity } = each;
      expect(alert).toMatch(/^Etcd[A-Z][A-Za-z]+$/);
      expect(summary).toMatch(/data\/etcd/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(['warning', 'critical']).toContain(severity);
      expect(labelsNotKept(each), alert).toEqual([]);
    }
  });

  it('are about this cluster alone', () => {
    for (const { expr } of alerts) {
      for (const { name, labels } of selected(expr)) {
        if (name === 'kubelet_volume_stats_capacity_bytes') continue;
        expect(labels, expr).toContain('namespace');
        const which = ['cdk8s_stateful_cluster', 'cronjob', 'persistentvolumeclaim'];
        expect(
          labels.filter((label) => which.includes(label)),
          expr,
        ).toHaveLength(name.startsWith('cdk8s') && labels.includes('cronjob') ? 2 : 1);
      }
    }
  });

  it('please promtool', ({ skip }) => {
    const said = promtool(alerts.map(({ alert, expr, for: time }) => ({ alert, expr, for: time })));
    if (said === undefined) return skip('there is no promtool on the PATH');
    expect(said).toMatch(/^0 /);
    expect(said).toContain(`SUCCESS: ${alerts.length} rules found`);
  });
});

describe('alerts', () => {
  const namesOf = (more: Partial<EtcdWatched>) => etcdAlerts(watched(more)).map(({ alert }) => alert);
  const exprOf = (alert: string, more: Partial<EtcdWatched> = {}) =>
    (etcdAlerts(watched(more)).find((each) => each.alert === alert) as Alert).expr;

  it('are on all that can go wrong', () => {
    expect(namesOf({})).toEqual([
      'EtcdNoLeader',
      'EtcdMemberDown',
      'EtcdProposalsFailing',
      'EtcdNoneToSpare',
      'EtcdLeaderChanges',
      'EtcdSlowPeers',
      'EtcdNoSpace',
      'EtcdCorrupt',
      'EtcdDatabaseFilling',
      'EtcdDatabaseAlmostFull',
      'EtcdFragmented',
      'EtcdVolumeFilling',
      'EtcdSlowLog',
      'EtcdSlowCommits',
      'EtcdNotSettled',
      'EtcdStewardDown',
      'EtcdBackupTooOld',
      'EtcdRehearsalFailing',
    ]);
  });

  it('say nothing of what is not there', () => {
    const alone = namesOf({ members: [0] });
    for (const name of ['EtcdNoneToSpare', 'EtcdLeaderChanges', 'EtcdSlowPeers'])
      expect(alone).not.toContain(name);
    expect(namesOf({ steward: false }).join()).not.toMatch(/Settled|Steward/);
    expect(namesOf({ props: {} }).join()).not.toMatch(/Backup|Rehearsal/);
    const { rehearsal, ...backup } = BACKUP;
    expect(rehearsal).toBeDefined();
    expect(namesOf({ props: { backup } }).join()).not.toMatch(/Rehearsal/);
  });

  it('count members by the majority', () => {
    expect(exprOf('EtcdMemberDown', { members: [0, 1, 2, 3, 4] })).toMatch(/ < 5$/);
    expect(exprOf('EtcdNoneToSpare', { members: [0, 1, 2, 3, 4] })).toMatch(/ < 4$/);
    expect(exprOf('EtcdNoneToSpare')).toMatch(/ < 3$/);
  });

  it('take a backup for too old after the time that is given, twice its interval, or 26 hours', () => {
    const limit = (more: object) =>
      Number(/> (\d+)$/.exec(exprOf('EtcdBackupTooOld', { props: { backup: { ...BACKUP, ...more } } }))?.[1]);
    expect(limit({})).toBe(12 * 3_600);
    expect(limit({ schedule: '0 3 * * *' })).toBe(26 * 3_600);
    expect(limit({ schedule: '0 3 * * *', alertAfter: Duration.days(3) })).toBe(72 * 3_600);
    expect(limit({ schedule: Duration.minutes(15) })).toBe(1_800);
  });

  it('ask the steward for the age of backups, and Kubernetes where there is none', () => {
    expect(exprOf('EtcdBackupTooOld')).toBe(
      'max(cdk8s_stateful_steward_backup_age_seconds{namespace="data",cdk8s_stateful_cluster="etcd",cronjob="etcd-backup"}) > 43200',
    );
    expect(exprOf('EtcdBackupTooOld', { steward: false })).toContain(
      'kube_cronjob_status_last_successful_time',
    );
  });

  it('know the volumes of members by name', () => {
    const claims = new RegExp(`^(?:${/claim=~"([^"]*)"/.exec(exprOf('EtcdVolumeFilling'))?.[1]})$`);
    expect('data-etcd-0').toMatch(claims);
    expect('wal-etcd-12').toMatch(claims);
    expect('data-etcd-2-0').not.toMatch(claims);
  });
});

describe('what the steward tells', () => {
  it('of itself has the names that are asked for', () => {
    const metrics = new Metrics('etcd', () => 0);
    metrics.note({ phase: 'Rolling', step: 'restart', why: '' }, alarmSamples('etcd', []));
    metrics.begin({ phase: 'Rolling', step: 'restart', why: '' });
    metrics.note({ phase: 'Rolling', step: 'wait', cause: 'member', why: '' }, alarmSamples('etcd', []));
    metrics.note({ phase: 'Rolling', step: 'wait', cause: 'member', why: '' }, alarmSamples('etcd', []));
    metrics.fail('look');
    const known = [...metrics.render().matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const asked = expressions().flatMap((expr) => selected(expr).map(({ name }) => name));
    for (const name of asked.filter((each) => each.startsWith('cdk8s_stateful_steward_')))
      expect([...known, 'cdk8s_stateful_steward_backup_age_seconds']).toContain(name);
    expect(asked).toContain(ALARMS_METRIC);
  });

  it('of alarms is their number', () => {
    const alarm = (memberId: bigint, kind: string) => ({ memberId, alarm: kind });
    expect(alarmSamples('etcd', [alarm(1n, 'NOSPACE'), alarm(2n, 'NOSPACE')])).toBe(
      `# HELP ${ALARMS_METRIC} Alarms of etcd that are raised.
# TYPE ${ALARMS_METRIC} gauge
${ALARMS_METRIC}{cluster="etcd",alarm="NOSPACE"} 2
${ALARMS_METRIC}{cluster="etcd",alarm="CORRUPT"} 0
`,
    );
  });
});

describe('dashboard', () => {
  it('has its rows, and lays no panel upon another', () => {
    expect(rowsOf(dashboard)).toEqual([
      'Health',
      'Database',
      'Raft',
      'Disk',
      'Clients',
      'Processes',
      'Steward',
    ]);
    expect(misplaced(dashboard)).toEqual([]);
  });

  it('asks for datasource, namespace and cluster, and for nothing else', () => {
    const names = dashboard.templating.list.map(({ name }) => name);
    expect(names).toEqual(['datasource', 'namespace', 'cluster']);
    expect(variablesUsed(dashboard)).toEqual([...names].sort());
  });

  it('pleases promtool', ({ skip }) => {
    const rules = rulesOf(queriesOf(dashboard));
    const said = promtool(rules);
    if (said === undefined) return skip('there is no promtool on the PATH');
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});
