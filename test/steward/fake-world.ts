import type { Observed, QuorumSystem } from '../../lib/steward/adapter';
import type { Cluster } from '../../lib/steward/cluster';
import type { Facts, Part, Server, Step } from '../../lib/steward/facts';
import type { Objects } from '../../lib/steward/gather';
import type { Pod, StatefulSet } from '../../lib/steward/kubernetes/objects';
import { Metrics } from '../../lib/steward/metrics';
import { QuorumCharge, type QuorumObjects } from '../../lib/steward/quorum-charge';
import { RENDERED, type StewardSettings } from '../../lib/steward/settings';
import { Steward, type StewardParts } from '../../lib/steward/steward';

/** What the steward may do to the objects of the world. */
export type WorldObjects = QuorumObjects & Pick<Cluster, 'writeStatus' | 'event'>;

/** What a steward of the world is made of, apart from its charge. */
export type Parts = Omit<StewardParts<Facts, Step>, 'charge' | 'cluster'> & {
  readonly cluster: WorldObjects;
};

/** What is applied together. */
export interface Manifests {
  /** Part of each member, beginning with member 1. */
  readonly parts: readonly Part[];
  readonly revision: string;
  readonly founders?: readonly number[];
}

/** A pod and the server in it, which has come so far. */
interface FakePod {
  readonly uid: string;
  readonly revision: string;
  readonly created: number;
  terminating: boolean;
  state: 'gate' | 'waiting' | 'behind' | 'ready';
  broken?: string;
}

/** Ends a steward in the middle of a call: nothing after that call ever happens. */
export interface Death {
  /** Number of the call, from 1. */
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** The StatefulSet, as its controller has seen it. */
export function setObject(
  { cluster, rendered }: StewardSettings,
  replicas: number,
  revision: string,
): StatefulSet {
  return {
    metadata: { name: cluster, generation: 1, annotations: { [RENDERED]: rendered } },
    spec: { replicas, updateStrategy: { type: 'OnDelete' } },
    status: { observedGeneration: 1, updateRevision: revision },
  };
}

/** The pod of a member. */
export function podObject(
  id: number,
  pod: Pick<FakePod, 'uid' | 'revision' | 'created' | 'terminating' | 'broken'> & { ready: boolean },
): Pod {
  const creationTimestamp = new Date(pod.created).toISOString();
  const status = pod.ready ? 'True' : 'False';
  const state = pod.broken
    ? { waiting: { reason: pod.broken } }
    : { running: { startedAt: creationTimestamp } };
  return {
    metadata: {
      name: `zk-${id}`,
      uid: pod.uid,
      labels: { 'controller-revision-hash': pod.revision },
      creationTimestamp,
      ...(pod.terminating && { deletionTimestamp: creationTimestamp }),
    },
    status: {
      conditions: [{ type: 'Ready', status, lastTransitionTime: creationTimestamp }],
      containerStatuses: [{ name: 'server', ready: pod.ready, restartCount: 0, state }],
    },
  };
}

/**
 * A cluster in memory: its objects in Kubernetes, which `tick` moves on as controllers and servers would, and the promises
 * that nobody may break. What is known of it without a fresh list is two ticks old.
 */
export class FakeWorld {
  readonly pods = new Map<number, FakePod>();
  readonly membership = new Map<number, Part>();
  readonly disks = new Map<number, 'empty' | 'data'>();
  /** Promises that were broken. */
  readonly wrong: string[] = [];
  /** Steps that were taken, in order. */
  readonly steps: string[] = [];
  readonly statuses: Readonly<Record<string, string>>[] = [];
  readonly events: string[] = [];
  readonly log: Record<string, unknown>[] = [];
  marks = 0;
  replicas: number;
  provisioned = true;
  provisionFailed: string | undefined;
  /** By how much who is behind is behind; undefined: it catches up at once. */
  lag: number | undefined;
  /** Revisions that never start. */
  readonly bad = new Set<string>();
  /** Called before each call of the steward; throws what the call is to fail with. */
  before: (call: string) => void = () => undefined;
  /** Calls of the steward until now. */
  calls = 0;
  death: Death | undefined;
  holder: string | undefined;
  settings!: StewardSettings;
  manifests!: Manifests;
  private uids = 0;
  private known: Objects | undefined;
  private next: Objects | undefined;
  private died: (() => void) | undefined;

  constructor(manifests: Manifests) {
    this.replicas = 1;
    this.apply(manifests);
  }

  /** A cluster that was formed and has settled. */
  static settled(manifests: Manifests): FakeWorld {
    const world = new FakeWorld(manifests);
    world.replicas = manifests.parts.length;
    world.marks = 1;
    for (const [index, part] of manifests.parts.entries()) {
      const id = index + 1;
      world.membership.set(id, part);
      world.disks.set(id, 'data');
      world.pods.set(id, { ...world.newPod(), state: 'ready' });
    }
    return world;
  }

