import { join } from 'node:path';
import { readTls } from '../../steward/tls-secret';
import { KeyedRedis } from '../steward/shared/keyed-redis';
import { passwordsIn } from '../steward/shared/keys';
import { type NodeList, parseClusterNodes } from '../wire/cluster-nodes';
import { isLoading, parseInfo } from '../wire/info';
import { connect } from '../wire/redis-client';
import { text } from '../wire/reply';
import type { Redis, Transport } from '../wire/types';
import type { BackupServer, RedisBackupSettings } from './settings';

/** What a server said of itself when it was asked for a backup. */
export interface AskedServer extends BackupServer {
  readonly role: 'master' | 'replica';
  /** Of a replica: whether it is in step with its master, and where that is. */
  readonly linked: boolean;
  readonly follows?: string;
  /** Place in the stream of replication, and which stream it is. */
  readonly offset: number;
  readonly replid: string;
  readonly keys: number;
  readonly version: string;
  /** Of a node of a Redis Cluster. */
  readonly cluster?: NodeList;
}

/** How long a server may take to say how it is, in milliseconds. */
const ANSWER_MS = 10_000;

/** How servers are talked to as the user backup: by its newest password, then by the one before. */
function backupTransports(
  { tls }: Pick<RedisBackupSettings, 'tls'>,
  secrets: string,
): readonly [Transport, ...Transport[]] {
  const keys = tls ? { tls: readTls(join(secrets, 'tls')) } : {};
  const [newest, ...before] = passwordsIn(join(secrets, 'internal')).map(
    (password): Transport => ({ login: { username: 'backup', password }, ...keys, timeoutMs: ANSWER_MS }),
  );
  if (!newest) throw new Error(`there is no password in ${join(secrets, 'internal')}`);
  return [newest, ...before];
}

/** Asks servers how they are; gives why those that do not say. */
export async function askServers(
  settings: Pick<RedisBackupSettings, 'tls' | 'topology'>,
  servers: readonly BackupServer[],
  secrets: string,
): Promise<{ readonly asked: readonly AskedServer[]; readonly problems: readonly string[] }> {
  const transports = backupTransports(settings, secrets);
  const keys = { transports: () => transports };
  const found = await Promise.all(
    servers.map(async (server) => {
      const redis = new KeyedRedis(server, keys, connect);
      try {
        return await ask(server, redis, settings.topology === 'cluster');
      } catch (error) {
        return `${server.pod}: ${(error as Error).message}`;
      } finally {
        redis.close();
      }
    }),
  );
  return {
    asked: found.filter((each) => typeof each !== 'string'),
    problems: found.filter((each) => typeof each === 'string'),
  };
}

async function ask(server: BackupServer, redis: Redis, isNode: boolean): Promise<AskedServer> {
  const info = parseInfo(text(await redis.command('INFO')));
  if (isLoading(info)) throw new Error('it reads its data set');
  const cluster = isNode ? parseClusterNodes(text(await redis.command('CLUSTER', 'NODES'))) : undefined;
  const role = info.get('role') === 'master' ? 'master' : 'replica';
  const linked = info.get('master_link_status') === 'up' && info.get('master_sync_in_progress') !== '1';
  return {
    ...server,
    role,
    linked: role === 'master' || linked,
    ...(role === 'replica' && { follows: `${info.get('master_host')}:${info.get('master_port')}` }),
    offset: Number(info.get(role === 'master' ? 'master_repl_offset' : 'slave_repl_offset')),
    replid: info.get('master_replid') ?? '',
    keys: [...info].reduce((sum, [name, value]) => sum + keysOf(name, value), 0),
    version: info.get('valkey_version') ?? info.get('redis_version') ?? '',
    ...(cluster && { cluster }),
  };
}

function keysOf(name: string, value: string): number {
  return /^db\d+$/.test(name) ? Number(/^keys=(\d+)/.exec(value)?.[1] ?? 0) : 0;
}
