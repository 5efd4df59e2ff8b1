import { dashboard, lines, type Row, stat, stewardRow } from '../core/dashboard';
import { type KafkaMetric, metricName } from './steward/metric-names';

const CLUSTER = 'namespace="$namespace",cluster="$cluster"';

/**
 * A dashboard for Grafana over the steward's metrics, for all clusters that one Prometheus sees: datasource, namespace and
 * cluster are chosen in it. Put it into a ConfigMap as JSON, with the label that your Grafana's sidecar looks for.
 */
export function kafkaDashboard(): object {
  const metric = metricName('offline_partitions');
  return dashboard({ system: 'kafka', title: 'Kafka', metric, label: 'cluster', rows: rows() });
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
    stewardRow(CLUSTER),
  ];
}

function of(metric: KafkaMetric, matcher?: string): string {
  return `${metricName(metric)}{${CLUSTER}${matcher ? `,${matcher}` : ''}}`;
}