  apply(manifests: Manifests): void {
    this.manifests = manifests;
    this.settings = {
      cluster: 'zk',
      sets: ['zk'],
      namespace: 'test',
      rendered: JSON.stringify(manifests),
      selector: { app: 'zk' },
      labels: { app: 'zk' },
      members: manifests.parts.map((part, index) => ({ id: index + 1, part })),
      founders: manifests.founders ?? [1],
      data: 'claims',
    };
  }

  /** Whether all is as it was applied. */
  get settled(): boolean {
    const { parts, revision } = this.manifests;
    return (
      this.marks > 0 &&
      this.provisioned &&
      this.replicas === parts.length &&
      this.pods.size === parts.length &&
      this.membership.size === parts.length &&
      parts.every((part, index) => {
        const pod = this.pods.get(index + 1);
        return this.membership.get(index + 1) === part && pod?.revision === revision && pod.state === 'ready';
      })
    );
  }

  /** A steward that has just started. */
  steward(parts: Partial<Parts> = {}): Steward<Facts, Step> {
    const { cluster = this.cluster } = parts;
    return new Steward({
      charge: new QuorumCharge(this.settings, cluster, this.system),
      cluster,
      lease: this.lease,
      metrics: new Metrics('zk', () => performance.now() / 1_000),
      log: (line) => this.log.push(line),
      ...parts,
    });
  }

  /** A lap, and what happens meanwhile; false when the steward has died in it. */
  async lap(steward: Pick<Steward<Facts, Step>, 'lap'>): Promise<boolean> {
    const died = new Promise<false>((resolve) => {
      this.died = () => resolve(false);
    });
    const alive = await Promise.race([steward.lap().then(() => true), died]);
    this.tick();
    return alive;
  }

  /** Laps until all is as wanted and nothing is done any more; a steward that dies is followed by another one. */
  async run(laps = 100): Promise<void> {
    let steward = this.steward();
    for (let lap = 0; lap < laps; lap++) {
      if (!(await this.lap(steward))) steward = this.steward();
      if (this.settled && steward.state.settled) return;
    }
    throw new Error(`not settled after ${laps} laps: ${steward.state.doing}`);
  }

  /** Kubernetes and the servers go on by one step. */
  tick(): void {
    [this.known, this.next] = [this.next, this.objects()];
    for (const [id, pod] of [...this.pods]) {
      if (pod.terminating) this.pods.delete(id);
      else if (id > this.replicas) this.end(id);
      else this.advance(id, pod);
    }
    for (let id = 1; id <= this.replicas; id++) if (!this.pods.has(id)) this.pods.set(id, this.newPod());
  }

  private newPod(): FakePod {
    const { revision } = this.manifests;
    return { uid: `uid-${++this.uids}`, revision, created: Date.now(), terminating: false, state: 'gate' };
  }

  private end(id: number): void {
    const pod = this.pods.get(id);
    if (pod) pod.terminating = true;
    if (this.membership.has(id) && !this.manifests.parts[id - 1])
      this.wrong.push(`member ${id} ended and is listed`);
  }

  private advance(id: number, pod: FakePod): void {
    if (this.bad.has(pod.revision)) {
      pod.broken = 'CrashLoopBackOff';
      return;
    }
    if (pod.state === 'behind' && this.lag === undefined) pod.state = 'ready';
    if (pod.state === 'gate' && this.mayStart(id)) pod.state = 'waiting';
    if (pod.state === 'waiting' && this.leader !== undefined) {
      this.disks.set(id, 'data');
      pod.state = 'behind';
    }
  }

  /** As the gate would decide. */
  private mayStart(id: number): boolean {
    if (this.disks.get(id) === 'data' || this.leader !== undefined) return true;
    const { founders } = this.settings;
    const together = founders.every(
      (each) => this.pods.get(each)?.state === 'gate' && this.disks.get(each) !== 'data',
    );
    if (this.marks > 0 || this.membership.size > 0 || !founders.includes(id) || !together) return false;
    for (const each of founders) {
      this.membership.set(each, 'voter');
      this.disks.set(each, 'data');
      const pod = this.pods.get(each);
      if (pod) pod.state = 'waiting';
    }
    return true;
  }

  private runs(id: number): boolean {
    const pod = this.pods.get(id);
    return (
      pod !== undefined &&
      !pod.terminating &&
      !pod.broken &&
      pod.state !== 'gate' &&
      this.disks.get(id) === 'data'
    );
  }

  private get voters(): number[] {
    return [...this.membership].filter(([, part]) => part === 'voter').map(([id]) => id);
  }

  /** The running voter with the lowest id, where a majority of them runs. */
  get leader(): number | undefined {
    const running = this.voters.filter((id) => this.runs(id));
    return running.length > this.voters.length / 2 ? running[0] : undefined;
  }

