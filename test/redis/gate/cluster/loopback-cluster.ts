import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runRedisGate } from '../../../../lib/redis/gate/run';
import type { RedisGatePaths, RedisGateSettings } from '../../../../lib/redis/gate/settings';
import { ClusterNodes } from '../../../../lib/redis/steward/cluster/cluster-adapter';
import { RedisClusterCharge } from '../../../../lib/redis/steward/cluster/cluster-charge';
import type { ClusterFacts, ClusterStep } from '../../../../lib/redis/steward/cluster/cluster-facts';
import type { RedisStewardSettings } from '../../../../lib/redis/steward/settings';
import { RedisKeys } from '../../../../lib/redis/steward/shared/keys';
import { RedisServices } from '../../../../lib/redis/steward/shared/services';
import { connect } from '../../../../lib/redis/wire/redis-client';
import type { Connect, Login, Redis } from '../../../../lib/redis/wire/types';
import type { Objects } from '../../../../lib/steward/gather';
import type { Pod, StatefulSet } from '../../../../lib/steward/kubernetes/objects';
import { Metrics } from '../../../../lib/steward/metrics';
import { RENDERED } from '../../../../lib/steward/settings';
import { Steward } from '../../../../lib/steward/steward';
import { Authority } from '../../../support/certificates';
import { ServerProcess } from '../../../support/process';
import { REDIS_RELEASE, type RedisRelease, redisBinaries } from '../../../support/redis-binaries';
import { ClusterClient } from './cluster-client';

const SCRIPTS = path.join(__dirname, '../../../../lib/redis/scripts');
const STEWARD: Login = { username: 'steward', password: 'of the steward' };
/** Nobody listens there. */
const NOWHERE = { host: '127.0.0.1', port: 1 };
const SETTLE_MS = 150_000;
const READY_EVERY_MS = 300;

/** What is applied together. */
export interface Manifests {
  readonly shards: number;
  /** Servers of each. */
  readonly servers: number;
  readonly leaving?: readonly number[];
  readonly revision?: string;
  /** @default 32 000, so that all is moved in few steps */
  readonly slotsAtATime?: number;
}

/** What all of it runs as. */
export interface LoopbackOptions {
  readonly release?: RedisRelease;
  /** @default 2000 */
  readonly nodeTimeout?: number;
  /** @default true */
  readonly keepsData?: boolean;
  /** Has everybody talk TLS. @default false */
  readonly tls?: boolean;
}

/** A pod: its gate, then its server, at an address that it has alone. */
interface RunningPod {
  readonly name: string;
  readonly set: string;
  readonly uid: string;
  readonly ip: string;
  readonly revision: string;
  readonly created: number;
  readonly gate: AbortController;
  readonly server: ServerProcess;
  over: Promise<void>;
  started: boolean;
  terminating: boolean;
  ready: { is: boolean; at: number };
}

/** As much of Kubernetes as a steward of a Redis Cluster needs, with real gates, scripts and servers. */
export class LoopbackCluster {
  readonly steps: string[] = [];
  readonly log: Record<string, unknown>[] = [];
  doing = '';
  /** Called before each step that changes something; what it throws ends the steward. */
  before: (step: ClusterStep) => Promise<void> | void = () => undefined;
  /** Called after it. */
  after: (step: ClusterStep) => Promise<void> | void = () => undefined;
  /** Called while slots are moved, before more of them are; what it throws ends that. */
  mayGoOn: () => void = () => undefined;
  formed = false;
  formedTimes = 0;
  private readonly pods = new Map<string, RunningPod>();
  private readonly replicas = new Map<string, number>();
  private readonly prefix = `127.${randomInt(1, 250)}.${randomInt(250)}`;
  private readonly port = randomInt(10_000, 22_000);
  private readonly keys: RedisKeys;
  private manifests!: Manifests;
  private settings!: RedisStewardSettings;
  private steward: Steward<ClusterFacts, ClusterStep> | undefined;
  private nodes: ClusterNodes | undefined;
  private addresses = 0;
  private uids = 0;
  private closed = false;

