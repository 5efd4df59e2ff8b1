import { setTimeout as delay } from 'node:timers/promises';
import { isRedisError } from '../../wire/errors';
import { parseInfo, serverSays } from '../../wire/info';
import { list, pairs, text } from '../../wire/reply';
import type { Redis } from '../../wire/types';
import type { Serving } from '../facts';

/** How long writes are held back at most, in milliseconds; then the server takes them again by itself. */
const PAUSE_MS = 60_000;
const CATCH_UP_MS = 10_000;
const FAILOVER_MS = 30_000;
const POLL_MS = 100;

/** Who takes part in handing the master's role over. */
export interface HandOver {
  readonly master: Redis;
  /** By which it is known. */
  readonly host: string;
  /** All Sentinels that answer. */
  readonly sentinels: readonly Redis[];
  readonly masterName: string;
  /** All servers. */
  readonly servers: readonly Redis[];
}

/**
 * Has a replica take the master's place without losing a write: writes are held back until every replica has all of them, then
 * Sentinels replace the master, then that is told to follow the new one. Without the last they would leave it a master for
 * many seconds, as it does not answer them while writes are held back.
 * @throws Error where that could not be; the master then takes writes again, unless it may have been replaced
 */
export async function handOver(parts: HandOver): Promise<void> {
  const { master } = parts;
  await requireInStep(parts);
  await master.command('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE');
  const asked = await attempt(async () => {
    await caughtUp(master);
    await beginFailover(parts);
  });
  if (asked) {
    await master.command('CLIENT', 'UNPAUSE');
    throw asked;
  }
  const { host, port } = (await replaced(parts)).address;
  await demote(master, host, port);
}

/** Tells a server to follow another one, and to write that down. Its clients have to look for the master anew. */
export async function demote(server: Redis, host: string, port: number): Promise<void> {
  await server.command('REPLICAOF', host, port);
  await server.command('CONFIG', 'REWRITE');
  await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await server.command('CLIENT', 'UNPAUSE');
}

async function attempt(steps: () => Promise<void>): Promise<Error | undefined> {
  try {
    await steps();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Sentinels choose by what they heard up to ten seconds ago: whoever could be chosen has to be in step. */
async function requireInStep({ master, sentinels, masterName }: HandOver): Promise<void> {
  const { replicas } = await infoOf(master);
  if (replicas.length === 0) throw new Error('the master has no replica that is in step');
  const linked = new Set(replicas.map(({ host }) => host));
  const known = await Promise.all(
    sentinels.map(async (sentinel) =>
      list(await sentinel.command('SENTINEL', 'REPLICAS', masterName)).map(pairs),
    ),
  );
  for (const replica of known.flat()) {
    const flags = (replica.get('flags') ?? '').split(',');
    if (flags.includes('s_down') || flags.includes('disconnected')) continue;
    const host = replica.get('ip') ?? '';
    if (!linked.has(host)) throw new Error(`${host} could be chosen as the master, and is not in step`);
  }
}

async function infoOf(server: Redis): Promise<Serving> {
  return serverSays(parseInfo(text(await server.command('INFO'))));
}

/** Waits until every replica has what the master had when it stopped taking writes. */
async function caughtUp(master: Redis): Promise<void> {
  const { offset } = await infoOf(master);
  const until = performance.now() + CATCH_UP_MS;
  for (;;) {
    const { replicas } = await infoOf(master);
    if (replicas.length > 0 && replicas.every((replica) => replica.offset >= offset)) return;
    if (performance.now() > until)
      throw new Error(`replicas have not caught up within ${CATCH_UP_MS / 1_000} s`);
    await delay(POLL_MS);
  }
}

/**
 * Has a Sentinel begin to replace the master.
 * @throws Error where every Sentinel refuses: only then it is certain that none has begun
 */
async function beginFailover({ sentinels, masterName }: HandOver): Promise<void> {
  const reasons: string[] = [];
  let certain = true;
  for (const sentinel of sentinels) {
    try {
      await sentinel.command('SENTINEL', 'FAILOVER', masterName);
      return;
    } catch (error) {
      if (isRedisError(error, 'INPROG')) return;
      certain &&= isRedisError(error);
      reasons.push((error as Error).message);
    }
  }
  if (certain) throw new Error(`no Sentinel replaces the master: ${reasons.join('; ') || 'none answers'}`);
}

/** Waits until a majority of the Sentinels names another server that serves as the master, and gives that. */
async function replaced({ master, host, sentinels, masterName, servers }: HandOver): Promise<Redis> {
  const until = performance.now() + FAILOVER_MS;
  for (;;) {
    const views = await Promise.all(sentinels.map((sentinel) => viewOf(sentinel, masterName)));
    const named = views.map((view) => view?.master).find((other) => other !== undefined && other !== host);
    const agreed = views.filter((view) => view?.master === named).length > views.length / 2;
    const next = named && agreed ? servers.find(({ address }) => address.host === named) : undefined;
    const serves = next && (await infoOf(next).catch(() => undefined));
    if (next && serves?.role === 'master') return next;
    if (performance.now() > until) {
      // Where it may still be replaced, what it took now would be lost.
      const over = views.every((view) => view?.master === host && !view.failingOver);
      if (over) await master.command('CLIENT', 'UNPAUSE');
      throw new Error(`Sentinels have not replaced the master within ${FAILOVER_MS / 1_000} s`);
    }
    await delay(POLL_MS);
  }
}

/** What a Sentinel says of the master; undefined: it does not answer. */
async function viewOf(
  sentinel: Redis,
  masterName: string,
): Promise<{ readonly master: string; readonly failingOver: boolean } | undefined> {
  try {
    const address = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
    const state = pairs(await sentinel.command('SENTINEL', 'MASTER', masterName));
    const failingOver = (state.get('flags') ?? '').includes('failover_in_progress');
    return { master: text(list(address)[0]), failingOver };
  } catch {
    return undefined;
  }
}
