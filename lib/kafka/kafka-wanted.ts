import type { Finding } from '../core/problem';
import type { KafkaTopic } from './kafka-props';
import { checkUser, checkUserName, type DeclaredUser, wantedUser } from './kafka-users';
import type { WantedKafka, WantedTopic } from './steward/settings';

/** What is declared about the inside of a cluster. */
export interface KafkaDeclarations {
  readonly topics: Readonly<Record<string, KafkaTopic>>;
  /** Each once, with what grants have added. */
  readonly users: readonly DeclaredUser[];
  /** What a topic has that does not say otherwise. */
  readonly defaults: { readonly partitions: number; readonly replicationFactor: number };
  /** Whether ACLs are enforced. */
  readonly acls: boolean;
  /** Names that no user may have: those of the servers. */
  readonly taken: readonly string[];
}

/** Topic configurations that have a prop of their own. */
const TYPED: Readonly<Record<string, keyof KafkaTopic>> = {
  'retention.ms': 'retention',
  'retention.bytes': 'retentionBytes',
  'cleanup.policy': 'cleanupPolicy',
  'min.insync.replicas': 'minInSyncReplicas',
};

/** Topic configurations that the steward sets while it moves partitions. */
const OWNED = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'];

/** What should exist inside the cluster, sorted by name. */
export function wantedKafka({ topics, users, defaults, acls }: KafkaDeclarations): WantedKafka {
  return {
    topics: Object.entries(topics)
      .map(([name, topic]) => wantedTopic(name, topic, defaults))
      .sort(byName),
    users: users.map((user) => wantedUser(user, acls)).sort(byName),
    acls,
  };
}

/** Findings about what is declared. Rights to topics that are not declared are fine: others may make them. */
export function checkWanted({ topics, users, defaults, taken }: KafkaDeclarations): Finding[] {
  return [
    ...checkCollisions(Object.keys(topics)),
    ...Object.entries(topics).flatMap(([name, topic]) => checkTopic(name, topic, defaults)),
    ...users.flatMap((user) => [...checkUserName(user.name, taken), ...checkUser(user)]),
  ];
}

function wantedTopic(name: string, topic: KafkaTopic, defaults: KafkaDeclarations['defaults']): WantedTopic {
  return {
    name,
    partitions: topic.partitions ?? defaults.partitions,
    replicationFactor: topic.replicationFactor ?? defaults.replicationFactor,
    configs: topicConfigs(topic),
    ...(topic.delete && { delete: true }),
  };
}

/** Configuration of a topic as Kafka has it, sorted. https://kafka.apache.org/documentation/#topicconfigs */
export function topicConfigs(topic: KafkaTopic): Record<string, string> {
  const { retention, retentionBytes, cleanupPolicy, minInSyncReplicas } = topic;
  const typed = {
    'cleanup.policy': cleanupPolicy,
    'min.insync.replicas': minInSyncReplicas,
    'retention.bytes': retentionBytes && retentionBytes.toKibibytes() * 1024,
    'retention.ms': retention?.toMilliseconds(),
  };
  return Object.fromEntries(
    Object.entries({ ...topic.configuration, ...defined(typed) })
      .map(([key, value]) => [key, String(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function checkTopic(name: string, topic: KafkaTopic, defaults: KafkaDeclarations['defaults']): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'kafka/topics', message: `topic ${message}` });
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..')
    found(`"${name}" is not a name; use at most 249 letters, digits, ".", "_" and "-"`);
  if (name.startsWith('__')) found(`"${name}" is Kafka's own; leave it out`);
  const counts = { partitions: topic.partitions, replicationFactor: topic.replicationFactor };
  for (const [key, count] of Object.entries({ ...counts, minInSyncReplicas: topic.minInSyncReplicas })) {
    if (count !== undefined && (!Number.isInteger(count) || count < 1))
      found(`"${name}": ${key} is ${count}; give a whole number from 1`);
  }
  const copies = topic.replicationFactor ?? defaults.replicationFactor;
  if (topic.minInSyncReplicas !== undefined && topic.minInSyncReplicas > copies) {
    found(
      `"${name}": minInSyncReplicas is ${topic.minInSyncReplicas} of ${copies} replicas, so nothing could be written with acks=all; lower it, or raise replicationFactor`,
    );
  }
  for (const [key, value] of Object.entries(topic.configuration ?? {})) {
    const prop = TYPED[key];
    if (prop) found(`"${name}": configuration has ${key}; give ${prop} instead`);
    else if (OWNED.includes(key))
      found(`"${name}": configuration has ${key}, which the steward sets; leave it out`);
    else if (!/^[a-z0-9]+(\.[a-z0-9]+)*$/.test(key))
      found(`"${name}": configuration has ${JSON.stringify(key)}, which is not the name of a setting`);
    else if (/[\r\n]/.test(String(value)))
      found(`"${name}": ${key} holds a line break; give one line without`);
  }
  return findings;
}

/** Kafka refuses names that differ only in `.` and `_`, which are the same in names of metrics. */
function checkCollisions(names: readonly string[]): Finding[] {
  const seen = new Map<string, string>();
  return names.flatMap((name) => {
    const key = name.replace(/\./g, '_');
    const other = seen.get(key);
    seen.set(key, name);
    if (other === undefined) return [];
    const message = `topics "${other}" and "${name}" differ only in "." and "_", which Kafka refuses; rename one`;
    return [{ code: 'kafka/topics', message }];
  });
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
