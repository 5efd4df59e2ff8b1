import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askSrvr, type Srvr } from '../../lib/zookeeper/wire/four-letter';
import { zookeeperClassPath } from './zookeeper-jars';

const HOST = '127.0.0.1';
// Small and quick to start: a test runs several at once on few cores.
const JVM = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Xshare:auto'];
const LOGBACK = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`;

/** Settings of zoo.cfg by name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** A ZooKeeper server in a process of its own, with its files in a directory of its own. */
export class ZooKeeperProcess {
  readonly address: { readonly host: string; readonly port: number };
  private child: ChildProcess | undefined;

  constructor(
    readonly dir: string,
    readonly clientPort: number,
    private readonly jvm: readonly string[],
  ) {
    this.address = { host: HOST, port: clientPort };
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** What the server wrote so far. */
  get log(): string {
    return fs.readFileSync(path.join(this.dir, 'out.log'), 'utf8');
  }

  /** Writes zoo.cfg; `dataDir` and what is common to all tests are set already. */
  configure(settings: Settings): void {
    const all = {
      dataDir: path.join(this.dir, 'data'),
      tickTime: 500,
      initLimit: 20,
      syncLimit: 10,
      'admin.enableServer': false,
      '4lw.commands.whitelist': '*',
      ...settings,
    };
    fs.mkdirSync(path.join(this.dir, 'data'), { recursive: true });
    const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
    fs.writeFileSync(path.join(this.dir, 'zoo.cfg'), lines.join(''));
    fs.writeFileSync(path.join(this.dir, 'logback.xml'), LOGBACK);
  }

  /** Starts the process; `serving` tells when it takes requests. */
  async start(): Promise<void> {
    const classPath = await zookeeperClassPath();
    const flags = [...JVM, `-Dlogback.configurationFile=${path.join(this.dir, 'logback.xml')}`, ...this.jvm];
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const args = [...flags, '-cp', classPath, main, path.join(this.dir, 'zoo.cfg')];
    const out = fs.openSync(path.join(this.dir, 'out.log'), 'a');
    this.child = spawn('java', args, { cwd: this.dir, stdio: ['ignore', out, out] });
    fs.closeSync(out);
  }

  /** Waits until the server takes requests, and gives what it is. */
  async serving(timeoutMs = 30_000): Promise<Srvr> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const answer = await askSrvr(this.address, 2_000);
      if (answer) return answer;
      const ended = this.child?.exitCode ?? this.child?.signalCode;
      if (ended != null || Date.now() > deadline) {
        throw new Error(
          `ZooKeeper in ${this.dir} does not serve (exit ${ended}):\n${this.log.slice(-4_000)}`,
        );
      }
      await delay(100);
    }
  }

  /** Ends the process and waits for its end. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

/** Ports on loopback that nobody listens on; held together until all are known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(
    Array.from({ length: count }, () => {
      const listener = net.createServer();
      return new Promise<net.Server>((resolve, reject) => {
        listener.once('error', reject).listen(0, HOST, () => resolve(listener));
      });
    }),
  );
  const ports = listeners.map((listener) => (listener.address() as net.AddressInfo).port);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports;
}
