import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { RedisClient } from '../../lib/redis/wire/redis-client';
import type { Login, Transport } from '../../lib/redis/wire/types';
import type { Address } from '../../lib/steward/reach';
import type { KeyFiles } from './certificates';
import { freePort } from './ports';
import { LOOPBACK, ServerProcess } from './process';
import { REDIS_RELEASE, type RedisRelease, redisBinaries } from './redis-binaries';

export {
  REDIS_RELEASE,
  REDIS_RELEASES,
  type RedisRelease,
  redisBinaries,
  redisMissing,
} from './redis-binaries';

/** Settings of redis.conf, or sentinel.conf, as they are written there; those that may be there more than once as lists. */
export type RedisSettings = Readonly<Record<string, string | number | readonly string[]>>;

/** What a server is run as. */
export interface RedisProcessOptions {
  /** @default REDIS_RELEASE */
  readonly release?: RedisRelease;
  /** Of 127.0.0.0/8. Servers that differ in it can be told apart as they are in a cluster, by host. @default LOOPBACK */
  readonly host?: string;
  /** @default one that nobody listens on, 10 000 above neither */
  readonly port?: number;
  /** Talk TLS only, with these. */
  readonly tls?: KeyFiles;
}

/** A server of Redis or Valkey in a process of its own, with its files in a directory of its own. */
export class RedisProcess extends ServerProcess {
  readonly release: RedisRelease;
  readonly address: Address;
  /** What it is started with, and rewrites. */
  readonly configFile: string;
  protected readonly tool: 'server' | 'sentinel' = 'server';
  private readonly tls: KeyFiles | undefined;

  constructor(
    dir: string,
    { release = REDIS_RELEASE, host = LOOPBACK, port, tls }: RedisProcessOptions = {},
  ) {
    super(dir);
    fs.mkdirSync(dir, { recursive: true });
    this.release = release;
    this.address = { host, port: port ?? freePort() };
    this.configFile = path.join(dir, 'redis.conf');
    this.tls = tls;
  }

  /** Port of the bus of a Redis Cluster. */
  get busPort(): number {
    return this.address.port + 10_000;
  }

  /** How it is connected to as this user; without one, as `default`. */
  transport(login?: Login, timeoutMs = 5_000): Transport {
    return {
      timeoutMs,
      ...(login && { login }),
      ...(this.tls && { tls: { ca: fs.readFileSync(this.tls.ca) } }),
    };
  }

  client(login?: Login, timeoutMs?: number): RedisClient {
    return new RedisClient(this.address, this.transport(login, timeoutMs));
  }

  /**
   * Writes its configuration file. Where it listens and keeps its data, and who it says it is, is set already; without more it
   * writes nothing to disk by itself.
   */
  configure(settings: RedisSettings = {}): void {
    const lines = Object.entries({ ...this.defaults(), ...settings }).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((each) => `${name} ${each}\n`),
    );
    fs.writeFileSync(this.configFile, lines.join(''));
  }

  /** Starts the process; `serving` tells when it takes commands. Arguments are settings: `--appendonly`, `yes`. */
  async start(...args: readonly string[]): Promise<void> {
    this.spawn(await this.program(this.tool), [this.configFile, ...args]);
  }

  /** Ends it, as a power cut would unless another signal is given, starts it again with its data, and waits until it serves. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.stop(signal);
    await this.start();
    await this.serving();
  }

  /** Waits until it has read its data and takes commands. */
  async serving(timeoutMs = 30_000): Promise<void> {
    const serves = /Ready to accept connections|Sentinel ID is/;
    const look = () => serves.test(this.logSinceStart) || undefined;
    await this.until(this.release, look, { everyMs: 20, timeoutMs });
  }

  /** Runs redis-cli to its end and gives what it writes. */
  async cli(...args: readonly string[]): Promise<string> {
    const { host, port } = this.address;
    const tls = this.tls ? ['--tls', '--cacert', this.tls.ca] : [];
    const all = ['-h', host, '-p', `${port}`, '--no-auth-warning', ...tls, ...args];
    const { stdout } = await promisify(execFile)(await this.program('cli'), all);
    return stdout.trimEnd();
  }

  protected defaults(): RedisSettings {
    const { host, port } = this.address;
    return {
      ...this.listening(),
      save: '""',
      'repl-diskless-sync-delay': 0,
      'replica-announce-ip': host,
      'replica-announce-port': port,
      'enable-debug-command': 'yes',
      ...(this.tls && { 'tls-cluster': 'yes' }),
    };
  }

  protected listening(): RedisSettings {
    const { host, port } = this.address;
    const { tls } = this;
    const common = { bind: host, dir: this.dir, 'protected-mode': 'no' };
    if (!tls) return { ...common, port };
    return {
      ...common,
      port: 0,
      'tls-port': port,
      'tls-cert-file': tls.cert,
      'tls-key-file': tls.key,
      'tls-ca-cert-file': tls.ca,
      'tls-auth-clients': 'no',
      // That of a Sentinel, too.
      'tls-replication': 'yes',
    };
  }

  private async program(tool: 'server' | 'sentinel' | 'cli'): Promise<string> {
    return path.join(await redisBinaries(this.release), `${this.release.split('-')[0]}-${tool}`);
  }
}
