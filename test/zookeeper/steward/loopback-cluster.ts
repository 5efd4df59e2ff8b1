import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { QuorumSystem } from '../../../lib/steward/adapter';
import { Metrics } from '../../../lib/steward/metrics';
import { QuorumCharge } from '../../../lib/steward/quorum-charge';
import { Steward } from '../../../lib/steward/steward';
import { runGate } from '../../../lib/zookeeper/gate/run';
import type { GatePaths, GateSettings } from '../../../lib/zookeeper/gate/settings';
import type { ZooKeeperStewardSettings } from '../../../lib/zookeeper/steward/settings';
import { askSrvr } from '../../../lib/zookeeper/wire/four-letter';
import { podObject, setObject, type WorldObjects } from '../../steward/fake-world';
import { GatedMember, loopbackMembers } from '../gate/gated-member';
import { pathsIn } from '../gate/volumes';
import { loopbackQuorum, loopbackSteward } from './loopback';

/** A member that runs: its gate, then its server. */
interface RunningPod {
  readonly uid: string;
  readonly revision: string;
  readonly created: number;
  readonly gate: AbortController;
  /** Over when its server has been started, or its gate was stopped. */
  started: Promise<void>;
  terminating: boolean;
}

/** A member's volumes, which outlive its pods. */
interface Volumes {
  readonly paths: GatePaths;
  readonly member: GatedMember;
}

/** When a steward dies: after each action, or before each that is attempted for the first time. */
export type Deadly = 'after' | 'before' | undefined;

/** As much of Kubernetes as a steward of an ensemble needs, with real gates and real servers on loopback. */
export class LoopbackCluster {
  /** What was done, in order. */
  readonly steps: string[] = [];
  /** Promises that were broken. */
  readonly wrong: string[] = [];
  readonly log: Record<string, unknown>[] = [];
  /** How often a steward died. */
  deaths = 0;
  readonly volumes = new Map<number, Volumes>();
  private readonly pods = new Map<number, RunningPod>();
  private readonly attempted = new Set<string>();
  private gate: GateSettings;
  private settings!: ZooKeeperStewardSettings;
  private revision = '';
  private replicas = 1;
  private uids = 0;
  private formed = false;
  private closed = false;
  private died: () => void = () => undefined;

  constructor(
    private readonly root: string,
    gate: GateSettings,
    private readonly deadly: Deadly,
  ) {
    this.gate = gate;
  }

  /** Applies manifests with so many members. */
  apply(count: number, revision: string): void {
    this.gate = { ...this.gate, members: loopbackMembers(count) };
    this.settings = loopbackSteward(this.gate, {
      rendered: `${count} of ${revision}`,
      wanted: { znodes: [{ path: '/app' }] },
    });
    this.revision = revision;
    for (const { member } of this.volumes.values()) member.configure(this.gate);
    this.reconcile();
  }

  /** Lets stewards work until one finds that everything is as applied; gives the steps that were needed. */
  async settle(): Promise<string[]> {
    this.attempted.clear();
    const before = this.steps.length;
    const deadline = Date.now() + 90_000;
    let steward = this.steward();
    for (;;) {
      const died = new Promise<false>((resolve) => {
        this.died = () => resolve(false);
      });
      if (!(await Promise.race([steward.lap().then(() => true), died]))) steward = this.steward();
      if (steward.state.settled) return this.steps.slice(before);
      if (Date.now() > deadline) throw new Error(`${steward.state.doing}; steps: ${this.steps}`);
      await delay(100);
    }
  }

  /** Ends the pod of a member, whose volume is lost. */
  async lose(id: number): Promise<void> {
    await this.end(id);
    this.volumesOf(id).member.wipe();
    this.reconcile();
  }

