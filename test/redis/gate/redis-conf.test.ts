import { describe, expect, it } from 'vitest';
import { confLine, keptLines, redisConf, settingOf } from '../../../lib/redis/gate/redis-conf';

describe('a line of redis.conf', () => {
  it.each([
    [
      ['replicaof', 'cache-0.cache-headless.default.svc', 6379],
      'replicaof cache-0.cache-headless.default.svc 6379',
    ],
    [['masterauth', 'two words'], 'masterauth "two words"'],
    [['masterauth', 'quote " and \\'], 'masterauth "quote \\" and \\\\"'],
    [['masterauth', "it's"], 'masterauth "it\'s"'],
    [['masterauth', '#first'], 'masterauth "#first"'],
    [['masterauth', 'é\n'], 'masterauth "\\xc3\\xa9\\x0a"'],
    [['save', ''], 'save ""'],
  ] as const)('%j', (words, expected) => {
    const [key, ...values] = words;
    expect(confLine(key, ...values)).toBe(expected);
  });
});

describe('a redis.conf', () => {
  it('has what is a server’s own last, where it counts', () => {
    const text = redisConf({ fixed: 'port 6379\ndir /tmp\n', live: 'maxmemory 100\n\n', own: ['dir /data'] });
    expect(text).toBe('port 6379\ndir /tmp\nmaxmemory 100\ndir /data\n');
    expect(settingOf(text, 'dir')).toEqual(['/data']);
  });

  it.each([
    ['a new disk', undefined, []],
    ['one with a log', 'port 6379\nappendonly yes\n', ['appendonly yes']],
    ['one without', 'appendonly yes\nappendonly no\n', ['appendonly no']],
    ['one of a server that said nothing of it', 'port 6379\n', []],
  ])('keeps or has a log as it did: %s', (_, last, expected) => {
    expect(keptLines(last)).toEqual(expected);
  });

  it('tells settings as Redis rewrites them', () => {
    const text = 'dir "/data"\n# replicaof nobody 1\nreplicaof cache-1 6379\nAPPENDONLY yes\n';
    expect(settingOf(text, 'dir')).toEqual(['/data']);
    expect(settingOf(text, 'replicaof')).toEqual(['cache-1', '6379']);
    expect(settingOf(text, 'appendonly')).toEqual(['yes']);
    expect(settingOf(text, 'save')).toBeUndefined();
  });
});
