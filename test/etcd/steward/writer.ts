import { setTimeout as delay } from 'node:timers/promises';
import type { EtcdClient } from '../../../lib/etcd/api/etcd-client';

/** Writes one key after the other, with whoever takes it. */
export class Writer {
  readonly acknowledged: string[] = [];
  private stopped = false;
  private readonly over: Promise<void>;

  constructor(
    private readonly clients: readonly EtcdClient[],
    private readonly pauseMs = 20,
  ) {
    this.over = this.write();
  }

  /** Stops, and gives what is missing of all that was acknowledged. */
  async missing(): Promise<string[]> {
    this.stopped = true;
    await this.over;
    const missing: string[] = [];
    for (const key of this.acknowledged) if ((await this.read(key)) !== key) missing.push(key);
    return missing;
  }

  private async read(key: string): Promise<string | undefined> {
    for (const client of this.clients) {
      const value = await client.get(key).catch(() => undefined);
      if (value) return value.toString();
    }
    return undefined;
  }

  private async write(): Promise<void> {
    for (let at = 0; !this.stopped; at++) {
      const key = `kept-${at}`;
      for (const client of this.clients) {
        const written = await client.put(key, key).then(
          () => true,
          () => false,
        );
        if (!written) continue;
        this.acknowledged.push(key);
        break;
      }
      await delay(this.pauseMs);
    }
  }
}
