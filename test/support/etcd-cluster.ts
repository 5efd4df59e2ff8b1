import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { EtcdClient } from '../../lib/etcd/api/etcd-client';
import type { Session } from '../../lib/etcd/api/gateway';
import type { Login, Transport } from '../../lib/etcd/api/types';
import { Authority, type KeyFiles } from './certificates';
import { EtcdProcess, type EtcdSettings } from './etcd-process';

export { opensslMissing } from './certificates';
export {
  ETCD_VERSION,
  ETCD_VERSIONS,
  EtcdProcess,
  type EtcdSettings,
  etcdBinaries,
  etcdMissing,
  runEtcdTool,
} from './etcd-process';

/** Who may do anything where authentication is on. */
export const ROOT: Login = { username: 'root', password: 'root-password' };

/** What a cluster is started with. */
export interface EtcdOptions {
  /** @default 1 */
  readonly members?: number;
  readonly version?: string;
  /** Clients and peers show certificates of one authority. Needs openssl. @default false */
  readonly tls?: boolean;
  /** Switched on once the cluster serves, with ROOT as the only user. @default false */
  readonly authentication?: boolean;
  /** Added to every configuration file, instead of what is set by default. */
  readonly settings?: EtcdSettings;
}

/** Starts a cluster of `etcd-0` and up, and waits until all of it serves. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdCluster> {
  const cluster = new EtcdCluster(options);
  try {
    for (let id = 0; id < (options.members ?? 1); id++) await cluster.add();
    const founders = cluster.initialCluster();
    for (const [id, server] of cluster.servers.entries()) {
      cluster.configure(id, { 'initial-cluster': founders });
      await server.start();
    }
    await Promise.all(cluster.servers.map((server) => server.serving()));
    if (options.authentication) await cluster.enableAuthentication();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** Servers that know of each other; `etcd-<index>` each. */
export class EtcdCluster {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'etcd-test-'));
  readonly servers: EtcdProcess[] = [];
  readonly authority: Authority | undefined;
  private readonly keys: KeyFiles | undefined;

  constructor(private readonly options: EtcdOptions = {}) {
    fs.writeFileSync(path.join(this.dir, 'token'), randomBytes(32).toString('hex'));
    if (!options.tls) return;
    this.authority = new Authority(path.join(this.dir, 'authority'));
    // No common name: the gateway shows the server's certificate and must not pass for a user.
    this.keys = this.authority.issue(path.join(this.dir, 'tls'), '');
  }

  /** Makes one more server's directory and gives it its ports, without configuring it. */
  async add(version = this.options.version): Promise<EtcdProcess> {
    const server = await EtcdProcess.create(path.join(this.dir, `etcd-${this.servers.length}`), version);
    this.servers.push(server);
    return server;
  }

  /** Writes a server's configuration file, with what is common to all of them. */
  configure(id: number, settings: EtcdSettings = {}): void {
    const { servers, keys } = this;
    const secure = keys && {
      'cert-file': keys.cert,
      'key-file': keys.key,
      'trusted-ca-file': keys.ca,
      'client-cert-auth': true,
    };
    servers[id].configure({
      name: `etcd-${id}`,
      ...(secure && { 'client-transport-security': secure, 'peer-transport-security': secure }),
      'auth-token': `jwt,priv-key=${path.join(this.dir, 'token')},sign-method=HS256,ttl=5m`,
      'heartbeat-interval': 100,
      'election-timeout': 1000,
      [servers[id].version.startsWith('3.5.') ? 'experimental-max-learners' : 'max-learners']: 6,
      ...this.options.settings,
      ...settings,
    });
  }

  /** Where a server's peers reach it. */
  peerUrl(id: number): string {
    const { host, port } = this.servers[id].peer;
    return `${this.options.tls ? 'https' : 'http'}://${host}:${port}`;
  }

  /** `initial-cluster` of these servers. */
  initialCluster(ids: readonly number[] = [...this.servers.keys()]): string {
    return ids.map((id) => `etcd-${id}=${this.peerUrl(id)}`).join(',');
  }

  /** Keys that clients and peers may show; undefined: plain text. */
  get tls(): ConnectionOptions | undefined {
    const { keys } = this;
    const read = (file: string) => fs.readFileSync(file);
    return keys && { key: read(keys.key), cert: read(keys.cert), ca: read(keys.ca) };
  }

  transport(timeoutMs = 10_000): Transport {
    return { tls: this.tls, timeoutMs };
  }

  /** A client of one server, as ROOT where authentication is on. */
  client(id = 0, login: () => Login | undefined = () => ROOT, session?: Session): EtcdClient {
    return new EtcdClient(this.servers[id].client, this.transport(), login, session);
  }

  async enableAuthentication(): Promise<void> {
    const client = this.client();
    await client.userAdd(ROOT.username, ROOT.password);
    await client.roleAdd('root');
    await client.userGrantRole(ROOT.username, 'root');
    await client.authEnable();
  }

  /** Invites one more server as a learner, starts it, and waits until its name is known. It has no vote yet. */
  async join(): Promise<EtcdProcess> {
    const server = await this.add();
    const id = this.servers.length - 1;
    const client = this.client();
    // Refused for some seconds after a member has started: `unhealthy cluster`.
    await eventually(() => client.memberAdd(this.peerUrl(id), true));
    const members = await client.memberList();
    const known = members.map(({ name, peerUrls }) => `${name || `etcd-${id}`}=${peerUrls[0]}`);
    this.configure(id, { 'initial-cluster': known.join(','), 'initial-cluster-state': 'existing' });
    await server.start();
    await server.serving('livez');
    await eventually(async () => {
      if ((await client.memberList()).some(({ name }) => !name)) throw new Error(`etcd-${id} has no name`);
    });
    return server;
  }

  /** Kills all servers and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Repeats what etcd refuses for a while. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 40_000): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; ; await delay(200)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
