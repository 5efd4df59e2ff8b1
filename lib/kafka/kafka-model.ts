import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import type { ZooKeeperConnection } from '../zookeeper/zookeeper-connection';
import { splitConfiguration } from './kafka-config-keys';
import { kafkaUuid } from './kafka-ids';
import { completeListeners, type KafkaListener } from './kafka-listener-config';
import {
  completeBrokers,
  completeControllers,
  type KafkaBroker,
  type KafkaControllers,
} from './kafka-members';
import { controllerHost, internalName, type Place, PORTS } from './kafka-names';
import type { KafkaClusterProps } from './kafka-props';
import { KAFKA_LINES, type KafkaFeatures, KafkaVersion } from './kafka-version';

/** A controller, and where it is reached. */
export interface KafkaVoter {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** A controller that may form the quorum. */
export interface KafkaFounder extends KafkaVoter {
  readonly directoryId: string;
}

/** A cluster with every default filled in. */
export interface KafkaModel extends Place {
  readonly version: KafkaVersion;
  readonly features: KafkaFeatures;
  /** `metadata.version` that the cluster should have: name for people, level for Kafka. */
  readonly metadataVersion: { readonly name: string; readonly level: number };
  readonly clusterId: string;
  /** Controllers in a set of their own; undefined where brokers are the controllers, or metadata is in ZooKeeper. */
  readonly controllers?: KafkaControllers;
  /** Whether brokers are the controllers, too. */
  readonly combined: boolean;
  /** Who may form the quorum; empty with metadata in ZooKeeper. */
  readonly founders: readonly KafkaFounder[];
  /** Every controller that should exist, wherever it runs; none with metadata in ZooKeeper. */
  readonly quorum: readonly KafkaVoter[];
  readonly brokers: readonly KafkaBroker[];
  readonly listeners: readonly KafkaListener[];
  /** How servers, and the steward, talk to servers. */
  readonly transport: 'plain' | 'tls' | 'sasl';
  readonly authorization: 'acl' | 'none';
  /** Principal of the servers' certificate. */
  readonly commonName: string;
  /** Principals whom no ACL binds. */
  readonly superUsers: readonly string[];
  readonly defaults: { readonly replicationFactor: number; readonly minInSync: number };
  /** Settings of all brokers that the steward applies while they run. */
  readonly dynamic: Readonly<Record<string, string>>;
  /** Settings that were given and stand in the servers' files. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Whether a steward looks after it. */
  readonly steward: boolean;
  /** Where metadata is, if not with controllers. */
  readonly zookeeper?: ZooKeeperConnection;
  readonly props: KafkaClusterProps;
}

/** Completes props. Bad input is completed too, as far as it goes: what is wrong with it is told by `checkKafka`. */
export function completeKafka(
  name: string,
  namespace: string,
  props: KafkaClusterProps,
  environment: Environment,
  zookeeper?: ZooKeeperConnection,
): { model: KafkaModel; findings: Finding[] } {
  const place = { name, namespace, clusterDomain: environment.clusterDomain };
  const version = props.version ?? KafkaVersion.V4_2;
  const features = version.features ?? KAFKA_LINES['4.2'];
  const held = props.metadataVersion?.features ?? features;
  const clusterId = props.clusterId ?? kafkaUuid(`${environment.name}/${namespace}/${name}`);
  const combined = props.controllers === 'combined';
  const brokers = completeBrokers(place, props, environment);
  const controllers = combined || props.metadata ? undefined : completeControllers(place, props, environment);
  const voters = combined
    ? brokers.members.map(({ id, host }) => ({ id, host, port: PORTS.controller }))
    : (controllers?.set.ids ?? []).map((id) => ({
        id,
        host: controllerHost(place, String(id)),
        port: PORTS.controller,
      }));
  const founding = controllers?.set.founders ?? voters.map(({ id }) => id);
  const listeners = completeListeners(props, brokers.members);
  const steward = (props.operations ?? 'steward') === 'steward';
  const defaults = completeDefaults(props, brokers.members);
  const given = { 'min.insync.replicas': defaults.minInSync, ...props.configuration };
  const { dynamic, files } = splitConfiguration(given, { steward, line: version.line });
  return {
    findings: [...brokers.findings, ...(controllers?.findings ?? [])],
    model: {
      ...place,
      version,
      features,
      metadataVersion: { name: held.metadataVersion, level: held.metadataLevel },
      clusterId,
      controllers: controllers?.set,
      combined,
      founders: voters
        .filter(({ id }) => founding.includes(id))
        .map((voter) => ({ ...voter, directoryId: kafkaUuid(`${clusterId}/${voter.id}`) })),
      quorum: voters,
      brokers: brokers.members,
      listeners,
      ...completeSecurity(place, props, listeners),
      defaults,
      dynamic,
      configuration: files,
      steward,
      zookeeper,
      props,
    },
  };
}

/** Copies of a topic, as many as there are brokers that stay, up to three. */
function completeDefaults(
  { configuration = {} }: KafkaClusterProps,
  brokers: readonly KafkaBroker[],
): KafkaModel['defaults'] {
  const staying = brokers.filter((broker) => !broker.leaving).length;
  const replicationFactor = Number(
    configuration['default.replication.factor'] ?? Math.max(1, Math.min(3, staying)),
  );
  const minInSync = Number(configuration['min.insync.replicas'] ?? (replicationFactor >= 3 ? 2 : 1));
  return { replicationFactor, minInSync };
}

/** How servers know one another, and whether they ask what users may do. */
function completeSecurity(
  { name, namespace }: Place,
  props: KafkaClusterProps,
  listeners: readonly KafkaListener[],
): Pick<KafkaModel, 'transport' | 'authorization' | 'commonName' | 'superUsers'> {
  const known = listeners.some(({ authentication }) => authentication);
  const authorization = props.authorization ?? (known ? 'acl' : 'none');
  const derived = props.tls ? 'tls' : known || authorization === 'acl' ? 'sasl' : 'plain';
  const transport = props.internalSecurity ?? derived;
  const commonName = props.tls?.commonName ?? `${name}.${namespace}`;
  // Nobody else reaches the ports of the servers, and on all others whoever is known has a name.
  const anonymous = authorization === 'acl' ? ['User:ANONYMOUS'] : [];
  const own = { plain: anonymous, tls: [`User:${commonName}`], sasl: [`User:${internalName({ name })}`] };
  return {
    transport,
    authorization,
    commonName,
    superUsers: [...new Set([...own[transport], ...(props.superUsers ?? [])])],
  };
}
