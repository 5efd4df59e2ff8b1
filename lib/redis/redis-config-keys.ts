import type { RedisLine } from './redis-version';

/** What a setting holds: `size` is bytes or a number with a unit of redis.conf, `words` are several values in one line. */
type Kind = 'number' | 'size' | 'boolean' | 'text' | 'words' | 'limits' | 'list' | readonly string[];

type Keys = Readonly<Record<string, Kind>>;

/** First line of each flavor that has a setting. */
type Since = Readonly<Partial<Record<RedisLine['flavor'], string>>>;

/** Settings that `CONFIG SET` takes and that `configuration` may name. https://redis.io/docs/latest/commands/config-set/ */
const LIVE: Keys = {
  maxclients: 'number',
  timeout: 'number',
  'tcp-keepalive': 'number',
  'maxmemory-samples': 'number',
  'maxmemory-clients': 'text',
  'maxmemory-eviction-tenacity': 'number',
  'replica-ignore-maxmemory': 'boolean',
  'active-expire-effort': 'number',
  'lfu-log-factor': 'number',
  'lfu-decay-time': 'number',
  'lazyfree-lazy-eviction': 'boolean',
  'lazyfree-lazy-expire': 'boolean',
  'lazyfree-lazy-server-del': 'boolean',
  'lazyfree-lazy-user-del': 'boolean',
  'lazyfree-lazy-user-flush': 'boolean',
  'replica-lazy-flush': 'boolean',
  rdbcompression: 'boolean',
  'rdb-del-sync-files': 'boolean',
  'rdb-save-incremental-fsync': 'boolean',
  'stop-writes-on-bgsave-error': 'boolean',
  'no-appendfsync-on-rewrite': 'boolean',
  'auto-aof-rewrite-percentage': 'number',
  'auto-aof-rewrite-min-size': 'size',
  'aof-load-truncated': 'boolean',
  'aof-use-rdb-preamble': 'boolean',
  'aof-timestamp-enabled': 'boolean',
  'aof-rewrite-incremental-fsync': 'boolean',
  'shutdown-timeout': 'number',
  'replica-serve-stale-data': 'boolean',
  'repl-diskless-sync': 'boolean',
  'repl-diskless-sync-delay': 'number',
  'repl-diskless-sync-max-replicas': 'number',
  'repl-diskless-load': ['disabled', 'on-empty-db', 'swapdb'],
  'repl-disable-tcp-nodelay': 'boolean',
  'repl-ping-replica-period': 'number',
  'repl-timeout': 'number',
  'repl-backlog-size': 'size',
  'repl-backlog-ttl': 'number',
  'client-output-buffer-limit': 'limits',
  'client-query-buffer-limit': 'size',
  'proto-max-bulk-len': 'size',
  'cluster-replica-validity-factor': 'number',
  'cluster-allow-reads-when-down': 'boolean',
  'cluster-allow-pubsubshard-when-down': 'boolean',
  'cluster-link-sendbuf-limit': 'size',
  'busy-reply-threshold': 'number',
  'slowlog-log-slower-than': 'number',
  'slowlog-max-len': 'number',
  'acllog-max-len': 'number',
  'latency-monitor-threshold': 'number',
  'latency-tracking': 'boolean',
  'latency-tracking-info-percentiles': 'words',
  'notify-keyspace-events': 'text',
  'tracking-table-max-keys': 'number',
  hz: 'number',
  activerehashing: 'boolean',
  activedefrag: 'boolean',
  'active-defrag-ignore-bytes': 'size',
  'active-defrag-threshold-lower': 'number',
  'active-defrag-threshold-upper': 'number',
  'active-defrag-cycle-min': 'number',
  'active-defrag-cycle-max': 'number',
  'active-defrag-max-scan-fields': 'number',
  'jemalloc-bg-thread': 'boolean',
  'hash-max-listpack-entries': 'number',
  'hash-max-listpack-value': 'size',
  'list-max-listpack-size': 'number',
  'list-compress-depth': 'number',
  'set-max-intset-entries': 'number',
  'zset-max-listpack-entries': 'number',
  'zset-max-listpack-value': 'size',
  'hll-sparse-max-bytes': 'size',
  'stream-node-max-bytes': 'size',
  'stream-node-max-entries': 'number',
  'propagation-error-behavior': ['ignore', 'panic', 'panic-on-replicas'],
  'crash-log-enabled': 'boolean',
  'crash-memcheck-enabled': 'boolean',
  'tls-protocols': 'text',
  'tls-ciphers': 'text',
  'tls-ciphersuites': 'text',
  'tls-prefer-server-ciphers': 'boolean',
  'tls-session-caching': 'boolean',
  'tls-session-cache-size': 'number',
  'tls-session-cache-timeout': 'number',
  loglevel: ['debug', 'verbose', 'notice', 'warning', 'nothing'],
  'set-max-listpack-entries': 'number',
  'set-max-listpack-value': 'number',
  'locale-collate': 'text',
  'hide-user-data-from-log': 'boolean',
  'max-new-connections-per-cycle': 'number',
  'max-new-tls-connections-per-cycle': 'number',
  'dynamic-hz': 'boolean',
  'replica-full-sync-buffer-limit': 'size',
  'active-defrag-cycle-us': 'number',
  'dual-channel-replication-enabled': 'boolean',
  'cluster-slot-stats-enabled': 'boolean',
  'commandlog-execution-slower-than': 'number',
  'commandlog-slow-execution-max-len': 'number',
  'commandlog-request-larger-than': 'number',
  'commandlog-large-request-max-len': 'number',
  'commandlog-reply-larger-than': 'number',
  'commandlog-large-reply-max-len': 'number',
};

