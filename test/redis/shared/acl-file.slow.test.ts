import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { libraryUsers, mergeAclFile } from '../../../lib/redis/gate/acl-file';
import { fields, list, text } from '../../../lib/redis/wire/reply';
import type { Redis, Reply } from '../../../lib/redis/wire/types';
import { eventually } from '../../support/eventually';
import { REDIS_RELEASES, RedisProcess, type RedisRelease, redisMissing } from '../../support/redis-process';
import { temporary } from '../../support/temporary';

const STEWARD = { username: 'steward', password: 'steward-password' };
const INTERNAL = 'internal-password';

/** What each user may run, beside AUTH and HELLO, which everybody may; the words are those of the documentation. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  replication: ['ping', 'psync', 'replconf'],
  sentinel: [
    'client|kill',
    'client|setname',
    'config|rewrite',
    'exec',
    'info',
    'multi',
    'ping',
    'publish',
    'replicaof',
    'role',
    'script|kill',
    'slaveof',
    'subscribe',
  ],
  exporter: [
    'client|setname',
    'cluster|info',
    'info',
    'latency|histogram',
    'latency|latest',
    'ping',
    'slowlog|len',
  ],
  backup: ['cluster|nodes', 'info', 'ping', 'replconf', 'sync'],
  probe: ['cluster|info', 'cluster|myid', 'cluster|nodes', 'info', 'ping', 'role'],
};

let servers: RedisProcess[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

async function start(release: RedisRelease, existing = '', settings: object = {}): Promise<RedisProcess> {
  const server = new RedisProcess(path.join(temporary(), 'server'), { release });
  const file = path.join(server.dir, 'users.acl');
  const users = libraryUsers({ steward: [STEWARD.password], internal: [INTERNAL, 'previous'] });
  fs.writeFileSync(file, mergeAclFile(existing, users));
  server.configure({ aclfile: file, masteruser: 'replication', masterauth: INTERNAL, ...settings });
  servers.push(server);
  await server.start();
  await server.serving();
  return server;
}

/** Every command, and every subcommand, with as many words as it takes. */
async function commands(redis: Redis): Promise<{ name: string; words: string[] }[]> {
  const found: { name: string; words: string[] }[] = [];
  const visit = (reply: Reply) => {
    const [name, arity, , , , , , , , subcommands] = list(reply);
    const under = subcommands ? list(subcommands) : [];
    const parts = text(name).split('|');
    const length = Math.max(parts.length, Math.abs(Number(arity)));
    if (under.length === 0) {
      const others = Array.from({ length: length - parts.length }, () => '__sentinel__:hello');
      found.push({ name: text(name), words: [...parts, ...others] });
    }
    for (const each of under) visit(each);
  };
  for (const reply of list(await redis.command('COMMAND'))) visit(reply);
  return found;
}

describe.skipIf(redisMissing).each(REDIS_RELEASES)('users of the library on %s', (release) => {
  it('may do what they need, and nothing else', async () => {
    const server = await start(release);
    const redis = server.client(STEWARD);
    const all = await commands(redis);
    expect(all.length).toBeGreaterThan(300);
    const everybody = ['auth', 'hello', 'quit', 'reset'];
    for (const [user, may] of Object.entries(MAY)) {
      const replies = await redis.pipeline(all.map(({ words }) => ['ACL', 'DRYRUN', user, ...words]));
      const allowed = all.filter((_, at) => replies[at] === 'OK').map(({ name }) => name);
      expect(allowed.filter((name) => !everybody.includes(name)).sort(), user).toEqual([...may].sort());
    }
    const replies = await redis.pipeline(all.map(({ words }) => ['ACL', 'DRYRUN', 'steward', ...words]));
    expect(all.filter((_, at) => typeof replies[at] === 'string' && replies[at] !== 'OK')).toEqual([]);
    redis.close();
  });

  it('log in by each of their passwords, and nobody without one but those who learn nothing', async () => {
    const server = await start(release);
    const as = async (username: string, password: string, ...words: string[]) => {
      const redis = server.client({ username, password });
      try {
        return await redis.command(...words);
      } finally {
        redis.close();
      }
    };
    expect(await as('backup', INTERNAL, 'PING')).toBe('PONG');
    expect(await as('backup', 'previous', 'PING')).toBe('PONG');
    await expect(as('backup', 'another', 'PING')).rejects.toThrow(/WRONGPASS/);
    expect(await as('probe', 'any', 'PING')).toBe('PONG');
    await expect(as('probe', 'any', 'GET', 'key')).rejects.toThrow(/NOPERM/);
    await expect(as('exporter', 'any', 'CONFIG', 'GET', 'masterauth')).rejects.toThrow(/NOPERM/);
    await expect(as('default', '', 'PING')).rejects.toThrow(/WRONGPASS|NOAUTH/);
    const anonymous = server.client();
    await expect(anonymous.command('PING')).rejects.toThrow(/NOAUTH/);
    anonymous.close();
  });

  it('let a replica follow its master, and a channel of Sentinels only', async () => {
    const master = await start(release);
    const { host, port } = master.address;
    const replica = await start(release, '', { replicaof: `${host} ${port}` });
    const redis = replica.client(STEWARD);
    await eventually(
      async () => text(await redis.command('INFO', 'replication')),
      (info) => info.includes('master_link_status:up'),
    );
    redis.close();
    const sentinel = master.client({ username: 'sentinel', password: INTERNAL });
    expect(await sentinel.command('PUBLISH', '__sentinel__:hello', 'x')).toBe(0);
    await expect(sentinel.command('PUBLISH', 'other', 'x')).rejects.toThrow(/NOPERM/);
    sentinel.close();
  });

  it('stand beside others that were there, as the server itself has saved them', async () => {
    const server = await start(release);
    const redis = server.client(STEWARD);
    await redis.command(
      'ACL',
      'SETUSER',
      'app',
      'on',
      '>pw',
      '~orders:*',
      '&events:*',
      '+@all',
      '-@dangerous',
    );
    await redis.command('ACL', 'SAVE');
    redis.close();
    const saved = fs.readFileSync(path.join(server.dir, 'users.acl'), 'utf8');
    const again = await start(release, saved);
    const found = again.client(STEWARD);
    const app = fields(await found.command('ACL', 'GETUSER', 'app'));
    expect(app.get('keys')).toBe('~orders:*');
    expect(app.get('channels')).toBe('&events:*');
    found.close();
  });
});
