import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextReplicationStep } from '../../../../lib/redis/steward/replication/next-replication-step';
import type {
  ReplicationFacts,
  ReplicationStep,
  SentinelSays,
} from '../../../../lib/redis/steward/replication/replication-facts';
import { kube, master, OLD, replica, sentinel, sentinelHost, server, serverHost, silent } from './facts-of';

const SENTINELS = 3;

/** A server's pod. Writes are numbered, and what a server has are the first ones. */
interface Server {
  old: boolean;
  /** Undefined: it is the master. */
  follows?: number;
  writes: number;
  label?: string;
}

interface Watcher {
  old: boolean;
  master: number;
  replicas: Set<number>;
  sentinels: Set<number>;
}

/** A deployment as far as steps of the steward change it, and what servers and Sentinels do by themselves. */
class World {
  readonly servers = new Map<number, Server>();
  readonly sentinels = new Map<number, Watcher>();
  /** What servers had that were stopped. */
  private readonly disks = new Map<number, number>();
  wanted = 2;
  replicas = 1;
  sentinelReplicas = 1;
  formed = false;
  /** Writes that were acknowledged. */
  acknowledged = 0;

  /** Pods that are missing are made; replicas link; Sentinels replace a master that is gone, and hear of everybody. */
  tick(): void {
    for (const ordinal of this.servers.keys()) if (ordinal >= this.replicas) this.stop(ordinal);
    for (const ordinal of this.sentinels.keys())
      if (ordinal >= this.sentinelReplicas) this.sentinels.delete(ordinal);
    // Sentinels are faster than pods.
    this.elect();
    for (let ordinal = 0; ordinal < this.replicas; ordinal++)
      if (!this.servers.has(ordinal)) this.make(ordinal);
    for (let ordinal = 0; ordinal < this.sentinelReplicas; ordinal++) this.watch(ordinal);
    const lead = this.lead();
    for (const [ordinal, each] of this.servers)
      if (lead !== undefined && ordinal !== lead) each.follows = lead;
    this.catchUp();
    for (const [, watcher] of this.sentinels) {
      if (lead !== undefined) watcher.master = lead;
      for (const ordinal of this.servers.keys())
        if (ordinal !== watcher.master) watcher.replicas.add(ordinal);
      watcher.replicas.delete(watcher.master);
      for (const ordinal of this.sentinels.keys()) watcher.sentinels.add(ordinal);
    }
  }

  /** A client writes, and replicas have yet to hear of it. */
  write(): void {
    const leader = this.servers.get(this.lead() ?? -1);
    if (!leader) return;
    leader.writes++;
    this.acknowledged++;
  }

  /** Replicas get what the master has. */
  catchUp(): void {
    const leader = this.servers.get(this.lead() ?? -1);
    if (leader) for (const each of this.servers.values()) each.writes = leader.writes;
  }

  /** The only server that serves as master. */
  lead(): number | undefined {
    return [...this.servers].find(([, each]) => each.follows === undefined)?.[0];
  }

  /** Ends a pod, and leaves its disk. */
  stop(ordinal: number): void {
    const each = this.servers.get(ordinal);
    if (each) this.disks.set(ordinal, each.writes);
    this.servers.delete(ordinal);
  }

  private make(ordinal: number): void {
    const isFirst = ordinal === 0 && this.servers.size === 0 && this.disks.size === 0;
    const lead = this.lead() ?? [...this.sentinels.values()][0]?.master;
    if (!isFirst && lead === undefined) return;
    // One that is named as the master goes on as it was, if nobody has taken its place.
    const follows = isFirst || (lead === ordinal && this.servers.size === 0) ? undefined : lead;
    this.servers.set(ordinal, { old: false, follows, writes: this.disks.get(ordinal) ?? 0 });
  }

  private watch(ordinal: number): void {
    const lead = this.lead() ?? [...this.sentinels.values()][0]?.master;
    if (this.sentinels.has(ordinal) || lead === undefined) return;
    const all = new Set([0, 1, 2]);
    this.sentinels.set(ordinal, { old: false, master: lead, replicas: new Set(), sentinels: all });
  }

  private elect(): void {
    const named = [...this.sentinels.values()][0]?.master;
    if (named === undefined || this.servers.get(named)?.follows === undefined) {
      if (named === undefined || this.servers.has(named)) return;
    }
    const best = [...this.servers].sort(([, a], [, b]) => b.writes - a.writes)[0];
    if (best) this.promote(best[0]);
  }

  promote(ordinal: number): void {
    for (const [other, each] of this.servers) each.follows = other === ordinal ? undefined : ordinal;
    for (const watcher of this.sentinels.values()) {
      watcher.replicas.add(watcher.master);
      watcher.master = ordinal;
      watcher.replicas.delete(ordinal);
    }
  }

