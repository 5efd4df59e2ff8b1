import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Authentication,
  Credentials,
  type EnvironmentProps,
  type KafkaClusterProps,
  KafkaVersion,
  Listener,
} from '../../lib';
import { type Role, roleProperties } from '../../lib/kafka/kafka-config';
import { DYNAMIC_SETTINGS, isDynamic } from '../../lib/kafka/kafka-config-keys';
import { rolesOf } from '../../lib/kafka/kafka-files';
import { brokerProperties, controllerProperties } from '../../lib/kafka/kafka-member-config';
import type { KafkaModel } from '../../lib/kafka/kafka-model';
import { isOwned } from '../../lib/kafka/kafka-owned-settings';
import { KafkaAdmin } from '../../lib/kafka/wire/kafka-admin';
import type { Transport } from '../../lib/kafka/wire/types';
import { Authority, opensslMissing } from '../support/certificates';
import type { Settings } from '../support/java-process';
import { KAFKA_VERSIONS, kafkaClassPath, kafkaMissing } from '../support/kafka-jars';
import { KafkaProcess, runKafkaTool } from '../support/kafka-process';
import { freePorts } from '../support/ports';
import { kafkaModel } from './kafka-model-of';

const DEVELOPMENT: EnvironmentProps = { durability: 'development', zones: ['h', 'i', 'j'] };
const lineOf = (version: string) => version.split('.').slice(0, 2).join('.');
const versionOf = (version: string) => KafkaVersion.custom(version, 'apache/kafka');
const plain = Authentication.plain([Credentials.existing('a'), Credentials.existing('b')]);
const oauth = Authentication.oauthBearer({
  jwksEndpoint: 'https://127.0.0.1:1/keys',
  issuer: 'https://127.0.0.1:1',
  audience: ['kafka'],
});

/** Clusters that together have every setting that is rendered. */
const SHAPES: Readonly<Record<string, Partial<KafkaClusterProps>>> = {
  plain: {},
  'with passwords': {
    listeners: [
      Listener.internal({ authentication: Authentication.scram() }),
      Listener.internal({ name: 'apps', authentication: plain }),
      Listener.internal({ name: 'tokens', authentication: oauth }),
    ],
  },
  'with keys': {
    tls: { secret: 'keys' },
    listeners: [
      Listener.internal({ authentication: Authentication.mutualTls() }),
      Listener.internal({ name: 'clear', tls: false }),
      Listener.addresses('outside', { hosts: (id) => `b${id}.example.com`, authentication: plain }),
    ],
  },
  combined: { controllers: 'combined', brokers: 1 },
  'without a steward': {
    operations: 'none',
    configuration: { 'log.retention.hours': 24, 'num.io.threads': 4, 'compression.type': 'zstd' },
  },
};

/** Settings of one server of a role: the shared file, then its own lines. */
function settingsOf(model: KafkaModel, role: Role): Settings {
  const { controllers, brokers } = model;
  const own =
    role === 'controller' && controllers
      ? controllerProperties(model, controllers)
      : brokerProperties(model, brokers[0]);
  const id = role === 'controller' ? '3000' : '0';
  const lines = `${roleProperties(model, role)}${own.replace(/\{id\}/g, id)}`.split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => /^[^#].*=/.test(line))
      .map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]),
  );
}

const title = kafkaMissing ? `Kafka (skipped: ${kafkaMissing})` : 'Kafka';
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-config-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

