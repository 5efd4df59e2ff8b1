import { setTimeout as delay } from 'node:timers/promises';
import type { Connect, Login } from '../../wire/types';
import { type Layout, layoutText, Ring } from '../layout';
import { proxyConnections } from '../mend';
import type { Note } from '../note';
import type { TwemproxySettings } from '../settings';
import { allOf } from './all-of';
import { ChangedKeys } from './changed-keys';
import { copyKeys, isNote, keysOf } from './copy-keys';
import { type Move, type Names, nextMove } from './next-move';
import type { ProxyPods } from './proxy-pods';
import { StoreShard } from './store-shard';

/** What moving keys takes. */
export interface ReshardRun {
  readonly settings: TwemproxySettings;
  readonly connect: Connect;
  readonly login: Login;
  readonly pods: ProxyPods;
  /** @throws Error where somebody else may have begun to move keys */
  readonly alone: () => void;
  readonly log: (line: Record<string, unknown>) => void;
}

const TIMEOUT_MS = 10_000;
/** Changed keys that may be left to be copied while the store is closed. */
const FEW = 500;
/** For how long nobody may come back to a store that is closed. */
const QUIET_MS = 1_000;
const PROGRESS_MS = 10_000;

/**
 * Moves keys to where the layout of the settings has them, while clients read and write by the old one. They are kept out only
 * from the moment when the old proxies are ended until the new ones start; what they wrote meanwhile is copied in between.
 */
export class Reshard {
  /** How often keys were moved in vain. */
  attempts = 0;
  private readonly shards: readonly StoreShard[];
  private readonly wanted: Layout;

  constructor(private readonly run: ReshardRun) {
    const { settings, connect, login } = run;
    this.wanted = settings.layout;
    this.shards = [...settings.shards, ...settings.leaving].map(
      ({ name, master }) => new StoreShard(name, connect(master, { login, timeoutMs: TIMEOUT_MS })),
    );
  }

  /** Takes the next step; true: there is none. @throws Error where it waits, or where a step has to be done again */
  async step(): Promise<boolean> {
    this.run.alone();
    const notes = await allOf(
      this.shards.map(async (shard) => ({ name: shard.name, note: await shard.note() })),
    );
    const move = nextMove(this.wanted, notes);
    if (move.do === 'nothing') return true;
    if (move.do === 'wait') throw new Error(move.because);
    if (move.do === 'settle') await this.settle();
    else if (move.do === 'clean') await this.clean(move);
    else await this.move(move);
    return false;
  }

  close(): void {
    for (const { redis } of this.shards) redis.close();
  }

  /** Notes the layout where nothing is noted yet. */
  private async settle(): Promise<void> {
    const { wanted: layout } = this;
    for (const shard of this.shards.filter(({ name }) => layout.shards.includes(name)))
      if (!(await shard.note())) await shard.write({ shard: shard.name, state: 'settled', layout });
    this.run.log({ settled: layoutText(layout) });
  }

  /** Puts a layout in force, and deletes what it has elsewhere. */
  private async clean({ layout, before, names }: Extract<Move, { do: 'clean' }>): Promise<void> {
    const nameOf = (shard: StoreShard) => names.get(shard.name) ?? shard.name;
    for (const shard of this.shards)
      await this.note(shard, { shard: nameOf(shard), state: 'settled', layout, before });
    this.run.log({ 'in force': layoutText(layout) });
    const deleted = await this.misplaced(layout, names, true);
    for (const shard of this.shards) {
      const of = layout.shards.includes(nameOf(shard));
      await this.note(shard, of ? { shard: nameOf(shard), state: 'settled', layout } : undefined);
    }
    this.run.log({ settled: layoutText(layout), deleted });
  }

  private async move({ from, names, fresh }: Extract<Move, { do: 'move' }>): Promise<void> {
    const { wanted: next, run } = this;
    run.log({ 'moves keys from': layoutText(from), to: layoutText(next) });
    if (fresh) await this.refuseStrangers(from, names);
    const noteOf = (state: 'copying' | 'closed', { name }: StoreShard) => {
      const becomes = next.shards.includes(name) ? name : undefined;
      return { state, layout: from, next, shard: names.get(name), becomes };
    };
    const all = (state: 'copying' | 'closed') =>
      allOf(this.shards.map((shard) => this.note(shard, noteOf(state, shard))));
    await all('copying');
    this.attempts++;
    if (!fresh) await this.misplaced(from, names, true);
    const identities = await this.identities();
    const sources = await this.watch(from, names);
    try {
      await allOf(sources.map((source) => this.copyAll(source)));
      for (let rounds = 0; rounds < 20 && sources.some(({ changed }) => changed.size > FEW); rounds++)
        await this.copyChanges(sources);
      await all('closed');
      try {
        await this.finish(sources, identities, (shard) => noteOf('closed', shard));
      } catch (error) {
        await all('copying');
        throw error;
      }
    } finally {
      for (const { changed } of sources) changed.close();
    }
    this.attempts = 0;
    await this.clean({
      do: 'clean',
      layout: next,
      before: from,
      names: new Map(next.shards.map((name) => [name, name])),
    });
  }

  /** Ends the old proxies and copies what they wrote last; then the copies are complete. */
  private async finish(
    sources: readonly Source[],
    identities: readonly string[],
    closed: (shard: StoreShard) => Note,
  ): Promise<void> {
    const { run } = this;
    const began = performance.now();
    await run.pods.end();
    await this.refuseProxies(sources);
    await allOf(sources.map(({ changed }) => changed.caughtUp()));
    const keys = await this.copyChanges(sources);
    await allOf(this.shards.map((shard) => shard.writeReplicated(closed(shard), TIMEOUT_MS / 2)));
    if ((await this.identities()).join() !== identities.join())
      throw new Error('a master was replaced meanwhile, and with it copies may be gone');
    // Throws where a connection has broken that would have told more; what it tells now are keys that expire there, too.
    for (const { changed } of sources) changed.take();
    run.log({ completed: keys, 'closed for ms': Math.round(performance.now() - began) });
  }

