import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/core/monitoring';
import { kafkaAlerts } from '../../lib/kafka/kafka-alerts';
import { kafkaDashboard } from '../../lib/kafka/kafka-dashboard';
import type { KafkaClusterProps } from '../../lib/kafka/kafka-props';
import { BROKER_STATES, KAFKA_METRICS, METRIC_PREFIX } from '../../lib/kafka/steward/metric-names';
import { Metrics } from '../../lib/steward/metrics';
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

/** The metrics that an expression selects, each with the names of the labels it is selected by. */
function selected(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/([a-z_0-9]+)(?:\{([^}]*)\})/g)].map(([, name, matchers]) => ({
    name,
    labels: [...matchers.matchAll(/([a-z_0-9]+)(?:=|!=|=~)"/g)].map(([, label]) => label),
  }));
}

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

/** What promtool says about rules; undefined without promtool. */
function promtool(rules: readonly object[]): string | undefined {
  const input = JSON.stringify({ groups: [{ name: 'kafka', rules }] });
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'rules'], {
    input,
    encoding: 'utf8',
  });
  return error ? undefined : `${status} ${stderr || stdout}`;
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
    for (const { alert, summary, description } of alerts) {
      expect(alert).toMatch(/^Kafka[A-Z][A-Za-z]+$/);
      expect(summary).toMatch(/data\/kafka/);
      expect(description).toMatch(/^[A-Z{].*\.$/);
      for (const [, label] of `${summary}${description}`.matchAll(/\$labels\.(\w+)/g)) {
        const { expr } = alerts.find((each) => each.alert === alert) as Alert;
        expect(/by \(([^)]*)\)/.exec(expr)?.[1].split(', '), alert).toContain(label);
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

interface Shown {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: { expr: string; legendFormat: string }[];
}

describe('dashboard', () => {
  const dashboard = kafkaDashboard() as {
    schemaVersion: number;
    panels: Shown[];
    templating: { list: { name: string; definition?: string }[] };
  };
  const { panels } = dashboard;
  const targets = panels.flatMap((panel) => panel.targets ?? []);

  it('has its rows', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'Health',
      'Partitions',
      'Quorum',
      'Sizes',
      'Lag',
      'Steward',
    ]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('lays no panel upon another', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x},${y}`), title).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
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
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual([...names].sort());
  });

  it('pleases promtool', ({ skip }) => {
    const rules = targets.map(({ expr }, index) => ({
      record: `panel:${index}`,
      expr: expr.replace(/\$__rate_interval/g, '5m'),
    }));
    const said = promtool(rules);
    if (said === undefined) return skip('there is no promtool on the PATH');
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});
