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

/** A master a, its replica b, and a Sentinel that replaces it, or does not. */
function world({ offset = 50, known = [['ip', 'b', 'flags', 'slave']], refuses = false } = {}) {
  let named = 'a';
  const a = fake('a', (text) => (text === 'INFO' ? [...MASTER, linked('b', offset)].join('\n') : 'OK'));
  const b = fake('b', (text) => (text === 'INFO' ? MASTER.join('\n') : 'OK'));
  const sentinel = fake('s', (text) => {
    if (text === 'SENTINEL REPLICAS cache') return known;
    if (text === 'SENTINEL GET-MASTER-ADDR-BY-NAME cache') return [named, '6379'];
    if (text === 'SENTINEL MASTER cache') return ['flags', 'master'];
    if (refuses) throw new RedisError('NOGOODSLAVE No suitable replica to promote');
    named = 'b';
    return 'OK';
  });
  const run = () =>
    handOver({
      master: a.redis,
      host: 'a',
      sentinels: [sentinel.redis],
      masterName: 'cache',
      servers: [a.redis, b.redis],
    });
  return { run, told: a.told, asked: sentinel.told };
}

describe('handing the role of the master over', () => {
  it('holds writes back until the new master is there, and tells the old one to follow it', async () => {
    const { run, told, asked } = world();
    await run();
    expect(asked).toEqual(['SENTINEL FAILOVER cache']);
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

  it('has writes go on where Sentinels refuse', async () => {
    const { run, told } = world({ refuses: true });
    await expect(run()).rejects.toThrow(
      'no Sentinel replaces the master: NOGOODSLAVE No suitable replica to promote',
    );
    expect(told).toEqual(['CLIENT PAUSE 60000 WRITE', 'CLIENT UNPAUSE']);
  });
});
