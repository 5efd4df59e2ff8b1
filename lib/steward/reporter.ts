import { type Charge, type Decision, isAction } from './charge';
import type { Cluster } from './cluster';
import type { Metrics } from './metrics';
import type { Status } from './status';

/** How often the status is written although it says nothing new, so that people see that it is not old. */
const REPEAT_MS = { busy: 30_000, resting: 300_000 };

/** Where a reporter tells what happens, and who puts it in words. */
export interface Listeners<F, S extends Decision> {
  readonly charge: Pick<Charge<F, S>, 'sentence' | 'reason' | 'status'>;
  readonly cluster: Pick<Cluster, 'writeStatus' | 'event'>;
  readonly metrics: Pick<Metrics, 'fail'>;
  readonly log: (line: Record<string, unknown>) => void;
}

/** Tells people and programs what a steward does and waits for: once each time that it is news. */
export class Reporter<F, S extends Decision> {
  /** Whether the cluster is as the manifests say; what is being done otherwise. */
  state: { readonly settled: boolean; readonly doing: string } = {
    settled: false,
    doing: 'has not looked yet',
  };
  private news = '';
  private status = { text: '', at: Number.NEGATIVE_INFINITY };
  private lastEvent = '';
  /** What it has been at without a break, and since when. */
  private stage = { key: '', since: '' };

  constructor(private readonly to: Listeners<F, S>) {}

  /** Tells what was decided on. */
  async decided(facts: F, step: S): Promise<void> {
    const { charge } = this.to;
    const status = charge.status(facts, step);
    const settled = step.step === 'rest';
    const news = `${step.phase}: ${status.doing}`;
    if (gist(news) !== this.news) {
      const { phase, why, step: what, ...rest } = step;
      this.to.log({ steward: what, phase, ...rest, reason: why });
      this.news = gist(news);
    }
    this.state = { settled, doing: news };
    await this.write(status, step);
    // The reasons may change from look to look; an event is worth it when there is something else to do.
    if (step.step === 'wait' && step.todo)
      await this.tell('Warning', 'Waiting', `${step.why.replace(/\.$/, '')}. ${step.todo}`, step.todo);
    if (settled) await this.tell('Normal', charge.reason(step), step.why);
  }

  /** Tells that a step was carried out. */
  async done(step: S): Promise<void> {
    await this.tell('Normal', this.to.charge.reason(step), this.to.charge.sentence(step));
  }

  /** Tells that somebody else looks after the cluster. */
  standsBy(holder: string): void {
    const doing = `another steward, ${holder || 'which was faster'}, looks after this cluster`;
    if (doing !== this.news) this.to.log({ steward: 'standby', reason: doing });
    this.news = doing;
    this.state = { settled: false, doing };
  }

  /** Tells that something could not be done that is tried again in any case. */
  failed(what: 'look' | 'status' | 'event', error: unknown): void {
    const reason = `${what} failed: ${(error as Error).message}`;
    this.to.metrics.fail(what);
    if (reason !== this.news) this.to.log({ steward: 'error', reason });
    if (what !== 'look') return;
    this.news = reason;
    this.state = { settled: false, doing: reason };
  }

  /** Writes the status when it says something new; how far members are behind alone is told now and then. */
  private async write({ phase, doing, todo, members }: Status, step: S): Promise<void> {
    const now = performance.now();
    const key = isAction(step) ? phase : `${phase} ${step.cause ?? ''}`;
    if (key !== this.stage.key) this.stage = { key, since: new Date().toISOString() };
    const text = gist([key, doing, todo, members.replace(/ +\d+ +/g, ' ')].join('\n'));
    const repeat = step.step === 'rest' ? REPEAT_MS.resting : REPEAT_MS.busy;
    if (text === this.status.text && now - this.status.at < repeat) return;
    const written = new Date().toISOString();
    try {
      await this.to.cluster.writeStatus({ phase, doing, todo, members, since: this.stage.since, written });
      this.status = { text, at: now };
    } catch (error) {
      this.failed('status', error);
    }
  }

  private async tell(
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    news = message,
  ): Promise<void> {
    if (`${reason}: ${news}` === this.lastEvent) return;
    this.lastEvent = `${reason}: ${news}`;
    await this.to.cluster.event(type, reason, message).catch((error) => this.failed('event', error));
  }
}

/** What is said, but for numbers that change all the time. */
function gist(text: string): string {
  return text.replace(/\d+ changes behind/g, 'changes behind');
}