  private constructor(
    private readonly root: string,
    private readonly binaries: string,
    private readonly options: LoopbackOptions,
  ) {
    const secrets = path.join(root, 'secrets');
    for (const [name, password] of [
      ['steward', STEWARD.password],
      ['internal', 'of all others'],
    ]) {
      fs.mkdirSync(path.join(secrets, name), { recursive: true });
      fs.writeFileSync(path.join(secrets, name, 'password'), password);
    }
    if (options.tls) {
      new Authority(path.join(root, 'authority')).issue(path.join(secrets, 'tls'), 'redis', [
        '*.redis-headless.test',
      ]);
    }
    this.keys = new RedisKeys({ tls: options.tls ?? false }, secrets, 2_000);
  }

  static async create(root: string, options: LoopbackOptions = {}): Promise<LoopbackCluster> {
    return new LoopbackCluster(root, await redisBinaries(options.release), options);
  }

  apply(manifests: Manifests): void {
    this.manifests = manifests;
    const { shards, servers, leaving = [], slotsAtATime = 32_000 } = manifests;
    const { keepsData = true, nodeTimeout = 2_000 } = this.options;
    const rendered = JSON.stringify(manifests);
    const sets = Array.from({ length: shards }, (_, index) => `redis-${index}`);
    this.settings = {
      cluster: 'redis',
      sets,
      namespace: 'test',
      rendered,
      selector: {},
      labels: {},
      members: [],
      founders: [],
      data: keepsData ? 'claims' : 'scratch',
      topology: 'cluster',
      shards: sets.map((set, index) => ({ index, set, servers, leaving: leaving.includes(index), rendered })),
      host: '{pod}.redis-headless.test',
      port: this.port,
      tls: this.options.tls ?? false,
      live: {},
      users: [],
      keepsData,
      nodeTimeout,
      slotsAtATime,
    };
    for (const set of sets) if (!this.replicas.has(set)) this.replicas.set(set, 1);
    for (const set of this.replicas.keys()) if (!sets.includes(set)) this.replicas.delete(set);
    for (const pod of this.pods.values()) this.tell(pod.name);
    this.newSteward();
    this.reconcile();
  }

  /** Lets the steward work until `is` something, by default until it finds that everything is as applied; gives its steps. */
  async settle(
    is: (steward: { settled: boolean; doing: string }) => boolean = ({ settled }) => settled,
    timeoutMs = SETTLE_MS,
  ): Promise<string[]> {
    const before = this.steps.length;
    for (const deadline = Date.now() + timeoutMs; ; ) {
      const steward = this.steward ?? this.newSteward();
      await steward.lap();
      this.doing = steward.state.doing;
      if (is(steward.state)) return this.steps.slice(before);
      if (Date.now() > deadline) {
        const gates = this.log.filter((line) => line.gate).slice(-10);
        throw new Error(`${this.doing}; steps: ${this.steps.join(', ')}; ${JSON.stringify(gates)}`);
      }
      await delay(50);
    }
  }

