import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisGateSettings } from '../../lib/redis/gate/settings';
import { RedisReplicationCharge } from '../../lib/redis/steward/replication/replication-charge';
import type {
  ReplicationFacts,
  ReplicationStep,
} from '../../lib/redis/steward/replication/replication-facts';
import { ReplicationMembers } from '../../lib/redis/steward/replication/replication-members';
import { type RedisStewardSettings, ROLE_LABEL } from '../../lib/redis/steward/settings';
import { RedisKeys } from '../../lib/redis/steward/shared/keys';
import { RedisServices } from '../../lib/redis/steward/shared/services';
import { list, pairs } from '../../lib/redis/wire/reply';
import { isAction } from '../../lib/steward/charge';
import type { Objects } from '../../lib/steward/gather';
import type { Pod, StatefulSet } from '../../lib/steward/kubernetes/objects';
import { RENDERED } from '../../lib/steward/settings';
import { eventually } from '../support/eventually';
import { freePorts } from '../support/ports';
import {
  connectAsLocalhost,
  type Deployment,
  type DeploymentOptions,
  deployment,
  mount,
  RedisPod,
  sentinelOf,
  serverOf,
} from './replicated-pods';
import { SentinelWriter } from './sentinel-writer';

const SETS = { server: 'cache', sentinel: 'cache-sentinel' } as const;
type Kind = keyof typeof SETS;

interface FakePod {
  readonly pod: RedisPod;
  readonly uid: string;
  readonly revision: number;
  readonly labels: Record<string, string>;
  readonly since: Date;
  ending: boolean;
}

/** A deployment of real servers and Sentinels, with as much of Kubernetes as keeps their pods, and its steward. */
export class ReplicatedDeployment {
  readonly deployment: Deployment;
  readonly steps: string[] = [];
  readonly pods = new Map<string, FakePod>();
  private readonly replicas: Record<Kind, number> = { server: 1, sentinel: 1 };
  private readonly revisions: Record<Kind, number> = { server: 1, sentinel: 1 };
  private readonly wanted: Record<Kind, number>;
  private uids = 0;
  private closed = false;
  private members: ReplicationMembers | undefined;
  private charge: RedisReplicationCharge | undefined;
  private readonly loops: Promise<void>[] = [];
  private wake: () => void = () => undefined;
  /** Pods that are not made again while they are in here. */
  readonly held = new Set<string>();

  constructor(root: string, options: DeploymentOptions) {
    this.deployment = deployment(root, options);
    this.wanted = { server: options.servers, sentinel: options.sentinels ?? 3 };
    this.restartSteward();
  }

  /** Starts the controllers and, unless it is not wanted, the steward. */
  start(steward = true): void {
    this.loops.push(this.keepPods(), this.probe());
    if (steward) this.loops.push(this.steward());
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await Promise.all(this.loops);
    this.charge?.close();
    this.members?.close();
    await Promise.all([...this.pods.values()].map(({ pod }) => pod.end()));
  }

  /** Applies another number of servers, or other settings: a change of the pods' template ends up in a new revision. */
  apply(change: {
    readonly servers?: number;
    readonly roll?: readonly Kind[];
    readonly sentinel?: Partial<NonNullable<RedisGateSettings['sentinel']>>;
  }): void {
    const { settings } = this.deployment;
    if (change.servers !== undefined) this.wanted.server = change.servers;
    const members = Array.from({ length: this.wanted.server }, (_, ordinal) =>
      serverOf(this.deployment, ordinal),
    );
    const sentinel = settings.sentinel && { ...settings.sentinel, ...change.sentinel };
    this.deployment.settings = { ...settings, members, sentinel };
    for (const kind of change.roll ?? []) this.revisions[kind] += 1;
    mount(this.deployment);
    this.restartSteward();
  }

  pod(name: string): RedisPod {
    const found = this.pods.get(name);
    if (!found) throw new Error(`there is no pod ${name}`);
    return found.pod;
  }

