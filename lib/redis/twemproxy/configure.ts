import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from '../../steward/reach';
import { isRedisError } from '../wire/errors';
import type { Connect, Login, Reply } from '../wire/types';
import { decideStart, type ShardLook } from './decide-start';
import { NOTE, parseNote, writeNote } from './note';
import { passwordIn, redisAuth } from './passwords';
import type { TwemproxyPaths, TwemproxySettings, TwemproxyShardSettings } from './settings';

/** What a program beside a proxy works with. */
export interface TwemproxyRun {
  readonly settings: TwemproxySettings;
  readonly paths: TwemproxyPaths;
  readonly connect: Connect;
  readonly log: (line: Record<string, unknown>) => void;
}

const TIMEOUT_MS = 2_000;
const EVERY_MS = 500;

/**
 * Waits until the proxy may start, and gives it its configuration.
 * @param pool that of `nutcracker.yml`, which lacks nothing but the password
 */
export async function configure(run: TwemproxyRun, pool: string, everyMs = EVERY_MS): Promise<void> {
  const { settings, paths, log } = run;
  const { use, layout } = settings;
  let said: string | undefined;
  for (;;) {
    const looks = await Promise.all(settings.shards.map((shard) => look(run, shard)));
    const decision = decideStart(use, layout, looks);
    const password = passwordIn(paths.password);
    const because = decision.start ? await whoRefuses(run, looks, password) : decision.because;
    if (decision.start && because === undefined) {
      for (const shard of settings.shards.filter(({ name }) => decision.note.includes(name)))
        await noteAgain(run, shard);
      writeConfiguration(paths, pool, password);
      log({ configure: 'done' });
      return;
    }
    if (because !== said) log({ configure: 'waits', because });
    said = because;
    await delay(everyMs);
  }
}

/** Asks a shard for its note, as the user of these programs. */
async function look(run: TwemproxyRun, { name, master }: TwemproxyShardSettings): Promise<ShardLook> {
  const { user, use } = run.settings;
  const login = { username: user, password: passwordIn(run.paths.agent) };
  try {
    const question = use === 'cache' ? ['PING'] : ['GET', NOTE];
    const answer = (await ask(run, master, login, ...question)) as string | null;
    return { name, state: 'open', note: use === 'cache' ? undefined : parseNote(answer) };
  } catch (error) {
    return { name, state: stateOf(error), reason: (error as Error).message };
  }
}

/**
 * Which shard does not take the proxy's own password; undefined: all that answer do. Not asked sooner: while keys are moved,
 * whoever logs in as a proxy is taken for one.
 */
async function whoRefuses(
  run: TwemproxyRun,
  looks: readonly ShardLook[],
  password: string,
): Promise<string | undefined> {
  const open = looks.filter(({ state }) => state === 'open').map(({ name }) => name);
  for (const { name, master } of run.settings.shards.filter((shard) => open.includes(shard.name)))
    try {
      await ask(run, master, { username: 'default', password }, 'PING');
    } catch (error) {
      if (stateOf(error) === 'refuses')
        return `shard ${name} does not take the password yet: ${(error as Error).message}`;
    }
  return undefined;
}

async function ask(run: TwemproxyRun, master: Address, login: Login, ...words: string[]): Promise<Reply> {
  const redis = run.connect(master, { login, timeoutMs: TIMEOUT_MS });
  return redis.command(...words).finally(() => redis.close());
}

function stateOf(error: unknown): 'refuses' | 'silent' {
  return isRedisError(error, 'WRONGPASS', 'NOAUTH', 'NOPERM') ? 'refuses' : 'silent';
}

/** A shard that was emptied has no note any more; the others know the layout. */
async function noteAgain(run: TwemproxyRun, { name, master }: TwemproxyShardSettings): Promise<void> {
  const { layout, user } = run.settings;
  const login = { username: user, password: passwordIn(run.paths.agent) };
  const redis = run.connect(master, { login, timeoutMs: TIMEOUT_MS });
  try {
    await redis.command(...writeNote({ shard: name, state: 'settled', layout }), 'NX');
    run.log({ noted: name, because: 'it had lost its note' });
  } finally {
    redis.close();
  }
}

/** Files appear at once, or not at all. */
function writeConfiguration({ run }: TwemproxyPaths, pool: string, password: string): void {
  const files = { password, 'nutcracker.yml': pool + redisAuth(password) };
  mkdirSync(run, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(`${run}/.${file}`, content, { mode: 0o440 });
    renameSync(`${run}/.${file}`, `${run}/${file}`);
  }
}
