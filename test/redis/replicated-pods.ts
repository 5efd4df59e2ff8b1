import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { runRedisGate } from '../../lib/redis/gate/run';
import { runSentinelGate } from '../../lib/redis/gate/sentinel/run';
import type { RedisGatePaths, RedisGateSettings } from '../../lib/redis/gate/settings';
import { connect } from '../../lib/redis/wire/redis-client';
import type { Connect, Redis, Transport } from '../../lib/redis/wire/types';
import { FORMED_KEY } from '../../lib/steward/settings';
import { Authority } from '../support/certificates';
import { ServerProcess } from '../support/process';
import { REDIS_RELEASE, type RedisRelease, redisBinaries } from '../support/redis-binaries';

const SCRIPTS = path.join(__dirname, '../../lib/redis/scripts');
const run = promisify(execFile);

export const PASSWORDS = { steward: 'of the steward', internal: 'of "all" others' } as const;

/** Ports that all members use, each on an address of its own. */
export interface DeploymentPorts {
  readonly server: number;
  readonly sentinel: number;
  readonly gate: number;
}

/** What the pods of a deployment have in common. */
export interface Deployment {
  readonly root: string;
  /** `127.0.9`: what addresses begin with. */
  readonly net: string;
  readonly ports: DeploymentPorts;
  release: RedisRelease;
  settings: RedisGateSettings;
  readonly conf: { readonly fixed: string; readonly live: string };
  formed: boolean;
}

/** Certificates are for this name, and not for the addresses that every deployment makes up. */
export const connectAsLocalhost: Connect = (address, transport) =>
  connect(address, { ...transport, tls: transport.tls && { ...transport.tls, servername: 'localhost' } });

/** How a deployment is talked to as the steward, or as nobody. */
export function transportOf(
  { root, settings }: Pick<Deployment, 'root' | 'settings'>,
  anonymous = false,
): Transport {
  return {
    timeoutMs: 3_000,
    ...(!anonymous && { login: { username: 'steward', password: PASSWORDS.steward } }),
    ...(settings.tls && { tls: { ca: fs.readFileSync(path.join(root, 'secrets/tls/ca.crt'), 'utf8') } }),
  };
}

/** What a pod of this ordinal is called, and where it is. */
export const serverOf = ({ net }: Pick<Deployment, 'net'>, ordinal: number) => ({
  pod: `cache-${ordinal}`,
  host: `${net}.${10 + ordinal}`,
  shard: 0,
});
export const sentinelOf = ({ net }: Pick<Deployment, 'net'>, ordinal: number) => ({
  pod: `cache-sentinel-${ordinal}`,
  host: `${net}.${100 + ordinal}`,
});

/** A pod of a server or of a Sentinel: its gate runs in the process of the test, then its container by the scripts. */
export class RedisPod extends ServerProcess {
  readonly paths: RedisGatePaths;
  readonly told: Record<string, unknown>[] = [];
  /** Whether its gate has let it start. */
  started = false;
  ready = false;
  private ending: AbortController | undefined;
  private life: Promise<void> = Promise.resolve();

  constructor(
    private readonly deployment: Deployment,
    readonly kind: 'server' | 'sentinel',
    readonly ordinal: number,
  ) {
    const { pod } = kind === 'server' ? serverOf(deployment, ordinal) : sentinelOf(deployment, ordinal);
    const dir = path.join(deployment.root, pod);
    super(dir);
    this.paths = {
      config: path.join(dir, 'config'),
      secrets: path.join(deployment.root, 'secrets'),
      formed: path.join(deployment.root, 'formed'),
      data: path.join(dir, 'data'),
      run: path.join(dir, 'run'),
    };
    for (const each of Object.values(this.paths)) fs.mkdirSync(each, { recursive: true });
  }

  get name(): string {
    return path.basename(this.dir);
  }

  get host(): string {
    const of = this.kind === 'server' ? serverOf : sentinelOf;
    return of(this.deployment, this.ordinal).host;
  }

  get port(): number {
    return this.deployment.ports[this.kind];
  }

  /** What its last gate said when it waited. */
  get reason(): unknown {
    return this.told.filter(({ gate }) => gate === 'wait').pop()?.reason;
  }

  /** A pod that is made anew: gate, then container; keeps its volume. */
  begin(): void {
    this.started = false;
    this.ready = false;
    fs.rmSync(this.paths.run, { recursive: true, force: true });
    fs.mkdirSync(this.paths.run);
    this.mount();
    const ending = new AbortController();
    this.ending = ending;
    this.life = this.live(ending.signal);
  }

  /** Has what all mount, and where it listens, which is its own. */
  private mount(): void {
    const shared = path.join(this.deployment.root, 'config');
    for (const file of ['gate.json', 'live.conf']) {
      fs.rmSync(path.join(this.paths.config, file), { force: true });
      fs.symlinkSync(path.join(shared, file), path.join(this.paths.config, file));
    }
    const file = this.kind === 'server' ? 'redis.conf' : 'sentinel.conf';
    const text = fs.readFileSync(path.join(shared, file), 'utf8');
    fs.writeFileSync(path.join(this.paths.config, file), `${text}bind ${this.host}\n`);
  }

  private async live(signal: AbortSignal): Promise<void> {
    const { ports } = this.deployment;
    const gate = {
      podName: this.name,
      podIp: this.host,
      paths: this.paths,
      connect: connectAsLocalhost,
      host: this.host,
      port: ports.gate,
      pollMs: 200,
      lingerMs: 300,
      signal,
      log: (line: Record<string, unknown>) => this.told.push(line),
    };
    const decision = await (this.kind === 'server' ? runRedisGate(gate) : runSentinelGate(gate));
    if (decision.action === 'wait' || signal.aborted) return;
    this.started = true;
    await this.boot();
  }

