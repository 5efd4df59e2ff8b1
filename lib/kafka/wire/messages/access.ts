import { command, nullable, query } from '../schema';

const ACL_FILTER = {
  resourceTypeFilter: 'int8',
  resourceNameFilter: 'string?',
  patternTypeFilter: 'int8',
  principalFilter: 'string?',
  hostFilter: 'string?',
  operation: 'int8',
  permissionType: 'int8',
} as const;

/** ACLs that match a filter. */
export const DescribeAcls = query('DescribeAcls', 29, 3, ACL_FILTER, {
  throttleTimeMs: 'int32',
  errorCode: 'int16',
  errorMessage: 'string?',
  resources: [
    {
      resourceType: 'int8',
      resourceName: 'string',
      patternType: 'int8',
      acls: [{ principal: 'string', host: 'string', operation: 'int8', permissionType: 'int8' }],
    },
  ],
});

/** Adds ACLs. */
export const CreateAcls = command(
  'CreateAcls',
  30,
  3,
  {
    creations: [
      {
        resourceType: 'int8',
        resourceName: 'string',
        resourcePatternType: 'int8',
        principal: 'string',
        host: 'string',
        operation: 'int8',
        permissionType: 'int8',
      },
    ],
  },
  {
    throttleTimeMs: 'int32',
    results: [{ errorCode: 'int16', errorMessage: 'string?' }],
  },
);

/** Removes the ACLs that match filters. */
export const DeleteAcls = command(
  'DeleteAcls',
  31,
  3,
  {
    filters: [ACL_FILTER],
  },
  {
    throttleTimeMs: 'int32',
    filterResults: [
      {
        errorCode: 'int16',
        errorMessage: 'string?',
        matchingAcls: [
          {
            errorCode: 'int16',
            errorMessage: 'string?',
            resourceType: 'int8',
            resourceName: 'string',
            patternType: 'int8',
            principal: 'string',
            host: 'string',
            operation: 'int8',
            permissionType: 'int8',
          },
        ],
      },
    ],
  },
);

/** Users that have SCRAM credentials. */
export const DescribeUserScramCredentials = query(
  'DescribeUserScramCredentials',
  50,
  0,
  { users: nullable([{ name: 'string' }]) },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    errorMessage: 'string?',
    results: [
      {
        user: 'string',
        errorCode: 'int16',
        errorMessage: 'string?',
        credentialInfos: [{ mechanism: 'int8', iterations: 'int32' }],
      },
    ],
  },
);

/** Sets and removes SCRAM credentials. */
export const AlterUserScramCredentials = command(
  'AlterUserScramCredentials',
  51,
  0,
  {
    deletions: [{ name: 'string', mechanism: 'int8' }],
    upsertions: [
      {
        name: 'string',
        mechanism: 'int8',
        iterations: 'int32',
        salt: 'bytes',
        saltedPassword: 'bytes',
      },
    ],
  },
  {
    throttleTimeMs: 'int32',
    results: [{ user: 'string', errorCode: 'int16', errorMessage: 'string?' }],
  },
);

/** Quotas that match a filter. */
export const DescribeClientQuotas = query(
  'DescribeClientQuotas',
  48,
  1,
  {
    components: [{ entityType: 'string', matchType: 'int8', match: 'string?' }],
    strict: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    errorCode: 'int16',
    errorMessage: 'string?',
    entries: nullable([
      {
        entity: [{ entityType: 'string', entityName: 'string?' }],
        values: [{ key: 'string', value: 'float64' }],
      },
    ]),
  },
);

/** Sets and removes quotas. */
export const AlterClientQuotas = command(
  'AlterClientQuotas',
  49,
  1,
  {
    entries: [
      {
        entity: [{ entityType: 'string', entityName: 'string?' }],
        ops: [{ key: 'string', value: 'float64', remove: 'bool' }],
      },
    ],
    validateOnly: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    entries: [
      {
        errorCode: 'int16',
        errorMessage: 'string?',
        entity: [{ entityType: 'string', entityName: 'string?' }],
      },
    ],
  },
);