describe.skipIf(kafkaMissing).each(KAFKA_VERSIONS)(`${title} %s`, (version) => {
  /** Update mode of each setting in Kafka's own documentation, which it prints itself. */
  const modes = new Map<string, string>();

  beforeAll(async () => {
    await kafkaClassPath(version);
    const html = await runKafkaTool(version, 'kafka.server.KafkaConfig', []);
    const each = /<h4><a id="([^"]+)"[\s\S]*?Update Mode:<\/th><td>(.*?)<\/td>/g;
    for (const [, name, mode] of html.matchAll(each)) modes.set(name, mode);
  }, 600_000);

  it('knows every setting that is rendered', () => {
    expect(modes.size).toBeGreaterThan(200);
    for (const [shape, props] of Object.entries(SHAPES)) {
      const model = kafkaModel({ ...props, version: versionOf(version) }, DEVELOPMENT);
      for (const role of rolesOf(model)) {
        const names = Object.keys(settingsOf(model, role))
          .map((key) => key.replace(/^listener\.name\.[a-z]+\.((plain|scram-sha-512|oauthbearer)\.)?/, ''))
          // These are documented with the provider and the authorizer that read them.
          .filter((key) => !/^(config\.providers|super\.users$)/.test(key));
        for (const name of names) expect(modes.has(name), `${shape}, ${role}: ${name}`).toBe(true);
      }
    }
  });

  it('takes what goes to the steward while it runs, and leaves nothing else to do so', () => {
    const clusterWide = [...modes].filter(([, mode]) => mode === 'cluster-wide').map(([name]) => name);
    const threads = /\.threads(\.|$)|\.thread\.pool\.size$|^num\.(replica\.fetchers)$/;
    const left = clusterWide.filter(
      (name) => !threads.test(name) && !isOwned(name) && name !== 'metric.reporters',
    );
    const ours = Object.keys(DYNAMIC_SETTINGS).filter((name) => isDynamic(name, lineOf(version)));
    expect(ours.sort()).toEqual(left.sort());
  });

  it.each(Object.entries(SHAPES))(
    'takes the files of a cluster %s',
    { timeout: 120_000 },
    async (shape, props) => {
      const model = kafkaModel({ ...props, version: versionOf(version) }, DEVELOPMENT);
      const secrets = path.join(dir, 'secrets');
      for (const directory of [
        'internal',
        'plain/apps/0',
        'plain/apps/1',
        'plain/outside/0',
        'plain/outside/1',
      ])
        writeLogin(path.join(secrets, directory), path.basename(directory), 'secret');
      for (const role of rolesOf(model)) {
        const server = new KafkaProcess(path.join(dir, version, shape, role), version);
        server.configure(moved(settingsOf(model, role), server.data, secrets));
        const founders = model.founders.map(({ id, directoryId }) => `${id}@localhost:9093:${directoryId}`);
        const quorum =
          role === 'broker' ? ['--no-initial-controllers'] : ['--initial-controllers', founders.join(',')];
        const said = await server.format(model.clusterId, '--release-version', lineOf(version), ...quorum);
        expect(said, role).toContain('Formatting');
      }
    },
  );
});

function writeLogin(directory: string, username: string, password: string): void {
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'username'), username);
  fs.writeFileSync(path.join(directory, 'password'), password);
}

/** The settings with the directories of the pod elsewhere. */
function moved(settings: Settings, data: string, secrets: string): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      String(value)
        .replace(/\/data\/0\/kafka/g, data)
        .replace(/\/secrets\//g, `${secrets}/`),
    ]),
  );
}

const missing = kafkaMissing ?? opensslMissing;