  /** Starts the container, for the first time or again in its pod. */
  async boot(): Promise<void> {
    const { kind } = this;
    const file = kind === 'server' ? 'start.sh' : 'sentinel-start.sh';
    this.spawn('/bin/sh', [path.join(SCRIPTS, file)], await this.environment());
  }

  /** Ends the pod in order: preStop, then SIGTERM. */
  async evict(): Promise<void> {
    if (this.kind === 'server' && this.pid !== undefined) await this.script('stop.sh');
    await this.end('SIGTERM');
  }

  /** Ends the pod as a node that goes away does. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    this.ending?.abort();
    this.ready = false;
    await this.life;
    await this.stop(signal);
  }

  /** Gives it a new, empty volume. */
  wipe(): void {
    fs.rmSync(this.paths.data, { recursive: true, force: true });
    fs.mkdirSync(this.paths.data);
  }

  /** Runs a script in its container; gives what it writes, or undefined where it fails. */
  async script(file: string): Promise<string | undefined> {
    const env = await this.environment();
    return run('/bin/sh', [path.join(SCRIPTS, file)], { env }).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
  }

  async probe(): Promise<void> {
    const file = this.kind === 'server' ? 'ready.sh' : 'sentinel-ready.sh';
    this.ready = this.started && (await this.script(file)) !== undefined;
  }

  client(): Redis {
    return connectAsLocalhost({ host: this.host, port: this.port }, transportOf(this.deployment));
  }

  private async environment(): Promise<NodeJS.ProcessEnv> {
    const { release } = this.deployment;
    const bin = await redisBinaries(release);
    const flavor = release.split('-')[0];
    return {
      PATH: process.env.PATH,
      SERVER: path.join(bin, `${flavor}-server`),
      CLI: path.join(bin, `${flavor}-cli`),
      TLS_ARGS: this.deployment.settings.tls ? `--tls --cacert ${this.paths.secrets}/tls/ca.crt` : '',
      ADDRESS: this.host,
      PORT: String(this.port),
      DATA_DIRECTORY: this.paths.data,
      RUN_DIRECTORY: this.paths.run,
      SECRETS_DIRECTORY: this.paths.secrets,
    };
  }
}

/** What a deployment is made with. */
export interface DeploymentOptions {
  readonly servers: number;
  readonly sentinels?: number;
  readonly release?: RedisRelease;
  readonly keepsData?: boolean;
  readonly persistence?: 'aof' | 'rdb' | 'none';
  readonly downAfter?: number;
  readonly tls?: boolean;
  readonly ports: DeploymentPorts;
  readonly net: string;
}

/** Writes what a deployment mounts. */
export function deployment(root: string, options: DeploymentOptions): Deployment {
  const {
    servers,
    sentinels = 3,
    ports,
    net,
    keepsData = true,
    persistence = 'aof',
    downAfter = 2_000,
  } = options;
  const common: Pick<Deployment, 'net'> = { net };
  const settings: RedisGateSettings = {
    cluster: 'cache',
    topology: sentinels > 0 ? 'replication' : 'standalone',
    members: Array.from({ length: servers }, (_, ordinal) => serverOf(common, ordinal)),
    founders: Array.from({ length: servers }, (_, ordinal) => `cache-${ordinal}`),
    port: ports.server,
    tls: options.tls ?? false,
    keepsData,
    operations: 'steward',
    ...(sentinels > 0 && {
      sentinel: {
        members: Array.from({ length: sentinels }, (_, ordinal) => sentinelOf(common, ordinal)),
        port: ports.sentinel,
        masterName: 'cache',
        quorum: 2,
        downAfter,
        failoverTimeout: 8_000,
      },
    }),
  };
  const found: Deployment = {
    root,
    net,
    ports,
    release: options.release ?? REDIS_RELEASE,
    settings,
    conf: {
      fixed: 'protected-mode no\nrepl-diskless-sync-delay 0\n',
      live: [
        `appendonly ${persistence === 'aof' ? 'yes' : 'no'}`,
        `save ${persistence === 'rdb' ? '3600 1' : '""'}`,
        'repl-backlog-size 16mb',
      ].join('\n'),
    },
    formed: false,
  };
  for (const [user, password] of Object.entries(PASSWORDS))
    write(password, root, 'secrets', user, 'password');
  if (options.tls) new Authority(path.join(root, 'authority')).issue(path.join(root, 'secrets', 'tls'));
  mount(found);
  return found;
}

/** Writes what is mounted anew, as after a change. Where a pod listens is its own. */
export function mount({ root, settings, conf, ports, formed }: Deployment): void {
  const network = (port: number): string => {
    const files = ['cert-file tls.crt', 'key-file tls.key', 'ca-cert-file ca.crt'].map((each) => {
      const [key, file] = each.split(' ');
      return `tls-${key} ${root}/secrets/tls/${file}\n`;
    });
    if (!settings.tls) return `port ${port}\n`;
    return `port 0\ntls-port ${port}\ntls-replication yes\ntls-auth-clients no\n${files.join('')}`;
  };
  write(JSON.stringify(settings), root, 'config', 'gate.json');
  write(`${conf.fixed}${network(ports.server)}`, root, 'config', 'redis.conf');
  write(conf.live, root, 'config', 'live.conf');
  write(`${network(ports.sentinel)}protected-mode no\n`, root, 'config', 'sentinel.conf');
  if (formed) write('now', root, 'formed', FORMED_KEY);
}

function write(text: string, ...parts: readonly string[]): void {
  const file = path.join(...parts);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