  /** Waits until something is so. */
  async until(is: () => Promise<boolean>, timeoutMs = SETTLE_MS): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; !(await is()); await delay(100)) {
      if (Date.now() > deadline)
        throw new Error(`not so within ${timeoutMs} ms; steps: ${this.steps.join(', ')}`);
    }
  }

  /** What a steward sees now. */
  look(): Promise<ClusterFacts> {
    return this.charge().gather(true);
  }

  /** Ends a steward; the next one knows nothing of what it did. */
  forgetSteward(): void {
    this.nodes?.close();
    this.nodes = undefined;
    this.steward = undefined;
  }

  client(): ClusterClient {
    return new ClusterClient(
      {
        addresses: () => this.serving().map(({ ip }) => ({ host: ip, port: this.port })),
        resolve: (host) => this.addressOf({ pod: host.split('.')[0] }),
      },
      (address) => this.connect(address, { ...this.keys.transport(), timeoutMs: 2_000 }),
    );
  }

  redis(pod: string): Redis {
    return this.redisAt(this.addressOf({ pod }).host);
  }

  redisAt(host: string): Redis {
    return this.connect({ host, port: this.port }, this.keys.transport());
  }

  /** What a server has logged. */
  output(pod: string): string {
    return this.pod(pod).server.log;
  }

  ipOf(pod: string): string {
    return this.pod(pod).ip;
  }

  /** Kills a server; Kubernetes starts its container again, without the gate. */
  async crash(pod: string): Promise<void> {
    const running = this.pod(pod);
    await running.server.stop('SIGKILL');
    this.serve(running);
  }

  /** Ends a pod as somebody who deletes it; another one comes, with its volume or without. */
  async remove(pod: string, how: { readonly force?: boolean; readonly lose?: boolean } = {}): Promise<void> {
    await this.end(this.pod(pod), how);
  }

  /** All at once, with no time for anything. */
  async removeAll(): Promise<void> {
    await Promise.all([...this.pods.values()].map((pod) => this.end(pod, { force: true })));
  }

  podNames(): string[] {
    return [...this.pods.keys()].sort();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.forgetSteward();
    await Promise.all([...this.pods.values()].map((pod) => this.end(pod, { force: true })));
  }

  private pod(name: string): RunningPod {
    const found = this.pods.get(name);
    if (!found) throw new Error(`there is no pod ${name}`);
    return found;
  }

  private serving(): RunningPod[] {
    return [...this.pods.values()].filter(({ started }) => started);
  }

  private addressOf({ pod }: { readonly pod: string }) {
    const ip = this.pods.get(pod)?.ip;
    return ip ? { host: ip, port: this.port } : NOWHERE;
  }

  private gateOf({ pod }: { readonly pod: string }) {
    const ip = this.pods.get(pod)?.ip;
    return ip ? { host: ip, port: this.port + 1 } : NOWHERE;
  }

  private newSteward(): Steward<ClusterFacts, ClusterStep> {
    this.forgetSteward();
    this.steward = new Steward<ClusterFacts, ClusterStep>({
      charge: this.charge(),
      cluster: { writeStatus: async () => undefined, event: async () => undefined },
      lease: { holds: () => true, tryHold: async () => ({ held: true }) },
      metrics: new Metrics('redis', () => performance.now() / 1_000),
      log: (line) => this.log.push(line),
    });
    return this.steward;
  }

  private charge(): RedisClusterCharge {
    this.nodes ??= new ClusterNodes(this.settings, this.keys, {
      addressOf: (server) => ({ server: this.addressOf(server), gate: this.gateOf(server) }),
      connect: this.connect,
    });
    const charge = new RedisClusterCharge({
      settings: this.settings,
      cluster: {
        objects: () => this.objects(),
        scale: async (set, replicas) => {
          this.replicas.set(set, replicas);
          this.reconcile();
        },
        evict: async (name, uid) => {
          const pod = this.pods.get(name);
          if (pod?.uid === uid && !pod.terminating) void this.end(pod, {});
        },
        keysSince: async () => undefined,
        keepFormed: async () => {
          if (!this.formed) this.formedTimes += 1;
          this.formed = true;
          for (const name of this.pods.keys()) this.mark(name);
        },
      },
      nodes: this.nodes,
      keys: this.keys,
      services: new RedisServices(this.settings, this.keys),
    });
    const carryOut = charge.carryOut.bind(charge);
    charge.carryOut = async (facts, step, mayGoOn) => {
      await this.before(step);
      await carryOut(facts, step, () => {
        this.mayGoOn();
        mayGoOn();
      });
      this.steps.push(describe(step));
      await this.after(step);
    };
    return charge;
  }

  private async objects(): Promise<Objects> {
    await Promise.all(this.serving().map((pod) => this.probe(pod)));
    const { revision = 'a' } = this.manifests;
    const sets = [...this.replicas].map(([set, replicas]): [string, StatefulSet] => [
      set,
      {
        metadata: { name: set, generation: 1, annotations: { [RENDERED]: this.settings.rendered } },
        spec: { replicas, updateStrategy: { type: 'OnDelete' } },
        status: { observedGeneration: 1, updateRevision: revision },
      },
    ]);
    const pods = [...this.pods.values()].map(podObject);
    return { sets: new Map(sets), pods, formed: this.formed };
  }

  private async probe(pod: RunningPod): Promise<void> {
    if (performance.now() - pod.ready.at < READY_EVERY_MS) return;
    const is = await this.script('cluster-ready.sh', pod).then(
      () => true,
      () => false,
    );
    pod.ready = { is, at: performance.now() };
  }

  /** As the controller of the StatefulSets. */
  private reconcile(): void {
    if (this.closed) return;
    for (const pod of this.pods.values()) {
      const ordinal = Number(pod.name.slice(pod.set.length + 1));
      if (ordinal >= (this.replicas.get(pod.set) ?? 0) && !pod.terminating) void this.end(pod, {});
    }
    for (const [set, replicas] of this.replicas) {
      for (let ordinal = 0; ordinal < replicas; ordinal++) {
        if (!this.pods.has(`${set}-${ordinal}`)) this.begin(set, `${set}-${ordinal}`);
      }
    }
  }

  private begin(set: string, name: string): void {
    this.addresses += 1;
    const dir = path.join(this.root, name);
    fs.rmSync(this.pathsOf(name).run, { recursive: true, force: true });
    for (const each of Object.values(this.pathsOf(name))) fs.mkdirSync(each, { recursive: true });
    const pod: RunningPod = {
      name,
      set,
      uid: `uid-${++this.uids}`,
      // No pod has an address that another one had.
      ip: `${this.prefix}.${this.addresses}`,
      revision: this.manifests.revision ?? 'a',
      created: Date.now(),
      gate: new AbortController(),
      server: new ServerProcess(dir),
      over: Promise.resolve(),
      started: false,
      terminating: false,
      ready: { is: false, at: 0 },
    };
    this.pods.set(name, pod);
    this.tell(name);
    if (this.formed) this.mark(name);
    pod.over = this.gateAndServe(pod);
  }

  private async gateAndServe(pod: RunningPod): Promise<void> {
    try {
      const { action } = await runRedisGate({
        podName: pod.name,
        podIp: pod.ip,
        paths: this.pathsOf(pod.name),
        log: (line) => this.log.push({ at: Date.now(), ...line }),
        host: pod.ip,
        port: this.port + 1,
        pollMs: 150,
        signal: pod.gate.signal,
        connect: this.connect,
        addressOf: (member) => this.addressOf(member),
        gateOf: (member) => this.gateOf(member),
        lookup: async (host) => this.pods.get(host.split('.')[0])?.ip,
      });
      if (pod.gate.signal.aborted || action !== 'start') return;
      this.serve(pod);
    } catch (error) {
      this.log.push({ gate: 'failed', server: pod.name, reason: (error as Error).message });
    }
  }

  private serve(pod: RunningPod): void {
    pod.started = true;
    pod.server.spawn('sh', [path.join(SCRIPTS, 'cluster-start.sh')], this.environment(pod));
  }

  private async end(pod: RunningPod, { force = false, lose = false }): Promise<void> {
    if (pod.terminating) return;
    pod.terminating = true;
    pod.gate.abort();
    if (pod.started && !force) await this.script('cluster-stop.sh', pod).catch(() => undefined);
    await pod.over;
    await pod.server.stop(force ? 'SIGKILL' : 'SIGTERM');
    if (lose) fs.rmSync(this.pathsOf(pod.name).data, { recursive: true, force: true });
    this.pods.delete(pod.name);
    this.reconcile();
  }

  private script(name: string, pod: RunningPod): Promise<unknown> {
    return promisify(execFile)('sh', [path.join(SCRIPTS, name)], { env: this.environment(pod) });
  }

  private environment({ name, ip }: RunningPod): NodeJS.ProcessEnv {
    const [flavor] = (this.options.release ?? REDIS_RELEASE).split('-');
    const { data, run, secrets } = this.pathsOf(name);
    return {
      PATH: process.env.PATH,
      SERVER: path.join(this.binaries, `${flavor}-server`),
      CLI: path.join(this.binaries, `${flavor}-cli`),
      POD_NAME: name,
      POD_IP: ip,
      ADDRESS: ip,
      PORT: String(this.port),
      TLS_ARGS: this.options.tls ? `--tls --cacert ${path.join(secrets, 'tls', 'ca.crt')}` : '',
      DATA_DIRECTORY: data,
      RUN_DIRECTORY: run,
      SECRETS_DIRECTORY: secrets,
    };
  }

  private pathsOf(pod: string): RedisGatePaths {
    const at = (name: string) => path.join(this.root, pod, name);
    return {
      config: at('config'),
      secrets: path.join(this.root, 'secrets'),
      formed: at('formed'),
      data: at('data'),
      run: at('run'),
    };
  }

  private mark(pod: string): void {
    fs.writeFileSync(path.join(this.pathsOf(pod).formed, 'formed'), 'now');
  }

  /** What the ConfigMap holds; as it is mounted, it changes under a gate that waits. */
  private tell(name: string): void {
    const { config } = this.pathsOf(name);
    const { shards, host, keepsData, nodeTimeout } = this.settings;
    const members = shards.flatMap(({ index, set, servers }) =>
      Array.from({ length: servers }, (_, ordinal) => `${set}-${ordinal}`).map((pod) => ({
        pod,
        host: host.replace('{pod}', pod),
        shard: index,
      })),
    );
    const gate: RedisGateSettings = {
      cluster: 'redis',
      topology: 'cluster',
      members,
      founders: members.map(({ pod }) => pod),
      port: this.port,
      tls: this.options.tls ?? false,
      keepsData,
      operations: 'steward',
      nodeTimeout,
    };
    const conf = [
      `bind ${this.pod(name).ip}`,
      ...this.listening(),
      'protected-mode no',
      'cluster-enabled yes',
      'cluster-config-file nodes.conf',
      'cluster-preferred-endpoint-type hostname',
      'cluster-allow-replica-migration no',
      `cluster-node-timeout ${nodeTimeout}`,
      `appendonly ${keepsData ? 'yes' : 'no'}`,
      'save ""',
      'repl-diskless-sync-delay 0',
      'shutdown-timeout 3',
    ];
    fs.writeFileSync(path.join(config, 'gate.json'), JSON.stringify(gate));
    fs.writeFileSync(path.join(config, 'redis.conf'), `${conf.join('\n')}\n`);
  }

  private listening(): string[] {
    if (!this.options.tls) return [`port ${this.port}`];
    const file = (name: string) => path.join(this.root, 'secrets', 'tls', name);
    return [
      'port 0',
      `tls-port ${this.port}`,
      `tls-cert-file ${file('tls.crt')}`,
      `tls-key-file ${file('tls.key')}`,
      `tls-ca-cert-file ${file('ca.crt')}`,
      'tls-auth-clients no',
      'tls-replication yes',
      'tls-cluster yes',
    ];
  }

  /** Connects to addresses, whose names are in certificates. */
  private readonly connect: Connect = (address, transport) => {
    const pod = [...this.pods.values()].find(({ ip }) => ip === address.host)?.name;
    const tls = transport.tls && { ...transport.tls, servername: `${pod}.redis-headless.test` };
    return connect(address, { ...transport, ...(tls && { tls }) });
  };
}

function describe(step: ClusterStep): string {
  switch (step.step) {
    case 'scale':
      return `scale ${step.shard} to ${step.replicas}`;
    case 'meet':
      return `meet ${step.pods.join(' ')}`;
    case 'assign':
    case 'reset':
    case 'failover':
    case 'restart':
      return `${step.step} ${step.pod}`;
    case 'replicate':
      return `replicate ${step.pod} of ${step.of}`;
    default:
      return step.step;
  }
}

function podObject(pod: RunningPod): Pod {
  const creationTimestamp = new Date(pod.created).toISOString();
  const condition = (type: string, is: boolean) => ({
    type,
    status: is ? ('True' as const) : ('False' as const),
    lastTransitionTime: creationTimestamp,
  });
  return {
    metadata: {
      name: pod.name,
      uid: pod.uid,
      labels: { 'controller-revision-hash': pod.revision },
      creationTimestamp,
      ...(pod.terminating && { deletionTimestamp: new Date().toISOString() }),
    },
    status: {
      podIP: pod.ip,
      conditions: [condition('Initialized', pod.started), condition('Ready', pod.ready.is)],
    },
  };
}
