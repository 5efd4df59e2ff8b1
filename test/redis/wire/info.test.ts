import { describe, expect, it } from 'vitest';
import { RedisError } from '../../../lib/redis/wire/errors';
import { askServer, parseInfo, serverSays } from '../../../lib/redis/wire/info';
import type { Redis, Reply, Word } from '../../../lib/redis/wire/types';

const RUN_ID = '2b9c'.repeat(10);
const MASTER = [
  '# Server',
  'redis_version:8.0.2',
  `run_id:${RUN_ID}`,
  'executable:/usr/bin/redis-server:odd',
  '',
  '# Persistence',
  'loading:0',
  'async_loading:0',
  '',
  '# Replication',
  'role:master',
  'connected_slaves:3',
  'slave0:ip=redis-1.redis-headless.db.svc.cluster.local,port=6379,state=online,offset=100,lag=0',
  'slave1:ip=redis-2.redis-headless.db.svc.cluster.local,port=6379,state=wait_bgsave,offset=0,lag=0',
  'slave2:ip=fd00::7,port=6379,state=online,offset=90,lag=2,type=replica',
  'master_replid:75bb',
  'master_repl_offset:112',
  'slave_repl_offset:7',
  '',
  '# Keyspace',
  'db0:keys=3,expires=1,avg_ttl=0,subexpiry=0',
  'db15:keys=4,expires=0,avg_ttl=0',
];
const REPLICA = [
  `run_id:${RUN_ID}`,
  'loading:0',
  'role:slave',
  'master_host:redis-0.redis-headless.db.svc.cluster.local',
  'master_port:6379',
  'master_link_status:up',
  'master_sync_in_progress:0',
  'slave_read_repl_offset:99',
  'slave_repl_offset:98',
  'master_repl_offset:97',
];

const infoOf = (lines: readonly string[], changed: Readonly<Record<string, string>> = {}) =>
  parseInfo(
    lines
      .map((line) => {
        const [name] = line.split(':');
        return name in changed ? `${name}:${changed[name]}` : line;
      })
      .join('\r\n'),
  );

/** A server that replies this to INFO. */
function saying(reply: () => Promise<Reply>): Redis & { readonly asked: Word[][] } {
  const asked: Word[][] = [];
  return {
    asked,
    address: { host: 'redis-0', port: 6379 },
    command: (...words) => {
      asked.push([...words]);
      return reply();
    },
    raw: () => Promise.reject(new Error('not asked')),
    pipeline: () => Promise.reject(new Error('not asked')),
    close: () => undefined,
  };
}

describe('parseInfo', () => {
  it('reads names and values, in which there may be colons', () => {
    const info = infoOf(MASTER);
    expect(info.get('redis_version')).toBe('8.0.2');
    expect(info.get('executable')).toBe('/usr/bin/redis-server:odd');
    expect([...info.keys()].filter((name) => name.startsWith('#'))).toEqual([]);
    expect([...parseInfo('cluster_state:ok\ncluster_size:3')]).toEqual([
      ['cluster_state', 'ok'],
      ['cluster_size', '3'],
    ]);
  });
});

describe('serverSays', () => {
  it('reads a master, with the replicas that are in step', () => {
    expect(serverSays(infoOf(MASTER))).toEqual({
      state: 'serving',
      role: 'master',
      runId: RUN_ID,
      linked: true,
      offset: 112,
      replicas: [
        { host: 'redis-1.redis-headless.db.svc.cluster.local', offset: 100, lag: 0 },
        { host: 'fd00::7', offset: 90, lag: 2 },
      ],
      keys: 7,
    });
  });

  it('reads a replica, with its own offset', () => {
    expect(serverSays(infoOf(REPLICA))).toEqual({
      state: 'serving',
      role: 'replica',
      runId: RUN_ID,
      follows: 'redis-0.redis-headless.db.svc.cluster.local',
      linked: true,
      offset: 98,
      replicas: [],
      keys: 0,
    });
  });

  it.each([
    ['has lost its master', { master_link_status: 'down' }],
    ['takes a first copy', { master_sync_in_progress: '1' }],
    ['takes a first copy while it serves', { master_link_status: 'down', master_sync_in_progress: '1' }],
  ])('does not call a replica linked that %s', (_, changed) => {
    expect(serverSays(infoOf(REPLICA, changed)).linked).toBe(false);
  });

  it('calls servers as it is told', () => {
    const nameOf = ({ host, port }: { host: string; port: number }) => `${host.split('.')[0]}/${port}`;
    expect(serverSays(infoOf(REPLICA), nameOf).follows).toBe('redis-0/6379');
    expect(serverSays(infoOf(MASTER), nameOf).replicas.map(({ host }) => host)).toEqual([
      'redis-1/6379',
      'fd00::7/6379',
    ]);
  });

  it('names what is missing', () => {
    expect(() => serverSays(parseInfo('loading:0'))).toThrow(new Error('INFO has no role'));
  });
});

describe('askServer', () => {
  it('asks for the sections that it needs', async () => {
    const redis = saying(() => Promise.resolve(MASTER.join('\r\n')));
    expect(await askServer(redis)).toEqual(serverSays(infoOf(MASTER)));
    expect(redis.asked).toEqual([['INFO', 'server', 'persistence', 'replication', 'keyspace']]);
  });

  it.each<[string, () => Promise<Reply>, object]>([
    ['reads its data', () => Promise.resolve('loading:1\r\nrole:master'), { state: 'loading' }],
    [
      'refuses as it reads its data',
      () => Promise.reject(new RedisError('LOADING Redis is')),
      { state: 'loading' },
    ],
    [
      'is not reached',
      () => Promise.reject(new Error('its name does not resolve yet')),
      { state: 'silent', reason: 'its name does not resolve yet' },
    ],
    [
      'does not let us in',
      () => Promise.reject(new RedisError('WRONGPASS invalid')),
      { state: 'silent', reason: 'WRONGPASS invalid' },
    ],
    [
      'says nonsense',
      () => Promise.resolve('role:master'),
      { state: 'silent', reason: 'INFO has no run_id' },
    ],
    [
      'says nothing',
      () => Promise.resolve(null),
      { state: 'silent', reason: 'the reply should be text, and is nothing' },
    ],
  ])('tells of a server that %s', async (_, reply, expected) => {
    expect(await askServer(saying(reply))).toEqual(expected);
  });
});