  private serverOf(id: number): Server {
    const pod = this.pods.get(id);
    if (!pod) return { state: 'silent', reason: 'its name does not resolve yet' };
    if (pod.terminating || pod.broken) return { state: 'silent', reason: 'connect ECONNREFUSED' };
    if (pod.state === 'gate') return { state: 'gate', disk: this.disks.get(id) ?? 'empty' };
    const { leader } = this;
    if (leader === undefined || pod.state === 'waiting') return { state: 'waiting' };
    const synced = pod.state === 'ready';
    const role = id === leader ? 'leader' : this.membership.get(id) === 'voter' ? 'follower' : 'observer';
    return { state: 'serving', role, synced: synced || id === leader, lag: synced ? 0 : (this.lag ?? 7) };
  }

  private objects(): Objects {
    return {
      sets: new Map([['zk', setObject(this.settings, this.replicas, this.manifests.revision)]]),
      pods: [...this.pods].map(([id, pod]) => podObject(id, { ...pod, ready: pod.state === 'ready' })),
      formed: this.marks > 0,
    };
  }

  /** One call of the steward, in which it may die. */
  private async call<T>(name: string, effect: () => T): Promise<T> {
    const number = ++this.calls;
    const dies = this.death?.at === number ? this.death.when : undefined;
    if (dies === 'before') return this.die();
    this.before(name);
    const result = effect();
    return dies === 'after' ? this.die() : result;
  }

  private die(): Promise<never> {
    this.died?.();
    return new Promise(() => undefined);
  }

  private get healthy(): boolean {
    return (
      this.leader !== undefined && this.voters.filter((id) => this.isWell(id)).length > this.voters.length / 2
    );
  }

  private isWell(id: number): boolean {
    const pod = this.pods.get(id);
    return pod?.state === 'ready' && !pod.terminating && this.runs(id);
  }

  /** A change of the steward's; it must not cost a majority that was there. */
  private change(step: string, effect: () => void): void {
    this.steps.push(step);
    const before = this.healthy;
    const alone = this.voters.length === 1;
    effect();
    if (before && !alone && !this.healthy) this.wrong.push(`${step} took the majority`);
  }

  readonly cluster: WorldObjects = {
    objects: (fresh) => this.call('objects', () => (fresh || !this.known ? this.objects() : this.known)),
    scale: (_set, replicas) =>
      this.call('scale', () => {
        const cut = [...this.membership.keys()].filter((id) => id > replicas);
        if (cut.length > 0) this.wrong.push(`scaled to ${replicas}, and ${cut} are listed`);
        this.change(`scale ${replicas}`, () => {
          this.replicas = replicas;
        });
      }),
    evict: (name, uid) =>
      this.call('evict', () => {
        const id = Number(name.slice('zk-'.length));
        const pod = this.pods.get(id);
        if (pod?.uid !== uid) throw new Error(`the pod ${name} is another one`);
        const away = this.manifests.parts.flatMap((_, index) =>
          this.isWell(index + 1) || index + 1 === id ? [] : index + 1,
        );
        if (this.isWell(id) && away.length > 0) this.wrong.push(`ended ${id} while ${away} are away`);
        this.change(`restart ${id}`, () => this.end(id));
      }),
    keepFormed: () =>
      this.call('keepFormed', () => {
        if (this.marks > 0) return;
        const { founders } = this.settings;
        if (founders.some((id) => this.membership.has(id) && this.disks.get(id) !== 'data')) {
          this.wrong.push('marked as formed while a founder holds nothing');
        }
        this.marks++;
        this.steps.push('mark-formed');
      }),
    keysSince: async () => undefined,
    writeStatus: (data) => this.call('writeStatus', () => void this.statuses.push(data)),
    event: (type, reason, message) =>
      this.call('event', () => void this.events.push(`${type} ${reason}: ${message}`)),
  };

  readonly system: QuorumSystem = {
    look: (ids) =>
      this.call('look', (): Observed => {
        const servers = new Map(ids.map((id) => [id, this.serverOf(id)]));
        const { provisioned, provisionFailed, leader } = this;
        if (leader === undefined) return { servers, provisioned: false };
        return { servers, membership: new Map(this.membership), provisioned, provisionFailed };
      }),
    admit: (id, as) =>
      this.call('admit', () => this.change(`admit ${id} ${as}`, () => this.membership.set(id, as))),
    dismiss: (id) =>
      this.call('dismiss', () => this.change(`dismiss ${id}`, () => this.membership.delete(id))),
    spread: () => this.call('spread', () => undefined),
    provision: () =>
      this.call('provision', () => {
        this.steps.push('provision');
        this.provisioned = true;
      }),
  };

  readonly lease: Parts['lease'] = {
    holds: () => this.holder === 'me',
    tryHold: () =>
      this.call('tryHold', () => {
        this.holder ??= 'me';
        if (this.holder === 'me') return { held: true as const };
        return { held: false as const, holder: this.holder, reason: 'it holds the lease' };
      }),
  };
}
