import type { Cluster } from './cluster';
import type { StewardSettings } from './settings';

const EVERY_MS = 60_000;

/** The mark that the cluster is formed. It belongs to all claims of its members, which come and go. */
export class FormedMark {
  private at = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly cluster: Pick<Cluster, 'keepFormed'>,
    private readonly data: StewardSettings['data'],
  ) {}

  /** Gives it to the claims there are now, once a minute; one of data that nobody keeps belongs to none. */
  async keep(): Promise<void> {
    if (this.data === 'scratch' || performance.now() - this.at < EVERY_MS) return;
    await this.cluster.keepFormed();
    this.at = performance.now();
  }
}
