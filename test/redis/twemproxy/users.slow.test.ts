import { describe, expect, it, onTestFinished } from 'vitest';
import type { WantedRedisUser } from '../../../lib/redis/steward/settings';
import {
  carryOut,
  changesOn,
  learn,
  type WantedOnServers,
  wantedOnServers,
} from '../../../lib/redis/steward/shared/server-changes';
import { CLIENT_RULES } from '../../../lib/redis/twemproxy-rights';
import { RedisProxies } from '../../../lib/redis/twemproxy-shard';
import { isRedisError } from '../../../lib/redis/wire/errors';
import { redisMissing } from '../../support/redis-binaries';
import { REDIS_RELEASES, RedisProcess, type RedisRelease } from '../../support/redis-process';
import { temporary } from '../../support/temporary';

const login = { secretName: 'proxy', usernameKey: 'username', passwordKey: 'password' };

async function server(release: RedisRelease) {
  const redis = new RedisProcess(temporary(), { release });
  onTestFinished(() => redis.stop());
  redis.configure();
  await redis.start();
  await redis.serving();
  const client = redis.client();
  onTestFinished(() => client.close());
  await client.command('ACL', 'SETUSER', 'steward', 'on', '>s', '~*', '&*', '+@all');
  const steward = redis.client({ username: 'steward', password: 's' });
  onTestFinished(() => steward.close());
  return { redis, steward };
}

const wanted = (users: readonly WantedRedisUser[], passwords: string[]): WantedOnServers =>
  wantedOnServers(
    { users, live: {} },
    {
      passwords: () => ({ steward: ['s'], internal: ['i'] }),
      userPasswords: () => passwords,
    },
  );

describe.skipIf(redisMissing).each(REDIS_RELEASES)('the steward of %s', (release) => {
  it('has the user of proxies on, with two passwords, and off again without a proxy', async () => {
    const { redis, steward } = await server(release);
    const learnt = { users: new Set<string>(), settings: new Set<string>() };
    const make = async (on: WantedOnServers) => {
      const changes = (await changesOn(steward, on, learnt)).filter(({ change }) => change.endsWith('-user'));
      for (const change of changes) await carryOut(steward, change);
      for (const form of (await learn(steward, on, changes)).users) learnt.users.add(form);
      return changes;
    };
    const enters = async (password: string) => {
      const client = redis.client({ username: 'default', password });
      const may = await client.command('SET', 'a', '1').then(
        () => true,
        (error) => !isRedisError(error),
      );
      client.close();
      return may;
    };
    const proxies = new RedisProxies();
    proxies.add({ login, rules: CLIENT_RULES });
    const user = proxies.wanted() as WantedRedisUser;
    const on = wanted([user], ['new', 'old']);
    await make(on);
    expect(await make(on)).toEqual([]);
    expect([await enters('new'), await enters('old'), await enters('other')]).toEqual([true, true, false]);
    await make(wanted([], []));
    expect([await enters('new'), await enters('old')]).toEqual([false, false]);
  });
});
