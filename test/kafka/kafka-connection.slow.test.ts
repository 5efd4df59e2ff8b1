import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Chart } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Endpoint } from '../../lib';
import { propertiesText } from '../../lib/core/properties-text';
import { type ConnectionFacts, kafkaConnection } from '../../lib/kafka/kafka-connection';
import { aclsOf } from '../../lib/kafka/kafka-users';
import { KafkaAdmin } from '../../lib/kafka/wire/kafka-admin';
import { Authority, type KeyFiles, opensslMissing } from '../support/certificates';
import {
  KAFKA_VERSION,
  type KafkaCluster,
  kafkaMissing,
  runKafkaTool,
  startKafka,
} from '../support/kafka-cluster';
import { inPod } from './in-pod';

const missing = kafkaMissing ?? opensslMissing;
const PASSWORD = 'q8zT-w_4pLx';

describe.skipIf(missing)("a connection's variables and properties are all that a Java client needs", () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-connection-'));
  let authority: Authority;
  let cluster: KafkaCluster;
  let admin: KafkaAdmin;

  beforeAll(async () => {
    authority = new Authority(dir);
    const servers = authority.issueTo('kafka.data');
    cluster = await startKafka({
      host: 'localhost',
      listeners: { MUTUAL: 'SSL', USERS: 'SASL_SSL' },
      properties: {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': servers.combined,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': servers.ca,
        'listener.name.mutual.ssl.client.auth': 'required',
        'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.users.scram-sha-512.sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      },
    });
    admin = new KafkaAdmin({
      brokers: () => cluster.addresses(),
      controllers: () => cluster.controllerAddresses(),
      transport: () => ({ timeoutMs: 10_000 }),
    });
    await admin.setScramUser('ann', 'SCRAM-SHA-512', PASSWORD);
    await admin.createTopics([{ name: 'orders', partitions: 1, replicationFactor: 1, configs: {} }]);
    for (const name of ['ann', 'bob']) {
      const principal = `User:${name}`;
      await admin.createAcls(aclsOf({ name, produce: ['orders'] }).map((acl) => ({ ...acl, principal })));
    }
  }, 180_000);

  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  const produce = async (
    listener: string,
    facts: Omit<ConnectionFacts, 'endpoints' | 'tls'>,
    keys: KeyFiles,
  ) => {
    const connection = kafkaConnection(new Chart(new App(), 'chart'), {
      endpoints: cluster.addresses(listener).map(({ host, port }) => new Endpoint(host, port)),
      tls: true,
      ca: { secretName: 'keys', key: 'ca.crt' },
      ...facts,
    });
    inPod(connection, {
      KAFKA_SASL_USERNAME: 'ann',
      KAFKA_SASL_PASSWORD: PASSWORD,
      KAFKA_SSL_CA: fs.readFileSync(keys.ca, 'utf8'),
      KAFKA_SSL_CERTIFICATE: fs.readFileSync(keys.cert, 'utf8'),
      KAFKA_SSL_KEY: fs.readFileSync(keys.key, 'utf8'),
    });
    const file = path.join(dir, `${listener}.properties`);
    fs.writeFileSync(file, propertiesText(connection.properties));
    const args = ['--topic', 'orders', '--max-messages', '5', '--command-config', file];
    return runKafkaTool(KAFKA_VERSION, 'org.apache.kafka.tools.VerifiableProducer', [
      ...['--bootstrap-server', connection.bootstrapServers],
      ...args,
    ]);
  };

  it('with a password and TLS', async () => {
    const method = { kind: 'scram', mechanism: 'SCRAM-SHA-512' } as const;
    const login = { secretName: 'ann', usernameKey: 'username', passwordKey: 'password' };
    expect(await produce('USERS', { method, login }, authority.issueTo('nobody'))).toMatch(/"acked":5\b/);
  });

  it('with a certificate whose common name is the user', async () => {
    const facts = { method: { kind: 'mutual-tls' } as const, certificate: 'keys' };
    expect(await produce('MUTUAL', facts, authority.issueTo('bob'))).toMatch(/"acked":5\b/);
  });

  it('and another user may not', async () => {
    const facts = { method: { kind: 'mutual-tls' } as const, certificate: 'keys' };
    const said = await produce('MUTUAL', facts, authority.issueTo('eve')).catch(String);
    expect(said).toMatch(/authoriz/i);
    expect(said).not.toMatch(/"acked":[1-9]/);
  });
});
