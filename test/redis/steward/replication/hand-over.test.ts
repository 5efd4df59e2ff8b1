import { describe, expect, it } from 'vitest';
import { handOver } from '../../../../lib/redis/steward/replication/hand-over';
import { RedisError } from '../../../../lib/redis/wire/errors';
import type { Redis, Reply, Word } from '../../../../lib/redis/wire/types';

const MASTER = ['role:master', 'run_id:r', 'master_repl_offset:50'];
const linked = (host: string, offset = 50): string =>
  `slave0:ip=${host},port=6379,state=online,offset=${offset},lag=0`;

/** A server or Sentinel that answers by these rules, and notes what it was told. */
function fake(host: string, answer: (command: string) => Reply): { redis: Redis; told: string[] } {
  const told: string[] = [];
  const command = async (...words: readonly Word[]): Promise<Reply> => {
    const text = words.join(' ');
    if (!/^(INFO|SENTINEL (REPLICAS|MASTER|GET))/.test(text)) told.push(text);
    return answer(text);
  };
  const redis: Partial<Redis> = { address: { host, port: 6379 }, command, close: () => undefined };
  return { redis: redis as Redis, told };
}

/** What a Sentinel does that is asked to replace the master. */
type Failover = (replace: () => void) => Reply;
const begins: Failover = (replace) => {
  replace();
  return 'OK';
};
const refuses: Failover = () => {
  throw new RedisError('NOGOODSLAVE No suitable replica to promote');
};
const hasBegun: Failover = (replace) => {
  replace();
  throw new RedisError('INPROG Failover already in progress');
};
const answersTooLate: Failover = (replace) => {
  replace();
  throw new Error('no answer within 3 s');
};

/** A master a, its replica b, and Sentinels that replace it, or do not. */
function world({ offset = 50, known = [['ip', 'b', 'flags', 'slave']], sentinels = [begins] } = {}) {
  let named = 'a';
  const a = fake('a', (text) => (text === 'INFO' ? [...MASTER, linked('b', offset)].join('\n') : 'OK'));
  const b = fake('b', (text) => (text === 'INFO' ? MASTER.join('\n') : 'OK'));
  const asked: string[] = [];
  const watching = sentinels.map((failover, index) =>
    fake(`s${index}`, (text) => {
      if (text === 'SENTINEL REPLICAS cache') return known;
      if (text === 'SENTINEL GET-MASTER-ADDR-BY-NAME cache') return [named, '6379'];
      if (text === 'SENTINEL MASTER cache') return ['flags', 'master'];
      asked.push(`s${index}`);
      return failover(() => (named = 'b'));
    }),
  );
  const run = () =>
    handOver({
      master: a.redis,
      host: 'a',
      sentinels: watching.map(({ redis }) => redis),
      masterName: 'cache',
      servers: [a.redis, b.redis],
    });
  return { run, told: a.told, asked };
}

describe('handing the role of the master over', () => {
  it('holds writes back until the new master is there, and tells the old one to follow it', async () => {
    const { run, told, asked } = world();
    await run();
    expect(asked).toEqual(['s0']);
    expect(told).toEqual([
      'CLIENT PAUSE 60000 WRITE',
      'REPLICAOF b 6379',
      'CONFIG REWRITE',
      'CLIENT KILL TYPE normal SKIPME yes',
      'CLIENT UNPAUSE',
    ]);
  });

  it('is not begun while Sentinels could choose a replica that is not in step', async () => {
    const { run, told } = world({
      known: [
        ['ip', 'b', 'flags', 'slave'],
        ['ip', 'c', 'flags', 'slave'],
      ],
    });
    await expect(run()).rejects.toThrow('c could be chosen as the master, and is not in step');
    expect(told).toEqual([]);
  });

  it('does not mind replicas that Sentinels miss', async () => {
    const { run, told } = world({
      known: [
        ['ip', 'b', 'flags', 'slave'],
        ['ip', 'c', 'flags', 's_down,slave,disconnected'],
      ],
    });
    await run();
    expect(told).toContain('REPLICAOF b 6379');
  });

  it('has writes go on where all Sentinels refuse', async () => {
    const { run, told, asked } = world({ sentinels: [refuses, refuses] });
    await expect(run()).rejects.toThrow(
      'no Sentinel replaces the master: NOGOODSLAVE No suitable replica to promote; NOGOODSLAVE No suitable replica to promote',
    );
    expect(asked).toEqual(['s0', 's1']);
    expect(told).toEqual(['CLIENT PAUSE 60000 WRITE', 'CLIENT UNPAUSE']);
  });

  it.each([
    ['another one begins', [refuses, begins, refuses], ['s0', 's1']],
    ['one has begun before', [refuses, hasBegun, begins], ['s0', 's1']],
    ['one may have begun', [answersTooLate, refuses], ['s0', 's1']],
  ])('holds writes back until the new master is there where %s', async (_, sentinels, order) => {
    const { run, told, asked } = world({ sentinels });
    await run();
    expect(asked).toEqual(order);
    expect(told.slice(0, 2)).toEqual(['CLIENT PAUSE 60000 WRITE', 'REPLICAOF b 6379']);
  });
});
