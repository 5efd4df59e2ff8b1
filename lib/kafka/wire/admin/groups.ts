import { Metadata } from '../messages/cluster';
import { ListGroups, ListOffsets, OffsetFetch } from '../messages/groups';
import { partitionName } from '../partition-name';
import { NO_TOPICS, type Servers } from '../servers';
import type { GroupLag } from '../types';
import { groupBy } from './topics';

// A group that is gone, or has just moved to another coordinator.
const ELSEWHERE = [
  'GROUP_ID_NOT_FOUND',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
];
// A topic that is gone, or a leader that has just changed.
const MOVED = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'LISTENER_NOT_FOUND',
  'NOT_LEADER_OR_FOLLOWER',
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN_LEADER_EPOCH',
  'FENCED_LEADER_EPOCH',
];
const LATEST = -1;

interface Committed {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What is moving at the moment is left out. */
export async function groupLags(servers: Servers): Promise<GroupLag[]> {
  const { brokers } = await servers.call('broker', Metadata, NO_TOPICS);
  const committed = (await Promise.all(brokers.map(({ nodeId }) => committedAt(servers, nodeId)))).flat();
  if (committed.length === 0) return [];
  const ends = await endOffsets(servers, committed);
  return committed.flatMap(({ group, topic, partition, offset }) => {
    const end = ends.get(partitionName({ topic, partition }));
    return end === undefined ? [] : [{ group, topic, partition, lag: Math.max(0, end - offset) }];
  });
}

// Share groups keep what they have read elsewhere.
async function committedAt(servers: Servers, broker: number): Promise<Committed[]> {
  const all = { statesFilter: [], typesFilter: [] };
  const listed = await servers.call({ broker }, ListGroups, all, { tolerate: ELSEWHERE });
  const groups = listed.groups.filter(({ groupType }) => groupType.toLowerCase() !== 'share');
  if (groups.length === 0) return [];
  const asked = { groups: groups.map(({ groupId }) => ({ groupId, topics: null })), requireStable: false };
  const fetched = await servers.call({ broker }, OffsetFetch, asked, { tolerate: [...ELSEWHERE, ...MOVED] });
  return fetched.groups.flatMap(({ groupId, topics }) =>
    topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0)
        .map(({ partitionIndex, committedOffset }) => ({
          group: groupId,
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
        })),
    ),
  );
}

async function endOffsets(servers: Servers, committed: readonly Committed[]): Promise<Map<string, number>> {
  const wanted = new Map(committed.map((each) => [partitionName(each), each]));
  const leaders = await leadersOf(servers, [...new Set(committed.map(({ topic }) => topic))]);
  const ends = new Map<string, number>();
  const led = [...wanted].filter(([key]) => (leaders.get(key) ?? -1) >= 0);
  const asked = [...groupBy(led, ([key]) => leaders.get(key)!)].map(async ([broker, partitions]) => {
    const topics = [...groupBy(partitions, ([, { topic }]) => topic)].map(([name, own]) => ({
      name,
      partitions: own.map(([, { partition }]) => ({
        partitionIndex: partition,
        currentLeaderEpoch: -1,
        timestamp: LATEST,
      })),
    }));
    const body = { replicaId: -1, isolationLevel: 0, topics };
    const reply = await servers.call({ broker }, ListOffsets, body, { tolerate: MOVED });
    for (const topic of reply.topics) {
      for (const { partitionIndex: partition, errorCode, offset } of topic.partitions) {
        if (errorCode === 0) ends.set(partitionName({ topic: topic.name, partition }), offset);
      }
    }
  });
  await Promise.all(asked);
  return ends;
}

async function leadersOf(servers: Servers, names: readonly string[]): Promise<Map<string, number>> {
  const topics = names.map((name) => ({ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }));
  const reply = await servers.call('broker', Metadata, { ...NO_TOPICS, topics }, { tolerate: MOVED });
  return new Map(
    reply.topics.flatMap(({ name, partitions }) =>
      partitions.map(
        ({ partitionIndex: partition, leaderId }) =>
          [partitionName({ topic: name ?? '', partition }), leaderId] as const,
      ),
    ),
  );
}
