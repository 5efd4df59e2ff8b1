import type { Cluster } from './cluster';
import { family } from './exposition';
import { NowAndThen } from './within';

const EVERY_MS = 60_000;

/** How old the newest backups of a cluster are, by the word of the CronJobs that make them. */
export class Backups {
  private readonly times: NowAndThen<ReadonlyMap<string, number>>;

  constructor(
    private readonly cluster: Pick<Cluster, 'lastSuccess'>,
    private readonly names: readonly string[],
    private readonly now: () => number = Date.now,
  ) {
    this.times = new NowAndThen(EVERY_MS, now);
  }

  /** Looks again, unless that was done a moment ago. */
  async look(): Promise<void> {
    if (this.names.length > 0) this.known = (await this.times.get(() => this.ask())) ?? this.known;
  }

  /** What Prometheus is told of them. Before the first one, its age is that of the CronJob. */
  samples(cluster: string): string {
    return family(
      'cdk8s_stateful_steward_backup_age_seconds',
      'gauge',
      'Seconds since a CronJob has last succeeded, or since it was made.',
      { cluster },
      [...this.known].map(([cronjob, time]) => [{ cronjob }, Math.max(0, (this.now() - time) / 1_000)]),
    );
  }

  private known: ReadonlyMap<string, number> = new Map();

  private async ask(): Promise<ReadonlyMap<string, number>> {
    const found = await Promise.all(
      this.names.map(async (name) => [name, await this.cluster.lastSuccess(name)] as const),
    );
    return new Map(found.flatMap(([name, time]) => (time ? [[name, time.getTime()] as const] : [])));
  }
}
