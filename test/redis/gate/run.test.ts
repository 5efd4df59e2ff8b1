import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RedisGateRun, runRedisGate } from '../../../lib/redis/gate/run';
import { runSentinelGate } from '../../../lib/redis/gate/sentinel/run';
import type { RedisGateSettings } from '../../../lib/redis/gate/settings';
import type { Connect, Redis } from '../../../lib/redis/wire/types';
import { askReport } from '../../../lib/steward/gate-report';
import { FORMED_KEY } from '../../../lib/steward/settings';
import { freePort } from '../../support/ports';
import { temporary } from '../../support/temporary';

const PODS = ['cache-0', 'cache-1'];
const SENTINELS = ['cache-sentinel-0', 'cache-sentinel-1', 'cache-sentinel-2'];
const CONF = 'port 6379\nappendonly yes\n';

const MASTER =
  'role:master\r\nrun_id:r\r\nmaster_repl_offset:10\r\nslave0:ip=127.0.8.2,port=6379,state=online,offset=10,lag=0\r\n';

/** What members answer, by their hosts: a server INFO, a Sentinel the host of the master; others do not answer. */
type World = Record<string, { readonly info?: string; readonly master?: string }>;

function connectTo(world: World): Connect {
  return (address) => {
    const found = world[address.host];
    const refused = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const sentinel = found?.master
      ? [
          [found.master, '6379'],
          ['flags', 'master', 'config-epoch', '4'],
        ]
      : [null, null];
    const redis: Partial<Redis> = {
      address,
      command: () => (found?.info ? Promise.resolve(found.info) : refused()),
      pipeline: () => (found && found.info === undefined ? Promise.resolve(sentinel) : refused()),
      close: () => undefined,
    };
    return redis as Redis;
  };
}

const settings: RedisGateSettings = {
  cluster: 'cache',
  topology: 'replication',
  members: PODS.map((pod, ordinal) => ({ pod, host: `127.0.8.${ordinal + 1}`, shard: 0 })),
  founders: PODS,
  port: 6379,
  tls: false,
  keepsData: true,
  operations: 'steward',
  sentinel: {
    members: SENTINELS.map((pod, ordinal) => ({ pod, host: `127.0.8.${ordinal + 101}` })),
    port: 26379,
    masterName: 'cache',
    quorum: 2,
    downAfter: 5_000,
    failoverTimeout: 60_000,
  },
};

function gateOf(pod: string, world: World, change: Partial<RedisGateSettings> = {}) {
  const root = temporary();
  const paths = Object.fromEntries(
    ['config', 'secrets', 'formed', 'data', 'run'].map((name) => [name, path.join(root, name)]),
  ) as unknown as RedisGateRun['paths'];
  const put = (text: string, ...parts: string[]): void => {
    fs.mkdirSync(path.dirname(path.join(...parts)), { recursive: true });
    fs.writeFileSync(path.join(...parts), text);
  };
  put(JSON.stringify({ ...settings, ...change }), paths.config, 'gate.json');
  put(CONF, paths.config, 'redis.conf');
  put('maxmemory 100mb\n', paths.config, 'live.conf');
  put('port 26379\n', paths.config, 'sentinel.conf');
  put('of the steward', paths.secrets, 'steward', 'password');
  put('of others', paths.secrets, 'internal', 'password');
  for (const each of [paths.data, paths.formed]) fs.mkdirSync(each);
  const log: Record<string, unknown>[] = [];
  const run: RedisGateRun = {
    podName: pod,
    podIp: '10.0.0.1',
    paths,
    log: (line) => log.push(line),
    connect: connectTo(world),
    host: '127.0.0.1',
    port: freePort(),
    gateOf: () => ({ host: '127.0.0.1', port: 1 }),
    pollMs: 20,
  };
  const read = (name: string): string => fs.readFileSync(path.join(paths.data, name), 'utf8');
  return { run, paths, put, log, read };
}

const named = (host: string): World =>
  Object.fromEntries([101, 102, 103].map((n) => [`127.0.8.${n}`, { master: host }]));

