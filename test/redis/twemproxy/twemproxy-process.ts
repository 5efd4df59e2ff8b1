import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { encodeCommand, type Parsed, RespReader } from '../../../lib/redis/wire/resp';
import type { Word } from '../../../lib/redis/wire/types';
import { freePorts } from '../../support/ports';
import { LOOPBACK, ServerProcess } from '../../support/process';
import { twemproxyBinary } from '../../support/redis-binaries';

/** A proxy in a process of its own. */
export class TwemproxyProcess extends ServerProcess {
  readonly configFile = path.join(this.dir, 'nutcracker.yml');

  private constructor(
    dir: string,
    readonly clients: number,
    readonly stats: number,
  ) {
    super(dir);
  }

  static create(dir: string): TwemproxyProcess {
    fs.mkdirSync(dir, { recursive: true });
    const [clients, stats] = freePorts(2);
    return new TwemproxyProcess(dir, clients, stats);
  }

  /** Starts it as it is started in a pod, and waits until it takes connections. */
  async start(configFile = this.configFile): Promise<void> {
    this.spawn(await twemproxyBinary(), [
      `--conf-file=${configFile}`,
      `--stats-port=${this.stats}`,
      `--stats-addr=${LOOPBACK}`,
      '--stats-interval=500',
      `--pid-file=${path.join(this.dir, 'pid')}`,
      '--output=/dev/stderr',
    ]);
    await this.listening();
  }

  /** Waits until it takes connections. */
  async listening(): Promise<void> {
    const open = () =>
      new Promise<boolean>((resolve) => {
        const socket = net.connect(this.clients, LOOPBACK, () => resolve(true));
        socket.on('connect', () => socket.destroy()).on('error', () => resolve(false));
      });
    await this.until('twemproxy', open, { everyMs: 20, timeoutMs: 10_000 });
  }

  /** Sends it a signal and gives how it ended. */
  async signal(signal: NodeJS.Signals): Promise<number | string | undefined> {
    process.kill(this.pid ?? 0, signal);
    return this.until('twemproxy', () => this.ended, { everyMs: 10, timeoutMs: 5_000 }).catch(
      () => this.ended,
    );
  }

  client(): ProxyClient {
    return new ProxyClient(this.clients);
  }
}

/** A client as one that knows no names of users: commands and replies, nothing else. */
export class ProxyClient {
  private readonly socket: net.Socket;
  private readonly reader = new RespReader();
  private readonly waiting: { resolve: (reply: Parsed) => void; reject: (error: Error) => void }[] = [];
  private ended: Error | undefined;

  constructor(port: number) {
    this.socket = net.connect(port, LOOPBACK);
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => {
      for (const reply of this.reader.push(chunk)) this.waiting.shift()?.resolve(reply);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.end(new Error('the proxy closed the connection')));
  }

  /** The reply; a refusal is one, too. @throws Error where there is none */
  ask(...words: Word[]): Promise<string> {
    if (this.ended) return Promise.reject(this.ended);
    const reply = new Promise<Parsed>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.socket.write(encodeCommand(words));
    return reply.then((parsed) => (parsed instanceof Error ? `-${parsed.message}` : String(parsed)));
  }

  close(): void {
    this.end(new Error('closed'));
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}