  facts(): ReplicationFacts {
    const lead = this.lead();
    const ordinals = [...new Set([...Array(this.wanted).keys(), ...this.servers.keys()])].sort();
    return {
      formed: this.formed,
      keepsData: true,
      staleCertificates: [],
      servers: {
        set: 'cache',
        wanted: this.wanted,
        replicas: this.replicas,
        members: ordinals.map((ordinal) => {
          const each = this.servers.get(ordinal);
          const followers = [...this.servers.keys()].filter((other) => other !== lead);
          const says = !each
            ? silent
            : each.follows === undefined
              ? master(...followers)
              : replica(each.follows);
          const pod = each && kube(`cache-${ordinal}`, each.old ? OLD : {});
          return server(ordinal, says, { kube: pod, wanted: ordinal < this.wanted, label: each?.label });
        }),
      },
      sentinels: {
        set: 'cache-sentinel',
        wanted: SENTINELS,
        replicas: this.sentinelReplicas,
        members: [0, 1, 2].map((ordinal) => {
          const each = this.sentinels.get(ordinal);
          const pod = each && kube(`cache-sentinel-${ordinal}`, each.old ? OLD : {});
          return sentinel(ordinal, this.view(ordinal, each), { kube: pod });
        }),
      },
    };
  }

  private view(ordinal: number, each: Watcher | undefined): SentinelSays {
    if (!each) return { state: 'silent', reason: 'refused' };
    return {
      state: 'knows',
      master: serverHost(each.master),
      down: !this.servers.has(each.master),
      failingOver: false,
      replicas: [...each.replicas].map(serverHost),
      sentinels: [...each.sentinels].filter((other) => other !== ordinal).map(sentinelHost),
    };
  }

  /** Carries a step out, which must not lose anything. */
  take(step: ReplicationStep): void {
    switch (step.step) {
      case 'scale':
        if (step.set === 'cache') this.replicas = step.replicas;
        else this.sentinelReplicas = step.replicas;
        break;
      case 'mark-formed':
        this.formed = true;
        break;
      case 'label':
        for (const [pod, role] of Object.entries(step.roles)) {
          const each = this.servers.get(Number(pod.split('-')[1]));
          if (each) each.label = role;
        }
        break;
      case 'restart': {
        const ordinal = Number(step.pod.split('-').pop());
        if (step.pod.includes('sentinel')) this.sentinels.delete(ordinal);
        else this.stop(ordinal);
        break;
      }
      case 'hand-over': {
        const lead = this.lead();
        const next = [...this.servers].filter(([ordinal]) => ordinal !== lead).sort(([a], [b]) => b - a)[0];
        this.catchUp();
        this.promote(next[0]);
        break;
      }
      case 'forget': {
        const watcher = this.sentinels.get(Number(step.sentinel.split('-').pop()));
        watcher?.replicas.clear();
        watcher?.sentinels.clear();
        break;
      }
    }
  }
}

/** What people and nodes do. */
const events = fc.array(
  fc.oneof(
    fc.record({ event: fc.constant('scale' as const), to: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ event: fc.constant('roll' as const), to: fc.constant(0) }),
    fc.record({ event: fc.constant('kill' as const), to: fc.nat(3) }),
    fc.record({ event: fc.constant('go on' as const), to: fc.integer({ min: 1, max: 9 }) }),
  ),
  { maxLength: 12 },
);

function goOn(world: World, laps: number): ReplicationStep {
  let step: ReplicationStep = { phase: 'Forming', step: 'rest', why: 'nothing was done' };
  for (let lap = 0; lap < laps; lap++) {
    world.tick();
    world.write();
    step = nextReplicationStep(world.facts());
    if (step.step === 'rest') break;
    world.take(step);
  }
  return step;
}

describe('a deployment that people change, and pods of which are killed', () => {
  it('comes to rest as it is wanted, and loses nothing that was acknowledged', () => {
    fc.assert(
      fc.property(events, (all) => {
        const world = new World();
        expect(goOn(world, 60).step).toBe('rest');
        for (const { event, to } of all) {
          if (event === 'scale') world.wanted = to;
          if (event === 'go on') goOn(world, to);
          if (event === 'roll') {
            for (const each of [...world.servers.values(), ...world.sentinels.values()]) each.old = true;
          }
          // That a master dies with what only it has is for nobody to mend.
          if (event === 'kill') world.catchUp();
          if (event === 'kill' && world.servers.size > 1) world.stop(to);
        }
        expect(goOn(world, 200).step).toBe('rest');
        const lead = world.lead();
        expect(world.servers.get(lead ?? -1)?.writes).toBe(world.acknowledged);
        expect([...world.servers.keys()].sort()).toEqual([...Array(world.wanted).keys()]);
        expect([...world.servers.values(), ...world.sentinels.values()].some(({ old }) => old)).toBe(false);
        const labelled = [...world.servers]
          .filter(([, { label }]) => label === 'master')
          .map(([ordinal]) => ordinal);
        expect(labelled).toEqual([lead]);
        for (const { replicas } of world.sentinels.values()) expect(replicas.size).toBe(world.wanted - 1);
      }),
      { numRuns: 1_000 },
    );
  });
});
