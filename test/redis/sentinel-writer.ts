import { setTimeout as delay } from 'node:timers/promises';
import { list, text } from '../../lib/redis/wire/reply';
import type { Redis } from '../../lib/redis/wire/types';
import { connectAsLocalhost, type Deployment, transportOf } from './replicated-pods';

/** A client that finds the master by Sentinels, as applications do, and writes all the time. */
export class SentinelWriter {
  readonly acknowledged: number[] = [];
  /** Longest time between two writes that were acknowledged, in milliseconds. */
  longestGap = 0;
  private client: Redis | undefined;
  private ending = false;
  private readonly loop: Promise<void>;

  /** @param replicas that have to have a write before it counts as acknowledged */
  constructor(
    private readonly deployment: Deployment,
    private readonly replicas = 0,
  ) {
    this.loop = this.write();
  }

  async end(): Promise<void> {
    this.ending = true;
    await this.loop;
    this.client?.close();
  }

  /** Waits until so many more writes are acknowledged. */
  async more(count: number, timeoutMs = 30_000): Promise<void> {
    const wanted = this.acknowledged.length + count;
    const until = performance.now() + timeoutMs;
    while (this.acknowledged.length < wanted) {
      if (performance.now() > until) throw new Error(`no more writes within ${timeoutMs} ms`);
      await delay(20);
    }
  }

  /** Writes that were acknowledged, and that the master does not have. */
  async lost(): Promise<number[]> {
    const client = await this.find();
    if (!client) throw new Error('no master');
    const lost: number[] = [];
    for (let at = 0; at < this.acknowledged.length; at += 500) {
      const some = this.acknowledged.slice(at, at + 500);
      const values = list(await client.command('MGET', ...some.map((each) => `w:${each}`)));
      lost.push(...some.filter((_, index) => values[index] === null));
    }
    client.close();
    return lost;
  }

  private async write(): Promise<void> {
    let last = performance.now();
    for (let count = 0; !this.ending; count++) {
      try {
        this.client ??= await this.find();
        if (!this.client) throw new Error('no master');
        await this.client.command('SET', `w:${count}`, count);
        const having = this.replicas === 0 ? 0 : await this.client.command('WAIT', this.replicas, 500);
        if (Number(having) < this.replicas) continue;
        this.acknowledged.push(count);
        this.longestGap = Math.max(this.longestGap, performance.now() - last);
        last = performance.now();
        await delay(3);
      } catch {
        this.client?.close();
        this.client = undefined;
        await delay(50);
      }
    }
  }

  /** A client of the server that the first Sentinel names which answers, if that says that it is the master. */
  private async find(): Promise<Redis | undefined> {
    const { deployment } = this;
    for (const { host } of deployment.settings.sentinel?.members ?? []) {
      const address = { host, port: deployment.ports.sentinel };
      const sentinel = connectAsLocalhost(address, { ...transportOf(deployment, true), timeoutMs: 500 });
      const named = await sentinel
        .command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'cache')
        .catch(() => undefined)
        .finally(() => sentinel.close());
      if (!named) continue;
      const [master, port] = list(named).map(text);
      const client = connectAsLocalhost({ host: master, port: Number(port) }, transportOf(deployment));
      const role = await client.command('ROLE').catch(() => undefined);
      if (role && list(role)[0] === 'master') return client;
      client.close();
    }
    return undefined;
  }
}
