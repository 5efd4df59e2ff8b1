import type { ConfigChange, ConfigEntry } from '../wire/types';
import type { Difference } from './provision-change';

/** Set while replicas are moved, by whoever moves them. https://kafka.apache.org/documentation/#rep-throttle */
const THROTTLED_REPLICAS = [
  'leader.replication.throttled.replicas',
  'follower.replication.throttled.replicas',
];
const THROTTLED_RATES = [
  'leader.replication.throttled.rate',
  'follower.replication.throttled.rate',
  'replica.alter.log.dirs.io.max.bytes.per.second',
];

/**
 * Kafka sets it by itself where eligible leader replicas are on, and refuses to have it removed.
 * https://cwiki.apache.org/confluence/display/KAFKA/KIP-966%3A+Eligible+Leader+Replicas
 */
const SET_BY_KAFKA = ['min.insync.replicas'];

/** Gives a topic exactly the settings that are declared, as far as they are set on the topic itself. */
export function topicConfigChanges(
  declared: Readonly<Record<string, string>>,
  found: readonly ConfigEntry[],
): ConfigChange[] {
  const own = found.filter(({ source }) => source === 'topic');
  return changes(declared, own, THROTTLED_REPLICAS);
}

/** Gives all brokers together exactly the dynamic settings that are declared; those of single brokers stay. */
export function brokerConfigDifference(
  declared: Readonly<Record<string, string>>,
  found: readonly ConfigEntry[],
): Difference {
  const own = found.filter(({ source }) => source === 'default-broker');
  const configs = changes(declared, own, [...THROTTLED_RATES, ...SET_BY_KAFKA]);
  if (configs.length === 0) return { changes: [] };
  return { changes: [{ change: 'alter-configs', resource: { type: 'broker', name: '' }, configs }] };
}

/** Sets what is declared and removes what is not, but for the settings to keep. */
function changes(
  declared: Readonly<Record<string, string>>,
  found: readonly ConfigEntry[],
  kept: readonly string[],
): ConfigChange[] {
  const values = new Map(found.map(({ name, value }) => [name, value]));
  const set = Object.entries(declared).filter(([name, value]) => !alike(value, values.get(name)));
  const removed = found.filter(({ name }) => !(name in declared) && !kept.includes(name));
  return [...set, ...removed.map(({ name }): ConfigChange => [name, undefined])].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

/** Whether two values mean the same: Kafka gives back `0.5` for `0.50`, `true` for `TRUE` and `a,b` for `a, b`. */
function alike(declared: string, found: string | null | undefined): boolean {
  if (found === null || found === undefined) return false;
  if (plain(declared) === plain(found)) return true;
  // Large integers are not numbers of JavaScript; these are the same only when they are written alike.
  const [one, other] = [Number(declared), Number(found)];
  return (
    declared.trim() !== '' && found.trim() !== '' && one === other && Math.abs(one) <= Number.MAX_SAFE_INTEGER
  );
}

function plain(value: string): string {
  const text = value.trim().replace(/\s*,\s*/g, ',');
  return /^(true|false)$/i.test(text) ? text.toLowerCase() : text;
}