  /** What was written by the side of proxies would be deleted as a copy later on. */
  private async refuseStrangers(from: Layout, names: Names): Promise<void> {
    const { count, sample } = await this.misplaced(from, names, false);
    if (count === 0) return;
    throw new Error(
      `there are ${count} keys where no proxy looks for them, such as "${sample}": delete them, or write them through the proxy`,
    );
  }

  /** No proxy must be left that still has the old layout, whatever Kubernetes believes. */
  private async refuseProxies(sources: readonly Source[]): Promise<void> {
    const { run } = this;
    const idOf = ({ shard, id }: { shard: StoreShard; id: string }) => `${shard.name} ${id}`;
    const connected = async () => {
      const found = await allOf(sources.map(({ shard }) => proxyConnections(shard.redis)));
      return found.flatMap((connections, i) =>
        connections.map((each) => ({ ...each, shard: sources[i].shard })),
      );
    };
    const left = await connected();
    if (left.length === 0) return;
    for (const { shard, id } of left) await shard.redis.command('CLIENT', 'KILL', 'ID', id);
    await delay(QUIET_MS);
    const back = new Set((await connected()).map(idOf));
    await delay(QUIET_MS / 4);
    // Whoever has yet to log in is taken for a proxy, for as long as that takes.
    const proxy = (await connected()).find((each) => back.has(idOf(each)));
    if (proxy)
      throw new Error(`a proxy at ${proxy.ip} uses ${proxy.shard.name}, and is none of ${run.settings.name}`);
  }

  /** Keys that a layout has elsewhere; deletes them, if that is asked. */
  private async misplaced(layout: Layout, names: Names, remove: boolean): Promise<Misplaced> {
    const ring = new Ring(layout);
    const found = await allOf(
      this.shards.map(async ({ name, redis }) => {
        let count = 0;
        let sample: string | undefined;
        for await (const keys of keysOf(redis)) {
          const elsewhere = keys.filter((key) => ring.shardOf(key) !== names.get(name));
          count += elsewhere.length;
          sample ??= elsewhere[0]?.toString();
          if (!remove || elsewhere.length === 0) continue;
          this.run.alone();
          await redis.command('UNLINK', ...elsewhere);
        }
        return { count, sample };
      }),
    );
    return {
      count: found.reduce((sum, { count }) => sum + count, 0),
      sample: found.find(({ sample }) => sample !== undefined)?.sample,
    };
  }

  private async watch(from: Layout, names: Names): Promise<Source[]> {
    const { login, settings } = this.run;
    const rings = { from: new Ring(from), to: new Ring(settings.layout) };
    const sources: Source[] = [];
    try {
      for (const shard of this.shards) {
        const nameBefore = names.get(shard.name);
        if (nameBefore === undefined) continue;
        const changed = await ChangedKeys.watch(shard.redis.address, login, TIMEOUT_MS);
        sources.push({ shard, changed, rings, nameBefore });
      }
      return sources;
    } catch (error) {
      for (const { changed } of sources) changed.close();
      throw error;
    }
  }

  private async copyAll(source: Source): Promise<void> {
    let told = performance.now();
    let seen = 0;
    for await (const keys of keysOf(source.shard.redis)) {
      await this.copy(source, keys);
      if (source.changed.size > FEW) await this.copy(source, source.changed.take());
      seen += keys.length;
      if (performance.now() - told < PROGRESS_MS) continue;
      told = performance.now();
      this.run.log({ shard: source.shard.name, 'keys seen': seen });
    }
  }

  private async copyChanges(sources: readonly Source[]): Promise<number> {
    const copied = await allOf(sources.map((source) => this.copy(source, source.changed.take())));
    return copied.reduce((sum, count) => sum + count, 0);
  }

  /** Copies those keys of a shard that are to be on another one. */
  private async copy({ shard, nameBefore, rings }: Source, keys: readonly Buffer[]): Promise<number> {
    const targets = new Map<string, Buffer[]>();
    for (const key of keys) {
      if (isNote(key) || rings.from.shardOf(key) !== nameBefore) continue;
      const target = rings.to.shardOf(key);
      if (target !== shard.name) targets.set(target, [...(targets.get(target) ?? []), key]);
    }
    for (const [target, of] of targets) {
      const to = this.shards.find(({ name }) => name === target);
      if (!to) throw new Error(`there is no shard ${target}`);
      for (let at = 0; at < of.length; at += PIECE) {
        this.run.alone();
        await copyKeys(shard.redis, to.redis, of.slice(at, at + PIECE));
      }
    }
    return [...targets.values()].reduce((sum, { length }) => sum + length, 0);
  }

  private identities(): Promise<string[]> {
    return allOf(this.shards.map((shard) => shard.identity()));
  }

  private async note(shard: StoreShard, note: Note | undefined): Promise<void> {
    this.run.alone();
    await shard.write(note);
  }
}

/** Keys that are copied at a time. */
const PIECE = 20;

interface Misplaced {
  readonly count: number;
  readonly sample?: string;
}

/** A shard that keys are moved from. */
interface Source {
  readonly shard: StoreShard;
  readonly changed: ChangedKeys;
  readonly rings: { readonly from: Ring; readonly to: Ring };
  /** Its name in the layout that is in force. */
  readonly nameBefore: string;
}
