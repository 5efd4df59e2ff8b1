import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Chart } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Endpoint } from '../../lib';
import { propertiesText } from '../../lib/core/properties-text';
import { type KafkaConnection, kafkaConnection } from '../../lib/kafka/kafka-connection';
import {
  checkMirror,
  type KafkaMirrorModel,
  MIRROR_PORT,
  MIRROR_SECRETS,
  mirrorProperties,
  sourceRights,
  targetRights,
} from '../../lib/kafka/kafka-mirror-config';
import { aclsOf, type KafkaRights } from '../../lib/kafka/kafka-users';
import { KafkaAdmin } from '../../lib/kafka/wire/kafka-admin';
import { classPath, type JarSet, whatIsMissing } from '../support/jars';
import { JavaProcess } from '../support/java-process';
import { type KafkaCluster, kafkaMissing, runKafkaTool, startKafka } from '../support/kafka-cluster';
import { logToOutput } from '../support/kafka-process';
import { freePort } from '../support/ports';
import { LOOPBACK } from '../support/process';
import { inPod } from './in-pod';

const VERSION = '4.3.1';
const JARS: JarSet = {
  name: `kafka-mirror-${VERSION}`,
  dependencies: [
    `org.apache.kafka:connect-mirror:${VERSION}`,
    ...['log4j-slf4j-impl', 'log4j-core'].map((name) => `org.apache.logging.log4j:${name}:2.25.1`),
  ],
};
const MECHANISM = 'SCRAM-SHA-512';
const PASSWORD = 'q8zT-w_4pLx';
const missing = kafkaMissing ?? whatIsMissing(JARS);

/** A cluster that enforces ACLs, with a client's listener where users log in. */
class Side {
  readonly admin: KafkaAdmin;

  private constructor(readonly cluster: KafkaCluster) {
    this.admin = new KafkaAdmin({
      brokers: () => cluster.addresses(),
      controllers: () => cluster.controllerAddresses(),
      transport: () => ({ timeoutMs: 10_000 }),
    });
  }

  static async start(): Promise<Side> {
    const properties = {
      'sasl.enabled.mechanisms': MECHANISM,
      'listener.name.client.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'auto.create.topics.enable': false,
    };
    return new Side(await startKafka({ listeners: { CLIENT: 'SASL_PLAINTEXT' }, properties }));
  }

  /** Makes a user with these rights, and gives the connection that a consumer would get. */
  async grant(user: string, rights: KafkaRights): Promise<KafkaConnection> {
    const principal = `User:${user}`;
    await this.admin.setScramUser(user, MECHANISM, PASSWORD);
    await this.admin.createAcls(aclsOf({ name: user, ...rights }).map((acl) => ({ ...acl, principal })));
    const endpoints = this.cluster.addresses('CLIENT').map(({ host, port }) => new Endpoint(host, port));
    return kafkaConnection(new Chart(new App(), 'chart'), {
      endpoints,
      tls: false,
      method: { kind: 'scram', mechanism: MECHANISM },
      user,
      login: { secretName: 'secret', usernameKey: 'username', passwordKey: 'password' },
    });
  }

  /** Runs one of Kafka's tools as this user would, in a pod with the variables of the connection. */
  async run(connection: KafkaConnection, tool: string, args: string[]): Promise<string> {
    const file = path.join(this.cluster.dir, `${connection.user}.properties`);
    fs.writeFileSync(file, propertiesText(connection.properties));
    inPod(connection, { KAFKA_SASL_USERNAME: connection.user ?? '', KAFKA_SASL_PASSWORD: PASSWORD });
    return runKafkaTool(this.cluster.version, tool, [
      ...['--bootstrap-server', connection.bootstrapServers],
      ...args.map((arg) => (arg === 'FILE' ? file : arg)),
    ]);
  }

  async topics(): Promise<string[]> {
    return (await this.admin.describe()).topics.map(({ name }) => name).sort();
  }

  async stop(): Promise<void> {
    this.admin.close();
    await this.cluster.stop();
  }
}

class MirrorProcess extends JavaProcess {
  async start(classes: string): Promise<void> {
    this.spawnJava({
      classPath: classes,
      heap: '256m',
      jvm: [logToOutput(this.dir, VERSION)],
      main: ['org.apache.kafka.connect.mirror.MirrorMaker', path.join(this.dir, 'mirror.properties')],
    });
  }
}

const MODEL: KafkaMirrorModel = {
  source: 'east',
  target: 'west',
  topics: ['orders', 'bills.*'],
  groups: ['shop*'],
  policy: 'default',
  replicationFactor: -1,
  tasks: 2,
  configuration: {
    'offset.lag.max': 0,
    'refresh.topics.interval.seconds': 2,
    'refresh.groups.interval.seconds': 2,
    'sync.group.offsets.interval.seconds': 2,
    'emit.checkpoints.interval.seconds': 2,
  },
};

