import type { Admin, GroupLag, LogDir } from '../wire/types';

const EVERY_MS = 30_000;

/** What collecting samples needs. */
export interface SamplesProps {
  readonly admin: Pick<Admin, 'logDirs' | 'groupLags'>;
  /** Brokers that serve now. */
  readonly brokers: () => readonly number[];
  /** Called with what could not be collected, such as `log directories of broker 1`. */
  readonly onError?: (what: string, error: Error) => void;
  /** @default 30 seconds */
  readonly everyMs?: number;
}

/**
 * Sizes of logs and lags of groups, collected in the background: they take long to ask for, and nothing is decided from
 * them in a hurry. What a round does not get is not known until the next.
 */
export class KafkaSamples {
  /** By broker. */
  logDirs: ReadonlyMap<number, readonly LogDir[]> = new Map();
  lags: readonly GroupLag[] = [];
  /** Requests that failed. */
  errors = 0;
  private timer: NodeJS.Timeout | undefined;
  /** The loop that runs; another object for each. */
  private loop: object | undefined;

  constructor(private readonly props: SamplesProps) {}

  /** Collects now, and again and again until `stop`. */
  start(): void {
    if (this.loop) return;
    this.loop = {};
    void this.go(this.loop);
  }

  stop(): void {
    this.loop = undefined;
    clearTimeout(this.timer);
  }

  /** One round. Never rejects. */
  async collect(): Promise<void> {
    const { admin, brokers } = this.props;
    const dirs = Promise.all(
      brokers().map(async (id) => {
        const found = await this.attempt(`log directories of broker ${id}`, () => admin.logDirs(id));
        return found ? [[id, found] as const] : [];
      }),
    );
    const lags = this.attempt('lags of groups', () => admin.groupLags());
    this.logDirs = new Map((await dirs).flat());
    this.lags = (await lags) ?? [];
  }

  private async go(loop: object): Promise<void> {
    await this.collect();
    if (this.loop !== loop) return;
    // The timer alone keeps no process alive.
    this.timer = setTimeout(() => void this.go(loop), this.props.everyMs ?? EVERY_MS).unref();
  }

  private async attempt<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.errors++;
      this.props.onError?.(what, error as Error);
      return undefined;
    }
  }
}
