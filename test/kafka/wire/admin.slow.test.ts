import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import { type KafkaCluster, kafkaClassPath, kafkaMissing, startKafka } from '../../support/kafka-cluster';
import { adminCalls, adminOf, kraftCalls, WITH_USERS } from './admin-calls';

const title = kafkaMissing ? `admin of a real broker (skipped: ${kafkaMissing})` : 'admin of a real broker';

describe.skipIf(kafkaMissing)(title, () => {
  let cluster: KafkaCluster;
  let admin: KafkaAdmin;

  beforeAll(async () => {
    await kafkaClassPath();
    const authorizer = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' };
    cluster = await startKafka({ ...WITH_USERS, properties: { ...WITH_USERS.properties, ...authorizer } });
    admin = adminOf(cluster);
  }, 300_000);
  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
  });

  adminCalls(() => ({ cluster, admin }));
  kraftCalls(() => ({ cluster, admin }));

  it('knows of no groups', async () => {
    expect(await admin.groupLags()).toEqual([]);
  });
});
