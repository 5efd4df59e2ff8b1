import type { Admin, GroupLag } from '../wire/types';

const EVERY_MS = 30_000;

/** What collecting lags needs. */
export interface GroupLagsProps {
  readonly admin: Pick<Admin, 'groupLags'>;
  /** Called with why they could not be collected. */
  readonly onError?: (error: Error) => void;
  /** @default 30 seconds */
  readonly everyMs?: number;
}

/**
 * How far groups are behind, collected in the background: that takes long to ask for, and nothing is decided from it. What
 * a round does not get is not known until the next.
 */
export class GroupLags {
  latest: readonly GroupLag[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** The loop that runs; another object for each. */
  private loop: object | undefined;

  constructor(private readonly props: GroupLagsProps) {}

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
    try {
      this.latest = await this.props.admin.groupLags();
    } catch (error) {
      this.latest = [];
      this.props.onError?.(error as Error);
    }
  }

  private async go(loop: object): Promise<void> {
    await this.collect();
    if (this.loop !== loop) return;
    // The timer alone keeps no process alive.
    this.timer = setTimeout(() => void this.go(loop), this.props.everyMs ?? EVERY_MS).unref();
  }
}
