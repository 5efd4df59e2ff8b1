import { dashboard, lines, type Row, stat, stewardRow } from '../core/dashboard';
import { metricName, type RedisMetric } from './steward/shared/metric-names';

const CLUSTER = 'namespace="$namespace",cdk8s_stateful_cluster="$cluster"';

/**
 * A dashboard for Grafana over the metrics of exporters and the steward, for all deployments that one Prometheus sees:
 * datasource, namespace and cluster are chosen in it. https://github.com/oliver006/redis_exporter
 */
export function redisDashboard(): object {
  return dashboard({
    system: 'redis',
    title: 'Redis',
    metric: 'redis_up',
    label: 'cdk8s_stateful_cluster',
    rows: [health(), memory(), replication(), cluster(), clients(), persistence(), stewardRow(CLUSTER)],
  });
}

/** A metric of the servers of the chosen deployment. */
function of(metric: string, matcher?: string): string {
  return `${metric}{${CLUSTER}${matcher ? `,${matcher}` : ''}}`;
}

/** A metric of its steward. */
function told(metric: RedisMetric, matcher?: string): string {
  return of(metricName(metric), matcher);
}

function rate(metric: string): string {
  return `rate(${of(metric)}[$__rate_interval])`;
}

const USED = `${of('redis_memory_used_bytes')} / (${of('redis_memory_max_bytes')} > 0)`;

function health(): Row {
  const evicted = `sum(increase(${of('redis_evicted_keys_total')}[1h]))`;
  return {
    title: 'Health',
    panels: [
      stat('Servers that answer', `sum(${of('redis_up')})`, { good: 1 }),
      stat('Masters', `sum(${of('redis_instance_info', 'role="master"')})`, { good: 1 }),
      stat('Replicas without master', `sum(${of('redis_master_link_up')} == bool 0)`, { bad: 1 }),
      stat('Slots not covered', `max(${told('slots_uncovered')})`, { bad: 1 }),
      stat('Memory used', `max(${USED})`, { bad: 0.85 }, undefined, 'percentunit'),
      stat('Evicted keys, 1 h', evicted, { bad: 1 }, undefined, 'none'),
    ],
  };
}

function memory(): Row {
  return {
    title: 'Memory',
    panels: [
      lines('Used', 'bytes', [
        [of('redis_memory_used_bytes'), '{{pod}}'],
        [`max(${of('redis_memory_max_bytes')})`, 'maxmemory'],
      ]),
      lines('Resident', 'bytes', [[of('redis_memory_used_rss_bytes'), '{{pod}}']]),
      lines('Keys', 'short', [[`sum by (pod) (${of('redis_db_keys')})`, '{{pod}}']]),
      lines('Keys that went', 'cps', [
        [`sum(${rate('redis_expired_keys_total')})`, 'expired'],
        [`sum(${rate('redis_evicted_keys_total')})`, 'evicted'],
      ]),
    ],
  };
}

function replication(): Row {
  return {
    title: 'Replication',
    panels: [
      lines('Servers by state', 'short', [[told('servers'), '{{state}}']]),
      lines('Behind the master', 'bytes', [[told('behind_bytes'), '{{pod}}']]),
      lines('Replicas in step', 'short', [[told('replicas_in_step'), 'shard {{shard}}']]),
      lines('Replication stream', 'Bps', [[rate('redis_master_repl_offset'), '{{pod}}']]),
      lines('Whole copies made', 'short', [
        [`increase(${of('redis_replica_resyncs_full')}[$__rate_interval])`, '{{pod}}'],
      ]),
    ],
  };
}

function cluster(): Row {
  return {
    title: 'Redis Cluster',
    panels: [
      lines('Slots by shard', 'short', [[told('slots'), 'shard {{shard}}']]),
      lines('Keys by shard', 'short', [[told('shard_keys'), 'shard {{shard}}']]),
      lines('State', 'short', [[of('redis_cluster_state'), '{{pod}}']]),
      lines('Messages of the bus', 'cps', [[rate('redis_cluster_messages_sent_total'), '{{pod}}']]),
    ],
  };
}

function clients(): Row {
  const hits = `sum(${rate('redis_keyspace_hits_total')})`;
  const misses = `sum(${rate('redis_keyspace_misses_total')})`;
  return {
    title: 'Clients',
    panels: [
      lines('Commands', 'cps', [[rate('redis_commands_processed_total'), '{{pod}}']]),
      lines('Most frequent commands', 'cps', [
        [`topk(10, sum by (cmd) (${rate('redis_commands_total')}))`, '{{cmd}}'],
      ]),
      lines('Time of a command', 's', [
        [
          `topk(10, sum by (cmd) (${rate('redis_commands_duration_seconds_total')}) / sum by (cmd) (${rate('redis_commands_total')}))`,
          '{{cmd}}',
        ],
      ]),
      lines('Hits', 'percentunit', [[`${hits} / (${hits} + ${misses})`, 'share']]),
      lines('Connections', 'short', [
        [of('redis_connected_clients'), '{{pod}}'],
        [`max(${of('redis_max_clients')})`, 'maxclients'],
      ]),
      lines('Turned away', 'cps', [[rate('redis_rejected_connections_total'), '{{pod}}']]),
      lines('Refused by ACL', 'cps', [
        [`sum(${rate('redis_acl_access_denied_auth_total')})`, 'login'],
        [`sum(${rate('redis_acl_access_denied_cmd_total')})`, 'command'],
        [`sum(${rate('redis_acl_access_denied_key_total')})`, 'key'],
      ]),
      lines('Traffic', 'Bps', [
        [`sum(${rate('redis_net_input_bytes_total')})`, 'received'],
        [`sum(${rate('redis_net_output_bytes_total')})`, 'sent'],
      ]),
    ],
  };
}

function persistence(): Row {
  return {
    title: 'Persistence',
    panels: [
      lines('Writes since the last snapshot', 'short', [
        [of('redis_rdb_changes_since_last_save'), '{{pod}}'],
      ]),
      lines('Size of the log', 'bytes', [[of('redis_aof_current_size_bytes'), '{{pod}}']]),
      lines('Last fork', 's', [[of('redis_latest_fork_seconds'), '{{pod}}']]),
      lines('Pages copied while writing', 'bytes', [
        [of('redis_rdb_last_cow_size_bytes'), '{{pod}} snapshot'],
        [of('redis_aof_last_cow_size_bytes'), '{{pod}} log'],
      ]),
    ],
  };
}
