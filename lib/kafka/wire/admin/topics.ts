import { errorName } from '../errors';
import { DescribeLogDirs, Metadata } from '../messages/cluster';
import * as messages from '../messages/topics';
import { NO_TOPICS, type Servers } from '../servers';
import type { ClusterState, LogDir, NewTopic, Reassignment, ReassignmentState } from '../types';

// What is said of single partitions and topics, which are reported as they are.
const STATES = [
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'LISTENER_NOT_FOUND',
  'UNKNOWN_TOPIC_OR_PARTITION',
];
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

export async function describe(servers: Servers, from?: number): Promise<ClusterState> {
  const recipient = from === undefined ? 'broker' : { broker: from };
  const reply = await servers.call(recipient, Metadata, { ...NO_TOPICS, topics: null }, { tolerate: STATES });
  return {
    clusterId: reply.clusterId ?? '',
    controllerId: reply.controllerId,
    brokers: reply.brokers.map(({ nodeId, host, port, rack }) => ({
      id: nodeId,
      host,
      port,
      rack: rack ?? undefined,
    })),
    topics: reply.topics.map(({ name, isInternal, partitions }) => ({
      name: name ?? '',
      internal: isInternal,
      partitions: partitions.map((partition) => ({
        partition: partition.partitionIndex,
        leader: partition.leaderId,
        replicas: partition.replicaNodes,
        isr: partition.isrNodes,
        offlineReplicas: partition.offlineReplicas,
      })),
    })),
  };
}

export async function createTopics(servers: Servers, topics: readonly NewTopic[]): Promise<void> {
  await servers.call('controller', messages.CreateTopics, {
    topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: servers.timeoutMs,
    validateOnly: false,
  });
}

export async function growTopic(servers: Servers, name: string, partitions: number): Promise<void> {
  await servers.call('controller', messages.CreatePartitions, {
    topics: [{ name, count: partitions, assignments: null }],
    timeoutMs: servers.timeoutMs,
    validateOnly: false,
  });
}

export async function deleteTopic(servers: Servers, name: string): Promise<void> {
  await servers.call('controller', messages.DeleteTopics, {
    topics: [{ name, topicId: NO_TOPIC_ID }],
    timeoutMs: servers.timeoutMs,
  });
}

/** Cancelling a move that is over is no error. */
export async function reassign(servers: Servers, moves: readonly Reassignment[]): Promise<void> {
  const body = {
    timeoutMs: servers.timeoutMs,
    topics: [...groupBy(moves, ({ topic }) => topic)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, replicas }) => ({
        partitionIndex: partition,
        replicas: replicas ?? null,
      })),
    })),
  };
  const tolerate = ['NO_REASSIGNMENT_IN_PROGRESS'];
  await servers.call('controller', messages.AlterPartitionReassignments, body, { tolerate });
}

export async function reassignments(servers: Servers): Promise<ReassignmentState[]> {
  const body = { timeoutMs: servers.timeoutMs, topics: null };
  const { topics } = await servers.call('controller', messages.ListPartitionReassignments, body);
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      replicas,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  );
}

export async function electPreferredLeaders(servers: Servers): Promise<void> {
  const body = { electionType: 0, topicPartitions: null, timeoutMs: servers.timeoutMs };
  const tolerate = ['ELECTION_NOT_NEEDED', 'PREFERRED_LEADER_NOT_AVAILABLE'];
  await servers.call('controller', messages.ElectLeaders, body, { tolerate });
}

export async function logDirs(servers: Servers, broker: number): Promise<LogDir[]> {
  const tolerate = ['KAFKA_STORAGE_ERROR'];
  const { results } = await servers.call({ broker }, DescribeLogDirs, { topics: null }, { tolerate });
  return results.map(({ errorCode, logDir, topics, totalBytes, usableBytes }) => ({
    path: logDir,
    error: errorCode === 0 ? undefined : errorName(errorCode),
    totalBytes,
    usableBytes,
    replicas: topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
        topic: name,
        partition: partitionIndex,
        sizeBytes: partitionSize,
        offsetLag,
        isFuture: isFutureKey,
      })),
    ),
  }));
}

/** Items by what they have in common. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
