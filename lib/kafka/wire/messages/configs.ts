import { command, nullable, query } from '../schema';

/** Settings of topics, brokers or groups. */
export const DescribeConfigs = query(
  'DescribeConfigs',
  32,
  4,
  {
    resources: [
      {
        resourceType: 'int8',
        resourceName: 'string',
        configurationKeys: nullable(['string']),
      },
    ],
    includeSynonyms: 'bool',
    includeDocumentation: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    results: [
      {
        errorCode: 'int16',
        errorMessage: 'string?',
        resourceType: 'int8',
        resourceName: 'string',
        configs: [
          {
            name: 'string',
            value: 'string?',
            readOnly: 'bool',
            configSource: 'int8',
            isSensitive: 'bool',
            synonyms: [{ name: 'string', value: 'string?', source: 'int8' }],
            configType: 'int8',
            documentation: 'string?',
          },
        ],
      },
    ],
  },
);

/** Changes single settings. */
export const IncrementalAlterConfigs = command(
  'IncrementalAlterConfigs',
  44,
  1,
  {
    resources: [
      {
        resourceType: 'int8',
        resourceName: 'string',
        configs: [{ name: 'string', configOperation: 'int8', value: 'string?' }],
      },
    ],
    validateOnly: 'bool',
  },
  {
    throttleTimeMs: 'int32',
    responses: [
      {
        errorCode: 'int16',
        errorMessage: 'string?',
        resourceType: 'int8',
        resourceName: 'string',
      },
    ],
  },
);
