import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KAFKA_LINES } from '../../../lib/kafka/kafka-version';
import type { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import {
  KAFKA_VERSIONS,
  type KafkaCluster,
  kafkaClassPath,
  kafkaMissing,
  runKafkaTool,
  startKafka,
} from '../../support/kafka-cluster';
import { startStandalone, type ZooKeeperProcess } from '../../support/zookeeper-server';
import { adminCalls, adminOf, eventually, kraftCalls, WITH_USERS } from './admin-calls';

const ACL_AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

async function start(options: Parameters<typeof startKafka>[0], authorizer: string): Promise<KafkaCluster> {
  await kafkaClassPath(options?.version);
  const properties = { ...WITH_USERS.properties, 'authorizer.class.name': authorizer };
  return startKafka({ ...WITH_USERS, properties, ...options });
}

// What Kafka's own tools have written and read, so that it is theirs that lags behind.
function lags(of: () => { readonly cluster: KafkaCluster; readonly admin: KafkaAdmin }): void {
  it('tells how far groups are behind', async () => {
    const { cluster, admin } = of();
    const [{ host, port }] = cluster.addresses();
    const server = `${host}:${port}`;
    await admin.createTopics([{ name: 'read', partitions: 2, replicationFactor: 1, configs: {} }]);
    const producer = ['--topic', 'read', '--num-records', '10', '--record-size', '10', '--throughput', '-1'];
    const properties = ['--producer-props', `bootstrap.servers=${server}`];
    await runKafkaTool(cluster.version, 'org.apache.kafka.tools.ProducerPerformance', [
      ...producer,
      ...properties,
    ]);
    const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
    const reading = ['--topic', 'read', '--group', 'readers', '--from-beginning', '--max-messages', '4'];
    await runKafkaTool(cluster.version, consumer, [...reading, '--bootstrap-server', server]);
    const found = await eventually(
      () => admin.groupLags(),
      ({ length }) => length > 0,
    );
    expect(found.every(({ group, topic }) => group === 'readers' && topic === 'read')).toBe(true);
    expect(found.reduce((sum, { lag }) => sum + lag, 0)).toBe(6);
  });
}

describe.skipIf(kafkaMissing).each(KAFKA_VERSIONS)(
  `Kafka %s${kafkaMissing ? ` (skipped: ${kafkaMissing})` : ''}`,
  (version) => {
    let cluster: KafkaCluster;
    let admin: KafkaAdmin;

    beforeAll(async () => {
      cluster = await start({ version, controllers: 1, brokers: 1 }, ACL_AUTHORIZER);
      admin = adminOf(cluster);
    }, 300_000);
    afterAll(async () => {
      admin?.close();
      await cluster?.stop();
    });

    adminCalls(() => ({ cluster, admin }));
    kraftCalls(() => ({ cluster, admin }));
    lags(() => ({ cluster, admin }));

    it('has the features that the library knows of', async () => {
      const line = KAFKA_LINES[version.split('.').slice(0, 2).join('.')];
      const features = new Map((await admin.features()).map((feature) => [feature.name, feature]));
      expect(features.get('metadata.version')?.finalized).toBe(line.metadataLevel);
      expect(features.get('eligible.leader.replicas.version')?.finalized === 1).toBe(
        line.eligibleLeaderReplicas,
      );
      expect(features.has('share.version')).toBe(line.shareGroups);
      expect(features.get('kraft.version')?.finalized).toBe(1);
      const [{ host, port }] = cluster.addresses();
      const told = ['--bootstrap-server', `${host}:${port}`, 'describe'];
      const table = await runKafkaTool(version, 'org.apache.kafka.tools.FeatureCommand', told);
      expect(table).toMatch(
        new RegExp(`metadata.version.*FinalizedVersionLevel: ${line.metadataVersion}\\s`),
      );
    });

    it.runIf(version === '4.2.1')('lowers and raises a feature', async () => {
      const level = async () =>
        (await admin.features()).find(({ name }) => name === 'share.version')?.finalized;
      await admin.updateFeature('share.version', 0, 'safe');
      await eventually(level, (finalized) => finalized === 0);
      await admin.updateFeature('share.version', 1);
      await eventually(level, (finalized) => finalized === 1);
    });
  },
);

describe.skipIf(kafkaMissing)('Kafka 3.9.1 with its metadata in ZooKeeper', () => {
  let zookeeper: ZooKeeperProcess;
  let cluster: KafkaCluster;
  let admin: KafkaAdmin;

  beforeAll(async () => {
    zookeeper = await startStandalone();
    const connect = `127.0.0.1:${zookeeper.clientPort}/kafka`;
    const options = { version: '3.9.1', zookeeper: connect, brokers: 2 };
    cluster = await start(options, 'kafka.security.authorizer.AclAuthorizer');
    admin = adminOf(cluster);
  }, 300_000);
  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
    await zookeeper?.stop();
  });

  adminCalls(() => ({ cluster, admin }));
  lags(() => ({ cluster, admin }));
});
