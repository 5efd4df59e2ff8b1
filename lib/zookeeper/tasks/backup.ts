import { createWriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { verifySnapshot } from './snapshot-file';

/** What a backup needs, as JSON in its variable BACKUP. */
export interface Backup {
  /** Hosts of the members. */
  readonly hosts: readonly string[];
  /** Port of the members' AdminServer. */
  readonly port: number;
  /** Directory that the snapshot is left in. */
  readonly directory: string;
}

const ANSWER_MS = 60_000;
/** Answers of AdminServers that are not snapshots are short. */
const LIMIT = 64 * 1024;

function fetch(
  host: string,
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = get({ host, port, path, headers, timeout: ANSWER_MS }, resolve);
    call.on('timeout', () => call.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    call.on('error', reject);
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > LIMIT) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function stateOf(host: string, port: number): Promise<string | undefined> {
  try {
    const body = JSON.parse(await readText(await fetch(host, port, '/commands/server_stats'))) as {
      error?: string | null;
      server_stats?: { server_state?: string };
    };
    return body.error ? undefined : body.server_stats?.server_state;
  } catch {
    return undefined;
  }
}

const LAST = ['leader', 'standalone'];

/** Members that serve, the leader last: a snapshot costs a follower less that others wait for. */
export function inOrder(states: readonly { host: string; state: string | undefined }[]): string[] {
  const serving = states.filter((member) => member.state !== undefined && member.state !== 'read-only');
  const isLast = ({ state }: { state: string | undefined }) => LAST.includes(state as string);
  const ordered = [...serving.filter((member) => !isLast(member)), ...serving.filter(isLast)];
  return ordered.map((member) => member.host);
}

/**
 * Takes a snapshot of one serving member through its AdminServer, verifies it and leaves it alone in the directory, as
 * `<time>-snapshot.<zxid>`. https://zookeeper.apache.org/doc/r3.9.4/zookeeperSnapshotAndRestore.html
 */
export async function runBackup(log: (line: Record<string, unknown>) => void): Promise<void> {
  const { hosts, port, directory } = JSON.parse(process.env.BACKUP ?? '{}') as Backup;
  // An earlier run in the same pod may have got this far and not further.
  for (const name of await readdir(directory)) {
    if (/snapshot\.[0-9a-f]+$|^partial$/.test(name)) await rm(join(directory, name));
  }
  const states = await Promise.all(hosts.map(async (host) => ({ host, state: await stateOf(host, port) })));
  const candidates = inOrder(states);
  if (candidates.length === 0) throw new Error(`no member serves: ${hosts.join(', ')}`);
  const problems: string[] = [];
  for (const host of candidates) {
    try {
      const { zxid, bytes } = await takeSnapshot(host, port, join(directory, 'partial'));
      const name = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-snapshot.${zxid}`;
      await rename(join(directory, 'partial'), join(directory, name));
      log({ backup: 'verified', member: host, zxid, bytes, name });
      return;
    } catch (error) {
      problems.push(`${host}: ${(error as Error).message}`);
    }
  }
  throw new Error(problems.join('; '));
}

async function takeSnapshot(
  host: string,
  port: number,
  file: string,
): Promise<{ zxid: string; bytes: number }> {
  // With the root znode open to everyone, any name passes here; only this Job may reach the port.
  const user = `${process.env.BACKUP_USERNAME ?? 'backup'}:${process.env.BACKUP_PASSWORD ?? 'backup'}`;
  const headers = { authorization: `digest ${user}` };
  const answer = await fetch(host, port, '/commands/snapshot?streaming=true', headers);
  const zxid = /^0x([0-9a-f]+)$/.exec(String(answer.headers.last_zxid))?.[1];
  if (answer.statusCode !== 200 || !zxid) {
    const text = (await readText(answer)).replace(/\s+/g, ' ').trim().slice(0, 200);
    throw new Error(`the AdminServer answered ${answer.statusCode}: ${text}`);
  }
  await pipeline(answer, createWriteStream(file));
  const { bytes } = await verifySnapshot(file);
  // A file that ends where one of its inner seals does would pass for a whole one.
  const announced = answer.headers.snapshot_size;
  if (announced !== undefined && Number(announced) !== bytes) {
    throw new Error(`the snapshot is cut short: ${bytes} of ${announced} bytes`);
  }
  return { zxid, bytes };
}
