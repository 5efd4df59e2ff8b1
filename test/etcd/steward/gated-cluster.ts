import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { ask } from '../../../lib/etcd/api/http';
import { runEtcdGate } from '../../../lib/etcd/gate/run';
import type { EtcdGatePaths, EtcdGateSettings } from '../../../lib/etcd/gate/settings';
import { EtcdAddresses } from '../../../lib/etcd/steward/addresses';
import { Keys } from '../../../lib/etcd/steward/keys';
import { EtcdMembers } from '../../../lib/etcd/steward/members';
import { EtcdQuorum } from '../../../lib/etcd/steward/quorum';
import type { EtcdStewardSettings } from '../../../lib/etcd/steward/settings';
import type { QuorumSystem } from '../../../lib/steward/adapter';
import type { Pod } from '../../../lib/steward/kubernetes/objects';
import { Metrics } from '../../../lib/steward/metrics';
import { QuorumCharge } from '../../../lib/steward/quorum-charge';
import { Steward } from '../../../lib/steward/steward';
import { podObject, setObject, type WorldObjects } from '../../steward/fake-world';
import { EtcdProcess, runEtcdTool } from '../../support/etcd-cluster';
import { freePorts } from '../../support/ports';
import { LOOPBACK_TIMING, loopbackSettings, mount } from './loopback';

/** A pod: its gate, then its server. */
interface RunningPod {
  readonly uid: string;
  readonly revision: string;
  readonly created: number;
  readonly gate: AbortController;
  /** Over when its server has been started, or its gate was stopped. */
  over: Promise<void>;
  started: boolean;
  terminating: boolean;
}

/** A member's volumes and files, which outlive its pods. */
interface Volumes {
  readonly paths: EtcdGatePaths;
  server: EtcdProcess;
}

/** What is applied together. */
export interface Manifests {
  readonly count: number;
  readonly version: string;
  readonly revision: string;
  readonly founders?: number;
  readonly forceNewCluster?: { readonly member: number; readonly confirm: string };
}

/** When a steward dies: after each action, or before each that is attempted for the first time. */
export type Deadly = 'after' | 'before' | undefined;

const TIMEOUT_MS = 2_000;

/** As much of Kubernetes as a steward of etcd needs, with real gates and real servers, each on an address of its own. */
export class GatedCluster {
  /** What was done, in order. */
  readonly steps: string[] = [];
  /** Promises that were broken. */
  readonly wrong: string[] = [];
  readonly log: Record<string, unknown>[] = [];
  /** How often a steward died. */
  deaths = 0;
  /** What the steward that runs is waiting for, or doing. */
  doing = '';
  /** Called after each action of a steward. */
  afterEach: (step: string) => Promise<void> | void = () => undefined;
  private readonly volumes = new Map<number, Volumes>();
  private readonly pods = new Map<number, RunningPod>();
  private readonly attempted = new Set<string>();
  private readonly addresses: EtcdAddresses;
  private settings!: EtcdStewardSettings;
  private manifests!: Manifests;
  private replicas = 1;
  private uids = 0;
  private formed = false;
  private closed = false;
  private died: () => void = () => undefined;

  private constructor(
    private readonly root: string,
    private readonly deadly: Deadly,
    private readonly ports: Readonly<Record<'client' | 'peer' | 'metrics' | 'gate', number>>,
  ) {
    this.addresses = new EtcdAddresses(this.naming, ports.gate);
  }

  static create(root: string, deadly?: Deadly): GatedCluster {
    const [client, peer, metrics, gate] = freePorts(4);
    return new GatedCluster(root, deadly, { client, peer, metrics, gate });
  }

  apply(manifests: Manifests): void {
    this.manifests = manifests;
    const { count, version, revision, founders = 1, forceNewCluster } = manifests;
    this.settings = loopbackSettings(count, {
      ...this.naming,
      rendered: JSON.stringify(manifests),
      founders: Array.from({ length: founders }, (_, id) => id),
      version,
      forceNewCluster,
    });
    for (const id of this.volumes.keys()) this.configure(id);
    if (!revision) throw new Error('a revision is needed');
    this.reconcile();
  }

  /** Lets stewards work until `is` something, by default until one finds that everything is as applied; gives the steps. */
  async settle(is: (steward: { settled: boolean; doing: string }) => boolean = ({ settled }) => settled) {
    this.attempted.clear();
    const before = this.steps.length;
    const deadline = Date.now() + 180_000;
    let steward = this.steward();
    for (;;) {
      const died = new Promise<false>((resolve) => {
        this.died = () => resolve(false);
      });
      if (!(await Promise.race([steward.lap().then(() => true), died]))) steward = this.steward();
      this.doing = steward.state.doing;
      if (is(steward.state)) return this.steps.slice(before);
      if (Date.now() > deadline) throw new Error(`${this.doing}; steps: ${this.steps}`);
      await delay(100);
    }
  }

  /** Ends the pod of a member, whose volume is lost. */
  async lose(id: number): Promise<void> {
    await this.end(id, () => {
      fs.rmSync(this.volumesOf(id).paths.data, { recursive: true, force: true });
      fs.mkdirSync(this.volumesOf(id).paths.data);
    });
  }