describe('the gate of a server', () => {
  it('leaves everything ready for a replica', async () => {
    const { run, read, log, paths } = gateOf('cache-1', {
      '127.0.8.1': { info: MASTER },
      ...named('127.0.8.1'),
    });
    const decision = await runRedisGate(run);
    expect(decision).toMatchObject({ action: 'start', as: 'replica of cache-0' });
    expect(log).toEqual([{ gate: 'start', server: 'cache-1', as: 'replica of cache-0' }]);
    expect(read('redis.conf').split('\n')).toEqual([
      'port 6379',
      'appendonly yes',
      'maxmemory 100mb',
      `dir ${paths.data}`,
      `aclfile ${paths.data}/users.acl`,
      'masteruser replication',
      'masterauth "of others"',
      'replica-announce-ip 127.0.8.2',
      'replica-announce-port 6379',
      'replicaof 127.0.8.1 6379',
      'replica-priority 0',
      '',
    ]);
    expect(read('users.acl')).toMatch(/^user default off.*\nuser steward on #[0-9a-f]{64} ~\* &\* \+@all\n/);
    expect(fs.readFileSync(path.join(paths.run, 'start-settings'), 'utf8').split('\n')).toEqual([
      "SENTINELS='127.0.8.101:26379 127.0.8.102:26379 127.0.8.103:26379'",
      "MASTER_NAME='cache'",
      "SELF='127.0.8.2:6379'",
      "KEEPS_DATA='yes'",
      "PATIENCE='60'",
      "FORMED='no'",
      "PRIORITY='100'",
      '',
    ]);
  });

  it('never lets an old replicaof win, and keeps other users', async () => {
    const { run, read, put, paths } = gateOf('cache-0', named('127.0.8.1'));
    put(`${CONF}replicaof 127.0.8.2 6379\n`, paths.data, 'redis.conf');
    put('user app on nopass ~* +get\nuser steward off\n', paths.data, 'users.acl');
    put('m', paths.data, 'appendonlydir', 'appendonly.aof.manifest');
    expect(await runRedisGate(run)).toMatchObject({ action: 'start', as: 'master' });
    expect(read('redis.conf')).not.toContain('replicaof ');
    expect(read('redis.conf')).not.toContain('replica-priority');
    expect(read('users.acl')).toMatch(/user steward on [\s\S]*user app on nopass ~\* \+get\n$/);
  });

  it('makes a snapshot the base of a log where a log is kept', async () => {
    const { run, paths, put, read } = gateOf('cache-0', named('127.0.8.1'));
    put('REDIS0011', paths.data, 'dump.rdb');
    await runRedisGate(run);
    expect(read('appendonlydir/appendonly.aof.1.base.rdb')).toBe('REDIS0011');
    expect(read('appendonlydir/appendonly.aof.manifest')).toBe(
      'file appendonly.aof.1.base.rdb seq 1 type b\n',
    );
  });

  it('starts on the log that it has, although none is wanted any more', async () => {
    const { run, paths, put, read } = gateOf('cache-0', named('127.0.8.1'));
    put('port 6379\n', paths.config, 'redis.conf');
    put('appendonly no\n', paths.config, 'live.conf');
    put('appendonly yes\n', paths.data, 'redis.conf');
    put('m', paths.data, 'appendonlydir', 'appendonly.aof.manifest');
    await runRedisGate(run);
    expect(read('redis.conf').match(/^appendonly .*$/gm)).toEqual(['appendonly no', 'appendonly yes']);
  });

  it('starts without an old log where there was none last, and leaves it to the steward to begin one', async () => {
    const { run, paths, put, read } = gateOf('cache-0', named('127.0.8.1'));
    put('appendonly no\n', paths.data, 'redis.conf');
    put('old', paths.data, 'appendonlydir', 'appendonly.aof.manifest');
    put('REDIS0011', paths.data, 'dump.rdb');
    await runRedisGate(run);
    expect(read('redis.conf').match(/^appendonly .*$/gm)).toEqual(['appendonly yes', 'appendonly no']);
    expect(read('appendonlydir/appendonly.aof.manifest')).toBe('old');
  });

  it('tells others why it waits, and hears of other settings', async () => {
    const ending = new AbortController();
    const { run, put, paths, log } = gateOf('cache-0', {});
    const life = runRedisGate({ ...run, signal: ending.signal });
    let report: unknown;
    while (report === undefined)
      report = await askReport({ host: '127.0.0.1', port: run.port as number }, 500);
    expect(report).toEqual({
      pod: 'cache-0',
      cluster: 'cache',
      disk: 'empty',
      says:
        'this server forms the deployment once the gates of all founders say that their disks are empty: ' +
        'cache-1: connect ECONNREFUSED.',
      founders: PODS,
      seenEmpty: [],
      details: { wasMaster: false },
    });
    put(
      JSON.stringify({ ...settings, members: settings.members.slice(0, 1), founders: ['cache-0'] }),
      paths.config,
      'gate.json',
    );
    expect(await life).toMatchObject({ action: 'start', as: 'master' });
    expect(log.map(({ gate }) => gate)).toEqual(['wait', 'again', 'start']);
    ending.abort();
  });

  it('waits where nobody wants the server', async () => {
    const { run } = gateOf('cache-2', named('127.0.8.1'));
    expect(await runRedisGate({ ...run, signal: AbortSignal.abort() })).toEqual({
      action: 'wait',
      reason: 'cache-2 is not one of the servers that should exist (cache-0, cache-1): it starts once it is',
    });
  });

  it('refuses the volume of another server', async () => {
    const { run, put, paths } = gateOf('cache-0', named('127.0.8.1'));
    put(
      JSON.stringify({ cluster: 'cache', pod: 'cache-1', seenEmpty: [], started: true }),
      paths.data,
      'gate.json',
    );
    await expect(runRedisGate(run)).rejects.toThrow(
      'this volume belongs to cache-1 of cache, and this is cache-0 of cache; mount the right volume',
    );
  });

  it('goes on with a volume on which the server has stored nothing yet', async () => {
    const alone = {
      topology: 'standalone',
      members: settings.members.slice(0, 1),
      founders: ['cache-0'],
    } as const;
    const { run, put, paths } = gateOf('cache-0', {}, alone);
    put('now', paths.formed, FORMED_KEY);
    expect(await runRedisGate({ ...run, signal: AbortSignal.abort() })).toMatchObject({
      action: 'wait',
      reason: expect.stringContaining('the deployment was formed, and this disk is empty: its data is gone.'),
    });
    put(
      JSON.stringify({ cluster: 'cache', pod: 'cache-0', seenEmpty: [], started: true }),
      paths.data,
      'gate.json',
    );
    expect(await runRedisGate(run)).toMatchObject({ action: 'start', as: 'master' });
  });
});

describe('the gate of a server that is alone', () => {
  const alone = {
    topology: 'standalone',
    members: settings.members.slice(0, 1),
    founders: ['cache-0'],
  } as const;

  it.each([
    ['starts with nothing at first', {}, false, true],
    ['not where its volume is gone', {}, true, false],
    ['unless nothing was kept', { keepsData: false }, true, true],
    ['not without the backup that it starts from', { restore: 'b' }, false, false],
  ] as const)('%s', async (_, change, formed, starts) => {
    const { run, put, paths } = gateOf('cache-0', {}, { ...alone, ...change });
    if (formed) put('now', paths.formed, FORMED_KEY);
    const decision = await runRedisGate({ ...run, signal: AbortSignal.abort() });
    expect(decision.action).toBe(starts ? 'start' : 'wait');
  });
});

describe('the gate of a Sentinel', () => {
  it('waits for the first master, then leaves its sentinel.conf ready', async () => {
    const world: World = {};
    const { run, read, log } = gateOf('cache-sentinel-0', world);
    const life = runSentinelGate(run);
    let report: unknown;
    while (report === undefined)
      report = await askReport({ host: '127.0.0.1', port: run.port as number }, 500);
    expect(report).toMatchObject({ pod: 'cache-sentinel-0', cluster: 'cache' });
    expect(report).not.toHaveProperty('master');
    world['127.0.8.2'] = { info: MASTER };
    expect(await life).toEqual({ action: 'monitor', master: '127.0.8.2' });
    expect(read('sentinel.conf')).toContain('sentinel monitor cache 127.0.8.2 6379 2\n');
    expect(log.pop()).toEqual({ gate: 'start', sentinel: 'cache-sentinel-0', monitors: '127.0.8.2' });
  });

  it('takes up what others have agreed on', async () => {
    const { run, read } = gateOf('cache-sentinel-0', named('127.0.8.2'));
    expect(await runSentinelGate(run)).toEqual({ action: 'monitor', master: '127.0.8.2', epoch: 4 });
    expect(read('sentinel.conf')).toContain('sentinel config-epoch cache 4\n');
  });
});
