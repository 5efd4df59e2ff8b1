import { Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials, ObjectStore } from '../../lib';
import { type RedisClusterProps, type RedisReplicationProps, RedisVersion } from '../../lib/redis';
import {
  bytesIn,
  isLive,
  isOwned,
  settingProblem,
  settingsOf,
  settingText,
} from '../../lib/redis/redis-config-keys';
import { everything } from '../support/every-prop';
import { cluster, replication, standalone, stewardSettingsOf } from './rendering';

const filesOf = (made: Pick<ReturnType<typeof replication>, 'find'>) =>
  made.find('ConfigMap', 'redis-config').data;
const files = (props: Partial<RedisReplicationProps> = {}, environment = {}) =>
  filesOf(replication(props, environment));
const live = (props: Partial<RedisReplicationProps> = {}) =>
  stewardSettingsOf(replication(props).objects()).live;

/** What follows from a memory of 1 GiB. */
const MEMORY = [
  'maxmemory 697303040',
  'repl-backlog-size 10485760',
  'client-output-buffer-limit normal 0 0 0 slave 124780544 62390272 60 pubsub 33554432 8388608 60',
];

describe('redis.conf', () => {
  it('says what servers read at their start', () => {
    expect(files()['redis.conf']).toBe(
      ['# network', 'bind * -::*', 'port 6379', 'protected-mode no', '', '# memory', ...MEMORY, ''].join(
        '\n',
      ),
    );
  });

  it('has TLS alone on the port where there is TLS', () => {
    const tls = { tls: { clientAuthentication: 'need' } } as const;
    expect(files(tls, everything)['redis.conf']).toBe(
      [
        '# network',
        'bind * -::*',
        'port 0',
        'tls-port 6379',
        'protected-mode no',
        '',
        '# TLS',
        'tls-cert-file /secrets/tls/tls.crt',
        'tls-key-file /secrets/tls/tls.key',
        'tls-ca-cert-file /secrets/tls/ca.crt',
        'tls-auth-clients yes',
        'tls-replication yes',
        '',
        '# memory',
        ...MEMORY,
        '',
      ].join('\n'),
    );
    expect(files({ tls: {} }, everything)['redis.conf']).toContain('\ntls-auth-clients no\n');
  });

  it('has what follows from the memory, so that it changes with the limit, unless somebody has chosen it', () => {
    const of = (props: Partial<RedisReplicationProps>, file: 'redis.conf' | 'live.conf') =>
      files(props)
        [file].split('\n')
        .filter((line) => /^(maxmemory |repl-backlog|client-output)/.test(line));
    expect(of({}, 'redis.conf')).toEqual(MEMORY);
    expect(of({}, 'live.conf')).toEqual([]);
    const chosen = { maxmemory: Size.mebibytes(665) };
    expect(of(chosen, 'redis.conf')).toEqual([]);
    expect(of(chosen, 'live.conf')).toEqual(MEMORY);
    const configuration = { 'repl-backlog-size': '1mb' };
    expect(of({ configuration }, 'redis.conf')).toEqual([MEMORY[0], MEMORY[2]]);
    expect(of({ configuration }, 'live.conf')).toEqual(['repl-backlog-size 1048576']);
    expect(filesOf(standalone())['redis.conf']).toContain('# memory\nmaxmemory 697303040\n');
  });

  it('makes a node of a Redis Cluster, known by its name, that stays in its shard', () => {
    const conf = filesOf(cluster({ tls: {} }, everything))['redis.conf'];
    expect(conf).toContain('\ntls-cluster yes\n');
    expect(conf.slice(conf.indexOf('# cluster'))).toBe(
      [
        '# cluster',
        'cluster-enabled yes',
        'cluster-config-file nodes.conf',
        'cluster-preferred-endpoint-type hostname',
        'cluster-allow-replica-migration no',
        '',
      ].join('\n'),
    );
  });

  it('has further settings that take a restart, sorted, each module in a line', () => {
    const loadmodule = ['/modules/a.so', '/modules/b.so X 1'];
    const conf = files({ configuration: { 'io-threads': 4, databases: 1, loadmodule, hz: 50 } })[
      'redis.conf'
    ];
    expect(conf.slice(conf.indexOf('# further'))).toBe(
      [
        '# further',
        'databases 1',
        'io-threads 4',
        'loadmodule /modules/a.so',
        'loadmodule /modules/b.so X 1',
        '',
      ].join('\n'),
    );
  });
});

