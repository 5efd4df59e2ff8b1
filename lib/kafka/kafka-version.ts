/** What a release of Kafka can do, as far as the library depends on it. */
export interface KafkaFeatures {
  /** Highest `metadata.version` of the line, as `kafka-features.sh` writes it. */
  readonly metadataVersion: string;
  /** The same as a feature level. */
  readonly metadataLevel: number;
  /** Lowest line that may be upgraded to it by a rolling restart. */
  readonly upgradeFrom: string;
  /** Whether metadata may be kept in ZooKeeper. */
  readonly zookeeper: boolean;
  /** Whether there are share groups (in 4.1 a preview that is off), whose state topic needs a replication factor. */
  readonly shareGroups: boolean;
  /** Whether eligible leader replicas are on for new clusters (KIP-966). */
  readonly eligibleLeaderReplicas: boolean;
}

/** A release of Kafka and the official image that carries it. https://hub.docker.com/r/apache/kafka */
export class KafkaVersion {
  static readonly V3_9 = new KafkaVersion('3.9.1', 'apache/kafka:3.9.1');
  static readonly V4_0 = new KafkaVersion('4.0.2', 'apache/kafka:4.0.2');
  static readonly V4_1 = new KafkaVersion('4.1.2', 'apache/kafka:4.1.2');
  static readonly V4_2 = new KafkaVersion('4.2.1', 'apache/kafka:4.2.1');
  static readonly V4_3 = new KafkaVersion('4.3.1', 'apache/kafka:4.3.1');

  /** Another patch release of a known line, or a release from another image with the same paths. */
  static custom(version: string, image: string): KafkaVersion {
    return new KafkaVersion(version, image);
  }

  private constructor(
    readonly version: string,
    readonly image: string,
  ) {}

  /** The line, such as `4.2`. */
  get line(): string {
    return this.version.split('.').slice(0, 2).join('.');
  }

  /** What the line can do; undefined for a line that the library does not know. */
  get features(): KafkaFeatures | undefined {
    return KAFKA_LINES[this.line];
  }
}

/** The lines that the library knows. https://kafka.apache.org/documentation/#upgrade */
export const KAFKA_LINES: Readonly<Record<string, KafkaFeatures>> = {
  '3.9': {
    metadataVersion: '3.9-IV0',
    metadataLevel: 21,
    upgradeFrom: '3.3',
    zookeeper: true,
    shareGroups: false,
    eligibleLeaderReplicas: false,
  },
  '4.0': {
    metadataVersion: '4.0-IV3',
    metadataLevel: 25,
    upgradeFrom: '3.3',
    zookeeper: false,
    shareGroups: false,
    eligibleLeaderReplicas: false,
  },
  '4.1': {
    metadataVersion: '4.1-IV1',
    metadataLevel: 27,
    upgradeFrom: '3.3',
    zookeeper: false,
    shareGroups: true,
    eligibleLeaderReplicas: true,
  },
  '4.2': {
    metadataVersion: '4.2-IV1',
    metadataLevel: 29,
    upgradeFrom: '3.3',
    zookeeper: false,
    shareGroups: true,
    eligibleLeaderReplicas: true,
  },
  '4.3': {
    metadataVersion: '4.3-IV0',
    metadataLevel: 30,
    upgradeFrom: '3.3',
    zookeeper: false,
    shareGroups: true,
    eligibleLeaderReplicas: true,
  },
};

/** Less than 0 where line `a` is older than line `b`, more than 0 where it is newer. */
export function compareLines(a: string, b: string): number {
  const [[majorA, minorA], [majorB, minorB]] = [a, b].map((line) => line.split('.').map(Number));
  return majorA - majorB || minorA - minorB;
}