  /** Kills a member's server; Kubernetes starts its container again. */
  async crash(id: number): Promise<void> {
    const { server, paths } = this.volumesOf(id);
    await server.stop('SIGKILL');
    await server.start(path.join(paths.run, 'etcd.yaml'));
  }

  /** Ends the pod of a member; another one comes in its place. */
  async replace(id: number): Promise<void> {
    await this.end(id);
  }

  client(id: number): EtcdClient {
    return new EtcdClient(this.addresses.of(id).client, { timeoutMs: TIMEOUT_MS });
  }

  /** Runs etcdctl of a release with the first member. */
  async etcdctl(version: string, ...args: string[]): Promise<string> {
    const { host, port } = this.addresses.of(0).client;
    return runEtcdTool('etcdctl', [`--endpoints=${host}:${port}`, ...args], version);
  }

  /** Who leads, by its own word. */
  async leader(): Promise<number> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      for (const id of this.pods.keys()) {
        const status = await this.client(id)
          .status()
          .catch(() => undefined);
        if (status && status.leader === status.memberId) return id;
      }
      if (Date.now() > deadline) throw new Error('nobody leads');
      await delay(100);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.pods.keys()].map((id) => this.end(id)));
  }

  private get naming() {
    const { client, peer, metrics } = this.ports;
    return {
      host: '127.0.0.1{id}',
      memberName: 'etcd-{id}',
      clientPort: client,
      peerPort: peer,
      metricsPort: metrics,
      peerTls: false,
    };
  }

  private steward() {
    const { settings } = this;
    return new Steward({
      charge: new QuorumCharge(settings, this.objects, this.system()),
      cluster: this.objects,
      lease: { holds: () => true, tryHold: async () => ({ held: true }) },
      metrics: new Metrics('etcd', () => performance.now() / 1_000),
      log: (line) => this.log.push(line),
    });
  }

  private volumesOf(id: number): Volumes {
    const known = this.volumes.get(id);
    if (known) return known;
    const root = path.join(this.root, String(id));
    const at = (name: string) => path.join(root, name);
    const paths = {
      config: at('config'),
      run: at('run'),
      secrets: at('secrets'),
      formed: at('formed'),
      data: at('data'),
      wal: at('wal'),
    };
    for (const dir of Object.values(paths)) fs.mkdirSync(dir, { recursive: true });
    const made = { paths, server: new EtcdProcess(root, this.ports, this.manifests.version) };
    this.volumes.set(id, made);
    this.configure(id);
    return made;
  }

  /** What the ConfigMap holds; as it is mounted, it changes under a gate that waits. */
  private configure(id: number): void {
    const { paths } = this.volumesOf(id);
    const { ports, addresses, settings } = this;
    const { host } = addresses.of(id).client;
    const version = this.manifests.version;
    const gate: EtcdGateSettings = {
      cluster: 'etcd',
      members: settings.members.map((member) => ({
        id: member.id,
        name: addresses.name(member.id),
        host: addresses.of(member.id).peer.host,
      })),
      founders: settings.founders,
      token: 'etcd',
      peerTls: false,
      peerPort: ports.peer,
      clientTls: false,
      clientPort: ports.client,
      metricsPort: ports.metrics,
      version,
      walVolume: false,
      keepsData: true,
      operations: 'steward',
      forceNewCluster: settings.forceNewCluster,
    };
    const common = [
      `data-dir: ${path.join(paths.data, 'data')}`,
      `listen-client-urls: http://${host}:${ports.client}`,
      `listen-peer-urls: http://${host}:${ports.peer}`,
      `listen-metrics-urls: http://${host}:${ports.metrics}`,
      ...(version.startsWith('3.5.') ? [] : ['max-learners: 6']),
      'heartbeat-interval: 100',
      'election-timeout: 1000',
    ];
    fs.writeFileSync(path.join(paths.config, 'etcd.yaml'), `${common.join('\n')}\n`);
    fs.writeFileSync(path.join(paths.config, 'gate.json'), JSON.stringify(gate));
  }

  /** As the controller of the StatefulSet. */
  private reconcile(): void {
    if (this.closed) return;
    for (const id of this.pods.keys()) if (id >= this.replicas) void this.end(id);
    for (let id = 0; id < this.replicas; id++) if (!this.pods.has(id)) this.begin(id);
  }

  private begin(id: number): void {
    const volumes = this.volumesOf(id);
    const { paths } = volumes;
    const { version, revision } = this.manifests;
    if (this.formed) this.mark(paths);
    const gate = new AbortController();
    const run = {
      podName: `etcd-${id}`,
      paths,
      host: this.addresses.of(id).gate.host,
      port: this.ports.gate,
      pollMs: 150,
      signal: gate.signal,
      log: (line: Record<string, unknown>) => this.log.push(line),
    };
    const pod: RunningPod = {
      uid: `uid-${++this.uids}`,
      revision,
      created: Date.now(),
      gate,
      over: Promise.resolve(),
      started: false,
      terminating: false,
    };
    this.pods.set(id, pod);
    pod.over = this.waitAndServe(id, volumes, version, pod, run);
  }

  private async waitAndServe(
    id: number,
    volumes: Volumes,
    version: string,
    pod: RunningPod,
    run: Parameters<typeof runEtcdGate>[0],
  ): Promise<void> {
    try {
      const { action } = await runEtcdGate(run);
      if (pod.gate.signal.aborted || action === 'wait') return;
      volumes.server = new EtcdProcess(volumes.server.dir, this.ports, version);
      pod.started = true;
      await volumes.server.start(path.join(volumes.paths.run, 'etcd.yaml'));
    } catch (error) {
      this.wrong.push(`the gate of ${id}: ${(error as Error).message}`);
    }
  }

  private async end(id: number, meanwhile: () => void = () => undefined): Promise<void> {
    const pod = this.pods.get(id);
    if (!pod || pod.terminating) return;
    pod.terminating = true;
    pod.gate.abort();
    await pod.over;
    await this.volumesOf(id).server.stop('SIGTERM');
    meanwhile();
    this.pods.delete(id);
    this.reconcile();
  }

  private mark({ formed }: EtcdGatePaths): void {
    mount(path.dirname(formed), path.basename(formed), { formed: 'now' });
  }

  private async isReady(id: number): Promise<boolean> {
    const pod = this.pods.get(id);
    if (!pod?.started || pod.terminating) return false;
    const { metrics } = this.addresses.of(id);
    const request = { method: 'GET', path: '/readyz' } as const;
    return ask(metrics, { timeoutMs: TIMEOUT_MS }, request).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  private async podOf(id: number, pod: RunningPod): Promise<Pod> {
    const made = podObject(id, { ...pod, ready: await this.isReady(id) });
    const lastTransitionTime = new Date(pod.created).toISOString();
    const status = pod.started ? ('True' as const) : ('False' as const);
    const initialized = { type: 'Initialized', status, lastTransitionTime };
    return {
      metadata: { ...made.metadata, name: `etcd-${id}` },
      status: { ...made.status, conditions: [...(made.status?.conditions ?? []), initialized] },
    };
  }

  /** Does what a steward asks for, unless it dies before; after that it may die. */
  private async act(step: string, effect: () => Promise<void> | void): Promise<void> {
    const dies = this.deadly === 'before' && !this.attempted.has(step);
    this.attempted.add(step);
    if (!dies) {
      await effect();
      this.steps.push(step);
      await this.afterEach(step);
    }
    if (!dies && this.deadly !== 'after') return;
    this.deaths++;
    this.died();
    await new Promise(() => undefined);
  }

  private readonly objects: WorldObjects = {
    objects: async () => ({
      sets: new Map([['etcd', setObject(this.settings, this.replicas, this.manifests.revision)]]),
      pods: await Promise.all([...this.pods].map(([id, pod]) => this.podOf(id, pod))),
      formed: this.formed,
    }),
    scale: (_set, replicas) =>
      this.act(`scale ${replicas}`, async () => {
        if (replicas < this.replicas) {
          const list = await this.client(await this.leader()).memberList();
          const cut = list.filter(({ name }) => Number(name.replace('etcd-', '')) >= replicas);
          if (cut.length > 0)
            this.wrong.push(`scaled to ${replicas}, and ${cut.map(({ name }) => name)} are listed`);
        }
        this.replicas = replicas;
        this.reconcile();
      }),
    evict: (name, uid) => {
      const id = Number(name.slice('etcd-'.length));
      return this.act(`restart ${id}`, async () => {
        if (this.pods.get(id)?.uid !== uid) throw new Error(`the pod ${name} is another one`);
        const wasReady = await this.isReady(id);
        const others = this.settings.members.filter((member) => member.id !== id);
        const ready = await Promise.all(others.map((other) => this.isReady(other.id)));
        if (wasReady && !ready.every(Boolean)) this.wrong.push(`ended ${id} while others are away`);
        if (wasReady && others.length > 0 && (await this.leader()) === id)
          this.wrong.push(`ended ${id}, which led`);
        void this.end(id);
      });
    },
    keepFormed: async () => {
      if (this.formed) return;
      await this.act('mark-formed', () => {
        this.formed = true;
        for (const { paths } of this.volumes.values()) this.mark(paths);
      });
    },
    keysSince: async () => undefined,
    writeStatus: async () => undefined,
    event: async () => undefined,
  };

  private system(): QuorumSystem {
    const members = new EtcdMembers(this.addresses, new Keys(this.settings, path.join(this.root, 'secrets')));
    const system = new EtcdQuorum(this.settings, { members, timing: LOOPBACK_TIMING });
    return {
      invites: system.invites,
      look: (ids) => system.look(ids),
      admit: (id, as) => this.act(`admit ${id} ${as}`, () => system.admit(id, as)),
      dismiss: (id) => this.act(`dismiss ${id}`, () => system.dismiss(id)),
      spread: () => system.spread(),
      handOver: (id) => system.handOver(id),
      provision: () => system.provision(),
    };
  }
}
