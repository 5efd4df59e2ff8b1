import { randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import { ETCD_VERSION, etcdBinaries } from './etcd-binaries';
import { LOOPBACK, ServerProcess } from './process';

export {
  ETCD_VERSION,
  ETCD_VERSIONS,
  type EtcdTool,
  etcdBinaries,
  etcdMissing,
  runEtcdTool,
  whatIsMissing,
} from './etcd-binaries';

/** Settings of a configuration file by name. https://etcd.io/docs/latest/op-guide/configuration/ */
export type EtcdSettings = Readonly<Record<string, unknown>>;

/** Ports of a server on loopback. */
export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
  readonly metrics: number;
}

/** Where a server on loopback listens. */
interface Listener {
  readonly host: string;
  readonly port: number;
}

/** An etcd server in a process of its own, with its files in a directory of its own. */
export class EtcdProcess extends ServerProcess {
  /** Its `data-dir`. */
  readonly data = path.join(this.dir, 'data');
  /** What it is started with, unless `start` is given another file. */
  readonly configFile = path.join(this.dir, 'etcd.yaml');

  constructor(
    dir: string,
    readonly ports: EtcdPorts,
    readonly version: string = ETCD_VERSION,
  ) {
    super(dir);
    fs.mkdirSync(dir, { recursive: true });
  }

  /** With ports that nobody listens on. */
  static async create(dir: string, version?: string): Promise<EtcdProcess> {
    const [client, peer, metrics] = await lastingPorts(3);
    return new EtcdProcess(dir, { client, peer, metrics }, version);
  }

  get client(): Listener {
    return { host: LOOPBACK, port: this.ports.client };
  }

  get peer(): Listener {
    return { host: LOOPBACK, port: this.ports.peer };
  }

  get metrics(): Listener {
    return { host: LOOPBACK, port: this.ports.metrics };
  }

  /**
   * Writes its configuration file. Where it listens and keeps its data is set already; without more it is a cluster of its
   * own, in plain text.
   */
  configure(settings: EtcdSettings = {}): void {
    const { name = 'etcd-0' } = settings;
    const peers = settings['initial-advertise-peer-urls'] ?? this.url('peer', settings);
    const all = {
      name,
      'data-dir': this.data,
      'listen-client-urls': this.url('client', settings),
      'advertise-client-urls': this.url('client', settings),
      'listen-peer-urls': this.url('peer', settings),
      'initial-advertise-peer-urls': peers,
      'listen-metrics-urls': `http://${LOOPBACK}:${this.ports.metrics}`,
      'initial-cluster': `${name}=${peers}`,
      'initial-cluster-state': 'new',
      'initial-cluster-token': 'test',
      ...settings,
    };
    // JSON is YAML, too.
    fs.writeFileSync(this.configFile, JSON.stringify(all, null, 2));
  }

  /** Starts the process; `serving` tells when it takes requests. */
  async start(configFile: string = this.configFile): Promise<void> {
    const command = path.join(await etcdBinaries(this.version), 'etcd');
    this.spawn(command, [`--config-file=${configFile}`]);
  }

  /** Ends it, as a power cut would unless another signal is given, starts it again with its data, and waits until it serves. */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.stop(signal);
    await this.start();
    await this.serving();
  }

  /** Waits until a check of its metrics port is passed; one of several waits with `livez`, as there is no quorum yet. */
  async serving(check: 'livez' | 'readyz' = 'readyz', timeoutMs = 60_000): Promise<void> {
    const patience = { everyMs: 50, timeoutMs };
    await this.until('etcd', () => answersOk(this.ports.metrics, `/${check}`), patience);
  }

  private url(of: 'client' | 'peer', settings: EtcdSettings): string {
    const tls = settings[`${of}-transport-security`];
    return tls ? `https://${LOOPBACK}:${this.ports[of]}` : `http://${LOOPBACK}:${this.ports[of]}`;
  }
}

/**
 * Ports on loopback that nobody listens on, and that the system gives to no connection either: a server can be started again
 * on its own.
 */
export async function lastingPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const listener = net.createServer();
  return new Promise((resolve) => {
    listener.once('error', () => resolve(false));
    listener.listen(port, LOOPBACK, () => listener.close(() => resolve(true)));
  });
}

function answersOk(port: number, check: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host: LOOPBACK, port, path: check, timeout: 2_000, agent: false });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}
