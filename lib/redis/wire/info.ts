import type { Address } from '../../steward/reach';
import type { ServerSays, Serving } from '../steward/facts';
import { isRedisError } from './errors';
import { text } from './reply';
import type { Redis } from './types';

/** Sections that `serverSays` reads. */
const SECTIONS = ['server', 'persistence', 'replication', 'keyspace'] as const;

/** How a server is called that another one knows by this address; by itself, the host, which is a full name. */
export type NameOf = (address: Address) => string;

const hostOf: NameOf = ({ host }) => host;

/** Lines of `INFO` or `CLUSTER INFO`, by name. https://redis.io/docs/latest/commands/info/ */
export function parseInfo(info: string): ReadonlyMap<string, string> {
  const lines = info.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 && !line.startsWith('#') ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
  });
  return new Map(lines);
}

/** Whether a server still reads its data set. */
export function isLoading(info: ReadonlyMap<string, string>): boolean {
  return info.get('loading') === '1';
}

/**
 * What a server that takes commands says by `INFO`.
 * @throws Error where something is missing in it
 */
export function serverSays(info: ReadonlyMap<string, string>, nameOf: NameOf = hostOf): Serving {
  const role = of(info, 'role') === 'master' ? 'master' : 'replica';
  const common = { state: 'serving', role, runId: of(info, 'run_id'), keys: countKeys(info) } as const;
  if (role === 'master') {
    const offset = Number(of(info, 'master_repl_offset'));
    return { ...common, linked: true, offset, replicas: replicasOf(info, nameOf) };
  }
  const follows = nameOf({ host: of(info, 'master_host'), port: Number(of(info, 'master_port')) });
  const linked = info.get('master_link_status') === 'up' && info.get('master_sync_in_progress') !== '1';
  const offset = Number(of(info, 'slave_repl_offset'));
  return { ...common, follows, linked, offset, replicas: replicasOf(info, nameOf) };
}

/** What a server says of itself, or why it says nothing. Never rejects. */
export async function askServer(redis: Redis, nameOf: NameOf = hostOf): Promise<ServerSays> {
  try {
    const info = parseInfo(text(await redis.command('INFO', ...SECTIONS)));
    return isLoading(info) ? { state: 'loading' } : serverSays(info, nameOf);
  } catch (error) {
    if (isRedisError(error, 'LOADING')) return { state: 'loading' };
    return { state: 'silent', reason: (error as Error).message };
  }
}

/** Replicas that are connected and in step: `slave0:ip=10.0.0.1,port=6379,state=online,offset=14,lag=0`. */
function replicasOf(info: ReadonlyMap<string, string>, nameOf: NameOf): Serving['replicas'] {
  return [...info].flatMap(([name, value]) => {
    if (!/^slave\d+$/.test(name)) return [];
    const replica = new Map(value.split(',').map((field) => split(field, '=')));
    if (replica.get('state') !== 'online') return [];
    const host = nameOf({ host: of(replica, 'ip'), port: Number(of(replica, 'port')) });
    return [{ host, offset: Number(of(replica, 'offset')), lag: Number(of(replica, 'lag')) }];
  });
}

/** `db0:keys=3,expires=0,avg_ttl=0` */
function countKeys(info: ReadonlyMap<string, string>): number {
  const counts = [...info].map(([name, value]) =>
    /^db\d+$/.test(name) ? Number(/^keys=(\d+)/.exec(value)?.[1] ?? 0) : 0,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function split(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return [line.slice(0, at), line.slice(at + 1)];
}

function of(map: ReadonlyMap<string, string>, name: string): string {
  const value = map.get(name);
  if (value === undefined) throw new Error(`INFO has no ${name}`);
  return value;
}
