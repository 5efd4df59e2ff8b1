import * as fs from 'node:fs';
import * as http from 'node:http';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mergeAclFile } from '../../../lib/redis/gate/acl-file';
import { Agent } from '../../../lib/redis/twemproxy/agent';
import { configure, type TwemproxyRun } from '../../../lib/redis/twemproxy/configure';
import { LAYOUT_LABEL } from '../../../lib/redis/twemproxy/layout';
import { twemproxyMetrics } from '../../../lib/redis/twemproxy/metrics';
import { parseNote, writeNote } from '../../../lib/redis/twemproxy/note';
import { redisAuth } from '../../../lib/redis/twemproxy/passwords';
import { proxyPods } from '../../../lib/redis/twemproxy/reshard/proxy-pods';
import { runReshard } from '../../../lib/redis/twemproxy/reshard/run-reshard';
import { serveAgent } from '../../../lib/redis/twemproxy/serve-agent';
import type { TwemproxySettings } from '../../../lib/redis/twemproxy/settings';
import { parseStats } from '../../../lib/redis/twemproxy/stats';
import { connect } from '../../../lib/redis/wire/redis-client';
import { KubernetesError } from '../../../lib/steward/kubernetes/client';
import type { Hold } from '../../../lib/steward/kubernetes/lease';
import { FakeRedisServer } from '../../support/redis-fake-server';
import { temporary } from '../../support/temporary';

const layout = { shards: ['a', 'b'], hash: 'md5' } as const;
const bulk = (text: string | null) =>
  text === null ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** Shards that answer as these functions say. */
async function run(
  answers: Record<string, (words: readonly string[]) => string>,
  change: Partial<TwemproxySettings> = {},
) {
  const dir = temporary();
  const paths = { password: `${dir}/password`, agent: `${dir}/agent`, run: `${dir}/run` };
  for (const [name, password] of Object.entries({ password: 'secret\n', agent: 'other' })) {
    fs.mkdirSync(path.join(dir, name));
    fs.writeFileSync(path.join(dir, name, 'password'), password);
  }
  const servers: Record<string, FakeRedisServer> = {};
  for (const [name, answer] of Object.entries(answers)) {
    servers[name] = await FakeRedisServer.start(answer);
    onTestFinished(() => servers[name].stop());
  }
  const shards = Object.entries(servers).map(([name, { address }]) => ({
    name,
    master: address,
    servers: [address],
  }));
  const lines: Record<string, unknown>[] = [];
  const theRun: TwemproxyRun = {
    paths,
    connect,
    log: (line) => lines.push(line),
    settings: {
      name: 'proxy',
      namespace: 'data',
      use: 'store',
      layout,
      shards,
      leaving: [],
      user: 'agent',
      serverConnections: 2,
      timeoutMs: 300,
      selector: { app: 'proxy', of: 'x' },
      ...change,
    },
  };
  return { run: theRun, lines, servers, paths };
}

describe('configure', () => {
  const settled = (shard: string) => JSON.stringify({ state: 'settled', shard, layout });

  it('waits for its turn, says why once, and writes the configuration last', async () => {
    let note: string | null = null;
    let password = 'WRONGPASS no';
    const answer = (words: readonly string[]) => {
      if (words[0] === 'GET') return bulk(note);
      if (words[0] === 'AUTH' && words[1] === 'default' && password) return `-${password}\r\n`;
      return '+OK\r\n';
    };
    const {
      run: it_,
      lines,
      paths,
    } = await run({ a: answer, b: (words) => (words[0] === 'GET' ? bulk(settled('b')) : '+OK\r\n') });
    const done = configure(it_, 'proxy:\n', 5);
    const until = async (count: number) => {
      while (lines.length < count) await delay(5);
    };
    await until(1);
    note = JSON.stringify({ state: 'closed', layout, next: layout, shard: 'a' });
    await until(2);
    note = settled('a');
    password = '';
    await done;
    expect(lines).toEqual([
      { configure: 'waits', because: 'shard a does not take the password yet: WRONGPASS no' },
      { configure: 'waits', because: 'keys are being moved from a, b by md5 to a, b by md5' },
      { configure: 'done' },
    ]);
    expect(fs.readFileSync(`${paths.run}/nutcracker.yml`, 'utf8')).toBe('proxy:\n  redis_auth: "secret"\n');
    expect(fs.readFileSync(`${paths.run}/password`, 'utf8')).toBe('secret');
    expect(fs.statSync(`${paths.run}/nutcracker.yml`).mode & 0o777).toBe(0o440);
    expect(fs.readdirSync(paths.run).sort()).toEqual(['nutcracker.yml', 'password']);
  });

  it('does not log in as the proxy while keys are moved', async () => {
    let closed = true;
    const note = { closed: JSON.stringify({ state: 'closed', layout, next: layout, shard: 'a' }) };
    const answer = (name: string) => (words: readonly string[]) =>
      words[0] === 'GET' ? bulk(closed ? note.closed : settled(name)) : '+OK\r\n';
    const { run: it_, servers, lines } = await run({ a: answer('a'), b: answer('b') });
    const done = configure(it_, '', 5);
    while (servers.a.asked.length < 20) await delay(5);
    const users = () => servers.a.asked.filter(([word]) => word === 'AUTH').map(([, name]) => name);
    expect(users()).not.toContain('default');
    expect(lines).toHaveLength(1);
    closed = false;
    await done;
    expect(users().at(-1)).toBe('default');
  });

  it('notes a shard that has lost its note', async () => {
    const {
      run: it_,
      servers,
      lines,
    } = await run({
      a: (words) => (words[0] === 'GET' ? bulk(settled('a')) : '+OK\r\n'),
      b: (words) => (words[0] === 'GET' ? bulk(null) : '+OK\r\n'),
    });
    await configure(it_, '', 5);
    expect(lines[0]).toEqual({ noted: 'b', because: 'it had lost its note' });
    expect(servers.b.asked).toContainEqual([...writeNote({ shard: 'b', state: 'settled', layout }), 'NX']);
  });
});

