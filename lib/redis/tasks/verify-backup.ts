import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type BackupOptions, type Before, backupSettings, type ChosenPart } from './choose-sources';
import { layoutOf, partsOf } from './parts';
import { parseRdbCheck } from './rdb-check';
import { type AskedServer, askServers } from './servers';
import { BACKUP_FILES, partFile, partFiles, type RedisBackupFacts, type RedisBackupPart } from './settings';

type Log = (line: Record<string, unknown>) => void;

/** A file that was taken, and what was found in it. */
interface TakenPart {
  readonly part: ChosenPart;
  readonly from: AskedServer;
  readonly check: ReturnType<typeof parseRdbCheck>;
  readonly sha256: string;
  readonly bytes: number;
}

/** By how much the number of keys may pass what the server said before and after, as keys come and go meanwhile. */
const MARGIN = 0.1;
const LEAST_MARGIN = 1_000;

/**
 * Compares what was taken with what servers said before and say now, and leaves what is known of it: `backup.json`, the
 * list `files`, and the file `name` last.
 * @throws Error where it is not what a backup should be
 */
export async function runVerifyBackup(log: Log, { secrets = '/secrets' }: BackupOptions = {}): Promise<void> {
  const settings = backupSettings();
  const { directory, servers, topology } = settings;
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const { time, parts } = JSON.parse(read(BACKUP_FILES.before)) as Before;
  const taken = await Promise.all(parts.map((part, index) => takenPart(part, index, directory)));
  const { asked, problems } = await askServers(settings, servers, secrets);
  if (topology === 'cluster') {
    const [then, now] = [parts, partsOf(topology, asked, problems)].map(layoutOf);
    if (then !== now) {
      throw new Error(
        `slots have moved while the backup was taken, and keys with them: "${then}" has become "${now}"`,
      );
    }
  }
  for (const each of taken) {
    const now = asked.find(({ pod }) => pod === each.from.pod);
    const wrong = whatIsWrong(each, now);
    if (wrong) throw new Error(`the RDB file of ${each.from.pod} ${wrong}`);
  }
  const name = time.replace(/[-:]|\.\d+/g, '');
  const facts: RedisBackupFacts = {
    name,
    topology,
    parts: taken.map((each, index) => told(each, name, index)),
  };
  writeFileSync(join(directory, BACKUP_FILES.facts), `${JSON.stringify(facts, null, 2)}\n`);
  const files = facts.parts.map(
    ({ sha256 }, index) => `${partFiles(index).rdb} ${partFile(name, index)} ${sha256}\n`,
  );
  writeFileSync(join(directory, BACKUP_FILES.files), files.join(''));
  writeFileSync(join(directory, BACKUP_FILES.name), name);
  log({ backup: 'verified', ...facts });
}

/** What is wrong with a file; undefined: nothing. */
export function whatIsWrong(
  { part, from, check }: Pick<TakenPart, 'from' | 'check'> & { readonly part: Pick<ChosenPart, 'offset'> },
  now: Pick<AskedServer, 'keys' | 'offset' | 'replid'> | undefined,
): string | undefined {
  const sameStream = check.replid === undefined || check.replid === from.replid;
  if (sameStream && check.offset !== undefined && check.offset < part.offset) {
    return `ends at offset ${check.offset}, before ${part.offset} where the stream was when the backup began`;
  }
  const counts = [from.keys, ...(now ? [now.keys] : [])];
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const quiet =
    now !== undefined && now.offset === from.offset && now.replid === from.replid && least === most;
  const margin = quiet ? 0 : Math.max(LEAST_MARGIN, most * MARGIN);
  if (check.keys >= least - margin && check.keys <= most + margin) return undefined;
  const had = least === most ? `${least}` : `${least} to ${most}`;
  return `has ${check.keys} keys, where the server had ${had}`;
}

async function takenPart(part: ChosenPart, index: number, directory: string): Promise<TakenPart> {
  const { rdb, check, from } = partFiles(index);
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const [host, port] = read(from).trim().split(' ');
  const source = part.sources.find((each) => each.host === host && each.port === Number(port));
  if (!source) throw new Error(`part ${index} was taken of ${host}:${port}, which was not chosen`);
  const file = join(directory, rdb);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return {
    part,
    from: source,
    check: checked(read(check), source.pod),
    sha256: hash.digest('hex'),
    bytes: statSync(file).size,
  };
}

function checked(output: string, pod: string): TakenPart['check'] {
  try {
    return parseRdbCheck(output);
  } catch (error) {
    throw new Error(`the RDB file of ${pod} was looked at: ${(error as Error).message}`);
  }
}

function told({ part, from, check, sha256, bytes }: TakenPart, name: string, index: number): RedisBackupPart {
  const { shard, slots } = part;
  const { pod, role, version } = from;
  return {
    file: partFile(name, index),
    sha256,
    bytes,
    keys: check.keys,
    shard,
    ...(slots && { slots }),
    from: pod,
    role,
    version,
    offset: check.offset ?? from.offset,
  };
}
