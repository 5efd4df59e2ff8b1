import { text } from '../wire/reply';
import type { Connect, Login, Redis } from '../wire/types';
import type { TwemproxyShardSettings } from './settings';

const TIMEOUT_MS = 2_000;

/**
 * Ends the connections of one proxy to the servers of a shard, which makes it connect and log in anew. By itself it never
 * does: it stays with a master that has become a replica, and goes on without a login where that was refused once.
 * @param ip of the proxy's pod
 * @return how many connections were ended
 */
export async function reconnect(
  { connect, login }: { readonly connect: Connect; readonly login: Login },
  { servers }: Pick<TwemproxyShardSettings, 'servers'>,
  ip: string,
): Promise<number> {
  const ended = await Promise.all(
    servers.map(async (address) => {
      const redis = connect(address, { login, timeoutMs: TIMEOUT_MS });
      try {
        const ids = (await proxyConnections(redis)).filter((each) => each.ip === ip).map(({ id }) => id);
        for (const id of ids) await redis.command('CLIENT', 'KILL', 'ID', id);
        return ids.length;
      } catch {
        return 0; // It is away, and its connections with it.
      } finally {
        redis.close();
      }
    }),
  );
  return ended.reduce((sum, count) => sum + count, 0);
}

/** A connection of a proxy to a server. */
export interface ProxyConnection {
  readonly id: string;
  readonly ip: string;
}

/** Connections of proxies: nobody else is the user `default`, logged in or not. */
export async function proxyConnections(redis: Redis): Promise<ProxyConnection[]> {
  const own = text(await redis.command('CLIENT', 'ID'));
  return text(await redis.command('CLIENT', 'LIST', 'TYPE', 'normal'))
    .split('\n')
    .map((line) => Object.fromEntries(line.split(' ').map((field) => splitOnce(field, '='))))
    .filter(({ user, id }) => user === 'default' && id !== own)
    .map(({ id, addr }) => ({ id, ip: addr.slice(0, addr.lastIndexOf(':')).replace(/^\[|\]$/g, '') }));
}

function splitOnce(field: string, by: string): [string, string] {
  const at = field.indexOf(by);
  return at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
}
