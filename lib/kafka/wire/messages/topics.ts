import { command, nullable, query, tagged } from '../schema';

/** Creates topics. */
export const CreateTopics = command(
  'CreateTopics',
  19,
  7,
  {
    topics: [
      {
        name: 'string',
        numPartitions: 'int32',
        replicationFactor: 'int16',
        assignments: [{ partitionIndex: 'int32', brokerIds: ['int32'] }],
        configs: [{ name: 'string', value: 'string?' }],
      },
    ],
    timeoutMs: 'int32',
    validateOnly: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    topics: [
      {
        name: 'string',
        topicId: 'uuid',
        errorCode: 'int16',
        errorMessage: 'string?',
        topicConfigErrorCode: tagged(0, 'int16'),
        numPartitions: 'int32',
        replicationFactor: 'int16',
        configs: nullable([
          {
            name: 'string',
            value: 'string?',
            readOnly: 'bool',
            configSource: 'int8',
            isSensitive: 'bool',
          },
        ]),
      },
    ],
  },
);

/** Gives topics more partitions. */
export const CreatePartitions = command(
  'CreatePartitions',
  37,
  3,
  {
    topics: [
      {
        name: 'string',
        count: 'int32',
        assignments: nullable([{ brokerIds: ['int32'] }]),
      },
    ],
    timeoutMs: 'int32',
    validateOnly: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    results: [{ name: 'string', errorCode: 'int16', errorMessage: 'string?' }],
  },
);

/** Deletes topics. */
export const DeleteTopics = command(
  'DeleteTopics',
  20,
  6,
  {
    topics: [{ name: 'string?', topicId: 'uuid' }],
    timeoutMs: 'int32',
  },
  {
    throttleTimeMs: 'int32',
    responses: [{ name: 'string?', topicId: 'uuid', errorCode: 'int16', errorMessage: 'string?' }],
  },
);

/** Moves partitions, or cancels moves. */
export const AlterPartitionReassignments = command(
  'AlterPartitionReassignments',
  45,
  0,
  {
    timeoutMs: 'int32',
    topics: [
      {
        name: 'string',
        partitions: [{ partitionIndex: 'int32', replicas: nullable(['int32']) }],
      },
    ],
  },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    errorMessage: 'string?',
    responses: [
      {
        name: 'string',
        partitions: [{ partitionIndex: 'int32', errorCode: 'int16', errorMessage: 'string?' }],
      },
    ],
  },
);

/** Moves that are under way. */
export const ListPartitionReassignments = query(
  'ListPartitionReassignments',
  46,
  0,
  {
    timeoutMs: 'int32',
    topics: nullable([{ name: 'string', partitionIndexes: ['int32'] }]),
  },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    errorMessage: 'string?',
    topics: [
      {
        name: 'string',
        partitions: [
          {
            partitionIndex: 'int32',
            replicas: ['int32'],
            addingReplicas: ['int32'],
            removingReplicas: ['int32'],
          },
        ],
      },
    ],
  },
);

/** Elects leaders of partitions. */
export const ElectLeaders = command(
  'ElectLeaders',
  43,
  2,
  {
    electionType: 'int8',
    topicPartitions: nullable([{ topic: 'string', partitions: ['int32'] }]),
    timeoutMs: 'int32',
  },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    replicaElectionResults: [
      {
        topic: 'string',
        partitionResult: [{ partitionId: 'int32', errorCode: 'int16', errorMessage: 'string?' }],
      },
    ],
  },
);
