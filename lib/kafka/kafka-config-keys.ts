import type { KafkaConfiguration } from './kafka-props';
import { compareLines } from './kafka-version';

/** What values a setting takes. */
export interface DynamicSetting {
  readonly type: 'integer' | 'number' | 'boolean' | 'text';
  /** Lowest and highest number. */
  readonly range?: readonly [least: number, most?: number];
  /** All that it can be; with `list`, several of them, separated by commas. */
  readonly values?: readonly string[];
  readonly list?: boolean;
  /** First line in which a running broker takes it. @default - all that the library knows */
  readonly since?: string;
  /** Last line that has it. @default - none */
  readonly until?: string;
}

const integer = (least: number, most?: number): DynamicSetting => ({ type: 'integer', range: [least, most] });
const boolean: DynamicSetting = { type: 'boolean' };

/**
 * Settings that all running brokers take at once ("cluster-wide"), as `kafka.server.KafkaConfig` lists them. Numbers of
 * threads are left out: Kafka refuses to more than double or halve them in a running broker.
 * https://kafka.apache.org/documentation/#dynamicbrokerconfigs
 */
export const DYNAMIC_SETTINGS: Readonly<Record<string, DynamicSetting>> = {
  'compression.gzip.level': integer(-1, 9),
  'compression.lz4.level': integer(1, 17),
  'compression.type': {
    type: 'text',
    values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  },
  'compression.zstd.level': integer(-131072, 22),
  'follower.fetch.last.tiered.offset.enable': { ...boolean, since: '4.3' },
  'group.consumer.assignment.interval.ms': { ...integer(0), since: '4.3' },
  'group.coordinator.cached.buffer.max.bytes': { ...integer(524288), since: '4.3' },
  'group.share.assignment.interval.ms': { ...integer(0), since: '4.3' },
  'group.streams.assignment.interval.ms': { ...integer(0), since: '4.3' },
  'log.cleaner.backoff.ms': integer(0),
  'log.cleaner.dedupe.buffer.size': integer(1048576),
  'log.cleaner.delete.retention.ms': integer(0),
  'log.cleaner.io.buffer.load.factor': { type: 'number', range: [0, 1] },
  'log.cleaner.io.buffer.size': integer(0),
  'log.cleaner.io.max.bytes.per.second': { type: 'number', range: [0] },
  'log.cleaner.max.compaction.lag.ms': integer(1),
  'log.cleaner.min.cleanable.ratio': { type: 'number', range: [0, 1] },
  'log.cleaner.min.compaction.lag.ms': integer(0),
  'log.cleanup.policy': { type: 'text', values: ['delete', 'compact'], list: true },
  'log.flush.interval.messages': integer(1),
  'log.flush.interval.ms': integer(0),
  'log.index.interval.bytes': integer(0),
  'log.index.size.max.bytes': integer(4),
  'log.local.retention.bytes': integer(-2),
  'log.local.retention.ms': integer(-2),
  'log.message.downconversion.enable': { ...boolean, until: '3.9' },
  'log.message.timestamp.after.max.ms': integer(0),
  'log.message.timestamp.before.max.ms': integer(0),
  'log.message.timestamp.difference.max.ms': { ...integer(0), until: '3.9' },
  'log.message.timestamp.type': { type: 'text', values: ['CreateTime', 'LogAppendTime'] },
  'log.preallocate': boolean,
  'log.retention.bytes': integer(-1),
  'log.retention.ms': integer(-1),
  'log.roll.jitter.ms': integer(0),
  'log.roll.ms': integer(1),
  'log.segment.bytes': integer(1048576),
  'log.segment.delete.delay.ms': integer(0),
  'max.connection.creation.rate': integer(0),
  'max.connections': integer(0),
  'max.connections.per.ip': integer(0),
  'max.connections.per.ip.overrides': { type: 'text' },
  'message.max.bytes': integer(0),
  'min.insync.replicas': integer(1),
  'producer.id.expiration.ms': integer(1),
  'remote.fetch.max.wait.ms': integer(1),
  'remote.list.offsets.request.timeout.ms': { ...integer(1), since: '4.0' },
  'remote.log.index.file.cache.total.size.bytes': integer(1),
  'remote.log.manager.copy.max.bytes.per.second': integer(1),
  'remote.log.manager.fetch.max.bytes.per.second': integer(1),
  'replica.alter.log.dirs.io.max.bytes.per.second': { ...integer(0), since: '4.3' },
  'share.coordinator.cached.buffer.max.bytes': { ...integer(524288), since: '4.3' },
  'transaction.partition.verification.enable': boolean,
  'unclean.leader.election.enable': boolean,
};

