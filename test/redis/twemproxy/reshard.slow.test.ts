import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decideStart } from '../../../lib/redis/twemproxy/decide-start';
import { Ring } from '../../../lib/redis/twemproxy/layout';
import { NOTE, parseNote } from '../../../lib/redis/twemproxy/note';
import { Reshard } from '../../../lib/redis/twemproxy/reshard/reshard';
import { runReshard } from '../../../lib/redis/twemproxy/reshard/run-reshard';
import { connect } from '../../../lib/redis/wire/redis-client';
import { redisMissing, twemproxyMissing } from '../../support/redis-binaries';
import type { RedisRelease } from '../../support/redis-process';
import {
  AGENT,
  administrator,
  admit,
  layoutOf,
  ProxyPod,
  type Shards,
  settingsOf,
  startShard,
} from './store';

async function startShards(names: readonly string[], release?: RedisRelease): Promise<Shards> {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await startShard(release)] as const)),
  );
}

/** Who moves keys; `pods` are ended when they are in the way. */
function mover(
  shards: Shards,
  leaving: Shards,
  pods: readonly ProxyPod[],
  hooks: { end?: () => Promise<void> } = {},
) {
  const lines: Record<string, unknown>[] = [];
  const run = {
    settings: settingsOf(shards, leaving),
    connect,
    login: AGENT,
    pods: {
      end: async () => {
        for (const { proxy } of pods) await proxy.stop();
        await hooks.end?.();
      },
    },
    alone: () => undefined,
    log: (line: Record<string, unknown>) => lines.push(line),
  };
  return { run, lines };
}

const lease = {
  tryHold: async () => ({ held: true }) as const,
  holds: () => true,
  release: async () => undefined,
};

async function reshard(shards: Shards, leaving: Shards, pods: readonly ProxyPod[]) {
  const { run, lines } = mover(shards, leaving, pods);
  await runReshard(run, lease, 200);
  return lines;
}

const pick = (shards: Shards, ...names: string[]): Shards =>
  Object.fromEntries(names.map((name) => [name, shards[name]]));

/** Where keys are, by shards; notes are left out. */
async function placed(shards: Shards): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const [name, shard] of Object.entries(shards)) {
    const steward = administrator(shard);
    const keys = (await steward.command('KEYS', '*')) as string[];
    found.set(name, keys.filter((key) => key !== NOTE).sort());
    steward.close();
  }
  return found;
}

async function noteOf(shards: Shards, name: string) {
  const agent = shards[name].client(AGENT);
  const note = parseNote((await agent.command('GET', NOTE)) as string | null);
  agent.close();
  return note;
}

