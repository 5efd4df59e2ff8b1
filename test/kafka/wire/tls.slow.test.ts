import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KafkaAdmin, tryLogin } from '../../../lib/kafka/wire/kafka-admin';
import type { Transport } from '../../../lib/kafka/wire/types';
import { Authority, type KeyFiles, opensslMissing } from '../../support/certificates';
import {
  CONTROLLER,
  type KafkaCluster,
  kafkaClassPath,
  kafkaMissing,
  REPLICATION,
  startKafka,
} from '../../support/kafka-cluster';
import { adminOf, eventually, PLAIN_TEXT, refused } from './admin-calls';

const missing = kafkaMissing ?? opensslMissing;
const title = missing ? `mutual TLS and logins (skipped: ${missing})` : 'mutual TLS and logins';
const USERS = 'USERS';
const INTERNAL = { username: 'kafka-internal', password: 'internal, "quoted"' };

const keysOf = ({ key, cert, ca }: KeyFiles) => ({
  key: fs.readFileSync(key),
  cert: fs.readFileSync(cert),
  ca: fs.readFileSync(ca),
});

describe.skipIf(missing)(title, () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-tls-'));
  let authority: Authority;
  let servers: KeyFiles;
  let cluster: KafkaCluster;
  let transport: Transport;
  let admin: KafkaAdmin;

  beforeAll(async () => {
    await kafkaClassPath();
    authority = new Authority(path.join(dir, 'trusted'));
    servers = authority.issueTo('kafka.ns');
    cluster = await startKafka({
      host: 'localhost',
      controllers: 1,
      listeners: { [CONTROLLER]: 'SSL', [REPLICATION]: 'SSL', [USERS]: 'SASL_SSL' },
      properties: {
        'ssl.client.auth': 'required',
        [`listener.name.${USERS.toLowerCase()}.ssl.client.auth`]: 'none',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': servers.combined,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': servers.ca,
        'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:kafka.ns',
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        [`listener.name.${USERS.toLowerCase()}.scram-sha-512.sasl.jaas.config`]:
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      },
    });
    transport = { ...PLAIN_TEXT, tls: keysOf(servers) };
    admin = adminOf(cluster, transport);
  }, 300_000);
  afterAll(async () => {
    admin?.close();
    await cluster?.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  const withTransport = async <T>(other: Transport, ask: (admin: KafkaAdmin) => Promise<T>): Promise<T> => {
    const mine = adminOf(cluster, { ...other, timeoutMs: 3_000 });
    return ask(mine).finally(() => mine.close());
  };

  it('asks brokers and controllers', async () => {
    expect((await admin.describe()).brokers).toEqual([expect.objectContaining({ id: 0, host: 'localhost' })]);
    expect((await admin.describeQuorum('controllers')).leaderId).toBe(3000);
    expect((await admin.logDirs(0)).length).toBe(1);
    await admin.createTopics([{ name: 'secure', partitions: 1, replicationFactor: 1, configs: {} }]);
  });

  it('refuses servers of another authority, and is refused with its keys', async () => {
    const strange = new Authority(path.join(dir, 'strange')).issueTo('kafka.ns');
    const { key, cert, ca } = keysOf(strange);
    await expect(
      withTransport({ ...transport, tls: { key, cert, ca } }, (each) => each.describe()),
    ).rejects.toEqual(refused('BROKER_NOT_AVAILABLE', 'certificate'));
    const trusting = { ...transport, tls: { key, cert, ca: keysOf(servers).ca } };
    await expect(withTransport(trusting, (each) => each.describe())).rejects.toEqual(
      expect.objectContaining({ name: 'KafkaError' }),
    );
    const nobody = { ...transport, tls: { ca: keysOf(servers).ca } };
    await expect(withTransport(nobody, (each) => each.describe())).rejects.toEqual(
      expect.objectContaining({ name: 'KafkaError' }),
    );
    await expect(withTransport(PLAIN_TEXT, (each) => each.describe())).rejects.toEqual(
      expect.objectContaining({ name: 'KafkaError' }),
    );
  });

  it('is another user with another certificate', async () => {
    const other = { ...transport, tls: keysOf(authority.issueTo('shop')) };
    const topic = { name: 'forbidden', partitions: 1, replicationFactor: 1, configs: {} };
    await expect(withTransport(other, (each) => each.createTopics([topic]))).rejects.toEqual(
      refused('TOPIC_AUTHORIZATION_FAILED', 'forbidden'),
    );
  });

  it('takes new keys for the next call', async () => {
    let current: Transport = { ...transport, tls: keysOf(authority.issueTo('shop')) };
    const changing = new KafkaAdmin({
      brokers: () => cluster.addresses(),
      controllers: () => [],
      transport: () => current,
    });
    await expect(changing.acls()).rejects.toEqual(refused('CLUSTER_AUTHORIZATION_FAILED'));
    current = transport;
    expect(await changing.acls()).toEqual([]);
    changing.close();
  });

  it('has a broker read its renewed keys, as often as they are renewed', async () => {
    const name = `listener.name.${REPLICATION.toLowerCase()}.ssl.keystore.location`;
    for (let round = 0; round < 2; round++) {
      const { cert } = authority.issueTo('kafka.ns');
      const { fingerprint256 } = new X509Certificate(fs.readFileSync(cert));
      expect(await servedFingerprint()).not.toBe(fingerprint256);
      // The value is the same each time; that it is sent makes the broker look.
      await admin.alterConfigs({ type: 'broker', name: '0' }, [[name, servers.combined]]);
      await eventually(servedFingerprint, (served) => served === fingerprint256);
    }
  });

  it('logs in by SCRAM within TLS', async () => {
    await admin.setScramUser('shop', 'SCRAM-SHA-512', INTERNAL.password);
    const [address] = cluster.addresses(USERS);
    const trust = { ca: keysOf(servers).ca };
    const login = (password: string) =>
      tryLogin(address, {
        ...PLAIN_TEXT,
        tls: trust,
        login: { mechanism: 'SCRAM-SHA-512', username: 'shop', password },
      });
    await eventually(
      () => login(INTERNAL.password),
      (good) => good,
    );
    expect(await login('wrong')).toBe(false);
    const unsupported = { mechanism: 'PLAIN', username: 'shop', password: 'x' } as const;
    await expect(tryLogin(address, { ...PLAIN_TEXT, tls: trust, login: unsupported })).rejects.toEqual(
      refused('UNSUPPORTED_SASL_MECHANISM'),
    );
  });

  async function servedFingerprint(): Promise<string> {
    const [{ host, port }] = cluster.addresses();
    return new Promise((resolve, reject) => {
      const socket = tls.connect({ ...keysOf(servers), host, port, servername: host }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  }
});

describe.skipIf(missing)('one password among servers', () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    const { username, password } = INTERNAL;
    const quoted = password.replaceAll('"', '\\\\"');
    const jaas = [
      'org.apache.kafka.common.security.plain.PlainLoginModule required',
      `username="${username}" password="${quoted}" user_${username}="${quoted}";`,
    ].join(' ');
    cluster = await startKafka({
      controllers: 1,
      listeners: { [CONTROLLER]: 'SASL_PLAINTEXT', [REPLICATION]: 'SASL_PLAINTEXT' },
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'sasl.mechanism.controller.protocol': 'PLAIN',
        [`listener.name.${CONTROLLER.toLowerCase()}.plain.sasl.jaas.config`]: jaas,
        [`listener.name.${REPLICATION.toLowerCase()}.plain.sasl.jaas.config`]: jaas,
        'connections.max.reauth.ms': 2_000,
      },
    });
  }, 300_000);
  afterAll(() => cluster?.stop());

  it('asks brokers and controllers, and logs in again before its login ends', async () => {
    const admin = adminOf(cluster, { ...PLAIN_TEXT, login: { mechanism: 'PLAIN', ...INTERNAL } });
    const deadline = Date.now() + 5_000;
    do {
      expect((await admin.describeQuorum('controllers')).leaderId).toBe(3000);
      expect((await admin.describe()).brokers).toHaveLength(1);
      await new Promise((resolve) => setTimeout(resolve, 300));
    } while (Date.now() < deadline);
    admin.close();
  });

  it('is refused with another password, or with none', async () => {
    const login = { mechanism: 'PLAIN', username: INTERNAL.username, password: 'wrong' } as const;
    const wrong = adminOf(cluster, { ...PLAIN_TEXT, login });
    await expect(wrong.describe()).rejects.toEqual(
      refused('SASL_AUTHENTICATION_FAILED', 'PLAIN login of kafka-internal'),
    );
    wrong.close();
    const nobody = adminOf(cluster);
    await expect(nobody.describe()).rejects.toEqual(refused('NETWORK_EXCEPTION', 'closed the connection'));
    nobody.close();
  });
});
