import { dashboard, lines, type Row, stat, stewardRow } from '../core/dashboard';

const CLUSTER = 'namespace="$namespace",cdk8s_stateful_cluster="$cluster"';

/**
 * A dashboard for Grafana over the metrics of members and steward, for all clusters that one Prometheus sees: datasource,
 * namespace and cluster are chosen in it. https://etcd.io/docs/v3.6/metrics/
 */
export function etcdDashboard(): object {
  return dashboard({
    system: 'etcd',
    title: 'etcd',
    metric: 'etcd_server_has_leader',
    label: 'cdk8s_stateful_cluster',
    rows: [health(), database(), raft(), disk(), clients(), processes(), stewardRow(CLUSTER)],
  });
}

/** A metric of the members of the chosen cluster. */
function of(metric: string, matcher?: string): string {
  return `${metric}{${CLUSTER}${matcher ? `,${matcher}` : ''}}`;
}

function rate(metric: string, matcher?: string): string {
  return `rate(${of(metric, matcher)}[$__rate_interval])`;
}

function p99(histogram: string, by: string): string {
  return `histogram_quantile(0.99, sum by (${by}, le) (${rate(`${histogram}_bucket`)}))`;
}

function health(): Row {
  const quota = `max(${of('etcd_mvcc_db_total_size_in_bytes')} / ${of('etcd_server_quota_backend_bytes')})`;
  return {
    title: 'Health',
    panels: [
      stat('Members up', `sum(${of('up', 'cdk8s_stateful_component="server"')})`, { good: 1 }),
      stat('Members that know a leader', `sum(${of('etcd_server_has_leader')})`, { good: 1 }),
      stat('Leader', `max by (pod) (${of('etcd_server_is_leader')}) == 1`, { good: 1 }, '{{pod}}'),
      stat('Learners', `sum(${of('etcd_server_is_learner')})`, { bad: 1 }),
      stat(
        'Changes of leader, 1 h',
        `max(increase(${of('etcd_server_leader_changes_seen_total')}[1h]))`,
        { bad: 4 },
        undefined,
        'none',
      ),
      stat('Quota used', quota, { bad: 0.8 }, undefined, 'percentunit'),
    ],
  };
}

function database(): Row {
  return {
    title: 'Database',
    panels: [
      lines('Size', 'bytes', [
        [of('etcd_mvcc_db_total_size_in_bytes'), '{{pod}}'],
        [`max(${of('etcd_server_quota_backend_bytes')})`, 'quota'],
      ]),
      lines('In use', 'bytes', [[of('etcd_mvcc_db_total_size_in_use_in_bytes'), '{{pod}}']]),
      lines('Share that is free space', 'percentunit', [
        [
          `1 - ${of('etcd_mvcc_db_total_size_in_use_in_bytes')} / ${of('etcd_mvcc_db_total_size_in_bytes')}`,
          '{{pod}}',
        ],
      ]),
      lines('Keys', 'short', [[`max(${of('etcd_debugging_mvcc_keys_total')})`, 'keys']]),
      lines('Being defragmented', 'short', [[of('etcd_disk_defrag_inflight'), '{{pod}}']]),
      lines('Revisions since the last compaction', 'short', [
        [
          `max(${of('etcd_debugging_mvcc_current_revision')} - ${of('etcd_debugging_mvcc_compact_revision')})`,
          'revisions',
        ],
      ]),
    ],
  };
}

function raft(): Row {
  return {
    title: 'Raft',
    panels: [
      lines('Proposals', 'ops', [
        [`max(${rate('etcd_server_proposals_committed_total')})`, 'committed'],
        [`sum(${rate('etcd_server_proposals_failed_total')})`, 'failed'],
      ]),
      lines('Pending proposals', 'short', [[of('etcd_server_proposals_pending'), '{{pod}}']]),
      lines('Behind the newest commit', 'short', [
        [
          `scalar(max(${of('etcd_server_proposals_committed_total')})) - ${of('etcd_server_proposals_applied_total')}`,
          '{{pod}}',
        ],
      ]),
      lines('Round trip to peers, p99', 's', [
        [p99('etcd_network_peer_round_trip_time_seconds', 'pod'), '{{pod}}'],
      ]),
      lines('Heartbeats not sent in time', 'ops', [
        [rate('etcd_server_heartbeat_send_failures_total'), '{{pod}}'],
      ]),
      lines('Slow', 'ops', [
        [`sum(${rate('etcd_server_slow_apply_total')})`, 'applies'],
        [`sum(${rate('etcd_server_slow_read_indexes_total')})`, 'reads'],
      ]),
    ],
  };
}

function disk(): Row {
  return {
    title: 'Disk',
    panels: [
      lines('Write-ahead log, p99 of fsync', 's', [
        [p99('etcd_disk_wal_fsync_duration_seconds', 'pod'), '{{pod}}'],
      ]),
      lines('Database, p99 of a commit', 's', [
        [p99('etcd_disk_backend_commit_duration_seconds', 'pod'), '{{pod}}'],
      ]),
    ],
  };
}

function clients(): Row {
  const handled = (matcher: string) => rate('grpc_server_handled_total', `grpc_type="unary",${matcher}`);
  return {
    title: 'Clients',
    panels: [
      lines('Requests', 'reqps', [
        [`sum by (grpc_method) (${handled('grpc_service=~"etcdserverpb.+"')})`, '{{grpc_method}}'],
      ]),
      lines('Failures', 'reqps', [
        [
          `sum by (grpc_method, grpc_code) (${handled('grpc_code=~"Unknown|DeadlineExceeded|ResourceExhausted|Internal|Unavailable|DataLoss"')})`,
          '{{grpc_method}} {{grpc_code}}',
        ],
      ]),
      lines('Watches', 'short', [
        [`sum(${of('etcd_debugging_mvcc_watcher_total')})`, 'all'],
        [`sum(${of('etcd_debugging_mvcc_slow_watcher_total')})`, 'behind'],
      ]),
      lines('Traffic', 'Bps', [
        [`sum(${rate('etcd_network_client_grpc_received_bytes_total')})`, 'received'],
        [`sum(${rate('etcd_network_client_grpc_sent_bytes_total')})`, 'sent'],
      ]),
    ],
  };
}

function processes(): Row {
  const servers = 'cdk8s_stateful_component="server"';
  return {
    title: 'Processes',
    panels: [
      lines('Memory', 'bytes', [[of('process_resident_memory_bytes', servers), '{{pod}}']]),
      lines('CPU', 'short', [[rate('process_cpu_seconds_total', servers), '{{pod}}']]),
    ],
  };
}
