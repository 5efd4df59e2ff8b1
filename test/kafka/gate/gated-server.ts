import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Connect } from '../../../lib/kafka/gate/ask';
import type { StartDecision } from '../../../lib/kafka/gate/decide';
import { runKafkaGate } from '../../../lib/kafka/gate/run';
import type { KafkaGatePaths, KafkaGateSettings } from '../../../lib/kafka/gate/settings';
import { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import { KAFKA_VERSION, kafkaClassPath, randomUuid, runKafkaTool } from '../../support/kafka-cluster';
import { logToOutput, saysStarted } from '../../support/kafka-process';
import { freePorts } from '../../support/ports';
import { ServerProcess } from '../../support/process';
import { put } from './directories';

const START = path.join(__dirname, '../../../lib/kafka/scripts/start.sh');
const JVM = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xshare:auto';
const SMALL = `num.network.threads=1
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
log.cleaner.io.buffer.size=65536
controlled.shutdown.enable=true
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`;

export const connectAdmin: Connect = ({ brokers, controllers, transport }) =>
  new KafkaAdmin({ brokers: () => brokers, controllers: () => controllers, transport: () => transport });

/** Servers on 127.0.0.1, 127.0.0.2 and so on, which all use the same ports. */
export interface Loopback {
  readonly version: string;
  readonly root: string;
  readonly gatePort: number;
  readonly settings: KafkaGateSettings;
  readonly founders: readonly number[];
}

export const hostOf = (id: number): string => `127.0.0.${id >= 3000 ? id - 2900 : id + 1}`;

/** Settings of a cluster of these controllers, all of them founders, and brokers. */
export function loopback(
  root: string,
  founders: readonly number[],
  brokers: readonly number[],
  version: string = KAFKA_VERSION,
): Loopback {
  const [gatePort, controllerPort, brokerPort] = freePorts(3);
  const settings: KafkaGateSettings = {
    cluster: 'kafka',
    clusterId: randomUuid(),
    founders: founders.map((id) => ({
      id,
      host: hostOf(id),
      port: controllerPort,
      directoryId: randomUuid(),
    })),
    brokers: brokers.map((id) => ({ id, host: hostOf(id), port: brokerPort })),
    transport: 'plain',
    zookeeper: false,
    metadataVersion: '',
  };
  return { version, root, gatePort, settings, founders };
}

/** A server as its pod runs it: first the gate, then start.sh on what the gate has left. */
export class GatedServer {
  readonly host: string;
  readonly log: Record<string, unknown>[] = [];
  private readonly dir: string;
  private readonly paths: KafkaGatePaths;
  private readonly server: ServerProcess;

  constructor(
    readonly id: number,
    private readonly loop: Loopback,
    private disks = 1,
    private readonly roles = id >= 3000 ? 'controller' : 'broker',
  ) {
    this.host = hostOf(id);
    this.dir = path.join(loop.root, String(id));
    this.server = new ServerProcess(this.dir);
    const [config, run, secrets] = ['config', 'run', 'secrets'].map((name) => path.join(this.dir, name));
    this.paths = { config, run, secrets, formed: path.join(loop.root, 'formed') };
  }

  get directories(): string[] {
    return Array.from({ length: this.disks }, (_, index) =>
      path.join(this.dir, 'data', String(index), 'kafka'),
    );
  }

  /** Gives it a further volume. */
  addDisk(): void {
    this.disks += 1;
  }

  /** Exchanges a volume for an empty one. */
  wipe(disk = 0): void {
    fs.rmSync(path.dirname(this.directories[disk]), { recursive: true });
  }

  /** The id that its directory was formatted with. */
  get directoryId(): string | undefined {
    const meta = fs.readFileSync(path.join(this.directories[0], 'meta.properties'), 'utf8');
    return /^directory\.id=(.*)$/m.exec(meta)?.[1];
  }

  /** What the server has written since it was started last. */
  get serverLog(): string {
    return this.server.logSinceStart;
  }

  get runDirectory(): string {
    return this.paths.run;
  }

  /** Runs the gate until it lets the server start, or for so long. */
  async gate(forMs = 60_000): Promise<StartDecision> {
    const { loop } = this;
    const controllers = loop.settings.founders.map(({ host, port }) => `${host}:${port}`);
    const controllerPort = loop.settings.founders[0].port;
    const brokerPort = loop.settings.brokers[0]?.port ?? 0;
    const common = [
      `controller.quorum.bootstrap.servers=${controllers.join()}`,
      'controller.listener.names=CONTROLLER',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,REPLICATION:PLAINTEXT',
      `process.roles=${this.roles}`,
    ];
    const listeners = [
      ...(this.roles.includes('controller') ? [`CONTROLLER://${this.host}:${controllerPort}`] : []),
      ...(this.roles.includes('broker') ? [`REPLICATION://${this.host}:${brokerPort}`] : []),
    ];
    if (this.roles.includes('broker')) common.push('inter.broker.listener.name=REPLICATION');
    const name = this.roles === 'broker,controller' ? 'combined' : this.roles;
    put(`${SMALL}${common.join('\n')}\n`, this.paths.config, `${name}.properties`);
    put(JSON.stringify(loop.settings), this.paths.config, 'gate.json');
    return runKafkaGate({
      member: {
        roles: this.roles,
        id: this.id,
        directories: this.directories,
        properties: `node.id={id}\nlisteners=${listeners.join()}\nlog.dirs=${this.directories.join()}\nmetadata.log.dir=${this.directories[0]}\n`,
        keepsData: true,
      },
      paths: this.paths,
      connect: connectAdmin,
      log: (line) => this.log.push(line),
      host: this.host,
      port: loop.gatePort,
      signal: AbortSignal.timeout(forMs),
    });
  }

  /** Runs start.sh, which becomes the server. */
  async serve(): Promise<void> {
    await this.stop();
    const classPath = await kafkaClassPath(this.loop.version);
    const home = path.join(this.dir, 'home');
    const script = (name: string, main: string) => {
      put(
        `#!/bin/bash\nexec java $KAFKA_HEAP_OPTS ${JVM} \\\n  $KAFKA_LOG4J_OPTS -cp '${classPath}' ${main} "$@"\n`,
        home,
        'bin',
        name,
      );
      fs.chmodSync(path.join(home, 'bin', name), 0o755);
    };
    script('kafka-storage.sh', 'kafka.tools.StorageTool');
    script('kafka-server-start.sh', 'kafka.Kafka');
    this.server.spawn('bash', [START], {
      PATH: process.env.PATH,
      KAFKA_HOME: home,
      KAFKA_RUN: this.paths.run,
      KAFKA_HEAP_OPTS: '-Xmx256m',
      KAFKA_LOG4J_OPTS: logToOutput(this.dir, this.loop.version),
      LOG_DIR: path.join(this.dir, 'logs'),
    });
  }

  /** Gate and server, one after the other. */
  async run(): Promise<StartDecision> {
    const decision = await this.gate();
    if (decision.action === 'wait') throw new Error(`node ${this.id}: ${decision.reason}`);
    await this.serve();
    return decision;
  }

  /** Waits until the server says that it has started. */
  async serving(timeoutMs = 120_000): Promise<void> {
    await this.server.until(`node ${this.id}`, () => saysStarted(this.serverLog), {
      everyMs: 100,
      timeoutMs,
    });
  }

  async stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.server.stop(signal);
  }

  /** A client of the whole cluster. */
  admin(timeoutMs = 10_000): KafkaAdmin {
    const { founders, brokers } = this.loop.settings;
    return connectAdmin({ brokers, controllers: founders, transport: { timeoutMs } }) as KafkaAdmin;
  }

  /** Runs one of Kafka's tools. */
  tool(main: string, ...args: string[]): Promise<string> {
    return runKafkaTool(this.loop.version, main, args);
  }
}