describe.skipIf(missing)(missing ? `a broker (skipped: ${missing})` : 'a broker', () => {
  let server: KafkaProcess | undefined;
  afterAll(() => server?.stop());

  /** Starts a combined broker from its rendered files, on loopback. */
  async function start(name: string, props: Partial<KafkaClusterProps>, secrets: string) {
    await server?.stop();
    const model = kafkaModel({ ...props, controllers: 'combined', brokers: 1 }, DEVELOPMENT);
    server = new KafkaProcess(path.join(dir, name));
    const rendered = [9091, 9093, ...model.listeners.map(({ port }) => port)];
    const free = freePorts(rendered.length);
    const portOf = new Map(rendered.map((port, index) => [port, free[index]]));
    const local = (value: unknown) =>
      String(value)
        .replace(/kafka-broker-0\.data\.svc\.cluster\.local/g, 'localhost')
        .replace(/:(9\d{3})\b/g, (_whole, port) => `:${portOf.get(Number(port))}`);
    const settings = Object.entries(moved(settingsOf(model, 'combined'), server.data, secrets));
    server.configure(Object.fromEntries(settings.map(([key, value]) => [key, local(value)])));
    const [{ directoryId }] = model.founders;
    const founder = `0@localhost:${portOf.get(9093)}:${directoryId}`;
    await server.format(model.clusterId, '--initial-controllers', founder);
    await server.start();
    await server.serving();
    return (port: number) => ({ host: 'localhost', port: portOf.get(port) ?? 0 });
  }

  const timeoutMs = 10_000;
  const adminOf = (address: { host: string; port: number }, transport: Transport) =>
    new KafkaAdmin({ brokers: () => [address], controllers: () => [], transport: () => transport });

  it('knows the servers and PLAIN users by passwords in files, and asks what they may do', async () => {
    const secrets = path.join(dir, 'logins');
    writeLogin(path.join(secrets, 'internal'), 'kafka-internal', 'of the servers');
    writeLogin(path.join(secrets, 'plain/apps/0'), 'alice', 'of alice');
    writeLogin(path.join(secrets, 'plain/apps/1'), 'bob', 'of bob');
    const listeners = [
      Listener.internal({ authentication: Authentication.scram() }),
      Listener.internal({ name: 'apps', authentication: plain }),
    ];
    const at = await start('logins', { listeners }, secrets);
    const login = (username: string, password: string): Transport => ({
      timeoutMs,
      login: { mechanism: 'PLAIN', username, password },
    });
    const servers = adminOf(at(9091), login('kafka-internal', 'of the servers'));
    const bob = adminOf(at(9094), login('bob', 'of bob'));
    const stranger = adminOf(at(9094), login('bob', 'of alice'));
    try {
      await servers.createTopics([{ name: 'orders', partitions: 1, replicationFactor: 1, configs: {} }]);
      expect((await servers.describe()).topics.map(({ name }) => name)).toContain('orders');
      expect((await bob.describe()).topics).toEqual([]);
      await expect(stranger.describe()).rejects.toThrow();
    } finally {
      for (const admin of [servers, bob, stranger]) admin.close();
    }
  }, 180_000);

  it('knows the servers and clients by their certificates', async () => {
    const authority = new Authority(path.join(dir, 'authority'));
    const keys = authority.issueTo('kafka.data');
    const client = authority.issueTo('alice');
    const secrets = path.join(dir, 'keys');
    fs.mkdirSync(path.join(secrets, 'tls'), { recursive: true });
    fs.copyFileSync(keys.combined, path.join(secrets, 'tls/tls-combined.pem'));
    fs.copyFileSync(keys.ca, path.join(secrets, 'tls/ca.crt'));
    const listeners = [Listener.internal({ authentication: Authentication.mutualTls() })];
    const at = await start('keys', { tls: { secret: 'keys' }, listeners }, secrets);
    const by = ({ key, cert, ca }: typeof keys): Transport => ({
      timeoutMs,
      tls: { key: fs.readFileSync(key), cert: fs.readFileSync(cert), ca: fs.readFileSync(ca) },
    });
    const servers = adminOf(at(9091), by(keys));
    const alice = adminOf(at(9092), by(client));
    const nobody = adminOf(at(9092), { timeoutMs, tls: { ca: fs.readFileSync(keys.ca) } });
    try {
      await servers.createTopics([{ name: 'orders', partitions: 1, replicationFactor: 1, configs: {} }]);
      expect((await alice.describe()).topics).toEqual([]);
      await servers.createAcls([
        {
          resource: 'topic',
          name: 'orders',
          pattern: 'literal',
          principal: 'User:alice',
          host: '*',
          operation: 'Describe',
          permission: 'allow',
        },
      ]);
      await expect
        .poll(async () => (await alice.describe()).topics.map(({ name }) => name), { timeout: 10_000 })
        .toEqual(['orders']);
      await expect(nobody.describe()).rejects.toThrow();
    } finally {
      for (const admin of [servers, alice, nobody]) admin.close();
    }
  }, 180_000);
});

describe.skipIf(kafkaMissing).each(['3.9.1', '4.3.1'])(
  `${title} %s, of which a controller is missing`,
  (version) => {
    const servers: KafkaProcess[] = [];
    afterAll(() => Promise.all(servers.map((server) => server.stop())));

    it('finds the quorum by the others, whose names are known', { timeout: 180_000 }, async () => {
      // Growing to three, as controllers and brokers read it before the second and third have an address.
      const props = { controllers: { count: 3, founders: 1 }, brokers: 1, version: versionOf(version) };
      const model = kafkaModel(props, DEVELOPMENT);
      const [controller, replication, client] = freePorts(3);
      const local = (value: unknown) =>
        String(value)
          .replace(
            /kafka-(broker-0|controller-3000\.kafka-controller)\.data\.svc\.cluster\.local/g,
            'localhost',
          )
          .replace(/\.data\.svc\.cluster\.local/g, '.invalid')
          .replace(/(localhost|\/):9093\b/g, `$1:${controller}`)
          .replace(/:9091\b/g, `:${replication}`)
          .replace(/:9092\b/g, `:${client}`);
      for (const role of ['controller', 'broker'] as const) {
        const server = new KafkaProcess(path.join(dir, `${version}-growing`, role), version);
        const settings = Object.entries(moved(settingsOf(model, role), server.data, dir));
        server.configure(Object.fromEntries(settings.map(([key, value]) => [key, local(value)])));
        const founder = `3000@localhost:${controller}:${model.founders[0].directoryId}`;
        const quorum = role === 'broker' ? ['--no-initial-controllers'] : ['--initial-controllers', founder];
        await server.format(model.clusterId, ...quorum);
        servers.push(server);
        await server.start();
      }
      expect(fs.readFileSync(servers[1].propertiesFile, 'utf8')).toContain(
        `controller.quorum.bootstrap.servers=localhost:${controller},kafka-controller-3001.kafka-controller.invalid:9093,`,
      );
      await Promise.all(servers.map((server) => server.serving()));
    });
  },
);