  servers(): RedisPod[] {
    return [...this.pods.values()].map(({ pod }) => pod).filter(({ kind }) => kind === 'server');
  }

  sentinels(): RedisPod[] {
    return [...this.pods.values()].map(({ pod }) => pod).filter(({ kind }) => kind === 'sentinel');
  }

  /** Pods that the Service of the master selects. */
  labelled(): string[] {
    return [...this.pods].flatMap(([name, { labels, ending }]) =>
      labels[ROLE_LABEL] === 'master' && !ending ? [name] : [],
    );
  }

  /** Ends a pod without any order; its StatefulSet makes it anew. */
  async kill(name: string, { wipe = false } = {}): Promise<void> {
    const found = this.pods.get(name);
    if (!found) return;
    found.ending = true;
    await found.pod.end();
    if (wipe) found.pod.wipe();
    this.pods.delete(name);
  }

  /** A client that writes all the time; see `SentinelWriter`. */
  writer(replicas = 0): SentinelWriter {
    return new SentinelWriter(this.deployment, replicas);
  }

  /** Changes a password as it is mounted; the one before is valid for as long as it is there, too. */
  changePassword(of: 'steward' | 'internal', password: string, { alone = false } = {}): void {
    const directory = path.join(this.deployment.root, 'secrets', of);
    const previous = path.join(directory, 'previous-password');
    const current = path.join(directory, 'password');
    if (alone) fs.rmSync(previous);
    else fs.renameSync(current, previous);
    fs.writeFileSync(`${current}.new`, password);
    fs.renameSync(`${current}.new`, current);
  }

  /** What Sentinels say of the master. */
  async sentinelViews(): Promise<ReadonlyMap<string, string>[]> {
    return Promise.all(
      this.sentinels().map(async (each) => pairs(await each.client().command('SENTINEL', 'MASTER', 'cache'))),
    );
  }

  /** Ends a pod in order, as a drain of its node does. */
  async drain(name: string): Promise<void> {
    const found = this.pods.get(name);
    if (found) await this.evict(name, found.uid);
  }

  /** Has Sentinels make this server the master, as a person may. */
  async lead(wanted: string): Promise<void> {
    // Whoever becomes a replica ends its connections.
    const rank = (server: RedisPod, priority: number) => {
      const set = () => server.client().command('CONFIG', 'SET', 'replica-priority', priority);
      return eventually(
        () => set().catch(() => undefined),
        (reply) => reply === 'OK',
      );
    };
    for (const other of this.servers().filter(({ name }) => name !== wanted)) await rank(other, 0);
    // Sentinels ask replicas every ten seconds.
    const [sentinel] = this.sentinels();
    const client = sentinel.client();
    const priorities = async () =>
      list(await client.command('SENTINEL', 'REPLICAS', 'cache')).map((each) =>
        pairs(each).get('slave-priority'),
      );
    await eventually(priorities, (all) => all.filter((each) => each !== '0').length === 1);
    await client.command('SENTINEL', 'FAILOVER', 'cache');
    await eventually(
      async () => this.labelled().join(),
      (labelled) => labelled === wanted,
    );
    for (const each of this.servers()) await rank(each, 100);
    client.close();
  }

  /** The container of a pod crashes, and is started again in the same pod. */
  async crash(name: string): Promise<void> {
    const pod = this.pod(name);
    pod.ready = false;
    await pod.stop();
    await pod.boot();
  }

  /** Name of the pod that is labelled as the master's, once it is another one; Sentinels may need a second attempt. */
  async otherMaster(than: string, timeoutMs = 60_000): Promise<string> {
    const labelled = async () => this.labelled();
    const isOther = (names: readonly string[]) => names.length === 1 && names[0] !== than;
    return (await eventually(labelled, isOther, { timeoutMs }))[0];
  }