describe('live.conf', () => {
  it('says what can be changed while servers run', () => {
    expect(files()['live.conf']).toBe(
      [
        '# memory',
        'maxmemory-policy noeviction',
        '',
        '# persistence',
        'appendonly yes',
        'appendfsync everysec',
        'save ""',
        '',
        '# replication',
        'min-replicas-to-write 1',
        'min-replicas-max-lag 10',
        '',
      ].join('\n'),
    );
  });

  it('says nothing of replicas where there are none', () => {
    expect(filesOf(standalone())['live.conf']).not.toContain('repl');
  });

  it('says of a Redis Cluster when a node is missed, and whether all stops with a slot', () => {
    const conf = (props: Partial<RedisClusterProps>) => filesOf(cluster(props))['live.conf'];
    expect(conf({})).toContain(
      '\n# cluster\ncluster-node-timeout 10000\ncluster-require-full-coverage yes\n',
    );
    expect(conf({ nodeTimeout: Duration.seconds(5) })).toContain('\ncluster-node-timeout 5000\n');
    expect(conf({ use: 'cache' })).toContain('\ncluster-require-full-coverage no\n');
    expect(conf({ use: 'cache', requireFullCoverage: true })).toContain(
      '\ncluster-require-full-coverage yes\n',
    );
  });

  it.each([
    ['aof', {}, { appendonly: 'yes', appendfsync: 'everysec', save: '' }],
    ['aof', { appendfsync: 'always' }, { appendonly: 'yes', appendfsync: 'always', save: '' }],
    ['rdb', {}, { appendonly: 'no', save: '3600 1 300 100 60 10000' }],
    [
      'aof+rdb',
      { save: [{ after: Duration.minutes(1), changes: 5 }] },
      { appendonly: 'yes', appendfsync: 'everysec', save: '60 5' },
    ],
    ['none', { use: 'cache' }, { appendonly: 'no', save: '' }],
  ] as const)('has persistence %s with %j', (persistence, props, wanted) => {
    const { appendonly, appendfsync, save } = live({ persistence, ...props } as never);
    expect({ appendonly, appendfsync, save }).toEqual({ appendfsync: undefined, ...wanted });
  });

  it.each([
    [{}, 'noeviction'],
    [{ use: 'cache' }, 'allkeys-lru'],
    [{ use: 'cache', maxmemoryPolicy: 'volatile-ttl' }, 'volatile-ttl'],
  ] as const)('of %j evicts by %s', (props, policy) => {
    expect(live(props)['maxmemory-policy']).toBe(policy);
  });

  it.each([
    [2, {}, '1'],
    [1, {}, '0'],
    [4, { use: 'cache' }, '0'],
    [4, { minReplicasToWrite: 2 }, '2'],
  ] as const)('with %i replicas and %j has a master wait for %s', (replicas, props, wanted) => {
    expect(live({ replicas, ...props })['min-replicas-to-write']).toBe(wanted);
  });

  it('has further settings as CONFIG GET tells them', () => {
    const configuration = {
      hz: 50,
      activedefrag: true,
      'client-query-buffer-limit': '64mb',
      'repl-backlog-size': '1gb',
      'latency-tracking-info-percentiles': '50  99',
      'notify-keyspace-events': 'Ex',
    };
    expect(live({ configuration })).toMatchObject({
      hz: '50',
      activedefrag: 'yes',
      'client-query-buffer-limit': String(64 * 1024 ** 2),
      'repl-backlog-size': String(1024 ** 3),
      'latency-tracking-info-percentiles': '50 99',
      'notify-keyspace-events': 'Ex',
    });
    const conf = files({ configuration })['live.conf'];
    expect(conf).toContain('\nlatency-tracking-info-percentiles 50 99\n');
    expect(conf.match(/repl-backlog-size/g)).toHaveLength(1);
  });

  it('lays limits of some clients over those of the others', () => {
    const configuration = { 'client-output-buffer-limit': 'replica 512mb 128mb 60 normal 1gb 512mb 10' };
    expect(live({ configuration })['client-output-buffer-limit']).toBe(
      'normal 1073741824 536870912 10 slave 536870912 134217728 60 pubsub 33554432 8388608 60',
    );
  });

  it('is what the steward is told, line for line', () => {
    for (const made of [standalone(), replication({ persistence: 'aof+rdb' }), cluster()]) {
      const lines = filesOf(made)
        ['live.conf'].split('\n')
        .filter((line) => line && !line.startsWith('#'));
      const told = Object.entries(stewardSettingsOf(made.objects()).live as Record<string, string>);
      expect(lines).toEqual(told.map(([key, value]) => `${key} ${value === '' ? '""' : value}`));
    }
  });

  it('follows the memory', () => {
    expect(live({ memory: Size.gibibytes(2), maxmemory: Size.gibibytes(1) })).toMatchObject({
      maxmemory: String(1024 ** 3),
      'client-output-buffer-limit': expect.stringContaining(`slave ${341 * 1024 ** 2} `),
    });
  });
});

describe('sentinel.conf', () => {
  it('has Sentinels know servers by their names', () => {
    expect(files()['sentinel.conf']).toBe(
      [
        '# network',
        'bind * -::*',
        'port 26379',
        'protected-mode no',
        '',
        '# names',
        'sentinel resolve-hostnames yes',
        'sentinel announce-hostnames yes',
        '',
      ].join('\n'),
    );
    expect(files({ tls: {} }, everything)['sentinel.conf']).toContain('\nport 0\ntls-port 26379\n');
    expect(filesOf(cluster())).not.toHaveProperty(['sentinel.conf']);
  });
});

