import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  readState,
  type SentinelConf,
  sentinelConf,
  sentinelId,
} from '../../../../lib/redis/gate/sentinel/sentinel-conf';

const hash = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

const conf: SentinelConf = {
  fixed: 'port 26379\n',
  settings: {
    members: ['x', 'y', 'z'].map((host) => ({ pod: `pod-${host}`, host })),
    port: 26379,
    masterName: 'cache',
    quorum: 2,
    downAfter: 5_000,
    failoverTimeout: 60_000,
  },
  host: 'x',
  data: '/data',
  servers: ['a', 'b', 'c'].map((host) => ({ host, port: 6379 })),
  passwords: { steward: ['s'], internal: ['new one', 'old'] },
  master: { host: 'b', port: 6379 },
  state: { master: 'b', configEpoch: 3, leaderEpoch: 4, currentEpoch: 4, replicas: ['a', 'gone'] },
};

describe('the configuration file of a Sentinel', () => {
  it('has what it knew, without what is gone, and all other Sentinels', () => {
    const lines = sentinelConf(conf)
      .split('\n')
      .filter((line) => !line.startsWith('user '));
    expect(lines).toEqual([
      'port 26379',
      'dir /data',
      `sentinel myid ${sentinelId('x')}`,
      'sentinel resolve-hostnames yes',
      'sentinel announce-hostnames yes',
      'sentinel announce-ip x',
      'sentinel announce-port 26379',
      'sentinel sentinel-user sentinel',
      'sentinel sentinel-pass "new one"',
      'sentinel monitor cache b 6379 2',
      'sentinel down-after-milliseconds cache 5000',
      'sentinel failover-timeout cache 60000',
      'sentinel auth-user cache sentinel',
      'sentinel auth-pass cache "new one"',
      'sentinel config-epoch cache 3',
      'sentinel leader-epoch cache 4',
      'sentinel current-epoch 4',
      'sentinel known-replica cache a 6379',
      `sentinel known-sentinel cache y 26379 ${sentinelId('y')}`,
      `sentinel known-sentinel cache z 26379 ${sentinelId('z')}`,
      '',
    ]);
  });

  it('lets whoever has no password discover, and nothing else', () => {
    const users = sentinelConf(conf)
      .split('\n')
      .filter((line) => line.startsWith('user '));
    expect(users[0]).toMatch(/^user default on nopass resetchannels &\* -@all \+@connection -@dangerous /);
    expect(users[0]).not.toMatch(/\+@all|failover|reset |\+sentinel\|set|publish/);
    expect(users[1]).toContain(`user sentinel on ${hash('new one')} ${hash('old')} `);
    expect(users[2]).toBe(`user steward on ${hash('s')} &* +@all`);
  });

  it('is read again as it was written', () => {
    expect(readState(sentinelConf(conf), 'cache')).toEqual({ ...conf.state, replicas: ['a'] });
  });

  it('is read as Redis and Valkey write it', () => {
    const text = [
      'sentinel myid 5db19043943a2032de8d15417f26ddc1b420b91f',
      'sentinel monitor cache "cache-1.cache-headless.default.svc" 6379 2',
      'sentinel config-epoch cache 7',
      'sentinel leader-epoch cache 8',
      'sentinel known-replica cache cache-0.cache-headless.default.svc 6379',
      '',
      'sentinel known-slave cache "cache-2.cache-headless.default.svc" 6379',
      'sentinel known-sentinel cache cache-sentinel-1 26379 "be5b813c2dd9f429b42990ca968b282f96e7890d"',
      'sentinel current-epoch 9',
      'sentinel monitor other 10.0.0.1 6379 2',
    ].join('\n');
    expect(readState(text, 'cache')).toEqual({
      master: 'cache-1.cache-headless.default.svc',
      configEpoch: 7,
      leaderEpoch: 8,
      currentEpoch: 9,
      replicas: ['cache-0.cache-headless.default.svc', 'cache-2.cache-headless.default.svc'],
    });
    expect(readState('', 'cache')).toEqual({
      master: undefined,
      configEpoch: 0,
      leaderEpoch: 0,
      currentEpoch: 0,
      replicas: [],
    });
  });
});