  /** Waits until the steward has nothing to do. */
  async settled(timeoutMs = 60_000): Promise<ReplicationFacts> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const seen = await this.look();
      if (seen?.step.step === 'rest') return seen.facts;
      if (performance.now() > until) {
        const gates = [...this.pods.values()].map(({ pod }) => `${pod.name}: ${pod.reason}`).join('\n');
        throw new Error(`not settled: ${seen?.step.why}\n${this.steps.join('\n')}\n${gates}`);
      }
      await delay(200);
    }
  }

  private async look(): Promise<{ facts: ReplicationFacts; step: ReplicationStep } | undefined> {
    const { charge } = this;
    if (!charge) return undefined;
    const facts = await charge.gather(true);
    return { facts, step: charge.decide(facts) };
  }

  private async keepPods(): Promise<void> {
    while (!this.closed) {
      for (const kind of ['server', 'sentinel'] as const) {
        const count = this.wanted[kind] === 0 ? 0 : this.replicas[kind];
        for (let ordinal = 0; ordinal < count; ordinal++) {
          const name = `${SETS[kind]}-${ordinal}`;
          if (!this.pods.has(name) && !this.held.has(name)) this.make(kind, ordinal);
        }
        for (const [name, { pod, uid }] of this.pods) {
          if (pod.kind === kind && pod.ordinal >= count) void this.evict(name, uid);
        }
      }
      await delay(100);
    }
  }

  private make(kind: Kind, ordinal: number): void {
    const pod = new RedisPod(this.deployment, kind, ordinal);
    const uid = `uid-${++this.uids}`;
    const revision = this.revisions[kind];
    this.pods.set(pod.name, { pod, uid, revision, labels: {}, since: new Date(), ending: false });
    pod.begin();
  }

  private async evict(name: string, uid: string): Promise<void> {
    const found = this.pods.get(name);
    if (!found || found.uid !== uid || found.ending) return;
    found.ending = true;
    await found.pod.evict();
    if (this.pods.get(name) === found) this.pods.delete(name);
  }

  private async probe(): Promise<void> {
    while (!this.closed) {
      for (const { pod, ending } of this.pods.values()) if (!ending) await pod.probe();
      await delay(500);
    }
  }

  private async steward(): Promise<void> {
    while (!this.closed) {
      let seen: Awaited<ReturnType<typeof this.look>>;
      try {
        seen = await this.look();
        if (seen && isAction(seen.step)) {
          const { charge } = this;
          this.steps.push(charge?.sentence(seen.step) ?? '');
          await charge?.carryOut(seen.facts, seen.step);
        }
      } catch (error) {
        this.steps.push(`failed: ${(error as Error).message}`);
      }
      const ms = seen && isAction(seen.step) ? 100 : 500;
      await Promise.race([delay(ms), new Promise<void>((resolve) => (this.wake = resolve))]);
    }
  }

  private restartSteward(): void {
    this.charge?.close();
    this.members?.close();
    const { deployment } = this;
    const { ports } = deployment;
    const settings = this.stewardSettings();
    const keys = new RedisKeys(settings, `${deployment.root}/secrets`, 3_000);
    const members = new ReplicationMembers(settings, keys, {
      addressOf: ({ pod }) => ({ host: this.hostOf(pod), port: ports.server }),
      sentinelAt: ({ pod }) => ({ host: this.hostOf(pod), port: ports.sentinel }),
      gateOf: ({ pod }) => ({ host: this.hostOf(pod), port: ports.gate }),
      connect: connectAsLocalhost,
    });
    this.members = members;
    this.charge = new RedisReplicationCharge({
      settings,
      cluster: {
        objects: async () => this.objects(),
        scale: async (set, replicas) => {
          this.replicas[set === SETS.server ? 'server' : 'sentinel'] = replicas;
        },
        evict: async (pod, uid) => void this.evict(pod, uid),
        label: async (pod, uid, labels) => {
          const found = this.pods.get(pod);
          if (found?.uid === uid) Object.assign(found.labels, labels);
        },
        keysSince: async () => undefined,
        keepFormed: async () => {
          deployment.formed = true;
          mount(deployment);
        },
      },
      members,
      keys,
      services: new RedisServices(settings, keys),
      wake: () => this.wake(),
    });
  }

  /** Names are those of pods to the steward, and addresses to servers, as names would have to be known to this machine. */
  private hostOf(pod: string): string {
    const ordinal = Number(pod.split('-').pop());
    return (pod.startsWith(SETS.sentinel) ? sentinelOf : serverOf)(this.deployment, ordinal).host;
  }

  private stewardSettings(): RedisStewardSettings {
    const { settings, conf } = this.deployment;
    const { sentinel } = settings;
    const live = conf.live
      .split('\n')
      .map((line) => line.split(/ (.*)/s))
      .map(([key, value]): [string, string] => [key, value === '""' ? '' : value]);
    return {
      cluster: 'cache',
      sets: Object.values(SETS),
      namespace: 'test',
      rendered: 'now',
      selector: {},
      labels: {},
      members: [],
      founders: [],
      data: settings.keepsData ? 'claims' : 'scratch',
      topology: settings.topology,
      shards: [{ index: 0, set: SETS.server, servers: this.wanted.server, leaving: false, rendered: 'now' }],
      ...(sentinel && {
        sentinel: {
          set: SETS.sentinel,
          count: sentinel.members.length,
          rendered: 'now',
          host: '{pod}',
          port: sentinel.port,
          masterName: sentinel.masterName,
          quorum: sentinel.quorum,
          downAfter: sentinel.downAfter,
          failoverTimeout: sentinel.failoverTimeout,
        },
      }),
      host: '{pod}',
      port: settings.port,
      tls: settings.tls,
      live: Object.fromEntries(live.filter(([key]) => key !== 'repl-backlog-size')),
      users: [],
      keepsData: settings.keepsData,
    };
  }

  private objects(): Objects {
    const sets = (Object.keys(SETS) as Kind[]).map((kind): [string, StatefulSet] => [
      SETS[kind],
      {
        metadata: { name: SETS[kind], annotations: { [RENDERED]: 'now' }, generation: 1 },
        spec: { replicas: this.replicas[kind], updateStrategy: { type: 'OnDelete' } },
        status: { observedGeneration: 1, updateRevision: String(this.revisions[kind]) },
      },
    ]);
    return { sets: new Map(sets), pods: [...this.pods.values()].map(asPod), formed: this.deployment.formed };
  }
}