const MINUTE = 60_000;

/** Settings that only a restart takes, and the same as settings of running brokers, with the factor between them. */
const IN_MILLISECONDS: readonly (readonly [coarse: string, dynamic: string, factor: number])[] = [
  ['log.retention.minutes', 'log.retention.ms', MINUTE],
  ['log.retention.hours', 'log.retention.ms', 60 * MINUTE],
  ['log.roll.hours', 'log.roll.ms', 60 * MINUTE],
  ['log.roll.jitter.hours', 'log.roll.jitter.ms', 60 * MINUTE],
];

/** Whether running brokers of a line take a setting. */
export function isDynamic(key: string, line: string): boolean {
  const setting = DYNAMIC_SETTINGS[key];
  if (!setting) return false;
  const { since = '3.9', until } = setting;
  return compareLines(line, since) >= 0 && (until === undefined || compareLines(line, until) <= 0);
}

/** The setting that decides where it is given beside this one: that in milliseconds, where there is one. */
export function decidingSetting(key: string): string {
  return IN_MILLISECONDS.find(([coarse]) => coarse === key)?.[1] ?? key;
}

/** What is wrong with the value of a dynamic setting: what it should be. Undefined: nothing, or not a dynamic one. */
export function wrongValue(key: string, value: unknown): string | undefined {
  const { type, range, values, list } = DYNAMIC_SETTINGS[key] ?? {};
  const text = String(value);
  if (values) {
    const parts = list ? text.split(',').map((part) => part.trim()) : [text];
    if (parts.every((part) => values.includes(part))) return undefined;
    return `${list ? 'a list of' : 'one of'} ${values.join(', ')}`;
  }
  if (type === 'boolean') return /^(true|false)$/.test(text) ? undefined : 'true or false';
  if (type !== 'integer' && type !== 'number') return undefined;
  const [least = -Infinity, most = Infinity] = range ?? [];
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const fits = type === 'integer' ? Number.isInteger(number) : Number.isFinite(number);
  if (fits && number >= least && number <= most) return undefined;
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  return most === Infinity ? `${kind} from ${least}` : `${kind} from ${least} to ${most}`;
}

/**
 * Parts settings into those that the steward applies to running brokers and those of the servers' files. Times in hours
 * and minutes, which a running broker does not take, go over as milliseconds. Without a steward all stand in the files.
 */
export function splitConfiguration(
  given: KafkaConfiguration,
  options: { readonly steward: boolean; readonly line: string },
): { dynamic: Record<string, string>; files: Record<string, string> } {
  const dynamic: Record<string, string> = {};
  const files: Record<string, string> = {};
  const settings = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [key, value] of settings.sort(([a], [b]) => (a < b ? -1 : 1)))
    (options.steward && isDynamic(key, options.line) ? dynamic : files)[key] = String(value);
  if (!options.steward) return { dynamic, files };
  for (const [coarse, fine, factor] of IN_MILLISECONDS) {
    const value = Number(files[coarse]);
    if (files[coarse] === undefined || !Number.isFinite(value)) continue;
    delete files[coarse];
    dynamic[fine] ??= String(value < 0 ? value : value * factor);
  }
  return { dynamic, files };
}
