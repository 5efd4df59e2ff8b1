import type { QuorumSystem } from './adapter';
import type { Cluster } from './cluster';
import type { Cause, Facts, Step } from './facts';
import { factsOf, idsOf } from './gather';
import { KubernetesError } from './kubernetes/client';
import type { Lease } from './kubernetes/lease';
import type { Metrics } from './metrics';
import { nextStep } from './next-step';
import { Reporter } from './reporter';
import type { StewardSettings } from './settings';
import { isAction, sentence } from './status';

/** What a steward works with. */
export interface StewardParts {
  readonly settings: StewardSettings;
  readonly cluster: Pick<Cluster, 'objects' | 'scale' | 'evict' | 'keepFormed' | 'writeStatus' | 'event'>;
  readonly system: QuorumSystem;
  readonly lease: Pick<Lease, 'tryHold' | 'holds'>;
  readonly metrics: Metrics;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Time that an action may take, for which the lease must still last. */
const MARGIN_MS = 5_000;
/** A lease that lasts less long is renewed. */
const RENEW_MS = 10_000;
const OWNERS_MS = 60_000;

/** Looks after one cluster. Nothing is remembered that matters: each lap begins with what is. */
export class Steward {
  /** When the last lap ended. */
  lastLap = performance.now();
  private readonly reporter: Reporter;
  private ownersAt = Number.NEGATIVE_INFINITY;
  /** The step that failed in the last lap. */
  private failed = '';

  constructor(private readonly parts: StewardParts) {
    this.reporter = new Reporter(parts);
  }

  /** Whether the cluster is as the manifests say; what is being done otherwise. */
  get state(): Reporter['state'] {
    return this.reporter.state;
  }

  /** One look and at most one step. Gives how long to wait for the next, in milliseconds, unless something changes. */
  async lap(): Promise<number> {
    try {
      return await this.look();
    } catch (error) {
      this.reporter.failed('look', error);
      return 2_000;
    } finally {
      this.lastLap = performance.now();
    }
  }

  private async look(): Promise<number> {
    const { lease, metrics } = this.parts;
    const hold = lease.holds(RENEW_MS) ? { held: true as const } : await lease.tryHold();
    if (!hold.held) {
      this.reporter.standsBy(hold.holder);
      return 2_000;
    }
    let facts = await this.gather(false);
    let step = nextStep(facts);
    if (isAction(step)) {
      // What was decided on may have been an older state; only a fresh one is acted on.
      facts = await this.gather(true);
      step = nextStep(facts);
    }
    metrics.note(facts, step);
    // What has just failed is told of as such while it is tried again.
    if (!isAction(step) || sentence(step) !== this.failed) await this.reporter.decided(facts, step);
    this.failed = '';
    if (isAction(step)) return this.act(facts, step);
    if (step.step === 'wait') return 1_000;
    await this.keepOwners();
    return 10_000;
  }

  private async gather(fresh: boolean): Promise<Facts> {
    const { cluster, system, settings } = this.parts;
    const objects = await cluster.objects(fresh);
    const observed = await system.look(idsOf(objects, settings));
    return factsOf(objects, observed, settings, system.authoritySince(), Date.now());
  }

  private async act(facts: Facts, step: Step): Promise<number> {
    const { lease, metrics } = this.parts;
    if (!lease.holds(MARGIN_MS)) return 200;
    metrics.begin(step);
    try {
      await this.carryOut(facts, step);
      await this.reporter.done(step);
      return 200;
    } catch (error) {
      const cause: Cause = error instanceof KubernetesError && error.status === 429 ? 'budget' : 'error';
      const refusal = cause === 'budget' ? 'which the PodDisruptionBudget refuses' : 'which failed';
      const why = `${sentence(step)}, ${refusal}: ${(error as Error).message}`;
      const todo =
        cause === 'budget'
          ? undefined
          : 'It is tried again and again; if it goes on, mend what the error names.';
      const waiting: Step = { phase: step.phase, step: 'wait', cause, why, todo };
      metrics.fail(step.step);
      metrics.note(facts, waiting);
      this.failed = sentence(step);
      await this.reporter.decided(facts, waiting);
      return 1_200;
    }
  }

  private async carryOut(facts: Facts, step: Step): Promise<void> {
    const { cluster, lease, system } = this.parts;
    switch (step.step) {
      case 'scale':
        if (step.replicas < facts.replicas) {
          await system.spread();
          // That may have taken long, and Kubernetes asks for no condition here.
          if (!lease.holds(MARGIN_MS)) throw new Error('the lease has run out meanwhile');
        }
        return cluster.scale(step.replicas);
      case 'mark-formed':
        return cluster.keepFormed();
      case 'provision':
        return system.provision();
      case 'restart': {
        const pod = facts.members.find(({ id }) => id === step.id)?.pod;
        return pod && cluster.evict(pod.name, step.uid);
      }
      case 'admit':
        return system.admit(step.id, step.as);
      case 'dismiss':
        return system.dismiss(step.id);
    }
  }

  /** Claims come and go; the mark of the formed cluster belongs to all of them. */
  private async keepOwners(): Promise<void> {
    const { cluster, settings } = this.parts;
    if (settings.data === 'scratch' || performance.now() - this.ownersAt < OWNERS_MS) return;
    await cluster.keepFormed();
    this.ownersAt = performance.now();
  }
}
