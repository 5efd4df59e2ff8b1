import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GateDecision } from '../../../lib/steward/gate';
import { runGate } from '../../../lib/zookeeper/gate/run';
import type { GatePaths, GateSettings } from '../../../lib/zookeeper/gate/settings';
import { isZooKeeperError, ZooKeeperClient } from '../../../lib/zookeeper/wire/client';
import { digestOf } from '../../../lib/zookeeper/wire/digest';
import {
  askSrvr,
  fourLetterWord,
  parseConf,
  type ServerEntry,
} from '../../../lib/zookeeper/wire/four-letter';
import { freePorts } from '../../support/ports';
import { ServerProcess } from '../../support/process';
import { zookeeperClassPath } from '../../support/zookeeper-server';
import { pathsIn, put } from './volumes';

const SUPER = 'super:secret';
const JVM = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dzookeeper.db.autocreate=false',
  '-Dzookeeper.electionPortBindRetry=0',
  `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestOf('super', 'secret')}`,
];
const LOGBACK = `<configuration><appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
<encoder><pattern>%d %-5level %logger{0} %msg%n</pattern></encoder></appender>
<root level="INFO"><appender-ref ref="OUT"/></root></configuration>`;

/** Settings of an ensemble on 127.0.0.1, 127.0.0.2 and so on, which all use the same ports. */
export function loopbackSettings(count: number, change: Partial<GateSettings> = {}): GateSettings {
  const [port, quorumPort, electionPort] = freePorts(3);
  return {
    cluster: 'zk',
    members: loopbackMembers(count),
    founders: Array.from({ length: count }, (_, index) => index + 1),
    port,
    tls: false,
    quorumPort,
    electionPort,
    transactionLogVolume: false,
    ...change,
  };
}

export function loopbackMembers(count: number): GateSettings['members'] {
  return Array.from({ length: count }, (_, index) => {
    return { id: index + 1, host: `127.0.0.${index + 1}`, role: 'participant' };
  });
}

/** A member as its pod runs it: first the gate, then the server on what the gate has left. */
export class GatedMember {
  readonly host: string;
  readonly log: Record<string, unknown>[] = [];
  private readonly paths: GatePaths;
  private readonly server: ServerProcess;

  constructor(
    readonly id: number,
    root: string,
    private settings: GateSettings,
  ) {
    this.host = `127.0.0.${id}`;
    this.paths = pathsIn(root);
    this.server = new ServerProcess(root);
    this.configure(settings);
  }

  get volumes(): { data: string; log: string } {
    return { data: this.paths.data, log: this.paths.log };
  }

  get address() {
    return { host: this.host, port: this.settings.port };
  }

  /** What its last gate said when it waited. */
  get reason(): unknown {
    return this.log.filter((line) => line.gate === 'wait').pop()?.reason;
  }

  configure(settings: GateSettings): void {
    this.settings = settings;
    put(JSON.stringify(settings), this.paths.config, 'gate.json');
    const lines = [
      `dataDir=${this.paths.data}`,
      settings.transactionLogVolume ? `dataLogDir=${this.paths.log}` : '',
      'tickTime=500',
      'initLimit=40',
      'syncLimit=20',
      `clientPort=${settings.port}`,
      `clientPortAddress=${this.host}`,
      'standaloneEnabled=false',
      'reconfigEnabled=true',
      'admin.enableServer=false',
      '4lw.commands.whitelist=*',
    ];
    put(`${lines.join('\n')}\n`, this.paths.config, 'zoo.cfg');
    put(LOGBACK, this.paths.config, 'logback.xml');
  }

  /** Runs the gate until it lets the server start, or for so long. */
  async gate(forMs = 60_000): Promise<GateDecision> {
    const signal = AbortSignal.timeout(forMs);
    return runGate({
      id: this.id,
      paths: this.paths,
      host: this.host,
      signal,
      log: (line) => this.log.push(line),
    });
  }

  /** Starts the server, as the gate has prepared it. */
  async serve(): Promise<void> {
    const config = path.join(this.paths.data, 'conf', 'zoo.cfg');
    const flags = [...JVM, `-Dlogback.configurationFile=${path.join(this.paths.config, 'logback.xml')}`];
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    this.server.spawn('java', [...flags, '-cp', await zookeeperClassPath(), main, config]);
  }

  /** Gate and server, one after the other. */
  async run(): Promise<GateDecision> {
    const decision = await this.gate();
    if (decision.action === 'wait') throw new Error(decision.reason);
    await this.serve();
    return decision;
  }

  /** Waits until the server takes part in an ensemble, and gives what it is there. */
  async serving(timeoutMs = 90_000): Promise<string> {
    const patience = { everyMs: 200, timeoutMs };
    const { mode } = await this.server.until(
      `member ${this.id}`,
      () => askSrvr(this.address, 2_000),
      patience,
    );
    return mode;
  }

  /** Waits until the server answers, whether or not it serves. */
  async answering(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while ((await fourLetterWord(this.address, 'ruok', 2_000).catch(() => '')) !== 'imok') {
      if (Date.now() > deadline) throw new Error(`member ${this.id} does not answer`);
      await delay(200);
    }
  }

  /** The membership as the server knows it. */
  async membership(): Promise<readonly ServerEntry[]> {
    return parseConf(await fourLetterWord(this.address, 'conf', 2_000))?.servers ?? [];
  }

  /** Stops the server's threads until `resume`. */
  async pause(): Promise<void> {
    await this.server.pause();
  }

  resume(): void {
    this.server.resume();
  }

  async kill(): Promise<void> {
    await this.server.stop();
  }

  /** Gives the member a new, empty volume; the old one is kept in `kept`. */
  wipe(volume: 'data' | 'log' = 'data', kept?: string): void {
    if (kept) fs.renameSync(this.volumes[volume], kept);
    else fs.rmSync(this.volumes[volume], { recursive: true });
    fs.mkdirSync(this.volumes[volume]);
  }

  /** Uses a session of the super user with this member alone. */
  async use<T>(work: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
    const client = await ZooKeeperClient.connect({
      servers: [this.address],
      sessionTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      auth: [{ scheme: 'digest', auth: SUPER }],
    });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  /** The same, again and again while the ensemble elects a leader; the work may be done twice. */
  async insist<T>(work: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      try {
        return await this.use(work);
      } catch (error) {
        if (!isZooKeeperError(error, 'ConnectionLoss', 'NewConfigNoQuorum') || Date.now() > deadline)
          throw error;
        await delay(300);
      }
    }
  }

  async read(node: string): Promise<string> {
    return this.insist(async (client) => {
      await client.sync(node);
      return (await client.getData(node)).data.toString();
    });
  }

  /** The line with which this member votes. */
  get voter(): ServerEntry {
    const { port, quorumPort, electionPort } = this.settings;
    const client = { host: this.host, port };
    return { id: this.id, host: this.host, quorumPort, electionPort, role: 'participant', client };
  }
}
