import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Part, partsOf } from './parts';
import { type AskedServer, askServers } from './servers';
import { BACKUP_FILES, type RedisBackupSettings } from './settings';

type Log = (line: Record<string, unknown>) => void;

/** Where Secrets are, and how long replicas may take. */
export interface BackupOptions {
  /** @default '/secrets' */
  readonly secrets?: string;
  /** For replicas to get what the master had when the backup began, in milliseconds. @default 20000 */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 20_000;
const POLL_MS = 200;

/** What a backup was told. */
export function backupSettings(): RedisBackupSettings {
  return JSON.parse(process.env.BACKUP ?? '{}') as RedisBackupSettings;
}

/** What was known before anything was taken. */
export interface Before {
  /** In UTC. */
  readonly time: string;
  readonly parts: readonly ChosenPart[];
}

/** A part that must have everything that was written before the backup began. */
export interface ChosenPart extends Part {
  /** Place in the stream of replication that the newest of its servers was at then. */
  readonly offset: number;
}

/**
 * Decides which servers a backup is taken of, and leaves that in the directory for the container that takes it.
 * @throws Error where something would be missing in it
 */
export async function runChooseSources(
  log: Log,
  { secrets = '/secrets', patienceMs = PATIENCE_MS }: BackupOptions = {},
): Promise<void> {
  const settings = backupSettings();
  const { directory, servers, topology } = settings;
  mkdirSync(directory, { recursive: true });
  for (const file of readdirSync(directory)) rmSync(join(directory, file), { recursive: true });
  const time = new Date().toISOString();
  const first = await askServers(settings, servers, secrets);
  let parts = partsOf(topology, first.asked, first.problems).map(chosen);
  const deadline = Date.now() + patienceMs;
  while (parts.some(isAwaited) && Date.now() < deadline) {
    await delay(POLL_MS);
    const { asked } = await askServers(settings, servers, secrets);
    parts = parts.map((part) => withNews(part, asked));
  }
  parts = parts.map(readyFirst);
  const before: Before = { time, parts };
  writeFileSync(join(directory, BACKUP_FILES.before), JSON.stringify(before));
  const lines = parts.flatMap(({ sources }, part) =>
    sources.map(({ host, port }) => `${part} ${host} ${port}\n`),
  );
  writeFileSync(join(directory, BACKUP_FILES.sources), lines.join(''));
  const { problems } = first;
  log({
    backup: 'chosen',
    from: parts.map(({ sources }) => sources[0].pod),
    ...(problems.length > 0 && { problems }),
  });
}

function chosen(part: Part): ChosenPart {
  return { ...part, offset: Math.max(...part.sources.map(({ offset }) => offset)) };
}

/** Whether replicas have yet to get what their master had. */
function isAwaited({ sources, offset }: ChosenPart): boolean {
  const replicas = sources.filter(({ role }) => role === 'replica');
  return replicas.length > 0 && replicas.every((each) => each.offset < offset);
}

/** The same servers as they are by now, as long as they are what they were. */
function withNews(part: ChosenPart, asked: readonly AskedServer[]): ChosenPart {
  const sources = part.sources.map((source) => {
    const now = asked.find(
      ({ pod, role, replid }) => pod === source.pod && role === source.role && replid === source.replid,
    );
    return now ?? source;
  });
  return { ...part, sources };
}

/** Those that have all of it before those that may not. */
function readyFirst(part: ChosenPart): ChosenPart {
  const isReady = ({ offset }: AskedServer) => offset >= part.offset;
  const { sources } = part;
  return { ...part, sources: [...sources.filter(isReady), ...sources.filter((each) => !isReady(each))] };
}
