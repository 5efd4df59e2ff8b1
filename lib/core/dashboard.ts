/** Version of Grafana's dashboard model, that of Grafana 10 and later. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
const SCHEMA_VERSION = 39;

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const COLUMNS = 24;

/** A query with the name of its lines. */
type Query = readonly [expr: string, legend?: string];

/** A part of a dashboard, made by `stat` and `lines`. */
export interface Panel {
  readonly kind: 'stat' | 'timeseries';
  readonly title: string;
  readonly unit: string;
  readonly width: number;
  readonly queries: readonly Query[];
  /** From where on it is bad; the other way round where `good` is what it should be at least. */
  readonly bad?: number;
  readonly good?: number;
}

/** Panels below a heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What a dashboard is about. */
export interface DashboardOptions {
  /** In lower case, a tag. */
  readonly system: string;
  readonly title: string;
  /** A metric that every cluster has, and the label in it that says which one it is of. */
  readonly metric: string;
  readonly label: string;
  readonly rows: readonly Row[];
}

/**
 * A dashboard for Grafana, for all clusters of a system that one Prometheus sees: datasource, namespace and cluster are
 * chosen in it, as the variables `$datasource`, `$namespace` and `$cluster`.
 */
export function dashboard({ system, title, metric, label, rows }: DashboardOptions): object {
  return {
    uid: `cdk8s-stateful-${system}`,
    title,
    tags: [system, 'cdk8s-stateful'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: variables(metric, label) },
    panels: layOut(rows),
  };
}

/** The steward's own panels; `matchers` say which cluster's. */
export function stewardRow(matchers: string): Row {
  const steward = (metric: string) => `cdk8s_stateful_steward_${metric}{${matchers}}`;
  return {
    title: 'Steward',
    panels: [
      lines('Phase', 'short', [[`${steward('phase')} == 1`, '{{phase}}']]),
      lines('Time spent waiting', 'percentunit', [
        [`rate(${steward('blocked_seconds_total')}[$__rate_interval])`, '{{cause}}'],
      ]),
      lines('Failures', 'short', [[`increase(${steward('failures_total')}[$__rate_interval])`, '{{what}}']]),
      lines('Since the last look', 's', [[steward('last_look_seconds'), 'seconds']]),
    ],
  };
}

/** A number. */
export function stat(
  title: string,
  expr: string,
  limit: Pick<Panel, 'bad' | 'good'>,
  legend?: string,
  unit = 'short',
): Panel {
  return { kind: 'stat', title, unit, width: 4, queries: [[expr, legend]], ...limit };
}

/** Lines over time. */
export function lines(title: string, unit: string, queries: readonly Query[]): Panel {
  return { kind: 'timeseries', title, unit, width: 12, queries };
}

function variables(metric: string, label: string): object[] {
  const query = (name: string, text: string) => ({
    name,
    type: 'query',
    datasource: DATASOURCE,
    query: { query: text, refId: name },
    definition: text,
    refresh: 2,
    sort: 1,
  });
  return [
    { name: 'datasource', type: 'datasource', query: 'prometheus' },
    query('namespace', `label_values(${metric}, namespace)`),
    query('cluster', `label_values(${metric}{namespace="$namespace"}, ${label})`),
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