describe('a note', () => {
  it('is read as it was written', () => {
    const note = { shard: 'a', state: 'settled', layout } as const;
    expect(parseNote(String(writeNote(note)[2]))).toEqual(note);
    expect(parseNote(null)).toBeUndefined();
  });

  it.each(['', 'x', '1', '{}', 'null', '{"state":"settled"}'])('is not this: %s', (text) => {
    expect(() => parseNote(text)).toThrow(
      `the key cdk8s-stateful:twemproxy is not a note of a proxy: ${text}`,
    );
  });
});

describe('a password', () => {
  it.each([
    ['plain-1', '"plain-1"'],
    ['a "b" \\c', '"a \\"b\\" \\\\c"'],
    ['#: {x}', '"#: {x}"'],
    ['é😀\u007f\n', '"\\U000000e9\\U0001f600\\U0000007f\\U0000000a"'],
  ])('%j is written so that it is read as it is', (password, quoted) => {
    expect(redisAuth(password)).toBe(`  redis_auth: ${quoted}\n`);
  });

  it('is refused where it would be cut off', () => {
    expect(() => redisAuth('a\0b')).toThrow('the password has a byte 0; give another one');
    expect(() => redisAuth('')).toThrow('the password is empty; give another one');
  });
});

describe('the file of users', () => {
  const off = 'user default off resetchannels -@all';

  it('keeps the user of a proxy, and has it off elsewhere', () => {
    const on = 'user default on #abc ~* resetchannels -@all +get';
    expect(mergeAclFile(`${on}\nuser steward on\n`, [off, 'user steward off'])).toBe(
      `user steward off\n${on}\n`,
    );
    expect(mergeAclFile('user default off nopass ~*\n', [off])).toBe(`${off}\n`);
    expect(mergeAclFile('', [off])).toBe(`${off}\n`);
  });
});

describe('an agent', () => {
  async function agentOf(answer: (words: readonly string[]) => string) {
    const proxy = await FakeRedisServer.start(answer);
    onTestFinished(() => proxy.stop());
    const it_ = await run({ a: () => '+OK\r\n', b: () => '+OK\r\n' });
    fs.mkdirSync(it_.paths.run);
    fs.writeFileSync(`${it_.paths.run}/password`, 'secret');
    const { host, port } = proxy.address;
    const agent = new Agent(it_.run, { host, clients: port, stats: 1, podIp: host });
    return { ...it_, agent, proxy };
  }

  it('asks on each connection to each shard, as a client that knows no names', async () => {
    const { agent, proxy, lines } = await agentOf((words) =>
      words[0] === 'DEL' ? ':0\r\n' : words[0] === 'PING' ? '+PONG\r\n' : '+OK\r\n',
    );
    await agent.look();
    expect(agent.ready).toBe(true);
    expect(proxy.asked.slice(0, 2)).toEqual([['AUTH', 'secret'], ['PING']]);
    expect(proxy.asked.slice(2).map(([word]) => word)).toEqual(['DEL', 'DEL', 'DEL', 'DEL']);
    expect(lines).toEqual([]);
  });

  it('is ready with one shard, and not without', async () => {
    let broken: string[] = [];
    const { agent, lines } = await agentOf((words) => {
      if (words[0] !== 'DEL') return '+OK\r\n';
      return broken.includes(words[1]) ? '-ERR Connection refused\r\n' : ':0\r\n';
    });
    await agent.look();
    const keys = [
      'cdk8s-stateful:probe:0',
      'cdk8s-stateful:probe:1',
      'cdk8s-stateful:probe:2',
      'cdk8s-stateful:probe:3',
    ];
    broken = keys.slice(0, 1);
    await agent.look();
    expect([...agent.view.shards.values()].sort()).toEqual([false, true]);
    expect(agent.ready).toBe(true);
    broken = keys;
    await agent.look();
    await agent.look();
    expect(agent.view).toMatchObject({ answers: true });
    expect(agent.ready).toBe(false);
    expect(lines.map(({ problem }) => problem)).toEqual(['ERR Connection refused', 'ERR Connection refused']);
    broken = [];
    await agent.look();
    expect(lines.slice(2).map(({ state }) => state)).toEqual(['takes writes', 'takes writes']);
  });

  it('is not ready without a proxy, and says that its password is another one', async () => {
    const { agent, paths } = await agentOf(() => '-ERR invalid password\r\n');
    await agent.look();
    expect(agent.view).toMatchObject({ answers: false, passwordOutdated: false });
    expect(agent.ready).toBe(false);
    fs.writeFileSync(`${paths.password}/password`, 'newer');
    await agent.look();
    expect(agent.view.passwordOutdated).toBe(true);
    const server = await serveAgent(agent, 'proxy', 0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const get = (at: string) =>
      new Promise<[number | undefined, string]>((resolve) =>
        http.get({ host: '127.0.0.1', port, path: at, agent: false }, (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve([response.statusCode, text]));
        }),
      );
    expect(await get('/readyz')).toEqual([503, 'no shard takes writes through the proxy\n']);
    expect(await get('/healthz')).toEqual([200, 'ok\n']);
    expect((await get('/metrics'))[1]).toContain('twemproxy_password_outdated{proxy="proxy"} 1\n');
    expect((await get('/'))[0]).toBe(404);
  });
});

