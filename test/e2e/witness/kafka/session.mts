import {
  Consumer,
  ListOffsetTimestamps,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import type { Session } from '../writing.js';

/** Where the records go, and how the cluster is reached. */
export interface KafkaSessionOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly username?: string;
  readonly password?: string;
  /** Certificate of the authority, where the listener speaks TLS, and the witness's own with its key, in PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What a client of the witness is made with. */
export function clientOptions({ bootstrap, username, password, ca, cert, key }: KafkaSessionOptions) {
  return {
    clientId: 'witness',
    bootstrapBrokers: bootstrap.split(','),
    connectTimeout: 2_000,
    requestTimeout: 5_000,
    timeout: 5_000,
    metadataMaxAge: 1_000,
    retries: 0 as const,
    ...(username && {
      sasl: { mechanism: 'SCRAM-SHA-512' as const, username, password: password ?? '' },
    }),
    ...(ca && { tls: { ca, cert, key } }),
  };
}

/** Opens a session that writes records with `acks=all` to the partitions of a topic in turn. */
export async function openKafka(options: KafkaSessionOptions): Promise<Session> {
  const { topic } = options;
  const producer = new Producer({ ...clientOptions(options), serializers: stringSerializers });
  const metadata = await producer.metadata({ topics: [topic], autocreateTopics: true });
  const partitions = metadata.topics.get(topic)?.partitionsCount ?? 1;
  return {
    write: async (record) => {
      await producer.send({
        messages: [{ topic, partition: record % partitions, value: contentOf(record) }],
        acks: ProduceAcks.ALL,
      });
    },
    readAll: () => readAll(options),
    close: async () => {
      await Promise.resolve(producer.close(true)).catch(() => undefined);
    },
  };
}

/** Every record that is whole, from the beginning of each partition to what is its end now. */
async function readAll(options: KafkaSessionOptions): Promise<Set<number>> {
  const { topic } = options;
  const consumer = new Consumer({
    ...clientOptions(options),
    requestTimeout: 15_000,
    groupId: `witness-${process.pid}-${Date.now()}`,
    deserializers: stringDeserializers,
  });
  try {
    const offsets = async (timestamp: bigint) =>
      (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? [];
    const ends = await offsets(ListOffsetTimestamps.LATEST);
    const left = new Map(ends.flatMap((end, partition) => (end > 0n ? [[partition, end] as const] : [])));
    const found = new Set<number>();
    if (left.size === 0) return found;
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.EARLIEST,
      autocommit: false,
      maxWaitTime: 500,
    });
    for await (const { partition, offset, value } of stream) {
      const record = Number(value?.split(' ')[1]);
      if (value === contentOf(record)) found.add(record);
      if (offset + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
      if (left.size === 0) break;
    }
    return found;
  } finally {
    await Promise.resolve(consumer.close(true)).catch(() => undefined);
  }
}

function contentOf(record: number): string {
  return `record ${record} `.padEnd(Number(process.env.RECORD_BYTES ?? 100), '.');
}
