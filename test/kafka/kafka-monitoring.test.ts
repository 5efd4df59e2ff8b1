import { describe, expect, it } from 'vitest';
import { kafkaAlerts } from '../../lib/kafka/kafka-alerts';
import { kafkaDashboard } from '../../lib/kafka/kafka-dashboard';
import type { KafkaClusterProps } from '../../lib/kafka/kafka-props';
import { BROKER_STATES, KAFKA_METRICS, METRIC_PREFIX } from '../../lib/kafka/steward/metric-names';
import { Metrics } from '../../lib/steward/metrics';
import { type Dashboard, misplaced, queriesOf, rowsOf, variablesUsed } from '../support/dashboard';
import { labelsNotKept, promtool, rulesOf, selected } from '../support/prometheus';
import { kafkaModel } from './kafka-model-of';

/** Names of the metrics that every steward has. */
function stewardMetrics(): string[] {
  const metrics = new Metrics('kafka', () => 0);
  metrics.note({ phase: 'Rolling', step: 'restart', why: '' }, '');
  metrics.begin({ phase: 'Rolling', step: 'restart', why: '' });
  metrics.note({ phase: 'Rolling', step: 'wait', cause: 'member', why: '' }, '');
  metrics.note({ phase: 'Rolling', step: 'wait', cause: 'member', why: '' }, '');
  metrics.fail('look');
  return [...metrics.render().matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
}

const FOREIGN = ['up', 'kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'];
const KNOWN = new Set([
  ...Object.keys(KAFKA_METRICS).map((name) => `${METRIC_PREFIX}${name}`),
  ...stewardMetrics(),
  ...FOREIGN,
]);

/** Checks that each metric exists and has the labels, those of the target aside. */
function expectKnown(expr: string, target: readonly string[]): void {
  const found = selected(expr);
  expect(found.length, expr).toBeGreaterThan(0);
  for (const { name, labels } of found) {
    expect(KNOWN, expr).toContain(name);
    if (!name.startsWith(METRIC_PREFIX)) continue;
    const own: readonly string[] =
      KAFKA_METRICS[name.slice(METRIC_PREFIX.length) as keyof typeof KAFKA_METRICS].labels;
    for (const label of labels) expect([...own, ...target], expr).toContain(label);
  }
  for (const [, state] of expr.matchAll(/state!?="([^"]*)"/g)) expect(BROKER_STATES, expr).toContain(state);
}

const CLUSTERS: [string, Partial<KafkaClusterProps>][] = [
  ['three controllers', {}],
  ['one controller', { controllers: 1 }],
  ['combined', { controllers: 'combined' }],
  ['no steward', { operations: 'none' }],
];

describe.each(CLUSTERS)('alerts of a cluster with %s', (_, props) => {
  const alerts = kafkaAlerts(kafkaModel(props));

  it('are over metrics that exist, each once', () => {
    for (const { expr } of alerts) expectKnown(expr, ['namespace', 'cdk8s_stateful_cluster']);
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });

  it('say what is wrong and what to do', () => {
    for (const each of alerts) {
      const { alert, summary, description } = each;
      expect(alert).toMatch(/^Kafka[A-Z][A-Za-z]+$/);
      expect(summary).toMatch(/data\/kafka/);
      expect(description).toMatch(/^[A-Z{].*\.$/);
      expect(labelsNotKept(each), alert).toEqual([]);
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
  const namesOf = (props: Partial<KafkaClusterProps>) =>
    kafkaAlerts(kafkaModel(props)).map(({ alert }) => alert);

  it('are on all that the steward tells', () => {
    expect(namesOf({})).toEqual([
      'KafkaOfflinePartitions',
      'KafkaUnderMinInSync',
      'KafkaUnderReplicated',
      'KafkaLogDirectoryFailed',
      'KafkaLogDirectoryFilling',
      'KafkaLogDirectoryAlmostFull',
      'KafkaBrokerNotServing',
      'KafkaReassignmentStuck',
      'KafkaNoActiveController',
      'KafkaControllerBehind',
      'KafkaNotSettled',
      'KafkaStewardDown',
      'KafkaVolumeFilling',
    ]);
  });

  it('say nothing of others where there is one controller', () => {
    expect(namesOf({ controllers: 1 })).not.toContain('KafkaControllerBehind');
    expect(namesOf({ controllers: 1 })).toContain('KafkaNoActiveController');
  });

  it('are on volumes alone without a steward, then of all servers', () => {
    const [alert, ...more] = kafkaAlerts(kafkaModel({ operations: 'none' }));
    expect(more).toEqual([]);
    const claims = new RegExp(`^(?:${/claim=~"([^"]*)"/.exec(alert.expr)?.[1]})$`);
    expect('data-0-kafka-controller-3000').toMatch(claims);
    expect('data-12-kafka-broker-7-0').toMatch(claims);
    expect('data-0-kafka-2-broker-7-0').not.toMatch(claims);
    const [ofControllers] = kafkaAlerts(kafkaModel({})).slice(-1);
    expect('data-0-kafka-broker-7-0').not.toMatch(
      new RegExp(`^(?:${/claim=~"([^"]*)"/.exec(ofControllers.expr)?.[1]})$`),
    );
  });
});

describe('dashboard', () => {
  const dashboard = kafkaDashboard() as Dashboard;
  const { panels } = dashboard;
  const targets = panels.flatMap((panel) => panel.targets ?? []);

  it('has its rows', () => {
    expect(rowsOf(dashboard)).toEqual(['Health', 'Partitions', 'Quorum', 'Sizes', 'Lag', 'Steward']);
  });

  it('lays no panel upon another', () => {
    expect(misplaced(dashboard)).toEqual([]);
  });

  it('shows every metric, and none that does not exist', () => {
    const shown = new Set(targets.flatMap(({ expr }) => selected(expr).map(({ name }) => name)));
    for (const name of Object.keys(KAFKA_METRICS)) expect(shown).toContain(`${METRIC_PREFIX}${name}`);
    for (const { expr } of targets) expectKnown(expr, ['namespace', 'cluster']);
  });

  it('names lines by labels that they have', () => {
    for (const { expr, legendFormat } of targets) {
      const [{ name }] = selected(expr);
      if (!name.startsWith(METRIC_PREFIX)) continue;
      const metric = KAFKA_METRICS[name.slice(METRIC_PREFIX.length) as keyof typeof KAFKA_METRICS];
      const kept = /by \(([^)]*)\)/.exec(expr)?.[1].split(', ') ?? (metric.labels as readonly string[]);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(kept, expr).toContain(label);
    }
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
