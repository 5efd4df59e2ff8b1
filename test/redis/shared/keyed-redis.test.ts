import { describe, expect, it } from 'vitest';
import { KeyedRedis } from '../../../lib/redis/steward/shared/keyed-redis';
import { RedisError } from '../../../lib/redis/wire/errors';
import type { Connect, Redis, Transport } from '../../../lib/redis/wire/types';

const ADDRESS = { host: 'redis-0', port: 6379 };
const as = (password: string): Transport => ({ login: { username: 'steward', password }, timeoutMs: 1_000 });

/** A server that knows some passwords, and counts who connects and who closes. */
class FakeServer {
  readonly log: string[] = [];
  constructor(public known: readonly string[]) {}

  readonly connect: Connect = (address, { login }) => {
    const password = login?.password ?? '';
    this.log.push(`connect ${password}`);
    const check = () => {
      if (!this.known.includes(password)) throw new RedisError('WRONGPASS invalid username-password pair');
    };
    const redis: Redis = {
      address,
      command: async (...words) => {
        check();
        if (words[0] === 'FAIL') throw new RedisError('ERR no');
        return `${words.join(' ')} by ${password}`;
      },
      raw: async () => {
        check();
        return password;
      },
      pipeline: async (commands) => {
        try {
          check();
        } catch (error) {
          return commands.map(() => error as Error);
        }
        return commands.map(() => password);
      },
      close: () => void this.log.push(`close ${password}`),
    };
    return redis;
  };
}

describe('a server with the keys of now', () => {
  it('is connected to once, and anew when they change', async () => {
    let transports: [Transport, ...Transport[]] = [as('one')];
    const server = new FakeServer(['one', 'two']);
    const redis = new KeyedRedis(ADDRESS, { transports: () => transports }, server.connect);
    expect(server.log).toEqual([]);
    expect(await redis.command('PING')).toBe('PING by one');
    expect(await redis.raw('PING')).toBe('one');
    transports = [as('two')];
    expect(await redis.pipeline([['PING']])).toEqual(['two']);
    redis.close();
    expect(server.log).toEqual(['connect one', 'close one', 'connect two', 'close two']);
  });

  it('is let in by the password before, and stays with it until that is gone', async () => {
    const two = as('two');
    let transports: [Transport, ...Transport[]] = [two, as('one')];
    const server = new FakeServer(['one']);
    const redis = new KeyedRedis(ADDRESS, { transports: () => transports }, server.connect);
    expect(await redis.pipeline([['PING'], ['PING']])).toEqual(['one', 'one']);
    expect(await redis.command('PING')).toBe('PING by one');
    expect(server.log).toEqual(['connect two', 'close two', 'connect one']);
    server.known = ['two'];
    expect(await redis.command('PING')).toBe('PING by two');
    transports = [two];
    expect(await redis.command('PING')).toBe('PING by two');
    expect(server.log.slice(3)).toEqual(['close one', 'connect two']);
  });

  it('says what it refuses, and tries another password for that alone', async () => {
    const server = new FakeServer([]);
    const redis = new KeyedRedis(ADDRESS, { transports: () => [as('two'), as('one')] }, server.connect);
    await expect(redis.command('PING')).rejects.toThrow(/WRONGPASS/);
    expect(server.log.filter((line) => line.startsWith('connect'))).toEqual(['connect two', 'connect one']);
    server.known = ['two', 'one'];
    server.log.length = 0;
    await expect(redis.command('FAIL')).rejects.toThrow('ERR no');
    expect(server.log).toEqual(['connect two']);
  });
});
