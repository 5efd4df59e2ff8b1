import type { Address } from '../../lib/steward/reach';
import { RedisProcess, type RedisSettings } from './redis-process';

/** What a Sentinel is told of a master, in milliseconds. */
export interface Monitored {
  readonly name: string;
  readonly master: Address;
  readonly quorum: number;
  /** @default 1000 */
  readonly downAfter?: number;
  /** @default 10000 */
  readonly failoverTimeout?: number;
}

/** A Sentinel in a process of its own. It keeps what it learns in its configuration file. */
export class SentinelProcess extends RedisProcess {
  protected override readonly tool = 'sentinel';

  /** Writes its configuration file anew, and thereby forgets what it has learnt. */
  override configure(settings: RedisSettings = {}, ...monitored: readonly Monitored[]): void {
    const of = (line: (each: Monitored) => string) => monitored.map(line);
    super.configure({
      'sentinel monitor': of(
        ({ name, master: { host, port }, quorum }) => `${name} ${host} ${port} ${quorum}`,
      ),
      'sentinel down-after-milliseconds': of(({ name, downAfter = 1_000 }) => `${name} ${downAfter}`),
      'sentinel failover-timeout': of(({ name, failoverTimeout = 10_000 }) => `${name} ${failoverTimeout}`),
      ...settings,
    });
  }

  protected override defaults(): RedisSettings {
    const { host, port } = this.address;
    return {
      ...this.listening(),
      'sentinel announce-ip': host,
      'sentinel announce-port': port,
    };
  }
}
