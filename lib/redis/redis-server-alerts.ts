import { type Alert, selecting } from '../core/monitoring';
import { bytesOf } from '../core/quantity';
import { type RedisWatched, statusOf, titleOf } from './redis-watched';

/** Servers that are away, or turn clients away. */
export function serverAlerts(model: RedisWatched): Alert[] {
  const of = selecting(model);
  const redis = titleOf(model);
  const count = serverCount(model);
  const masters = model.shards.filter(({ leaving }) => !leaving).length;
  const clients = of('redis_connected_clients');
  return [
    {
      alert: 'RedisDown',
      expr: `(sum(${of('redis_up')}) or vector(0)) < ${count}`,
      for: '5m',
      severity: count > 1 ? 'warning' : 'critical',
      summary: `${redis} has fewer than ${count} server${count > 1 ? 's' : ''} that answer`,
      description: `A server has not answered its exporter for 5 minutes: kubectl get pods, and ${statusOf(model)}.`,
    },
    {
      alert: 'RedisNoMaster',
      expr: `(sum(${of('redis_instance_info', 'role="master"')}) or vector(0)) < ${masters}`,
      for: '2m',
      severity: 'critical',
      summary: `${redis} has ${masters > 1 ? `fewer than ${masters} masters` : 'no master'}`,
      description: `${masters > 1 ? 'Some keys' : 'Keys'} can be neither written nor read but from replicas that may be old. A failover should have been over by now: ${statusOf(model)}.`,
    },
    {
      alert: 'RedisRejectedConnections',
      expr: `sum by (pod) (increase(${of('redis_rejected_connections_total')}[5m])) > 0`,
      for: '1m',
      severity: 'critical',
      summary: `{{ $labels.pod }} of ${redis} turns clients away`,
      description:
        'It has as many connections as maxclients permits. Look for clients that open one for each request (CLIENT LIST), or raise configuration.maxclients.',
    },
    {
      alert: 'RedisManyConnections',
      expr: `max by (pod) (${clients} / (${of('redis_max_clients')} > 0)) > 0.85`,
      for: '10m',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${redis} has more than 85 % of the connections that it permits`,
      description:
        'Beyond maxclients it turns clients away. Look for clients that leave connections open (CLIENT LIST), set configuration.timeout, or raise configuration.maxclients.',
    },
  ];
}

/** Memory that runs out. */
export function memoryAlerts(model: RedisWatched): Alert[] {
  const of = selecting(model);
  const redis = titleOf(model);
  const isStore = model.use === 'store';
  const refuses = model.maxmemoryPolicy === 'noeviction';
  const filling: Alert[] = [
    {
      alert: 'RedisMemoryFilling',
      expr: `max by (pod) (${of('redis_memory_used_bytes')} / (${of('redis_memory_max_bytes')} > 0)) > 0.85`,
      for: '15m',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${redis} uses more than 85 % of maxmemory`,
      description: `At maxmemory ${refuses ? 'writes are refused' : 'keys are evicted'}. Give keys an expiry, delete some, or raise memory.`,
    },
    {
      alert: 'RedisMemoryAlmostFull',
      expr: `max by (pod) (${of('redis_memory_used_bytes')} / (${of('redis_memory_max_bytes')} > 0)) > 0.95`,
      for: '2m',
      severity: 'critical',
      summary: `{{ $labels.pod }} of ${redis} uses more than 95 % of maxmemory`,
      description: `${refuses ? 'Writes will soon be refused' : 'Keys are, or will soon be, evicted'}: delete keys, or raise memory now.`,
    },
  ];
  const evictions: Alert = {
    alert: 'RedisEvictions',
    expr: `sum by (pod) (increase(${of('redis_evicted_keys_total')}[15m])) > 0`,
    for: '1m',
    severity: 'critical',
    summary: `{{ $labels.pod }} of ${redis} evicts keys`,
    description:
      'It is declared as a store, whose keys somebody relies on, and makes room by removing them. Raise memory, or move what may be lost into a cache of its own.',
  };
  return [
    // A cache is full once it has run for a while.
    ...(isStore ? filling : []),
    ...(isStore && !refuses ? [evictions] : []),
    {
      alert: 'RedisMemoryFragmented',
      expr: `max by (pod) (${of('redis_mem_fragmentation_ratio')} * (${of('redis_memory_used_rss_bytes')} > bool ${bytesOf(model.maxmemory) / 4})) > 1.8`,
      for: '1h',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${redis} takes much more memory than its data`,
      description:
        'Memory that is free within pages cannot be used, and the kernel may kill the server. Set configuration.activedefrag, or restart it.',
    },
  ];
}

/** What is kept on disk. */
export function diskAlerts(model: RedisWatched): Alert[] {
  if (model.persistence === 'none') return [];
  const of = selecting(model);
  const redis = titleOf(model);
  const { name, namespace } = model;
  const failing = [
    ...(model.persistence.includes('aof')
      ? [of('redis_aof_last_write_status'), of('redis_aof_last_bgrewrite_status')]
      : []),
    ...(model.persistence.includes('rdb') ? [of('redis_rdb_last_bgsave_status')] : []),
  ];
  const alerts: Alert[] = [
    {
      alert: 'RedisNotPersisting',
      expr: `min by (pod) (${failing.map((status) => `${status} < 1`).join(' or ')}) < 1`,
      for: '5m',
      severity: 'critical',
      summary: `{{ $labels.pod }} of ${redis} cannot write its data to disk`,
      description:
        'A restart would lose what was written since, and writes may be refused (MISCONF). Look for a full volume, or too little memory for a fork, in its log.',
    },
  ];
  if (model.data.kind !== 'claim') return alerts;
  const shard = model.topology === 'cluster' ? '[0-9]+-' : '';
  alerts.push({
    alert: 'RedisVolumeFilling',
    expr: `min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{namespace="${namespace}",persistentvolumeclaim=~"data-${name}-${shard}[0-9]+"} / kubelet_volume_stats_capacity_bytes) < 0.15`,
    for: '15m',
    severity: 'warning',
    summary: `The volume {{ $labels.persistentvolumeclaim }} of ${redis} has less than 15 % left`,
    description:
      'A rewrite needs room for all data once more, and a full volume stops writes. Raise storage.size, keeping the old one as initialSize.',
  });
  return alerts;
}

function serverCount({ shards }: RedisWatched): number {
  return shards.reduce((sum, { members, leaving }) => sum + (leaving ? 0 : members.length), 0);
}
