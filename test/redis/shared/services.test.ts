import { describe, expect, it } from 'vitest';
import { libraryUsers } from '../../../lib/redis/gate/acl-file';
import type { RedisKeys } from '../../../lib/redis/steward/shared/keys';
import { RedisServices, type ServiceSettings } from '../../../lib/redis/steward/shared/services';
import { RedisError } from '../../../lib/redis/wire/errors';
import type { Redis, Reply, Word } from '../../../lib/redis/wire/types';

/** A server that does as it is told, or refuses what a test says. */
class FakeRedis implements Redis {
  readonly address = { host: 'redis', port: 6379 };
  readonly told: string[] = [];
  refuses: RegExp | undefined;
  silent = false;
  /** Whether it loses what it is told. */
  deaf = false;
  readonly users = new Map<string, string>();
  readonly settings = new Map([
    ['masteruser', 'replication'],
    ['masterauth', 'i1'],
  ]);

  constructor(users: readonly string[]) {
    for (const line of users) this.users.set(line.split(' ')[1], line);
  }

  async command(...words: readonly Word[]): Promise<Reply> {
    const line = words.join(' ');
    if (this.silent) throw new Error('no reply came in time');
    if (this.refuses?.test(line)) throw new RedisError('ERR no');
    const [kind, what, name, ...rest] = words.map(String);
    if (`${kind} ${what}` === 'ACL LIST') return [...this.users.values()];
    if (`${kind} ${what}` === 'CONFIG GET') return [...this.settings].flat();
    this.told.push(line);
    if (this.deaf) return 'OK';
    if (what === 'SETUSER') this.users.set(name, ['user', name, ...rest.slice(1)].join(' '));
    if (what === 'DELUSER') this.users.delete(name);
    if (`${kind} ${what}` === 'CONFIG SET') this.settings.set(name, rest[0]);
    return 'OK';
  }

  async raw(): Promise<never> {
    throw new Error('not asked');
  }

  async pipeline(commands: readonly (readonly Word[])[]): Promise<readonly (Reply | Error)[]> {
    if (this.silent) throw new Error('no reply came in time');
    return Promise.all(commands.map((words) => this.command(...words).catch((error: Error) => error)));
  }

  close(): void {}
}

const BEFORE = { steward: ['s1'], internal: ['i1'] };

function setUp(settings: Partial<ServiceSettings> = {}) {
  const passwords = {
    current: BEFORE as { steward: string[]; internal: string[] },
    users: new Map<string, string[]>(),
  };
  const keys = {
    passwords: () => passwords.current,
    userPasswords: (user: string) => passwords.users.get(user) ?? [],
    transport: () => ({ timeoutMs: 1 }),
    certificate: () => undefined,
  } as unknown as RedisKeys;
  const clock = { now: 0 };
  const services = new RedisServices({ live: {}, users: [], ...settings }, keys, undefined, () => clock.now);
  const servers = new Map(['redis-0', 'redis-1'].map((pod) => [pod, new FakeRedis(libraryUsers(BEFORE))]));
  const [one, other] = [...servers.values()];
  return { services, servers, one, other, passwords, clock };
}

