import * as messages from '../messages/cluster';
import { ApiVersions } from '../messages/session';
import type { Servers } from '../servers';
import { type Address, type FeatureState, KafkaError, type QuorumState } from '../types';

const METADATA_LOG = '__cluster_metadata';

/** A controller with the disk that it votes with. */
export interface Voter {
  readonly clusterId: string;
  readonly id: number;
  readonly directoryId: string;
}

export async function describeQuorum(servers: Servers, via: 'brokers' | 'controllers'): Promise<QuorumState> {
  const body = { topics: [{ topicName: METADATA_LOG, partitions: [{ partitionIndex: 0 }] }] };
  const recipient = via === 'brokers' ? 'controller' : 'quorum';
  const { topics } = await servers.call(recipient, messages.DescribeQuorum, body);
  const quorum = topics[0]?.partitions[0];
  if (!quorum) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'DescribeQuorum: the reply is empty');
  const { leaderId, leaderEpoch, highWatermark } = quorum;
  const replicas = (list: typeof quorum.currentVoters) =>
    list.map(({ replicaId, replicaDirectoryId, ...positions }) => ({
      id: replicaId,
      directoryId: replicaDirectoryId,
      ...positions,
    }));
  return {
    leaderId,
    leaderEpoch,
    highWatermark,
    voters: replicas(quorum.currentVoters),
    observers: replicas(quorum.observers),
  };
}

export async function addVoter(
  servers: Servers,
  voter: Voter & { readonly listener: string; readonly address: Address },
): Promise<void> {
  await servers.call('quorum', messages.AddRaftVoter, {
    clusterId: voter.clusterId,
    timeoutMs: servers.timeoutMs,
    voterId: voter.id,
    voterDirectoryId: voter.directoryId,
    listeners: [{ name: voter.listener, ...voter.address }],
  });
}

export async function removeVoter(servers: Servers, voter: Voter): Promise<void> {
  await servers.call('quorum', messages.RemoveRaftVoter, {
    clusterId: voter.clusterId,
    voterId: voter.id,
    voterDirectoryId: voter.directoryId,
  });
}

export async function unregisterBroker(servers: Servers, id: number): Promise<void> {
  await servers.call('controller', messages.UnregisterBroker, { brokerId: id });
}

export async function features(servers: Servers): Promise<FeatureState[]> {
  const client = { clientSoftwareName: 'cdk8s-stateful', clientSoftwareVersion: '1' };
  const { supportedFeatures = [], finalizedFeatures = [] } = await servers.call(
    'broker',
    ApiVersions,
    client,
  );
  const levels = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
  return supportedFeatures.map(({ name, minVersion, maxVersion }) => ({
    name,
    min: minVersion,
    max: maxVersion,
    finalized: levels.get(name) ?? 0,
  }));
}

export async function updateFeature(
  servers: Servers,
  name: string,
  level: number,
  downgrade?: 'safe',
): Promise<void> {
  await servers.call('controller', messages.UpdateFeatures, {
    timeoutMs: servers.timeoutMs,
    featureUpdates: [{ feature: name, maxVersionLevel: level, upgradeType: downgrade ? 2 : 1 }],
    validateOnly: false,
  });
}