describe('numbers', () => {
  const stats = JSON.stringify({
    service: 'nutcracker',
    proxy: { client_eof: 3, client_connections: 2, a: { requests: 7, server_eof: 1, server_connections: 1 } },
  });

  it('are told as Prometheus has them', () => {
    const text = twemproxyMetrics('proxy', {
      answers: true,
      shards: new Map([['a', true]]),
      passwordOutdated: false,
      stats: parseStats(stats, 'proxy'),
    });
    expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([
      'twemproxy_up{proxy="proxy"} 1',
      'twemproxy_shard_up{proxy="proxy",shard="a"} 1',
      'twemproxy_password_outdated{proxy="proxy"} 0',
      'twemproxy_client_connections{proxy="proxy"} 2',
      'twemproxy_client_eof_total{proxy="proxy"} 3',
      'twemproxy_shard_connections{proxy="proxy",shard="a"} 1',
      'twemproxy_shard_eof_total{proxy="proxy",shard="a"} 1',
      'twemproxy_shard_requests_total{proxy="proxy",shard="a"} 7',
    ]);
  });

  it('are of one pool', () => {
    expect(() => parseStats(stats, 'other')).toThrow('there are no numbers of other');
  });
});

describe('the pods of proxies', () => {
  function fake(stubborn = 0) {
    const asked: string[] = [];
    let looks = 0;
    const pod = (name: string, uid: string) => ({ metadata: { name, uid } });
    const kubernetes = {
      get: async <T>(at: string) => {
        asked.push(at);
        // One that takes its place is there at once.
        const items = [
          ...(looks++ <= stubborn ? [pod('old', '1')] : []),
          ...(looks > 1 ? [pod('newer', '2')] : []),
        ];
        return { items } as T;
      },
      delete: async <T>(at: string, options: unknown) => {
        asked.push(`${at} ${JSON.stringify(options)}`);
        if (stubborn === 1) throw new KubernetesError('gone', 404);
        return {} as T;
      },
    };
    const settings = { namespace: 'data', selector: { app: 'proxy', of: 'x' } };
    return { asked, pods: proxyPods(kubernetes, settings, 'abc', 400) };
  }

  it('are ended at once where they have another layout, and waited for', async () => {
    const { pods, asked } = fake();
    await pods.end();
    const query = encodeURIComponent(`app=proxy,of=x,${LAYOUT_LABEL}!=abc`);
    expect(asked).toEqual([
      `/api/v1/namespaces/data/pods?labelSelector=${query}`,
      '/api/v1/namespaces/data/pods/old {"gracePeriodSeconds":1,"preconditions":{"uid":"1"}}',
      `/api/v1/namespaces/data/pods?labelSelector=${query}`,
    ]);
  });

  it('may have gone meanwhile', async () => {
    await expect(fake(1).pods.end()).resolves.toBeUndefined();
  });

  it('are not waited for without an end', async () => {
    await expect(fake(99).pods.end()).rejects.toThrow('old has not ended within 0.4 s');
  });
});

describe('moving keys', () => {
  it('waits for whoever moves them already', async () => {
    const remembers = () => {
      let note: string | null = null;
      return (words: readonly string[]) => {
        if (words[0] === 'SET') note = words[2];
        return words[0] === 'GET' ? bulk(note) : '+OK\r\n';
      };
    };
    const { run: it_, lines } = await run({ a: remembers(), b: remembers() });
    let tries = 0;
    let released = false;
    const lease = {
      tryHold: async (): Promise<Hold> =>
        tries++ < 3 ? { held: false, holder: 'other', reason: 'other holds the lease' } : { held: true },
      holds: () => tries > 3,
      release: async () => {
        released = true;
      },
    };
    const pods = { end: async () => undefined };
    await runReshard({ ...it_, login: { username: 'agent', password: 'other' }, pods }, lease, 10);
    expect(lines).toEqual([
      { reshard: 'waits', because: 'other holds the lease' },
      { settled: 'a, b by md5' },
      { reshard: 'done' },
    ]);
    expect(released).toBe(true);
  });
});
