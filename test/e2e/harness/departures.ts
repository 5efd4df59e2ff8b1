import { isReady, nameOf, type Pod } from './cluster';
import type { Run } from './run';

/** A pod that was told to go, or was gone at once. */
export interface Departure {
  readonly pod: string;
  readonly at: number;
  /** Others that were away at that moment: told to go, gone, or not ready. */
  readonly away: readonly string[];
}

interface Seen {
  readonly uid: string;
  readonly here: boolean;
  readonly leaving: boolean;
}

/** Notes which pods of a selector leave, in which order, and who else is away then. */
export class Departures {
  readonly all: Departure[] = [];
  private readonly seen = new Map<string, Seen>();
  private stopWatching: () => void = () => undefined;
  private stopped = false;
  private problem: string | undefined;

  private constructor(private readonly onLeave: (pod: string) => void) {}

  /** Watches until the case is over, or `stop`. */
  static async watch(
    run: Run,
    labelSelector: string,
    onLeave: (pod: string) => void = () => undefined,
  ): Promise<Departures> {
    const departures = new Departures(onLeave);
    departures.stopWatching = await run.cluster.watchPods(
      run.namespace,
      labelSelector,
      (type, pod) => departures.take(type, pod),
      (error) => {
        if (!departures.stopped) departures.problem = `the watch ended: ${(error as Error)?.message}`;
      },
    );
    run.onEnd(async () => void departures.stop());
    return departures;
  }

  /** Ends the watch and gives what was seen; throws when it cannot have been everything. */
  stop(): readonly Departure[] {
    this.stopped = true;
    this.stopWatching();
    if (this.problem) throw new Error(this.problem);
    return this.all;
  }

  /** Who left while somebody else was away, in words. */
  get overlapping(): string[] {
    return this.all
      .filter(({ away }) => away.length > 0)
      .map(({ pod, away }) => `${pod} was taken away while ${away.join(', ')} was away`);
  }

  private take(type: string, pod: Pod): void {
    const name = nameOf(pod);
    const uid = pod.metadata?.uid ?? '';
    const before = this.seen.get(name);
    const gone = type === 'DELETED';
    const leaving = gone || pod.metadata?.deletionTimestamp !== undefined;
    if (leaving && !(before?.uid === uid && before.leaving)) {
      const away = [...this.seen].filter(([other, { here }]) => other !== name && !here);
      this.all.push({ pod: name, at: performance.now(), away: away.map(([other]) => other) });
      this.onLeave(name);
    }
    this.seen.set(name, { uid, leaving, here: !leaving && isReady(pod) });
  }
}