describe('services', () => {
  it('change users on all servers before the password by which these follow one another, and have both saved', async () => {
    const { services, servers, one, other, passwords } = setUp();
    passwords.current = { steward: ['s1'], internal: ['i2', 'i1'] };
    await services.provision(servers);
    for (const { told } of [one, other]) {
      const kinds = told.map((line) => line.split(' ').slice(0, 3).join(' '));
      expect(kinds).toEqual([
        'ACL SETUSER replication',
        'ACL SETUSER sentinel',
        'ACL SETUSER backup',
        'ACL SAVE',
        'CONFIG SET masterauth',
        'CONFIG REWRITE',
      ]);
    }
    expect(await services.look(servers)).toEqual({ staleCertificates: [] });
  });

  it('leave that password alone while a server does not know it', async () => {
    const { services, servers, one, other, passwords, clock } = setUp();
    passwords.current = { steward: ['s1'], internal: ['i2', 'i1'] };
    other.refuses = /SETUSER replication/;
    await expect(services.provision(servers)).rejects.toThrow('user "replication" on redis-1: ERR no');
    expect([one, other].map(({ settings }) => settings.get('masterauth'))).toEqual(['i1', 'i1']);
    expect((await services.look(servers)).unprovisioned).toContain('masterauth on redis-0');
    other.refuses = undefined;
    clock.now += 20_000;
    await services.provision(servers);
    expect([one, other].map(({ settings }) => settings.get('masterauth'))).toEqual(['i2', 'i2']);
  });

  it('tell what is refused, do the rest, and try again after a while', async () => {
    const { services, servers, one, clock } = setUp({ live: { hz: '10', timeout: '5' } });
    servers.delete('redis-1');
    one.settings.set('hz', '1').set('timeout', '1');
    one.refuses = /SET hz/;
    await expect(services.provision(servers)).rejects.toThrow(/^hz 10 on redis-0: ERR no$/);
    expect(one.settings.get('timeout')).toBe('5');
    expect(await services.look(servers)).toEqual({
      unprovisioned: 'hz 10 on redis-0',
      provisionFailed: 'hz 10 on redis-0: ERR no',
      staleCertificates: [],
    });
    one.told.length = 0;
    await services.provision(servers);
    expect(one.told).toEqual([]);
    clock.now += 20_000;
    expect((await services.look(servers)).provisionFailed).toBeUndefined();
    one.refuses = undefined;
    await services.provision(servers);
    expect(await services.look(servers)).toEqual({ staleCertificates: [] });
  });

  it('have it saved again where that failed, though all is as it should be', async () => {
    const { services, servers, one, clock, passwords } = setUp({
      users: [{ name: 'app', rules: '~a +get' }],
    });
    passwords.users.set('app', ['pw']);
    one.refuses = /ACL SAVE/;
    await expect(services.provision(servers)).rejects.toThrow(/^the file of users on redis-0: ERR no$/);
    expect((await services.look(servers)).unprovisioned).toBe('the file of users on redis-0');
    one.refuses = undefined;
    clock.now += 20_000;
    await services.provision(servers);
    expect(one.told.at(-1)).toBe('ACL SAVE');
    expect(await services.look(servers)).toEqual({ staleCertificates: [] });
  });

  it('take a server at its word, which has words of its own', async () => {
    const { services, servers, one } = setUp({ live: { hz: '10' } });
    servers.delete('redis-1');
    one.settings.set('hz', '1');
    one.deaf = true;
    await services.provision(servers);
    // How it tells of what it was told is learnt.
    expect(await services.look(servers)).toEqual({ staleCertificates: [] });
    one.settings.set('hz', '2');
    expect((await services.look(servers)).unprovisioned).toBe('hz 10 on redis-0');
  });

  it('leave a server aside that does not answer, and tell of one that refuses to say', async () => {
    const { services, servers, one, other } = setUp();
    one.silent = true;
    expect(await services.look(servers)).toEqual({ staleCertificates: [] });
    other.refuses = /ACL LIST/;
    expect(await services.look(servers)).toEqual({
      unprovisioned: 'cannot look at redis-1: ERR no',
      provisionFailed: 'cannot look at redis-1: ERR no',
      staleCertificates: [],
    });
  });

  it('keep a user whose password is not known as it is, default among them', async () => {
    const { services, servers, one, other } = setUp({
      users: [
        { name: 'app', rules: '~a +get' },
        { name: 'default', rules: '~a +get' },
      ],
    });
    for (const server of [one, other]) {
      server.users.set('app', 'user app on #aa ~a +get');
      server.users.set('default', 'user default on #bb ~a +get');
    }
    await services.provision(servers);
    expect([...one.told, ...other.told]).toEqual([]);
    expect((await services.look(servers)).provisionFailed).toBe(
      'user "app": its Secret has no password, or is not there; user "default": its Secret has no password, or is not there',
    );
  });

  it('name five things, and count the rest', async () => {
    const names = Array.from({ length: 7 }, (_, at) => `app-${at}`);
    const { services, servers, passwords } = setUp({ users: names.map((name) => ({ name, rules: '+get' })) });
    for (const name of names) passwords.users.set(name, ['pw']);
    servers.delete('redis-1');
    expect((await services.look(servers)).unprovisioned).toBe(
      `${names
        .slice(0, 5)
        .map((name) => `user "${name}" on redis-0`)
        .join('; ')}; and 2 more`,
    );
  });
});
