import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Settings } from './java-process';
import { KAFKA_VERSION } from './kafka-jars';
import { KafkaProcess } from './kafka-process';
import { freePorts } from './ports';
import { LOOPBACK } from './process';

export type { Settings } from './java-process';
export { KAFKA_VERSION, KAFKA_VERSIONS, kafkaClassPath, kafkaMissing } from './kafka-jars';
export { KafkaProcess, runKafkaTool } from './kafka-process';

/** Listener of controllers, and the one that brokers talk to one another on. */
export const CONTROLLER = 'CONTROLLER';
export const REPLICATION = 'REPLICATION';

const FIRST_CONTROLLER = 3000;

/** What a cluster is started with. */
export interface KafkaOptions {
  /** Controllers 3000 and up, or `combined` where the brokers are that, too. @default 'combined' */
  readonly controllers?: number | 'combined';
  /** Brokers 0 and up. @default 1 */
  readonly brokers?: number;
  readonly version?: string;
  /** Added to every server.properties, instead of what is set by default. */
  readonly properties?: Settings;
  /** Security protocols by listener; brokers have one of every name but CONTROLLER. @default - CONTROLLER and REPLICATION, PLAINTEXT */
  readonly listeners?: Readonly<Record<string, string>>;
  /** Connect string of ZooKeeper, which then has the metadata; there are no controllers. */
  readonly zookeeper?: string;
  /** Further arguments of `kafka-storage.sh format`. */
  readonly format?: readonly string[];
  /** Host that servers are known by. @default '127.0.0.1' */
  readonly host?: string;
}

/** A server of a cluster. */
export interface KafkaNode {
  readonly id: number;
  /** Where it listens, by listener. */
  readonly addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** Of its metadata log. */
  readonly directoryId: string;
  readonly server: KafkaProcess;
}

/** Starts a cluster and waits until all of it serves. Controllers form a dynamic quorum. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { brokers = 1, controllers = 'combined' } = options;
  const cluster = new KafkaCluster(options);
  const ids = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
  try {
    const voters = options.zookeeper || controllers === 'combined' ? 0 : controllers;
    for (const id of ids(FIRST_CONTROLLER, voters)) cluster.add(id, 'controller');
    for (const id of ids(0, brokers)) cluster.add(id, cluster.combined ? 'combined' : 'broker');
    const founders = cluster.combined ? cluster.brokers : cluster.controllers;
    await Promise.all(cluster.nodes.map((node) => cluster.launch(node, [...founders.values()])));
    await Promise.all(cluster.nodes.map(({ server }) => served(server)));
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** Waits until a server serves; one that ends while it starts is started once more, as its container would be. */
async function served(server: KafkaProcess): Promise<void> {
  try {
    await server.serving();
  } catch (error) {
    if (server.ended === undefined) throw error;
    await server.start();
    await server.serving();
  }
}

/** Servers that know of each other, by id. */
export class KafkaCluster {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-test-'));
  readonly clusterId = randomUuid();
  readonly controllers = new Map<number, KafkaNode>();
  readonly brokers = new Map<number, KafkaNode>();
  readonly version: string;
  /** Whether brokers are the controllers, too. */
  readonly combined: boolean;

  constructor(private readonly options: KafkaOptions) {
    this.version = options.version ?? KAFKA_VERSION;
    this.combined = !options.zookeeper && (options.controllers ?? 'combined') === 'combined';
  }

  get nodes(): KafkaNode[] {
    return [...this.controllers.values(), ...this.brokers.values()];
  }

  /** Where brokers are reached. */
  addresses(listener = REPLICATION): { readonly host: string; readonly port: number }[] {
    return [...this.brokers.values()].map(({ addresses }) => addresses[listener]);
  }

  /** Where controllers are reached. */
  controllerAddresses(): { readonly host: string; readonly port: number }[] {
    const controllers = this.combined ? this.brokers : this.controllers;
    return [...controllers.values()].map(({ addresses }) => addresses[CONTROLLER]);
  }

  /** Starts one more controller, which follows the quorum without a vote, and waits until it serves. */
  joinController(): Promise<KafkaNode> {
    const id = Math.max(...this.controllers.keys()) + 1;
    return this.join(this.add(id, 'controller'));
  }

