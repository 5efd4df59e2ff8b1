import type { EtcdLine } from './etcd-version';

/** What a setting holds. Durations are nanoseconds there, since etcd reads its file as JSON. */
type Kind = 'number' | 'boolean' | 'text' | 'duration' | 'list';

type Keys = Readonly<Record<string, Kind>>;

/** Settings of the file in all lines that `configuration` may name. https://etcd.io/docs/v3.6/op-guide/configuration/ */
const COMMON: Keys = {
  'snapshot-count': 'number',
  'max-snapshots': 'number',
  'max-wals': 'number',
  'initial-election-tick-advance': 'boolean',
  'backend-batch-interval': 'duration',
  'backend-batch-limit': 'number',
  'backend-bbolt-freelist-type': 'text',
  'max-txn-ops': 'number',
  'max-request-bytes': 'number',
  'max-concurrent-streams': 'number',
  'cipher-suites': 'list',
  'tls-min-version': 'text',
  'tls-max-version': 'text',
  'grpc-keepalive-min-time': 'duration',
  'grpc-keepalive-interval': 'duration',
  'grpc-keepalive-timeout': 'duration',
  'pre-vote': 'boolean',
  'bcrypt-cost': 'number',
  'enable-pprof': 'boolean',
  metrics: 'text',
  'log-outputs': 'list',
  'enable-log-rotation': 'boolean',
  'log-rotation-config-json': 'text',
  cors: 'text',
  'host-whitelist': 'text',
  'v2-deprecation': 'text',
};

/** What has become a feature gate, or gone, since 3.6, and has no name but that of its time as an experiment. */
const EXPERIMENTS: Keys = {
  'experimental-initial-corrupt-check': 'boolean',
  'experimental-compact-hash-check-enabled': 'boolean',
  'experimental-enable-lease-checkpoint': 'boolean',
  'experimental-enable-lease-checkpoint-persist': 'boolean',
  'experimental-txn-mode-write-with-shared-buffer': 'boolean',
  'experimental-stop-grpc-service-on-defrag': 'boolean',
  'experimental-snapshot-catch-up-entries': 'number',
};

/** Settings that had `experimental-` before their names until 3.5, and may have in 3.6. */
const GRADUATED: Keys = {
  'corrupt-check-time': 'duration',
  'compact-hash-check-time': 'duration',
  'compaction-batch-limit': 'number',
  'compaction-sleep-interval': 'duration',
  'watch-progress-notify-interval': 'duration',
  'warning-apply-duration': 'duration',
  'bootstrap-defrag-threshold-megabytes': 'number',
  'enable-distributed-tracing': 'boolean',
  'distributed-tracing-address': 'text',
  'distributed-tracing-service-name': 'text',
  'distributed-tracing-instance-id': 'text',
  'distributed-tracing-sampling-rate': 'number',
  'downgrade-check-time': 'duration',
  'memory-mlock': 'boolean',
};

/** Settings that are not in 3.5. */
const NEWER: Keys = {
  'snapshot-catchup-entries': 'number',
  'warning-unary-request-duration': 'duration',
  'log-format': 'text',
  'feature-gates': 'text',
};

/** Settings that follow from props, or would endanger the data. */
const OWNED = [
  'name',
  'data-dir',
  'wal-dir',
  'heartbeat-interval',
  'election-timeout',
  'strict-reconfig-check',
  'max-learners',
  'quota-backend-bytes',
  'auto-compaction-mode',
  'auto-compaction-retention',
  'auth-token',
  'auth-token-ttl',
  'force-new-cluster',
  'unsafe-no-fsync',
  'logger',
  'log-level',
  'enable-grpc-gateway',
  'socket-options',
  'self-signed-cert-validity',
];

/** Whether `configuration` may not name it. */
export function isOwned(key: string): boolean {
  const families =
    /^(listen|initial|advertise|discovery)-(?!election-tick)|^discovery$|-transport-security$|-skip-client-san-verification$/;
  return OWNED.includes(key) || families.test(key);
}

/** What is wrong with a setting and its value in a line; etcd leaves out without a word what it does not know. */
export function settingProblem(key: string, value: unknown, line: EtcdLine): string | undefined {
  const kind = settingsOf(line)[key];
  if (!kind) return otherName(key, line);
  if (fits(kind, value)) return undefined;
  return `is ${JSON.stringify(value)}; give ${WORDS[kind]}`;
}

/** Settings that a line knows, of those that `configuration` may name. */
export function settingsOf({ minor, experimentalFlags }: EtcdLine): Keys {
  const before = Object.entries(GRADUATED).map(([key, kind]) => [`experimental-${key}`, kind]);
  const experimental = { ...EXPERIMENTS, ...Object.fromEntries(before) };
  if (experimentalFlags) return { ...COMMON, ...experimental };
  return { ...COMMON, ...GRADUATED, ...NEWER, ...(minor === '3.6' ? experimental : {}) };
}

function otherName(key: string, line: EtcdLine): string {
  const other = key.startsWith('experimental-') ? key.slice('experimental-'.length) : `experimental-${key}`;
  const hint = settingsOf(line)[other]
    ? `; there it is called ${other}`
    : '; look it up in its documentation';
  return `is not a setting of etcd ${line.minor}, which would leave it out without a word${hint}`;
}

const WORDS: Readonly<Record<Kind, string>> = {
  number: 'a whole number from 0',
  boolean: 'true or false',
  text: 'a text of one line',
  duration: 'nanoseconds, a whole number from 0',
  list: 'a list of texts',
};

function fits(kind: Kind, value: unknown): boolean {
  const isText = (one: unknown) => typeof one === 'string' && !/[\r\n]/.test(one);
  if (kind === 'boolean') return typeof value === 'boolean';
  if (kind === 'text') return isText(value);
  if (kind === 'list') return Array.isArray(value) && value.length > 0 && value.every(isText);
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
