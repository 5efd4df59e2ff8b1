import type { KafkaGateSettings } from './settings';

/**
 * Arguments of `kafka-storage.sh format`, beside the configuration: the same for all releases from 3.9 on, and for every
 * role. Directories that are formatted already are left alone. https://kafka.apache.org/documentation/#kraft_storage
 */
export function formatArguments(
  { clusterId, founders, metadataVersion }: KafkaGateSettings,
  as: 'founder' | 'joiner',
): string[] {
  // Ids may begin with "-", so that none may be a word of its own.
  const voters = founders.map(({ id, host, port, directoryId }) => `${id}@${host}:${port}:${directoryId}`);
  return [
    `--cluster-id=${clusterId}`,
    '--ignore-formatted',
    ...(metadataVersion ? [`--release-version=${metadataVersion}`] : []),
    as === 'founder' ? `--initial-controllers=${voters.join(',')}` : '--no-initial-controllers',
  ];
}
