import { command, nullable, query } from '../schema';

const QUORUM_REPLICA = {
  replicaId: 'int32',
  replicaDirectoryId: 'uuid',
  logEndOffset: 'int64',
  lastFetchTimestamp: 'int64',
  lastCaughtUpTimestamp: 'int64',
} as const;

/** Brokers that serve, topics and their partitions. */
export const Metadata = query(
  'Metadata',
  3,
  12,
  {
    topics: nullable([{ topicId: 'uuid', name: 'string?' }]),
    allowAutoTopicCreation: 'bool',
    includeTopicAuthorizedOperations: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    brokers: [{ nodeId: 'int32', host: 'string', port: 'int32', rack: 'string?' }],
    clusterId: 'string?',
    controllerId: 'int32',
    topics: [
      {
        errorCode: 'int16',
        name: 'string?',
        topicId: 'uuid',
        isInternal: 'bool',
        partitions: [
          {
            errorCode: 'int16',
            partitionIndex: 'int32',
            leaderId: 'int32',
            leaderEpoch: 'int32',
            replicaNodes: ['int32'],
            isrNodes: ['int32'],
            offlineReplicas: ['int32'],
          },
        ],
        topicAuthorizedOperations: 'int32',
      },
    ],
  },
);

/** The quorum as its leader sees it. */
export const DescribeQuorum = query(
  'DescribeQuorum',
  55,
  2,
  { topics: [{ topicName: 'string', partitions: [{ partitionIndex: 'int32' }] }] },
  {
    errorCode: 'int16',
    errorMessage: 'string?',
    topics: [
      {
        topicName: 'string',
        partitions: [
          {
            partitionIndex: 'int32',
            errorCode: 'int16',
            errorMessage: 'string?',
            leaderId: 'int32',
            leaderEpoch: 'int32',
            highWatermark: 'int64',
            currentVoters: [QUORUM_REPLICA],
            observers: [QUORUM_REPLICA],
          },
        ],
      },
    ],
    nodes: [
      {
        nodeId: 'int32',
        listeners: [{ name: 'string', host: 'string', port: 'uint16' }],
      },
    ],
  },
);

/** Makes an observer of the quorum a voter. */
export const AddRaftVoter = command(
  'AddRaftVoter',
  80,
  0,
  {
    clusterId: 'string?',
    timeoutMs: 'int32',
    voterId: 'int32',
    voterDirectoryId: 'uuid',
    listeners: [{ name: 'string', host: 'string', port: 'uint16' }],
  },
  { throttleTimeMs: 'int32', errorCode: 'int16', errorMessage: 'string?' },
);

/** Takes the vote from a controller. */
export const RemoveRaftVoter = command(
  'RemoveRaftVoter',
  81,
  0,
  { clusterId: 'string?', voterId: 'int32', voterDirectoryId: 'uuid' },
  { throttleTimeMs: 'int32', errorCode: 'int16', errorMessage: 'string?' },
);

/** Forgets a broker that has left. */
export const UnregisterBroker = command(
  'UnregisterBroker',
  64,
  0,
  { brokerId: 'int32' },
  { throttleTimeMs: 'int32', errorCode: 'int16', errorMessage: 'string?' },
);

/** Raises or lowers features. */
export const UpdateFeatures = command(
  'UpdateFeatures',
  57,
  1,
  {
    timeoutMs: 'int32',
    featureUpdates: [{ feature: 'string', maxVersionLevel: 'int16', upgradeType: 'int8' }],
    validateOnly: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    errorMessage: 'string?',
    results: [{ feature: 'string', errorCode: 'int16', errorMessage: 'string?' }],
  },
);

/** Directories of a broker and what is in them. */
export const DescribeLogDirs = query(
  'DescribeLogDirs',
  35,
  4,
  { topics: nullable([{ topic: 'string', partitions: ['int32'] }]) },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    results: [
      {
        errorCode: 'int16',
        logDir: 'string',
        topics: [
          {
            name: 'string',
            partitions: [
              {
                partitionIndex: 'int32',
                partitionSize: 'int64',
                offsetLag: 'int64',
                isFutureKey: 'bool',
              },
            ],
          },
        ],
        totalBytes: 'int64',
        usableBytes: 'int64',
      },
    ],
  },
);
