import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';

/** Where all servers of tests listen. */
export const LOOPBACK = '127.0.0.1';

// Small and quick to start: a test runs several at once on few cores.
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Xshare:auto'];

/** Settings of a properties file by name. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Settings as lines of `name=value`. */
export function propertiesOf(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** What a JVM is started with. */
export interface JavaCommand {
  readonly classPath: string;
  readonly heap: string;
  readonly jvm: readonly string[];
  /** Class with its arguments. */
  readonly main: readonly string[];
}

/** A server in a JVM of its own, with its files in a directory of its own. */
export class JavaProcess {
  private child: ChildProcess | undefined;
  private logStart = 0;

  constructor(readonly dir: string) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** What the server wrote so far, in all its lives. */
  get log(): string {
    return fs.readFileSync(this.logFile, 'utf8');
  }

  /** What it wrote since it was started last. */
  get logSinceStart(): string {
    return fs.readFileSync(this.logFile).subarray(this.logStart).toString();
  }

  /** Exit code or signal, once it has ended. */
  get ended(): number | string | undefined {
    return this.child?.exitCode ?? this.child?.signalCode ?? undefined;
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

  protected spawn(command: JavaCommand): void {
    const { classPath, heap, jvm, main } = command;
    const args = [`-Xmx${heap}`, ...JVM, ...jvm, '-cp', classPath, ...main];
    const out = fs.openSync(this.logFile, 'a');
    this.logStart = fs.fstatSync(out).size;
    this.child = spawn('java', args, { cwd: this.dir, stdio: ['ignore', out, out] });
    fs.closeSync(out);
  }

  private get logFile(): string {
    return path.join(this.dir, 'out.log');
  }
}

/** Ports on loopback that nobody listens on; held together until all are known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(
    Array.from({ length: count }, () => {
      const listener = net.createServer();
      return new Promise<net.Server>((resolve, reject) => {
        listener.once('error', reject).listen(0, LOOPBACK, () => resolve(listener));
      });
    }),
  );
  const ports = listeners.map((listener) => (listener.address() as net.AddressInfo).port);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports;
}
