import { type Charge, type Decision, isAction, wait } from './charge';
import type { Cluster } from './cluster';
import type { Cause } from './facts';
import { KubernetesError } from './kubernetes/client';
import type { Lease } from './kubernetes/lease';
import type { Metrics } from './metrics';
import { Reporter } from './reporter';

/** What a steward works with. */
export interface StewardParts<F, S extends Decision> {
  readonly charge: Charge<F, S>;
  readonly cluster: Pick<Cluster, 'writeStatus' | 'event'>;
  readonly lease: Pick<Lease, 'tryHold' | 'holds'>;
  readonly metrics: Metrics;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Time that an action may take, for which the lease must still last. */
const MARGIN_MS = 5_000;
/** A lease that lasts less long is renewed. */
const RENEW_MS = 10_000;

/** Looks after one cluster. Nothing is remembered that matters: each lap begins with what is. */
export class Steward<F, S extends Decision> {
  /** When the last lap ended. */
  lastLap = performance.now();
  private readonly reporter: Reporter<F, S>;
  /** The step that failed in the last lap. */
  private failed = '';

  constructor(private readonly parts: StewardParts<F, S>) {
    this.reporter = new Reporter(parts);
  }

  /** Whether the cluster is as the manifests say; what is being done otherwise. */
  get state(): { readonly settled: boolean; readonly doing: string } {
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
    const { charge, lease, metrics } = this.parts;
    const hold = lease.holds(RENEW_MS) ? { held: true as const } : await lease.tryHold();
    if (!hold.held) {
      this.reporter.standsBy(hold.holder);
      return 2_000;
    }
    let facts = await charge.gather(false);
    let step = charge.decide(facts);
    if (isAction(step)) {
      // What was decided on may have been an older state; only a fresh one is acted on.
      facts = await charge.gather(true);
      step = charge.decide(facts);
    }
    metrics.note(step, charge.samples(facts));
    // What has just failed is told of as such while it is tried again.
    if (!isAction(step) || charge.sentence(step) !== this.failed) await this.reporter.decided(facts, step);
    this.failed = '';
    if (isAction(step)) return this.act(facts, step);
    if (step.step === 'wait') return 1_000;
    await charge.rest();
    return 10_000;
  }

  private async act(facts: F, step: S): Promise<number> {
    const { charge, lease, metrics } = this.parts;
    if (!lease.holds(MARGIN_MS)) return 200;
    metrics.begin(step);
    try {
      await charge.carryOut(facts, step, () => {
        if (!lease.holds(MARGIN_MS)) throw new Error('the lease has run out meanwhile');
      });
      await this.reporter.done(step);
      return 200;
    } catch (error) {
      const cause: Cause = error instanceof KubernetesError && error.status === 429 ? 'budget' : 'error';
      const refusal = cause === 'budget' ? 'which the PodDisruptionBudget refuses' : 'which failed';
      const why = `${charge.sentence(step)}, ${refusal}: ${(error as Error).message}`;
      const todo =
        cause === 'budget'
          ? undefined
          : 'It is tried again and again; if it goes on, mend what the error names.';
      // Every kind of decision has a step of waiting.
      const waiting = wait(step.phase, cause, why, todo) as unknown as S;
      metrics.fail(step.step);
      metrics.note(waiting, charge.samples(facts));
      this.failed = charge.sentence(step);
      await this.reporter.decided(facts, waiting);
      return 1_200;
    }
  }
}