function asPod({ pod, uid, revision, labels, since, ending }: FakePod): Pod {
  const time = since.toISOString();
  const condition = (type: string, is: boolean) =>
    ({ type, status: is ? 'True' : 'False', lastTransitionTime: time }) as const;
  return {
    metadata: {
      name: pod.name,
      uid,
      labels: { ...labels, 'controller-revision-hash': String(revision) },
      creationTimestamp: time,
      ...(ending && { deletionTimestamp: new Date().toISOString() }),
    },
    status: {
      phase: 'Running',
      podIP: pod.host,
      conditions: [condition('Ready', pod.ready), condition('Initialized', pod.started)],
    },
  };
}

let deployments = 0;

/** Runs a deployment for as long as a test needs it, at addresses of its own. */
export async function withDeployment(
  options: Omit<DeploymentOptions, 'ports' | 'net'> & { readonly steward?: boolean },
  test: (all: ReplicatedDeployment) => Promise<void>,
): Promise<void> {
  const [server, sentinel, gate] = freePorts(3);
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'test-'));
  const net = `127.0.${60 + deployments++}`;
  const all = new ReplicatedDeployment(root, { ...options, ports: { server, sentinel, gate }, net });
  all.start(options.steward);
  try {
    await test(all);
  } finally {
    await all.close();
    fs.rmSync(root, { recursive: true, force: true });
  }
}