describe('settings', () => {
  const redis = (line: string) => RedisVersion.redis(line, 'x').line;
  const valkey = (line: string) => RedisVersion.valkey(line, 'x').line;

  it('are either set live, or read at the start, and never those that the library owns', () => {
    for (const line of [redis('7.0'), redis('8.2'), valkey('8.0'), valkey('9.1')]) {
      const keys = Object.keys(settingsOf(line));
      expect(keys.filter(isOwned)).toEqual([]);
      expect(keys.filter(isLive).length).toBeGreaterThan(70);
      expect(keys.filter((key) => !isLive(key)).length).toBeGreaterThan(5);
    }
  });

  it('are known from the line on that has them', () => {
    const knows = (line: ReturnType<typeof redis>, key: string) => key in settingsOf(line);
    expect(knows(redis('7.0'), 'set-max-listpack-value')).toBe(false);
    expect(knows(redis('7.2'), 'set-max-listpack-value')).toBe(true);
    expect(knows(redis('7.10'), 'set-max-listpack-value')).toBe(true);
    expect(knows(valkey('8.0'), 'set-max-listpack-value')).toBe(true);
    expect(knows(valkey('8.1'), 'dynamic-hz')).toBe(false);
    expect(knows(redis('8.2'), 'commandlog-execution-slower-than')).toBe(false);
  });

  it.each([
    ['port', true],
    ['tls-port', true],
    ['tls-protocols', false],
    ['tls-ciphersuites', false],
    ['replica-announce-ip', true],
    ['slave-announce-ip', true],
    ['cluster-announce-hostname', true],
    ['rename-command', true],
    ['loglevel', false],
    ['enable-debug-command', true],
  ])('%s: owned %s', (key, owned) => {
    expect(isOwned(key)).toBe(owned);
  });

  it.each([
    ['hz', 50, undefined],
    ['hz', '50', 'is "50"; give a whole number'],
    ['activedefrag', 'yes', 'is "yes"; give true or false'],
    ['client-query-buffer-limit', '1gb', undefined],
    ['client-query-buffer-limit', 1024, undefined],
    ['client-query-buffer-limit', '1 GiB', 'is "1 GiB"; give bytes, or a number with a unit such as 64mb'],
    ['loglevel', 'loud', 'is "loud"; give one of debug, verbose, notice, warning, nothing'],
    ['notify-keyspace-events', 'Ex\nport 1', 'is "Ex\\nport 1"; give a text of one line'],
    ['client-output-buffer-limit', 'replica 512mb 128mb 60 pubsub 1 1 1', undefined],
    [
      'client-output-buffer-limit',
      'replica 512 MB',
      'is "replica 512 MB"; give a class of clients, its hard and soft limit and seconds, such as replica 512mb 128mb 60',
    ],
    ['loadmodule', '/a.so', 'is "/a.so"; give a list of texts of one line'],
    ['loadmodule', [], 'is []; give a list of texts of one line'],
    ['latency-tracking-info-percentiles', '50\r99', 'is "50\\r99"; give words of one line'],
    [
      'cluster-databases',
      4,
      'is not a setting that the library knows of redis 8.2; look it up in its documentation',
    ],
  ])('%s %j: %s', (key, value, problem) => {
    expect(settingProblem(key, value, redis('8.2'))).toBe(problem);
  });

  it.each([
    ['64mb', 64 * 1024 ** 2],
    ['1k', 1000],
    ['1GB', 1024 ** 3],
    ['17', 17],
    ['17b', 17],
    ['-1', undefined],
    ['1.5gb', undefined],
    ['x', undefined],
  ])('%s is %s bytes', (text, bytes) => {
    expect(bytesIn(text)).toBe(bytes);
  });

  it('are written as servers tell them', () => {
    expect(settingText('activedefrag', false)).toBe('no');
    expect(settingText('client-query-buffer-limit', '1mb')).toBe('1048576');
    expect(settingText('loglevel', 'debug')).toBe('debug');
  });
});

describe('scripts', () => {
  it('of backups and restores are there where they are wanted', () => {
    const names = (props: Partial<RedisReplicationProps>) =>
      Object.keys(replication(props).find('ConfigMap', 'redis-scripts').data);
    const to = ObjectStore.s3({ bucket: 'b', credentials: Credentials.existing('s3') });
    expect(names({})).not.toEqual(expect.arrayContaining(['upload.sh']));
    expect(names({ backup: { schedule: '@daily', to } })).toEqual(
      expect.arrayContaining(['take.sh', 'upload.sh']),
    );
    expect(names({ restore: { from: to, backup: '20260101T000000Z' } })).toContain('download.sh');
  });
});