/** Writes all the time, and knows what was acknowledged last of each key. */
class Writer {
  readonly acknowledged = new Map<string, string | undefined>();
  readonly unknown = new Set<string>();
  writes = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(pod: ProxyPod, seed: number) {
    this.done = this.loop(pod, seed);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async loop(pod: ProxyPod, seed: number): Promise<void> {
    const client = await pod.client();
    for (let i = 0; !this.stopped; i++) {
      // Keys of its own, each written again and again.
      const key = `w${seed}:${(i * 7) % 400}`;
      const value = `${i}`;
      const remove = i % 11 === 0;
      const reply = await (remove ? client.ask('DEL', key) : client.ask('SET', key, value)).catch(
        () => '-lost',
      );
      if (reply === 'OK' || (remove && !reply.startsWith('-'))) {
        this.acknowledged.set(key, remove ? undefined : value);
        this.unknown.delete(key);
        this.writes++;
      } else this.unknown.add(key);
      if (reply === '-lost') return;
    }
  }
}

async function expectAll(pod: ProxyPod, writers: readonly Writer[]): Promise<void> {
  const client = await pod.client();
  for (const { acknowledged, unknown } of writers)
    for (const [key, value] of acknowledged)
      if (!unknown.has(key)) expect([key, await client.ask('GET', key)]).toEqual([key, value ?? 'null']);
}

const FILL = 3000;

async function fill(pod: ProxyPod): Promise<void> {
  const client = await pod.client();
  const all = [];
  for (let i = 0; i < FILL; i++) all.push(client.ask('SET', `fill:${i}`, `${i}`.repeat(20)));
  all.push(client.ask('HSET', 'hash', 'a', '1', 'b', '2'), client.ask('RPUSH', 'list', 'x', 'y'));
  for (let i = 0; i < 100; i++) {
    all.push(
      client.ask('SET', `long:${i}`, 'x', 'EX', 1000),
      client.ask('SET', `short:${i}`, 'x', 'PX', 700),
    );
    all.push(client.ask('SET', Buffer.from([0xff, 0, i, 0x0d, 0x0a]), Buffer.from([0, 0xff, i])));
  }
  expect((await Promise.all(all)).filter((reply) => reply.startsWith('-'))).toEqual([]);
}

describe.skipIf(redisMissing ?? twemproxyMissing)('a Job that moves keys', () => {
  it.each<RedisRelease>(['redis-7.0', 'redis-8.0', 'valkey-9.1'])(
    'has the keys of %s where more, and fewer, shards have them, while clients write',
    async (release) => {
      const all = await startShards(['shard-0', 'shard-1', 'shard-2', 'shard-3'], release);
      const two = pick(all, 'shard-0', 'shard-1');
      const first = ProxyPod.create(settingsOf(two));
      const starts = first.start();
      expect(await reshard(two, {}, [])).toEqual([
        { settled: 'shard-0, shard-1 by md5 within {}' },
        { reshard: 'done' },
      ]);
      await starts;
      await fill(first);
      const writers = [1, 2, 3].map((seed) => new Writer(first, seed));

      const second = ProxyPod.create(settingsOf(all));
      let started = false;
      const waits = second.start().then(() => {
        started = true;
      });
      await delay(300);
      expect(started).toBe(false);
      const before = performance.now();
      const lines = await reshard(all, {}, [first]);
      await waits;
      for (const writer of writers) await writer.stop();
      expect(writers.every(({ writes }) => writes > 100)).toBe(true);
      expect(performance.now() - before).toBeLessThan(20_000);
      expect(lines.at(-1)).toEqual({ reshard: 'done' });
      await expectAll(second, writers);
      const ring = new Ring(layoutOf(all));
      for (const [name, keys] of await placed(all)) {
        expect(keys.length).toBeGreaterThan(300);
        const strangers = keys.filter(
          (key) => !key.includes('\ufffd') && ring.shardOf(Buffer.from(key)) !== name,
        );
        expect(strangers).toEqual([]);
      }
      const client = await second.client();
      const values = await Promise.all(
        Array.from({ length: FILL }, (_, i) => client.ask('GET', `fill:${i}`)),
      );
      expect(values).toEqual(Array.from({ length: FILL }, (_, i) => `${i}`.repeat(20)));
      expect(await client.ask('HGETALL', 'hash')).toBe('a,1,b,2');
      expect(await client.ask('LRANGE', 'list', 0, -1)).toBe('x,y');
      for (let i = 0; i < 100; i++) {
        expect(Number(await client.ask('TTL', `long:${i}`))).toBeGreaterThan(950);
        expect(await client.ask('STRLEN', Buffer.from([0xff, 0, i, 0x0d, 0x0a]))).toBe('3');
      }
      await delay(800);
      for (let i = 0; i < 100; i++) expect(await client.ask('EXISTS', `short:${i}`)).toBe('0');

      // And back, without the one that was first.
      const rest = pick(all, 'shard-1', 'shard-2', 'shard-3');
      const third = ProxyPod.create(settingsOf(rest));
      const moreWriters = [4, 5].map((seed) => new Writer(second, seed));
      const moved = reshard(rest, pick(all, 'shard-0'), [second]);
      await Promise.all([third.start(), moved]);
      for (const writer of moreWriters) await writer.stop();
      await expectAll(third, [...writers, ...moreWriters]);
      expect((await placed(all)).get('shard-0')).toEqual([]);
      expect(await noteOf(all, 'shard-0')).toBeUndefined();
      expect(await noteOf(all, 'shard-2')).toEqual({
        shard: 'shard-2',
        state: 'settled',
        layout: layoutOf(rest),
      });
      // Nobody is to start with a layout that is over.
      const late = { name: 'shard-1', state: 'open', note: await noteOf(all, 'shard-1') } as const;
      expect(decideStart('store', layoutOf(all), [late])).toMatchObject({ start: false });
    },
    60_000,
  );

  it('can be interrupted anywhere, and sent elsewhere, while clients write', async () => {
    const all = await startShards(['shard-0', 'shard-1', 'shard-2']);
    const two = pick(all, 'shard-0', 'shard-1');
    const three = pick(all, 'shard-0', 'shard-1', 'shard-2');
    const leaving = (to: Shards) => (to === two ? pick(all, 'shard-2') : {});
    await reshard(two, {}, []);
    let at = two;
    let pod = ProxyPod.create(settingsOf(two));
    await pod.start();
    const client = await pod.client();
    for (let i = 0; i < 300; i++) await client.ask('SET', `fill:${i}`, `${i}`);
    let interruptions = 0;
    for (let allowed = 0; ; allowed++) {
      const to = at === two ? three : two;
      const writer = new Writer(pod, 1);
      await delay(10);
      const broken = mover(to, leaving(to), [pod]);
      let asked = 0;
      const alone = () => {
        if (++asked > allowed) throw new Error('interrupted');
      };
      const first = new Reshard({ ...broken.run, alone });
      let whole = true;
      try {
        while (!(await first.step()));
      } catch (error) {
        expect((error as Error).message).toBe('interrupted');
        whole = false;
        interruptions++;
      }
      first.close();
      // What is ended of the old layout is started again, and waits for as long as it has to.
      const old = pod.proxy.ended === undefined && pod.proxy.pid ? undefined : pod;
      // Every third time the change is taken back.
      const end = allowed % 3 === 2 ? at : to;
      const revived = old && end !== at ? ProxyPod.create(settingsOf(at)) : undefined;
      const revival = (await revived)?.start();
      const after = ProxyPod.create(settingsOf(end));
      const started = after.start();
      const pods = [pod, ...(revived ? [await revived] : [])];
      await reshard(end, end === two ? pick(all, 'shard-2') : {}, pods);
      await started;
      revival?.catch(() => undefined);
      await writer.stop();
      await expectAll(after, [writer]);
      const reader = await after.client();
      const values = await Promise.all(Array.from({ length: 300 }, (_, i) => reader.ask('GET', `fill:${i}`)));
      expect(values).toEqual(Array.from({ length: 300 }, (_, i) => `${i}`));
      const ring = new Ring(layoutOf(end));
      for (const [name, keys] of await placed(all))
        expect(keys.filter((key) => ring.shardOf(Buffer.from(key)) !== name)).toEqual([]);
      if (pod !== after) await pod.stop();
      pod = after;
      at = end;
      if (whole) break;
    }
    expect(interruptions).toBeGreaterThan(15);
  }, 240_000);

  it('takes nothing for done while a proxy is left that it has not ended', async () => {
    const all = await startShards(['shard-0', 'shard-1', 'shard-2']);
    const two = pick(all, 'shard-0', 'shard-1');
    await reshard(two, {}, []);
    const pod = ProxyPod.create(settingsOf(two));
    await pod.start();
    const writer = new Writer(pod, 1);
    await delay(100);
    const { run, lines } = mover(all, {}, []);
    const moving = new Reshard(run);
    await expect(moving.step()).rejects.toThrow('a proxy at 127.0.0.1 uses shard-0, and is none of proxy');
    moving.close();
    expect(lines.some((line) => 'in force' in line)).toBe(false);
    expect(await noteOf(all, 'shard-0')).toMatchObject({ state: 'copying', layout: layoutOf(two) });
    // Its clients go on, and others like it may start.
    const before = writer.writes;
    await delay(100);
    expect(writer.writes).toBeGreaterThan(before);
    const like = ProxyPod.create(settingsOf(two));
    await like.start();
    await reshard(all, {}, [pod, like]);
    await writer.stop();
    const after = ProxyPod.create(settingsOf(all));
    await after.start();
    await expectAll(after, [writer]);
  });

  it('moves nothing where keys are in the way that no proxy has written', async () => {
    const all = await startShards(['shard-0', 'shard-1', 'shard-2']);
    const two = pick(all, 'shard-0', 'shard-1');
    await reshard(two, {}, []);
    const steward = administrator(all['shard-2']);
    await steward.command('SET', 'mine', '1');
    const moving = new Reshard(mover(all, {}, []).run);
    await expect(moving.step()).rejects.toThrow(
      'there are 1 keys where no proxy looks for them, such as "mine": delete them, or write them through the proxy',
    );
    expect(await steward.command('GET', 'mine')).toBe('1');
    expect(await noteOf(all, 'shard-0')).toMatchObject({ state: 'settled' });
    await steward.command('DEL', 'mine');
    steward.close();
    moving.close();
    expect((await reshard(all, {}, [])).at(-1)).toEqual({ reshard: 'done' });
  });

  it('begins anew where a master was started anew, which may have lost copies', async () => {
    const all = await startShards(['shard-0', 'shard-1', 'shard-2']);
    const two = pick(all, 'shard-0', 'shard-1');
    await reshard(two, {}, []);
    const pod = ProxyPod.create(settingsOf(two));
    await pod.start();
    const client = await pod.client();
    for (let i = 0; i < 300; i++) await client.ask('SET', `fill:${i}`, `${i}`);
    const lost = all['shard-2'];
    let times = 0;
    const end = async () => {
      // All that was copied there is gone, its users come back.
      if (times++ > 0) return;
      await lost.restart();
      await admit(lost);
    };
    const { run, lines } = mover(all, {}, [pod], { end });
    await runReshard(run, lease, 200);
    expect(lines).toContainEqual({
      reshard: 'waits',
      because: 'a master was replaced meanwhile, and with it copies may be gone',
    });
    const after = ProxyPod.create(settingsOf(all));
    await after.start();
    const reader = await after.client();
    for (let i = 0; i < 300; i++) expect(await reader.ask('GET', `fill:${i}`)).toBe(`${i}`);
  });
});
