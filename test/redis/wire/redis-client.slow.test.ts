import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseClusterNodes } from '../../../lib/redis/wire/cluster-nodes';
import { isRedisError } from '../../../lib/redis/wire/errors';
import { askServer, parseInfo } from '../../../lib/redis/wire/info';
import { fields, list, pairs, text } from '../../../lib/redis/wire/reply';
import { Authority, opensslMissing } from '../../support/certificates';
import { eventually } from '../../support/eventually';
import {
  REDIS_RELEASES,
  RedisProcess,
  type RedisProcessOptions,
  redisBinaries,
  redisMissing,
} from '../../support/redis-process';
import { SentinelProcess } from '../../support/sentinel-process';

const STEWARD = { username: 'steward', password: 'a pass word, "quoted" \u00fc' };
const title = (of: string, missing = redisMissing) => (missing ? `${of} (skipped: ${missing})` : of);

describe.skipIf(redisMissing).each(REDIS_RELEASES)(title('a client of %s'), (release) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), `wire-${release}-`));
  const processes: RedisProcess[] = [];
  const add = <P extends RedisProcess>(process: P): P => {
    processes.push(process);
    return process;
  };
  const redisAt = (name: string, options: RedisProcessOptions = {}) =>
    add(new RedisProcess(path.join(dir, name), { release, ...options }));
  const master = redisAt('master', { host: '127.0.0.2' });
  const replica = redisAt('replica', { host: '127.0.0.3' });
  const client = master.client();

  beforeAll(async () => {
    await redisBinaries(release);
    master.configure();
    replica.configure({ replicaof: `${master.address.host} ${master.address.port}` });
    for (const server of [master, replica]) await server.start();
    await Promise.all([master.serving(), replica.serving()]);
  }, 300_000);
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('gives every kind of reply', async () => {
    expect(await client.command('PING')).toBe('PONG');
    expect(await client.command('GET', 'nothing')).toBeNull();
    expect(await client.command('LRANGE', 'nothing', 0, -1)).toEqual([]);
    expect(await client.command('RPUSH', 'list', 'a', '', '\u00fc')).toBe(3);
    expect(list(await client.command('LRANGE', 'list', 0, -1))).toEqual(['a', '', '\u00fc']);
    expect(pairs(await client.command('CONFIG', 'GET', 'maxmemory')).get('maxmemory')).toBe('0');
    expect(fields(await client.command('ACL', 'GETUSER', 'default')).get('flags')).toContain('on');
    const refused = await client.command('CONFIG', 'SET', 'no-such', '1').catch((error) => error);
    expect(isRedisError(refused, 'ERR')).toBe(true);
    await client.command('DEL', 'list');
  });

  it('keeps the bytes of names and values', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const large = Buffer.alloc(20_000_000, bytes);
    await client.command('SET', bytes, large);
    expect(large.equals((await client.raw('GET', bytes)) as Buffer)).toBe(true);
    const [, names] = (await client.raw('SCAN', 0, 'COUNT', 1_000)) as [Buffer, Buffer[]];
    expect(names).toEqual([bytes]);
    await client.command('DEL', bytes);
  });

  it('sends many commands without waiting, and gives refusals among the replies', async () => {
    const commands = Array.from({ length: 20_000 }, (_, i) => ['SET', `key-${i % 100}`, i]);
    expect(new Set(await client.pipeline(commands))).toEqual(new Set(['OK']));
    const [set, refused, count] = await client.pipeline([['SET', 'a', 'b'], ['LPUSH', 'a', 'b'], ['DBSIZE']]);
    expect(set).toBe('OK');
    expect(isRedisError(refused, 'WRONGTYPE')).toBe(true);
    expect(count).toBe(101);
    await client.command('FLUSHALL');
  });

  it('rejects a transaction in which something is refused', async () => {
    const replies = await client.pipeline([['MULTI'], ['SET', 'a', 'b'], ['LPUSH', 'a', 'b'], ['EXEC']]);
    expect(replies.slice(0, 3)).toEqual(['OK', 'QUEUED', 'QUEUED']);
    expect(isRedisError(replies[3], 'WRONGTYPE')).toBe(true);
    await client.command('FLUSHALL');
  });

  it('logs in, and says who is not let in', async () => {
    const guarded = redisAt('guarded');
    guarded.configure({
      user: ['default off', `steward on ">${STEWARD.password.replaceAll('"', '\\"')}" ~* &* +@all`],
    });
    await guarded.start();
    await guarded.serving();
    expect(await guarded.client(STEWARD).command('ACL', 'WHOAMI')).toBe('steward');
    const wrong = guarded.client({ ...STEWARD, password: 'wrong' });
    await expect(wrong.command('PING')).rejects.toMatchObject({ name: 'RedisError', code: 'WRONGPASS' });
    await expect(guarded.client().command('PING')).rejects.toMatchObject({ code: 'NOAUTH' });
    expect(await askServer(wrong)).toMatchObject({
      state: 'silent',
      reason: expect.stringContaining('WRONGPASS'),
    });
  });

  it('gives up on a server that hangs, takes no late reply for another, and comes back', async () => {
    const impatient = master.client(undefined, 500);
    await impatient.command('SET', 'late', 'yes');
    await master.pause();
    const asked = await Promise.allSettled([impatient.command('GET', 'late'), impatient.command('DBSIZE')]);
    expect(asked.map((each) => each.status === 'rejected' && each.reason.message)).toEqual(
      Array(2).fill('no reply to GET within 500 ms'),
    );
    // The kernel takes the connection, so that it is the first command that is not answered.
    expect(await askServer(impatient)).toEqual({ state: 'silent', reason: 'no reply to INFO within 500 ms' });
    master.resume();
    expect(await impatient.command('ECHO', 'hello')).toBe('hello');
    await client.command('FLUSHALL');
  });

  it('says what master and replica say of themselves', async () => {
    await client.command('MSET', 'a', 1, 'b', 2);
    const says = () => Promise.all([askServer(client), askServer(replica.client())]);
    const [first, second] = await eventually(says, ([, of]) => of.state === 'serving' && of.keys === 2);
    expect(first).toMatchObject({ state: 'serving', role: 'master', linked: true, keys: 2 });
    expect(second).toMatchObject({ state: 'serving', role: 'replica', linked: true, follows: '127.0.0.2' });
    expect(first).toMatchObject({
      runId: expect.stringMatching(/^[0-9a-f]{40}$/),
      offset: expect.any(Number),
    });
    const inStep = await eventually(
      () => askServer(client),
      (of) => of.state === 'serving' && of.replicas[0]?.offset === of.offset,
    );
    expect(inStep).toMatchObject({ replicas: [{ host: '127.0.0.3', lag: expect.any(Number) }] });
    await expect(replica.client().command('SET', 'a', 1)).rejects.toMatchObject({ code: 'READONLY' });
  });

  it('says that a replica has lost its master, and why nobody answers', async () => {
    const [lost, cut] = [redisAt('lost', { host: '127.0.0.4' }), redisAt('cut', { host: '127.0.0.5' })];
    lost.configure();
    cut.configure({ replicaof: `${lost.address.host} ${lost.address.port}` });
    await Promise.all([lost.start(), cut.start()]);
    await Promise.all([lost.serving(), cut.serving()]);
    const linked = (is: boolean) =>
      eventually(
        () => askServer(cut.client()),
        (of) => of.state === 'serving' && of.linked === is,
      );
    await linked(true);
    await lost.stop();
    expect(await linked(false)).toMatchObject({ role: 'replica', follows: '127.0.0.4' });
    expect(await askServer(lost.client())).toEqual({
      state: 'silent',
      reason: `connect ECONNREFUSED 127.0.0.4:${lost.address.port}`,
    });
  });

  it('says that a server reads its data', async () => {
    const slow = redisAt('slow');
    slow.configure({ appendonly: 'yes', appendfsync: 'no' });
    await slow.start();
    await slow.serving();
    await slow.client().command('DEBUG', 'POPULATE', 100, 'key', 10);
    await slow.client().command('BGREWRITEAOF');
    const rewritten = async () => parseInfo(text(await slow.client().command('INFO', 'persistence')));
    await eventually(
      rewritten,
      (info) => info.get('aof_rewrite_in_progress') === '0' && info.get('aof_rewrite_scheduled') === '0',
    );
    await slow.stop('SIGTERM');
    // Microseconds for each key: several seconds in all.
    await slow.start('--key-load-delay', '30000', '--loading-process-events-interval-bytes', '1024');
    const client = slow.client();
    expect(
      await eventually(
        () => askServer(client),
        ({ state }) => state !== 'silent',
      ),
    ).toEqual({ state: 'loading' });
    await expect(client.command('GET', 'key:1')).rejects.toMatchObject({ code: 'LOADING' });
    await slow.serving();
    expect(await askServer(client)).toMatchObject({ state: 'serving', keys: 100 });
  });

  it('reads CLUSTER NODES and nodes.conf of a node', async () => {
    const nodes = ['127.0.0.6', '127.0.0.7'].map((host) => redisAt(`node-${host}`, { host }));
    for (const [i, node] of nodes.entries()) {
      const { host, port } = node.address;
      const announce = { 'cluster-announce-ip': host, 'cluster-announce-hostname': `node-${i}.example` };
      node.configure({ 'cluster-enabled': 'yes', 'cluster-port': port + 10_000, ...announce });
      await node.start();
      await node.serving();
    }
    const [first, second] = nodes.map((node) => node.client());
    await first.command('CLUSTER', 'ADDSLOTSRANGE', 0, 100, 200, 200, 300, 16_383);
    await first.command('CLUSTER', 'MEET', nodes[1].address.host, nodes[1].address.port);
    const look = async () => parseClusterNodes(text(await first.command('CLUSTER', 'NODES')));
    const met = await eventually(
      look,
      ({ nodes }) => nodes.length === 2 && nodes.every(({ hostname, linked }) => hostname && linked),
    );
    const other = met.nodes.find(({ id }) => id !== met.myself.id);
    expect(met.myself).toMatchObject({
      id: text(await first.command('CLUSTER', 'MYID')),
      ip: '127.0.0.6',
      port: nodes[0].address.port,
      hostname: 'node-0.example',
      role: 'master',
      failed: 'no',
      handshake: false,
      slots: [
        [0, 100],
        [200, 200],
        [300, 16_383],
      ],
    });
    expect(other).toMatchObject({ ip: '127.0.0.7', hostname: 'node-1.example', role: 'master', slots: [] });
    if (!other) throw new Error('no other node');
    await second.command('CLUSTER', 'SETSLOT', 7, 'IMPORTING', met.myself.id);
    await first.command('CLUSTER', 'SETSLOT', 7, 'MIGRATING', other.id);
    expect((await look()).migrating).toEqual([{ slot: 7, to: other.id }]);
    const importing = parseClusterNodes(text(await second.command('CLUSTER', 'NODES')));
    expect(importing.importing).toEqual([{ slot: 7, from: met.myself.id }]);
    await first.command('CLUSTER', 'SETSLOT', 7, 'STABLE');
    await second.command('CLUSTER', 'SETSLOT', 7, 'STABLE');
    await eventually(
      async () => parseInfo(text(await second.command('CLUSTER', 'INFO'))),
      (info) => info.get('cluster_slots_assigned') === `${101 + 1 + 16_084}`,
    );
    await second.command('CLUSTER', 'REPLICATE', met.myself.id);
    await eventually(look, ({ nodes }) => nodes.some(({ role, master }) => role === 'replica' && !!master));
    await first.command('CLUSTER', 'SAVECONFIG');
    const file = parseClusterNodes(fs.readFileSync(path.join(nodes[0].dir, 'nodes.conf'), 'utf8'));
    const live = await look();
    expect(file.currentEpoch).toBeGreaterThanOrEqual(0);
    const lasting = ({ linked, ...node }: (typeof live.nodes)[number]) => node;
    expect(new Set(file.nodes.map(lasting))).toEqual(new Set(live.nodes.map(lasting)));
    expect(live.nodes.find(({ id }) => id === other.id)).toMatchObject({
      role: 'replica',
      master: met.myself.id,
    });
  });

  it('talks to a Sentinel', async () => {
    const sentinel = add(new SentinelProcess(path.join(dir, 'sentinel'), { release }));
    sentinel.configure({}, { name: 'm', master: master.address, quorum: 1 });
    await sentinel.start();
    await sentinel.serving();
    const client = sentinel.client();
    const { host, port } = master.address;
    expect(await client.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'm')).toEqual([host, `${port}`]);
    const replicas = await eventually(
      async () => list(await client.command('SENTINEL', 'REPLICAS', 'm')).map(pairs),
      ([first]) => first?.get('flags') === 'slave' && first.get('master-link-status') === 'ok',
    );
    expect(replicas.map((each) => each.get('ip'))).toEqual(['127.0.0.3']);
  });

  it.skipIf(opensslMissing)(title('talks TLS', opensslMissing), async () => {
    const authority = new Authority(path.join(dir, 'authority'));
    const other = new Authority(path.join(dir, 'other'));
    const tls = authority.issueTo('server');
    const guarded = redisAt('tls', { tls });
    guarded.configure();
    await guarded.start();
    await guarded.serving();
    expect(await guarded.client().command('PING')).toBe('PONG');
    expect(await guarded.cli('PING')).toBe('PONG');
    const { address } = guarded;
    const strict = redisAt('never-started', { port: address.port, tls: other.issueTo('server') });
    expect(await askServer(strict.client())).toEqual({
      state: 'silent',
      reason: 'its certificate is refused: self signed cert in chain',
    });
    const plain = redisAt('never-started-either', { port: address.port });
    expect(await askServer(plain.client(undefined, 1_000))).toMatchObject({
      state: 'silent',
      reason: expect.stringMatching(/ECONNRESET|closed the connection|another protocol/),
    });
    const wrong = redisAt('nor-this', { ...master.address, tls });
    expect(await askServer(wrong.client(undefined, 1_000))).toMatchObject({
      state: 'silent',
      reason: expect.stringMatching(/TLS handshake|wrong version number|closed the connection/),
    });
  });
});
