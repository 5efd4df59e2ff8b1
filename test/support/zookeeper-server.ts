import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { formatServer, type ServerEntry } from '../../lib/zookeeper/wire/four-letter';
import type { Settings } from './java-process';
import { freePort, freePorts } from './ports';
import { LOOPBACK } from './process';
import { ZooKeeperProcess } from './zookeeper-process';

export type { Settings } from './java-process';
export { ZOOKEEPER_VERSION, zookeeperClassPath, zookeeperMissing } from './zookeeper-jars';
export { ZooKeeperProcess } from './zookeeper-process';

/** What servers are started with. */
export interface ServerOptions {
  /** Added to zoo.cfg, instead of what is set by default. */
  readonly extraConfig?: Settings;
  /** Flags of java, such as `-Dname=value`. */
  readonly jvm?: readonly string[];
}

/** What an ensemble is started with. */
export interface EnsembleOptions extends ServerOptions {
  /** How many vote; 3 by default. */
  readonly members?: number;
  /** How many follow without a vote; none by default. */
  readonly observers?: number;
}

/** Starts one server that stands alone, and waits until it serves. */
export async function startStandalone(options: ServerOptions = {}): Promise<ZooKeeperProcess> {
  const dir = temporaryDir();
  const port = freePort();
  const server = new RemovedWhenStopped(dir, port, options.jvm ?? []);
  server.configure({ clientPort: port, clientPortAddress: LOOPBACK, ...options.extraConfig });
  await server.start();
  await server.serving();
  return server;
}

/** Starts an ensemble that can be reconfigured, and waits until all of it serves. */
export async function startEnsemble(options: EnsembleOptions = {}): Promise<Ensemble> {
  const { members = 3, observers = 0 } = options;
  const ensemble = new Ensemble(options);
  const entries = newEntries(1, [
    ...Array(members).fill('participant'),
    ...Array(observers).fill('observer'),
  ]);
  try {
    await Promise.all(entries.map((entry) => ensemble.launch(entry, entries)));
    await Promise.all([...ensemble.members.values()].map(({ server }) => server.serving()));
  } catch (error) {
    await ensemble.stop();
    throw error;
  }
  return ensemble;
}

/** A server of an ensemble: its process and its line in the configuration when it was started. */
export interface Member {
  readonly entry: ServerEntry;
  readonly server: ZooKeeperProcess;
}

/** Servers that know of each other, by id. */
export class Ensemble {
  readonly dir = temporaryDir();
  readonly members = new Map<number, Member>();

  constructor(private readonly options: ServerOptions) {}

  /** Where the servers take clients. */
  get addresses(): ZooKeeperProcess['address'][] {
    return [...this.members.values()].map(({ server }) => server.address);
  }

  member(id: number): Member {
    const member = this.members.get(id);
    if (!member) throw new Error(`no server ${id}`);
    return member;
  }

  /** The member that leads now. */
  async leader(): Promise<Member> {
    for (const member of this.members.values()) {
      if ((await member.server.serving()).mode === 'leader') return member;
    }
    throw new Error('no server leads');
  }

  /** Starts one more server that knows of the others, as one that is about to join; reconfig is up to the caller. */
  async join(role: ServerEntry['role'] = 'observer'): Promise<Member> {
    const known = [...this.members.values()].map(({ entry }) => entry);
    const [entry] = newEntries(Math.max(...this.members.keys()) + 1, [role]);
    const member = await this.launch(entry, [...known, entry]);
    await member.server.serving();
    return member;
  }

  /** Starts a server with the configuration given, without waiting for it. */
  async launch(entry: ServerEntry, known: readonly ServerEntry[]): Promise<Member> {
    const { extraConfig, jvm = [] } = this.options;
    const dir = path.join(this.dir, String(entry.id));
    const server = new ZooKeeperProcess(dir, entry.client?.port ?? 0, jvm);
    const dynamicConfigFile = path.join(dir, 'zoo.cfg.dynamic');
    const common = { standaloneEnabled: false, reconfigEnabled: true, dynamicConfigFile };
    server.configure({ ...common, ...extraConfig });
    fs.writeFileSync(path.join(dir, 'data', 'myid'), String(entry.id));
    fs.writeFileSync(dynamicConfigFile, known.map((each) => `${formatServer(each)}\n`).join(''));
    await server.start();
    this.members.set(entry.id, { entry, server });
    return this.member(entry.id);
  }

  /** Kills all servers and removes their files. */
  async stop(): Promise<void> {
    await Promise.all([...this.members.values()].map(({ server }) => server.stop()));
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

class RemovedWhenStopped extends ZooKeeperProcess {
  override async stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await super.stop(signal);
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

function newEntries(firstId: number, roles: readonly ServerEntry['role'][]): ServerEntry[] {
  const ports = freePorts(roles.length * 3);
  return roles.map((role, index) => {
    const [quorumPort, electionPort, port] = ports.slice(index * 3);
    return {
      id: firstId + index,
      host: LOOPBACK,
      quorumPort,
      electionPort,
      role,
      client: { host: LOOPBACK, port },
    };
  });
}

function temporaryDir(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'zookeeper-test-'));
}