describe.skipIf(missing)('MirrorMaker with the settings and the rights of a KafkaMirror', () => {
  let east: Side;
  let west: Side;
  let mirror: MirrorProcess;
  let before: string[];

  const produce = async (topic: string, count: number) => {
    const shop = await east.grant('shop', { produce: ['orders', 'bills.*'], consume: ['orders', 'bills.*'] });
    const args = ['--topic', topic, '--max-messages', String(count), '--command-config', 'FILE'];
    return east.run(shop, 'org.apache.kafka.tools.VerifiableProducer', args);
  };
  const consume = (side: Side, who: KafkaConnection, topic: string, group: string, count: number) =>
    side.run(who, 'org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...['--topic', topic, '--group', group, '--max-messages', String(count), '--from-beginning'],
      ...['--timeout-ms', '30000', '--command-config', 'FILE'],
    ]);

  beforeAll(async () => {
    [east, west] = await Promise.all([Side.start(), Side.start()]);
    const topic = (name: string, configs = {}) => ({ name, partitions: 2, replicationFactor: 1, configs });
    await east.admin.createTopics([
      topic('orders', { 'retention.ms': '123456789' }),
      topic('bills.paid'),
      topic('private'),
    ]);
    await produce('orders', 200);
    await produce('bills.paid', 50);
    const shop = await east.grant('shop', {});
    await consume(east, shop, 'orders', 'shop-1', 200);
    before = await east.topics();

    expect(checkMirror(MODEL)).toEqual([]);
    const connections = {
      source: await east.grant('mirror', sourceRights(MODEL)),
      target: await west.grant('mirror', targetRights(MODEL)),
    };
    const dir = fs.mkdtempSync(path.join(west.cluster.dir, 'mirror-'));
    const secrets = path.join(dir, 'secrets');
    for (const end of Object.values(MIRROR_SECRETS)) {
      const at = end.replace('/secrets', secrets);
      fs.mkdirSync(at, { recursive: true });
      fs.writeFileSync(path.join(at, 'username'), 'mirror');
      fs.writeFileSync(path.join(at, 'password'), PASSWORD);
    }
    const port = freePort();
    const text = propertiesText(mirrorProperties(MODEL, connections))
      .replaceAll('/secrets', secrets)
      .replaceAll(String(MIRROR_PORT), String(port));
    expect(text).not.toContain(PASSWORD);
    fs.writeFileSync(path.join(dir, 'mirror.properties'), text);
    process.env.POD_IP = LOOPBACK;
    mirror = new MirrorProcess(dir);
    await mirror.start(await classPath(JARS));
  }, 240_000);

  afterAll(async () => {
    await mirror?.stop('SIGTERM');
    await Promise.all([east?.stop(), west?.stop()]);
  });

  it('copies records, in the names that consumers are told', async () => {
    await expect
      .poll(() => west.topics(), { timeout: 120_000, interval: 1_000 })
      .toEqual(expect.arrayContaining(['east.orders', 'east.bills.paid']));
    const reader = await west.grant('reader', { consume: ['east.*'] });
    const orders = await consume(west, reader, 'east.orders', 'reader-1', 200);
    const numbers = orders.trim().split('\n').map(Number);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    const bills = await consume(west, reader, 'east.bills.paid', 'reader-2', 50);
    expect(new Set(bills.trim().split('\n')).size).toBe(50);
  }, 240_000);

  it('copies partitions and configuration, and no other topic', async () => {
    const { topics } = await west.admin.describe();
    expect(topics.find(({ name }) => name === 'east.orders')?.partitions).toHaveLength(2);
    expect(topics.filter(({ name }) => name.includes('private'))).toEqual([]);
    await expect
      .poll(
        async () => {
          const found = await west.admin.describeConfigs([{ type: 'topic', name: 'east.orders' }]);
          return [...found.values()].flat().find(({ name }) => name === 'retention.ms')?.value;
        },
        { timeout: 30_000, interval: 1_000 },
      )
      .toBe('123456789');
  });

  it('keeps the offsets of groups up to date', async () => {
    const lag = async () => {
      const found = (await west.admin.groupLags()).filter(({ group }) => group === 'shop-1');
      return found.length === 0 ? undefined : found.reduce((sum, each) => sum + each.lag, 0);
    };
    await expect.poll(lag, { timeout: 150_000, interval: 1_000 }).toBe(0);
  }, 180_000);

  it('copies what is written later', async () => {
    await produce('bills.paid', 30);
    const end = async () => {
      const reader = await west.grant('reader', { consume: ['east.*'] });
      return consume(west, reader, 'east.bills.paid', 'reader-3', 80);
    };
    expect((await end()).trim().split('\n')).toHaveLength(80);
  });

  it('writes nothing to the source, and is refused nothing', async () => {
    expect(await east.topics()).toEqual(before);
    const refused = mirror.log
      .split('\n')
      .filter((line) => /authorization|denied/i.test(line) || / ERROR /.test(line));
    expect(refused).toEqual([]);
  });

  it('speaks with its like at the address of the pod', () => {
    expect(mirror.log).toMatch(/Advertised URI: http:\/\/127\.0\.0\.1:\d+/);
  });
});
