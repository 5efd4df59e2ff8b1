import { isReady, nameOf, type Pod } from '../harness/cluster';
import type { Run } from '../harness/run';

/** Label of the pods and claims of an outcome; its value is the outcome's name. */
export const OUTCOME = 'outcome';

/** What became of the pods of an outcome since `begin`. */
export interface PodFate {
  /** Pods from before that still run, ready. */
  readonly kept: number;
  /** Pods from before that are gone. */
  readonly gone: number;
  /** New pods that are ready. */
  readonly came: number;
  /** The fewest pods that were ready at any moment. */
  readonly fewest: number;
  /** The most pods that there were at any moment, without those that were told to go. */
  readonly most: number;
  /** Names of the pods from before that were told to go, in that order. */
  readonly left: readonly string[];
}

interface Seen {
  readonly name: string;
  readonly leaving: boolean;
  readonly ready: boolean;
}

/** Pods of one outcome, change by change, by their uid. */
export class PodTally {
  private readonly pods = new Map<string, Seen>();
  private old = new Set<string>();
  private readonly left: string[] = [];
  private fewest = 0;
  private most = 0;

  /** Takes one change of a watch. */
  take(type: string, pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const leaving = type === 'DELETED' || pod.metadata?.deletionTimestamp !== undefined;
    if (leaving && this.old.has(uid) && this.pods.get(uid)?.leaving === false) this.left.push(nameOf(pod));
    if (type === 'DELETED') this.pods.delete(uid);
    else this.pods.set(uid, { name: nameOf(pod), leaving, ready: !leaving && isReady(pod) });
    this.fewest = Math.min(this.fewest, this.ready);
    this.most = Math.max(this.most, this.here.length);
  }

  /** From now on it counts. */
  begin(): void {
    this.old = new Set(this.pods.keys());
    this.left.length = 0;
    this.fewest = this.ready;
    this.most = this.here.length;
  }

  /** How many pods are ready. */
  get ready(): number {
    return this.here.filter(({ ready }) => ready).length;
  }

  /** Names of the pods that were not told to go. */
  get names(): string[] {
    return this.here.map(({ name }) => name).sort();
  }

  get fate(): PodFate {
    const old = [...this.old];
    const kept = old.filter((uid) => this.pods.get(uid)?.ready).length;
    return {
      kept,
      gone: old.filter((uid) => !this.pods.has(uid)).length,
      came: this.ready - kept,
      fewest: this.fewest,
      most: this.most,
      left: [...this.left],
    };
  }

  private get here(): Seen[] {
    return [...this.pods.values()].filter(({ leaving }) => !leaving);
  }
}

/** Tallies of all outcomes in a namespace, by one watch. */
export class PodTallies {
  private readonly byOutcome = new Map<string, PodTally>();
  private problem: string | undefined;

  /** Watches until the case is over. */
  static async watch(run: Run): Promise<PodTallies> {
    const tallies = new PodTallies();
    let over = false;
    const stop = await run.cluster.watchPods(
      run.namespace,
      OUTCOME,
      (type, pod) => tallies.of(pod.metadata?.labels?.[OUTCOME] ?? '').take(type, pod),
      (error) => {
        if (!over) tallies.problem = `the watch ended: ${(error as Error)?.message}`;
      },
    );
    run.onEnd(async () => {
      over = true;
      stop();
    });
    return tallies;
  }

  /** The tally of an outcome; throws when it may have missed something. */
  of(outcome: string): PodTally {
    if (this.problem) throw new Error(this.problem);
    const tally = this.byOutcome.get(outcome) ?? new PodTally();
    this.byOutcome.set(outcome, tally);
    return tally;
  }
}