/** Settings that are read at the start alone. */
const RESTART: Keys = {
  databases: 'number',
  'io-threads': 'number',
  'tcp-backlog': 'number',
  'disable-thp': 'boolean',
  'always-show-logo': 'boolean',
  'set-proc-title': 'boolean',
  loadmodule: 'list',
  'log-format': ['legacy', 'logfmt'],
  'log-timestamp-format': ['legacy', 'iso8601', 'milliseconds'],
};

/** Settings that not all lines have. */
const SINCE: Readonly<Record<string, Since>> = {
  'set-max-listpack-entries': { redis: '7.2', valkey: '8.0' },
  'set-max-listpack-value': { redis: '7.2', valkey: '8.0' },
  'locale-collate': { redis: '7.2', valkey: '8.0' },
  'hide-user-data-from-log': { redis: '7.4', valkey: '8.0' },
  'max-new-connections-per-cycle': { redis: '7.4', valkey: '8.0' },
  'max-new-tls-connections-per-cycle': { redis: '7.4', valkey: '8.0' },
  'dynamic-hz': { redis: '7.0' },
  'replica-full-sync-buffer-limit': { redis: '8.0' },
  'active-defrag-cycle-us': { valkey: '8.1' },
  'dual-channel-replication-enabled': { valkey: '8.0' },
  'cluster-slot-stats-enabled': { valkey: '8.0' },
  'commandlog-execution-slower-than': { valkey: '8.1' },
  'commandlog-slow-execution-max-len': { valkey: '8.1' },
  'commandlog-request-larger-than': { valkey: '8.1' },
  'commandlog-large-request-max-len': { valkey: '8.1' },
  'commandlog-reply-larger-than': { valkey: '8.1' },
  'commandlog-large-reply-max-len': { valkey: '8.1' },
  'log-format': { valkey: '8.1' },
  'log-timestamp-format': { valkey: '8.1' },
};

/** Settings that follow from props, or would endanger the data. */
const OWNED = [
  'bind',
  'port',
  'protected-mode',
  'maxmemory',
  'maxmemory-policy',
  'save',
  'appendonly',
  'appendfsync',
  'dir',
  'dbfilename',
  'appenddirname',
  'appendfilename',
  'rdbchecksum',
  'aclfile',
  'acl-pubsub-default',
  'user',
  'requirepass',
  'masterauth',
  'masteruser',
  'primaryauth',
  'primaryuser',
  'replicaof',
  'replica-priority',
  'replica-read-only',
  'replica-announced',
  'min-replicas-to-write',
  'min-replicas-max-lag',
  'cluster-enabled',
  'cluster-config-file',
  // MIGRATE hands over keys of one database, and whoever loses a slot deletes those of the others.
  'cluster-databases',
  'cluster-port',
  'cluster-node-timeout',
  'cluster-require-full-coverage',
  'cluster-preferred-endpoint-type',
  'cluster-allow-replica-migration',
  'cluster-migration-barrier',
  'cluster-replica-no-failover',
  'rename-command',
  'include',
  'daemonize',
  'supervised',
  'pidfile',
  'logfile',
  'shutdown-on-sigterm',
  'shutdown-on-sigint',
  'import-mode',
];