  /** Starts one more broker and waits until it serves. */
  joinBroker(id = Math.max(...this.brokers.keys()) + 1): Promise<KafkaNode> {
    return this.join(this.add(id, 'broker'));
  }

  /** Makes a server's files, and gives it its ports. */
  add(id: number, role: 'controller' | 'broker' | 'combined'): KafkaNode {
    const { listeners = {}, host = LOOPBACK } = this.options;
    const protocols = { [CONTROLLER]: 'PLAINTEXT', [REPLICATION]: 'PLAINTEXT', ...listeners };
    const own = Object.keys(protocols).filter((name) =>
      name === CONTROLLER ? role !== 'broker' : role !== 'controller',
    );
    const ports = freePorts(own.length);
    const addresses = Object.fromEntries(own.map((name, index) => [name, { host, port: ports[index] }]));
    const server = new KafkaProcess(path.join(this.dir, String(id)), this.version);
    const node: KafkaNode = { id, addresses, directoryId: randomUuid(), server };
    (role === 'controller' ? this.controllers : this.brokers).set(id, node);
    const written = Object.entries(addresses).map(([name, address]) => `${name}://${host}:${address.port}`);
    const roles = role === 'combined' ? 'broker,controller' : role;
    server.configure({
      ...(this.options.zookeeper
        ? { 'broker.id': id, 'zookeeper.connect': this.options.zookeeper }
        : { 'node.id': id, 'process.roles': roles, 'controller.listener.names': CONTROLLER }),
      listeners: written.join(','),
      'listener.security.protocol.map': Object.entries(protocols)
        .map(([name, protocol]) => `${name}:${protocol}`)
        .join(','),
      ...(role === 'controller' ? {} : { 'inter.broker.listener.name': REPLICATION }),
      ...this.internalTopics(),
      ...this.options.properties,
    });
    return node;
  }

  /** Formats a server's directory and starts it, without waiting for it. */
  async launch({ id, server }: KafkaNode, founders: readonly KafkaNode[]): Promise<void> {
    if (!this.options.zookeeper) {
      const bootstrap = this.controllerAddresses().map(({ host, port }) => `${host}:${port}`);
      fs.appendFileSync(
        server.propertiesFile,
        `controller.quorum.bootstrap.servers=${bootstrap.join(',')}\n`,
      );
      const voters = founders.map((node) => {
        const { host, port } = node.addresses[CONTROLLER];
        return `${node.id}@${host}:${port}:${node.directoryId}`;
      });
      const founding = founders.some((node) => node.id === id);
      const quorum = founding ? ['--initial-controllers', voters.join(',')] : ['--no-initial-controllers'];
      await server.format(this.clusterId, ...quorum, ...(this.options.format ?? []));
    }
    await server.start();
  }

  /** Kills all servers and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  private async join(node: KafkaNode): Promise<KafkaNode> {
    await this.launch(node, []);
    await node.server.serving();
    const [line] =
      fs.readFileSync(path.join(node.server.data, 'meta.properties'), 'utf8').match(/directory\.id=.*/) ?? [];
    const joined = { ...node, directoryId: line?.replace('directory.id=', '') ?? node.directoryId };
    (this.controllers.has(node.id) ? this.controllers : this.brokers).set(node.id, joined);
    return joined;
  }

  private internalTopics(): Settings {
    const copies = Math.min(3, this.options.brokers ?? 1);
    return {
      'offsets.topic.num.partitions': 3,
      'offsets.topic.replication.factor': copies,
      'transaction.state.log.num.partitions': 3,
      'transaction.state.log.replication.factor': copies,
      'transaction.state.log.min.isr': 1,
      'share.coordinator.state.topic.num.partitions': 3,
      'share.coordinator.state.topic.replication.factor': copies,
      'share.coordinator.state.topic.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
    };
  }
}

/** A UUID as Kafka writes it; never one that begins with `-`, which arguments of its tools must not. */
export function randomUuid(): string {
  for (;;) {
    const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    if (!uuid.startsWith('-')) return uuid;
  }
}
