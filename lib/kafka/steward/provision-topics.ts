import type { BrokerNode, ConfigEntry, TopicState } from '../wire/types';
import type { Change, Difference } from './provision-change';
import { topicConfigChanges } from './provision-configs';
import type { WantedTopic } from './settings';

/** What there is, as far as topics are concerned. */
export interface TopicFacts {
  /** Brokers that serve. */
  readonly brokers: readonly Pick<BrokerNode, 'id'>[];
  readonly topics: readonly TopicState[];
  /** By name of the topic. A topic that is not there has not been looked at. */
  readonly configs: ReadonlyMap<string, readonly ConfigEntry[]>;
}

/** A difference of topics. */
export interface TopicDifference extends Required<Difference> {
  /**
   * Topics with a partition that has more or fewer replicas than declared, with the number that is declared. Replicas
   * that a move under way adds are counted, too.
   */
  readonly factors: ReadonlyMap<string, number>;
}

/** Topics that need settings to be compared: those that are declared, and there. */
export function comparedTopics(wanted: readonly WantedTopic[], topics: readonly TopicState[]): string[] {
  const there = new Set(topics.map(({ name }) => name));
  return wanted.filter((topic) => !topic.delete && there.has(topic.name)).map(({ name }) => name);
}

/** Creates, grows and configures the topics that are declared, and deletes those that are marked. Others are not touched. */
export function topicDifference(wanted: readonly WantedTopic[], facts: TopicFacts): TopicDifference {
  const topics = new Map(facts.topics.map((topic) => [topic.name, topic]));
  const made: Change[] = [];
  const deleted: Change[] = [];
  const waits: string[] = [];
  const notes: string[] = [];
  const factors = new Map<string, number>();
  for (const topic of wanted) {
    const found = topics.get(topic.name);
    if (topic.delete) {
      if (found?.internal) notes.push(`the topic ${topic.name} is Kafka's own and is not deleted`);
      else if (found) deleted.push({ change: 'delete-topic', topic: topic.name });
      continue;
    }
    const replicas = found ? (found.partitions[0]?.replicas.length ?? 0) : topic.replicationFactor;
    const enough = replicas <= facts.brokers.length;
    if (!found) {
      const { name, partitions, replicationFactor, configs } = topic;
      if (enough)
        made.push({ change: 'create-topic', topic: { name, partitions, replicationFactor, configs } });
      else waits.push(waiting(`the topic ${name} is created`, replicas, facts.brokers.length));
      continue;
    }
    const partitions = found.partitions.length;
    if (partitions < topic.partitions) {
      if (enough) made.push({ change: 'grow-topic', topic: topic.name, partitions: topic.partitions });
      else waits.push(waiting(`the topic ${topic.name} is grown`, replicas, facts.brokers.length));
    }
    if (partitions > topic.partitions) notes.push(shrunk(topic, partitions));
    if (found.partitions.some((each) => each.replicas.length !== topic.replicationFactor)) {
      factors.set(topic.name, topic.replicationFactor);
    }
    const entries = facts.configs.get(topic.name);
    const configs = entries ? topicConfigChanges(topic.configs, entries) : [];
    if (configs.length > 0) {
      made.push({ change: 'alter-configs', resource: { type: 'topic', name: topic.name }, configs });
    }
  }
  return { changes: [...made, ...deleted], waits, notes, factors };
}

function waiting(what: string, replicas: number, serving: number): string {
  return `${what} once ${replicas} brokers serve, as many as it has replicas; ${serving} ${serving === 1 ? 'does' : 'do'} now`;
}

function shrunk({ name, partitions }: WantedTopic, found: number): string {
  return (
    `the topic ${name} keeps its ${found} partitions, although ${partitions} ${partitions === 1 ? 'is' : 'are'} declared: ` +
    `Kafka cannot take partitions away; declare ${found}, or let it be deleted and declare it anew`
  );
}
