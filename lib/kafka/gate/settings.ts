import type { Address } from '../wire/types';

/** What the gate is told, as JSON in the cluster's ConfigMap; the same for all members. */
export interface KafkaGateSettings {
  readonly cluster: string;
  readonly clusterId: string;
  /** Controllers that may form the quorum, with the directory ids that they form it with. Empty with metadata in ZooKeeper. */
  readonly founders: readonly KafkaGateFounder[];
  /**
   * Every controller that should exist.
   * @default - the founders
   */
  readonly controllers?: readonly KafkaGatePeer[];
  /** Every broker with its replication listener. */
  readonly brokers: readonly KafkaGatePeer[];
  /** How servers talk to one another. Keys are in /secrets/tls, the login in /secrets/internal. */
  readonly transport: 'plain' | 'tls' | 'sasl';
  /** Whether metadata is in ZooKeeper, where nothing is formatted. */
  readonly zookeeper: boolean;
  /** `metadata.version` to format with, such as `4.2-IV1`. Only the founders' counts. */
  readonly metadataVersion: string;
}

/** A server, and where it is reached. */
export interface KafkaGatePeer extends Address {
  readonly id: number;
}

/** A controller that may form the quorum. */
export interface KafkaGateFounder extends KafkaGatePeer {
  readonly directoryId: string;
}

/** What one member is told beside, by environment variables of its gate. */
export interface KafkaGateMember {
  /** ROLES: `broker`, `controller` or `broker,controller`. */
  readonly roles: string;
  /** Node id: NODE_ID, or the number that POD_NAME ends with. */
  readonly id: number;
  /** Data directories, JSON array in DIRECTORIES, such as ["/data/0/kafka"]. The first one has the metadata. */
  readonly directories: readonly string[];
  /** PROPERTIES: lines of server.properties that are its own, with `{id}` for its id. */
  readonly properties: string;
  /** Whether its disks outlive the pod: KEEPS_DATA is 'true' or 'false'. An ephemeral broker starts empty without asking. */
  readonly keepsData: boolean;
}

/** Directories in the gate's container. */
export interface KafkaGatePaths {
  readonly config: string;
  readonly run: string;
  readonly secrets: string;
  readonly formed: string;
}

/** Where the pod mounts them. */
export const KAFKA_GATE_PATHS: KafkaGatePaths = {
  config: '/config',
  run: '/run/kafka',
  secrets: '/secrets',
  formed: '/formed',
};

/**
 * Reads what one member is told.
 * @throws Error naming the variable that is missing or wrong
 */
export function kafkaGateMember(env: Readonly<Record<string, string | undefined>>): KafkaGateMember {
  const { ROLES = '', NODE_ID, POD_NAME = '', DIRECTORIES = '', PROPERTIES = '', KEEPS_DATA = 'true' } = env;
  const id = NODE_ID ?? /-(\d+)$/.exec(POD_NAME)?.[1] ?? '';
  if (!/^\d+$/.test(id)) {
    throw new Error(`the node id is ${NODE_ID ?? 'missing'}; set NODE_ID, or POD_NAME to end with -<number>`);
  }
  if (!['broker', 'controller', 'broker,controller'].includes(ROLES)) {
    throw new Error(`ROLES is ${JSON.stringify(ROLES)}; use "broker", "controller" or "broker,controller"`);
  }
  if (KEEPS_DATA !== 'true' && KEEPS_DATA !== 'false') {
    throw new Error(`KEEPS_DATA is ${JSON.stringify(KEEPS_DATA)}; use "true" or "false"`);
  }
  const directories = parse(DIRECTORIES);
  if (!Array.isArray(directories) || directories.length === 0) {
    throw new Error(
      `DIRECTORIES is ${JSON.stringify(DIRECTORIES)}; use a JSON array such as ["/data/0/kafka"]`,
    );
  }
  return {
    roles: ROLES,
    id: Number(id),
    directories,
    properties: PROPERTIES,
    keepsData: KEEPS_DATA === 'true',
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
