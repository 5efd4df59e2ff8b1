import { nullable, query } from '../schema';

/** Groups that a broker coordinates. */
export const ListGroups = query(
  'ListGroups',
  16,
  5,
  { statesFilter: ['string'], typesFilter: ['string'] },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    groups: [{ groupId: 'string', protocolType: 'string', groupState: 'string', groupType: 'string' }],
  },
);

/** Offsets that groups have committed. */
export const OffsetFetch = query(
  'OffsetFetch',
  9,
  8,
  {
    groups: [
      {
        groupId: 'string',
        topics: nullable([{ name: 'string', partitionIndexes: ['int32'] }]),
      },
    ],
    requireStable: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    groups: [
      {
        groupId: 'string',
        topics: [
          {
            name: 'string',
            partitions: [
              {
                partitionIndex: 'int32',
                committedOffset: 'int64',
                committedLeaderEpoch: 'int32',
                metadata: 'string?',
                errorCode: 'int16',
              },
            ],
          },
        ],
        errorCode: 'int16',
      },
    ],
  },
);

/** Offsets of partitions by time, asked of their leaders. */
export const ListOffsets = query(
  'ListOffsets',
  2,
  7,
  {
    replicaId: 'int32',
    isolationLevel: 'int8',
    topics: [
      {
        name: 'string',
        partitions: [{ partitionIndex: 'int32', currentLeaderEpoch: 'int32', timestamp: 'int64' }],
      },
    ],
  },
  {
    throttleTimeMs: 'int32',
    topics: [
      {
        name: 'string',
        partitions: [
          {
            partitionIndex: 'int32',
            errorCode: 'int16',
            timestamp: 'int64',
            offset: 'int64',
            leaderEpoch: 'int32',
          },
        ],
      },
    ],
  },
);
