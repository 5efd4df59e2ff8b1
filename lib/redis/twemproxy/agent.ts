import { setTimeout as delay } from 'node:timers/promises';
import { isRedisError } from '../wire/errors';
import type { Redis, Reply } from '../wire/types';
import type { TwemproxyRun } from './configure';
import { reconnect } from './mend';
import type { TwemproxyView } from './metrics';
import { passwordIn } from './passwords';
import { probeKeys } from './probe-keys';
import { readStats } from './stats';

/** Where the agent finds its proxy. */
export interface AgentPlace {
  readonly host: string;
  readonly clients: number;
  readonly stats: number;
  /** Address of the pod, by which shards see the proxy. */
  readonly podIp: string;
}

const EVERY_MS = 1_000;
/** Beyond the time that the proxy itself gives to a shard. */
const GRACE_MS = 1_000;

/** Looks after the proxy in its pod: whether it answers, and every shard through it. */
export class Agent {
  /** What was seen last. */
  view: TwemproxyView = { answers: false, shards: new Map(), passwordOutdated: false };
  private readonly keys: ReadonlyMap<string, string>;
  private readonly said = new Map<string, string>();
  private readonly timeoutMs: number;
  private readonly proxy: Redis;

  constructor(
    private readonly run: TwemproxyRun,
    private readonly place: AgentPlace,
  ) {
    this.keys = probeKeys(run.settings.layout);
    this.timeoutMs = run.settings.timeoutMs + GRACE_MS;
    this.proxy = run.connect({ host: place.host, port: place.clients }, { timeoutMs: this.timeoutMs });
  }

  /** Whether clients are better off with this proxy than without it. */
  get ready(): boolean {
    const { answers, shards } = this.view;
    return answers && [...shards.values()].includes(true);
  }

  /** Looks again and again, until `signal` is aborted. */
  async watch(signal: AbortSignal, everyMs = EVERY_MS): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
    this.proxy.close();
  }

  /** Looks once, and mends what it can. */
  async look(): Promise<void> {
    const { settings, paths } = this.run;
    const { host, stats } = this.place;
    const replies = await this.ask().catch((error: Error) => error);
    const shards = new Map<string, boolean>();
    for (const shard of this.keys.keys()) {
      const problem = replies instanceof Error ? replies : replies.get(shard);
      shards.set(shard, problem === undefined);
      this.tell(shard, problem);
      // A proxy stays with a master that has become a replica, and goes on without a login where it was refused once.
      if (isRedisError(problem, 'READONLY', 'NOAUTH')) await this.reconnect(shard);
    }
    this.view = {
      answers: !(replies instanceof Error),
      shards,
      passwordOutdated: passwordIn(paths.password) !== passwordIn(paths.run),
      stats: await readStats({ host, port: stats }, settings.name, this.timeoutMs).catch(() => undefined),
    };
  }

  /**
   * What is wrong with each shard that does not take writes, by each of the proxy's connections to it: they take turns.
   * @throws Error where the proxy itself does not answer
   */
  private async ask(): Promise<ReadonlyMap<string, Error>> {
    // The password that the proxy runs with; the Secret may have another one by now. It takes no name of a user.
    const login = ['AUTH', passwordIn(this.run.paths.run)];
    const turns = Array.from({ length: this.run.settings.serverConnections });
    const asked = [...this.keys].flatMap(([shard, key]) => turns.map(() => ({ shard, key })));
    const deletions = asked.map(({ key }) => ['DEL', key]);
    const [loggedIn, pong, ...replies] = await this.proxy.pipeline([login, ['PING'], ...deletions]);
    for (const reply of [loggedIn, pong]) if (reply instanceof Error) throw reply;
    const refused = (reply: Reply | Error, i: number) =>
      reply instanceof Error ? [[asked[i].shard, reply] as const] : [];
    return new Map(replies.flatMap(refused));
  }

  private async reconnect(shard: string): Promise<void> {
    const { settings, connect, paths, log } = this.run;
    const found = settings.shards.find(({ name }) => name === shard);
    if (!found) return;
    const login = { username: settings.user, password: passwordIn(paths.agent) };
    const ended = await reconnect({ connect, login }, found, this.place.podIp);
    if (ended > 0) log({ reconnected: shard, connections: ended });
  }

  private tell(shard: string, problem: Error | undefined): void {
    const text = problem?.message;
    if (this.said.get(shard) === text) return;
    this.run.log(text === undefined ? { shard, state: 'takes writes' } : { shard, problem: text });
    if (text === undefined) this.said.delete(shard);
    else this.said.set(shard, text);
  }
}