  member(id: number): GatedMember {
    return this.volumesOf(id).member;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.pods.keys()].map((id) => this.end(id)));
  }

  private steward() {
    return new Steward({
      charge: new QuorumCharge(this.settings, this.objects, this.system()),
      cluster: this.objects,
      lease: { holds: () => true, tryHold: async () => ({ held: true }) },
      metrics: new Metrics('zk', () => performance.now() / 1_000),
      log: (line) => this.log.push(line),
    });
  }

  private volumesOf(id: number): Volumes {
    const known = this.volumes.get(id);
    if (known) return known;
    const root = path.join(this.root, String(id));
    const paths = pathsIn(root);
    const made = { paths, member: new GatedMember(id, root, this.gate) };
    this.volumes.set(id, made);
    return made;
  }

  /** As the controller of the StatefulSet. */
  private reconcile(): void {
    if (this.closed) return;
    for (const id of this.pods.keys()) if (id > this.replicas) void this.end(id);
    for (let id = 1; id <= this.replicas; id++) if (!this.pods.has(id)) this.begin(id);
  }

  private begin(id: number): void {
    const { paths, member } = this.volumesOf(id);
    if (this.formed) this.mark(paths);
    const gate = new AbortController();
    const started = runGate({
      id,
      paths,
      host: member.host,
      signal: gate.signal,
      log: (line) => this.log.push(line),
    }).then(
      ({ action }) => (gate.signal.aborted || action === 'wait' ? undefined : member.serve()),
      (error) => void this.wrong.push(`the gate of ${id}: ${error.message}`),
    );
    const uid = `uid-${++this.uids}`;
    this.pods.set(id, {
      uid,
      revision: this.revision,
      created: Date.now(),
      gate,
      started,
      terminating: false,
    });
  }

  private async end(id: number): Promise<void> {
    const pod = this.pods.get(id);
    if (!pod || pod.terminating) return;
    pod.terminating = true;
    pod.gate.abort();
    await pod.started;
    await this.member(id).kill();
    this.pods.delete(id);
    this.reconcile();
  }

  private mark({ formed }: GatePaths): void {
    fs.mkdirSync(formed, { recursive: true });
    fs.writeFileSync(path.join(formed, 'formed'), 'now');
  }

  private async isReady(id: number): Promise<boolean> {
    const pod = this.pods.get(id);
    if (!pod || pod.terminating) return false;
    return (await askSrvr(this.member(id).address, 1_000)) !== undefined;
  }

  /** Does what a steward asks for, unless it dies before; after that it may die. */
  private async act(step: string, effect: () => Promise<void> | void): Promise<void> {
    const dies = this.deadly === 'before' && !this.attempted.has(step);
    this.attempted.add(step);
    if (!dies) {
      await effect();
      this.steps.push(step);
    }
    if (!dies && this.deadly !== 'after') return;
    this.deaths++;
    this.died();
    await new Promise(() => undefined);
  }

  private readonly objects: WorldObjects = {
    objects: async () => ({
      sets: new Map([['zk', setObject(this.settings, this.replicas, this.revision)]]),
      pods: await Promise.all(
        [...this.pods].map(async ([id, pod]) => podObject(id, { ...pod, ready: await this.isReady(id) })),
      ),
      formed: this.formed,
    }),
    scale: (_set, replicas) =>
      this.act(`scale ${replicas}`, async () => {
        const listed = (await this.member(1).membership()).filter(({ id }) => id > replicas);
        if (replicas < this.replicas && listed.length > 0) {
          this.wrong.push(`scaled to ${replicas}, and ${listed.map(({ id }) => id)} are listed`);
        }
        this.replicas = replicas;
        this.reconcile();
      }),
    evict: (name, uid) => {
      const id = Number(name.slice('zk-'.length));
      return this.act(`restart ${id}`, async () => {
        if (this.pods.get(id)?.uid !== uid) throw new Error(`the pod ${name} is another one`);
        const others = this.settings.members.filter((member) => member.id !== id);
        const ready = await Promise.all(others.map((other) => this.isReady(other.id)));
        if (!ready.every(Boolean)) this.wrong.push(`ended ${id} while others are away`);
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
    const system = loopbackQuorum(this.gate, this.settings, { provision: 60_000 });
    return {
      look: (ids) => system.look(ids),
      admit: (id, as) => this.act(`admit ${id} ${as}`, () => system.admit(id, as)),
      dismiss: (id) => this.act(`dismiss ${id}`, () => system.dismiss(id)),
      spread: () => system.spread(),
      provision: () => this.act('provision', () => system.provision()),
    };
  }
}
