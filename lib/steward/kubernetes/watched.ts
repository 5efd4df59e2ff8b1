import { setTimeout as delay } from 'node:timers/promises';
import { type Kubernetes, KubernetesError } from './client';

/** Which objects are watched, and who is told. */
export interface WatchedProps {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Called after each change of the items, and when they are synced, or synced again. */
  readonly onChange: () => void;
  /** Called with the reason when the items may be out of date. */
  readonly onTrouble?: (reason: string) => void;
}

/** How long things take. */
export interface WatchedTiming {
  /** About how long the server keeps a watch. @default 240 seconds */
  readonly watchSeconds: number;
  /** How much later the client ends a watch that the server has not ended. @default 15 seconds */
  readonly graceMs: number;
  /** Back-off at first. @default 0.5 seconds */
  readonly minPauseMs: number;
  /** Back-off at last. A watch without any event that ends sooner has failed. @default 15 seconds */
  readonly maxPauseMs: number;
}

interface Item {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
}

const TIMING: WatchedTiming = { watchSeconds: 240, graceMs: 15_000, minPauseMs: 500, maxPauseMs: 15_000 };

/**
 * A collection that is kept up to date: it is listed, and watched from there on. One loop sends one request at a time,
 * so that what a watch has delivered is never overtaken by an older list.
 */
export class Watched<T extends Item> {
  private current: ReadonlyMap<string, T> = new Map();
  /** Where a watch goes on; undefined when there must be a list first. */
  private version: string | undefined;
  private listed = false;
  /** Failures since a watch worked. */
  private failures = 0;
  private state: 'new' | 'running' | 'closed' = 'new';
  /** Ends the watch or the pause that the loop is in. */
  private turn = new AbortController();
  /** Who waits for a list that has not been sent yet. */
  private waiting: { resolve(items: ReadonlyMap<string, T>): void; reject(error: unknown): void }[] = [];
  private readonly timing: WatchedTiming;

  constructor(
    private readonly kubernetes: Pick<Kubernetes, 'get' | 'stream'>,
    private readonly path: string,
    private readonly props: WatchedProps,
    timing: Partial<WatchedTiming> = {},
  ) {
    this.timing = { ...TIMING, ...timing };
  }

  /** By name. Each change makes a new map: one that was given stays as it is. */
  get items(): ReadonlyMap<string, T> {
    return this.current;
  }

  /** Whether the items have been listed, and nothing has failed since. */
  get synced(): boolean {
    return this.listed;
  }

  start(): void {
    if (this.state !== 'new') return;
    this.state = 'running';
    void this.run();
  }

  /** The items from a list that is sent after this call, even during a back-off. Starts what is not started. */
  list(): Promise<ReadonlyMap<string, T>> {
    return new Promise((resolve, reject) => {
      if (this.state === 'closed') return reject(this.closed());
      this.waiting.push({ resolve, reject });
      this.turn.abort();
      this.start();
    });
  }

  close(): void {
    this.state = 'closed';
    this.listed = false;
    this.turn.abort();
    for (const { reject } of this.waiting.splice(0)) reject(this.closed());
  }

  private closed(): Error {
    return new Error(`${this.path} is not watched any more`);
  }

  private async run(): Promise<void> {
    while (this.state === 'running') {
      this.turn = new AbortController();
      try {
        if (this.version === undefined || this.waiting.length > 0) await this.relist();
        await this.watch(this.turn);
      } catch (error) {
        if (this.state === 'running') await this.recover(error, this.turn.signal);
      }
    }
  }

  private async relist(): Promise<void> {
    const waiting = this.waiting.splice(0);
    try {
      const list = await this.kubernetes.get<{ metadata: { resourceVersion: string }; items: T[] }>(
        this.request({}),
      );
      if (this.state === 'closed') throw this.closed();
      if (!list) throw new Error(`GET ${this.path}: there is no such collection`);
      this.version = list.metadata.resourceVersion;
      const before = this.current;
      this.current = new Map(list.items.map((item) => [item.metadata.name, item]));
      const news = !this.listed || !same(before, this.current);
      this.listed = true;
      if (news) this.props.onChange();
      for (const { resolve } of waiting) resolve(this.current);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      throw error;
    }
  }

  /** Returns when the watch is over and another one can go on from the last version. */
  private async watch(turn: AbortController): Promise<void> {
    const { watchSeconds, graceMs, maxPauseMs } = this.timing;
    // Watches that began together must not end together.
    const seconds = Math.ceil(watchSeconds * (0.875 + Math.random() / 4));
    const began = performance.now();
    let worked = false;
    const take = (line: string) => {
      this.take(JSON.parse(line));
      worked = true;
      this.failures = 0;
    };
    const dead = () => {
      this.props.onTrouble?.(
        `the watch of ${this.path} may have been dead: the server did not end it in time`,
      );
      turn.abort();
    };
    const deadline = setTimeout(dead, seconds * 1000 + graceMs);
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.version ?? '',
      timeoutSeconds: String(seconds),
    };
    try {
      await this.kubernetes.stream(this.request(query), take, turn.signal);
    } finally {
      clearTimeout(deadline);
    }
    if (performance.now() - began >= maxPauseMs) this.failures = 0;
    else if (!worked && !turn.signal.aborted) throw new Error(`the watch of ${this.path} ended at once`);
  }

  private take({ type, object }: { type: string; object: T }): void {
    if (type === 'ERROR') {
      const { message, code, reason } = object as { message?: string; code?: number; reason?: string };
      throw new KubernetesError(`watch of ${this.path}: ${message}`, code ?? 0, reason);
    }
    this.version = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    const items = new Map(this.current);
    if (type === 'DELETED') items.delete(object.metadata.name);
    else items.set(object.metadata.name, object);
    this.current = items;
    this.props.onChange();
  }

  private async recover(error: unknown, turn: AbortSignal): Promise<void> {
    this.version = undefined;
    this.listed = false;
    this.failures++;
    // What the server no longer remembers is listed at once, unless that has just been tried.
    if (this.failures === 1 && error instanceof KubernetesError && error.status === 410) return;
    this.props.onTrouble?.(error instanceof Error ? error.message : String(error));
    const longest = Math.min(this.timing.maxPauseMs, this.timing.minPauseMs * 2 ** this.failures);
    await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: turn }).catch(() => undefined);
  }

  private request(query: Record<string, string>): string {
    const { labelSelector, fieldSelector } = this.props;
    const selectors = { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    return `${this.path}?${new URLSearchParams({ ...selectors, ...query })}`;
  }
}

function same(one: ReadonlyMap<string, Item>, other: ReadonlyMap<string, Item>): boolean {
  const version = (item?: Item) => item?.metadata.resourceVersion;
  return (
    one.size === other.size && [...one].every(([name, item]) => version(item) === version(other.get(name)))
  );
}
