import { type KafkaMetric, metricName } from './steward/metric-names';

/** Version of Grafana's dashboard model, that of Grafana 10 and later. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
const SCHEMA_VERSION = 39;

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const CLUSTER = 'namespace="$namespace",cluster="$cluster"';
const COLUMNS = 24;

/** A query with the name of its lines. */
type Query = readonly [expr: string, legend?: string];

interface Panel {
  readonly kind: 'stat' | 'timeseries';
  readonly title: string;
  readonly unit: string;
  readonly width: number;
  readonly queries: readonly Query[];
  /** From where on it is bad; the other way round where `good` is what it should be at least. */
  readonly bad?: number;
  readonly good?: number;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/**
 * A dashboard for Grafana over the steward's metrics, for all clusters that one Prometheus sees: datasource, namespace and
 * cluster are chosen in it. Put it into a ConfigMap as JSON, with the label that your Grafana's sidecar looks for.
 */
export function kafkaDashboard(): object {
  return {
    uid: 'cdk8s-stateful-kafka',
    title: 'Kafka',
    tags: ['kafka', 'cdk8s-stateful'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: variables() },
    panels: layOut(rows()),
  };
}

function rows(): Row[] {
  return [
    {
      title: 'Health',
      panels: [
        stat('Offline partitions', of('offline_partitions'), { bad: 1 }),
        stat('Below min.insync.replicas', of('under_min_isr_partitions'), { bad: 1 }),
        stat('Under-replicated', of('under_replicated_partitions'), { bad: 1 }),
        stat('Brokers serving', `sum(${of('brokers', 'state="serving"')})`, { good: 1 }),
        stat('Active controller', `max by (id) (${of('quorum_leader')}) == 1`, { good: 1 }, '{{id}}'),
        stat('Failed log directories', `sum(${of('log_dir_failed')})`, { bad: 1 }),
      ],
    },
    {
      title: 'Partitions',
      panels: [
        lines('Partitions in trouble', 'short', [
          [of('offline_partitions'), 'offline'],
          [of('under_min_isr_partitions'), 'below minimum'],
          [of('at_min_isr_partitions'), 'at minimum'],
          [of('under_replicated_partitions'), 'under-replicated'],
          [of('reassigning_partitions'), 'being moved'],
        ]),
        lines('Brokers', 'short', [[of('brokers'), '{{state}}']]),
        lines('Replicas by broker', 'short', [[of('broker_replicas'), 'broker {{broker}}']]),
        lines('Leaders by broker', 'short', [[of('broker_leaders'), 'broker {{broker}}']]),
        lines('Partitions of the largest topics', 'short', [[`topk(10, ${of('partitions')})`, '{{topic}}']]),
      ],
    },
    {
      title: 'Quorum',
      panels: [
        lines('Leader', 'short', [
          [of('quorum_has_leader'), 'there is one'],
          [of('quorum_voters'), 'voters'],
        ]),
        lines('Voters behind the leader', 'short', [[of('quorum_voter_lag'), 'controller {{id}}']]),
        lines('Metadata committed', 'cps', [
          [`rate(${of('quorum_high_watermark')}[$__rate_interval])`, 'records'],
        ]),
      ],
    },
    {
      title: 'Sizes',
      panels: [
        lines('Free space', 'percentunit', [
          [
            `${of('log_dir_free_bytes')} / (${of('log_dir_total_bytes')} > 0)`,
            'broker {{broker}} {{directory}}',
          ],
        ]),
        lines('Logs by broker', 'bytes', [[of('log_bytes'), 'broker {{broker}}']]),
        lines('Largest topics, all replicas', 'bytes', [[`topk(10, ${of('topic_log_bytes')})`, '{{topic}}']]),
        lines('Growth of the fastest topics', 'Bps', [
          [`topk(10, deriv(${of('topic_log_bytes')}[1h]))`, '{{topic}}'],
        ]),
      ],
    },
    {
      title: 'Lag',
      panels: [
        lines('Groups behind', 'short', [
          [`topk(20, sum by (group) (${of('consumer_group_lag')}))`, '{{group}}'],
        ]),
        lines('Groups behind, by topic', 'short', [
          [`topk(20, ${of('consumer_group_lag')})`, '{{group}} {{topic}}'],
        ]),
      ],
    },
    {
      title: 'Steward',
      panels: [
        lines('Phase', 'short', [[`${steward('phase')} == 1`, '{{phase}}']]),
        lines('Time spent waiting', 'percentunit', [
          [`rate(${steward('blocked_seconds_total')}[$__rate_interval])`, '{{cause}}'],
        ]),
        lines('Failures', 'short', [
          [`increase(${steward('failures_total')}[$__rate_interval])`, '{{what}}'],
        ]),
        lines('Since the last look', 's', [[steward('last_look_seconds'), 'seconds']]),
      ],
    },
  ];
}

function of(metric: KafkaMetric, matcher?: string): string {
  return `${metricName(metric)}{${CLUSTER}${matcher ? `,${matcher}` : ''}}`;
}

function steward(metric: string): string {
  return `cdk8s_stateful_steward_${metric}{${CLUSTER}}`;
}

function stat(title: string, expr: string, limit: Pick<Panel, 'bad' | 'good'>, legend?: string): Panel {
  return { kind: 'stat', title, unit: 'short', width: 4, queries: [[expr, legend]], ...limit };
}

function lines(title: string, unit: string, queries: readonly Query[]): Panel {
  return { kind: 'timeseries', title, unit, width: 12, queries };
}

function variables(): object[] {
  const query = (name: string, text: string) => ({
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query: text, refId: name },
    definition: text,
    refresh: 2,
    sort: 1,
  });
  const metric = metricName('offline_partitions');
  return [
    { name: 'datasource', type: 'datasource', query: 'prometheus' },
    query('namespace', `label_values(${metric}, namespace)`),
    query('cluster', `label_values(${metric}{namespace="$namespace"}, cluster)`),
  ];
}

/** Panels one after the other from left to right, each row below its heading. */
function layOut(all: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of all) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += height;
      }
      height = panel.kind === 'stat' ? 4 : 8;
      panels.push(rendered(panel, panels.length + 1, { h: height, w: panel.width, x, y }));
      x += panel.width;
    }
    y += height;
  }
  return panels;
}

function rendered({ kind, title, unit, queries, bad, good }: Panel, id: number, gridPos: object): object {
  const steps =
    good === undefined
      ? [{ color: 'green', value: null }, ...(bad === undefined ? [] : [{ color: 'red', value: bad }])]
      : [
          { color: 'red', value: null },
          { color: 'green', value: good },
        ];
  return {
    id,
    type: kind,
    title,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options:
      kind === 'stat'
        ? {
            reduceOptions: { calcs: ['lastNotNull'] },
            colorMode: 'background',
            textMode: queries[0][1] ? 'name' : 'auto',
          }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(([expr, legendFormat = ''], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}