const FAMILIES =
  /^(replica|cluster)-announce-|^(syslog|enable|unixsocket)(-|$)|^unixsocket|^tls-(port|cluster|replication|auth|cert|key|client|ca|dh)|slave/;

/** Whether `configuration` may not name it. */
export function isOwned(key: string): boolean {
  return OWNED.includes(key) || FAMILIES.test(key);
}

/** Whether a setting is changed while servers run. */
export function isLive(key: string): boolean {
  return Object.hasOwn(LIVE, key);
}

/** Settings that a line knows, of those that `configuration` may name. */
export function settingsOf(line: Pick<RedisLine, 'flavor' | 'line'>): Keys {
  return Object.fromEntries(Object.entries({ ...LIVE, ...RESTART }).filter(([key]) => has(line, key)));
}

/** What is wrong with a setting and its value in a line, whose servers would not start with it. */
export function settingProblem(key: string, value: unknown, line: RedisLine): string | undefined {
  const kind = settingsOf(line)[key];
  if (!kind)
    return `is not a setting that the library knows of ${line.flavor} ${line.line}; look it up in its documentation`;
  return fits(kind, value) ? undefined : `is ${JSON.stringify(value)}; give ${wordsFor(kind)}`;
}

/** A value as `CONFIG GET` tells it. */
export function settingText(key: string, value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const kind = LIVE[key];
  if (kind === 'size') return String(bytesIn(String(value)) ?? value);
  return takesWords(key) ? String(value).trim().replace(/\s+/g, ' ') : String(value);
}

/** Whether a setting takes several words of a line, so that its value stands without quotes. */
export function takesWords(key: string): boolean {
  return ['words', 'limits'].includes(String(LIVE[key])) || ['save', 'bind', 'loadmodule'].includes(key);
}

/** Whether one line of releases is older than another. */
export function isOlder(one: string, other: string): boolean {
  const [[a, b], [c, d]] = [one, other].map((text) => text.split('.').map(Number));
  return a < c || (a === c && b < d);
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1024 ** 2,
  g: 1e9,
  gb: 1024 ** 3,
};

/** Bytes of a size as redis.conf writes it; undefined: it is none. */
export function bytesIn(text: string): number | undefined {
  const [, number, unit] = /^(\d+)([a-z]*)$/i.exec(text) ?? [];
  const times = UNITS[unit?.toLowerCase() ?? '?'];
  return number === undefined || times === undefined ? undefined : Number(number) * times;
}

function has({ flavor, line }: Pick<RedisLine, 'flavor' | 'line'>, key: string): boolean {
  const since = SINCE[key];
  if (!since) return true;
  const first = since[flavor];
  return first !== undefined && !isOlder(line, first);
}

const LIMITS = /^\s*((normal|replica|pubsub)\s+\d+([kmg]b?|b)?\s+\d+([kmg]b?|b)?\s+\d+(\s+|$))+$/i;

function wordsFor(kind: Kind): string {
  if (typeof kind !== 'string') return `one of ${kind.join(', ')}`;
  return {
    number: 'a whole number',
    size: 'bytes, or a number with a unit such as 64mb',
    boolean: 'true or false',
    text: 'a text of one line',
    words: 'words of one line',
    limits: 'a class of clients, its hard and soft limit and seconds, such as replica 512mb 128mb 60',
    list: 'a list of texts of one line',
  }[kind];
}

function fits(kind: Kind, value: unknown): boolean {
  const isText = (one: unknown) =>
    (typeof one === 'string' || typeof one === 'number') && !/[\r\n]/.test(String(one));
  if (typeof kind !== 'string') return kind.includes(String(value));
  if (kind === 'boolean') return typeof value === 'boolean';
  if (kind === 'number') return Number.isSafeInteger(value);
  if (kind === 'size') return bytesIn(String(value)) !== undefined;
  if (kind === 'limits') return LIMITS.test(String(value));
  if (kind === 'list') return Array.isArray(value) && value.length > 0 && value.every(isText);
  return isText(value);
}
