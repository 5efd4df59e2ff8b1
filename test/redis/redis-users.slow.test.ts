import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisRights } from '../../lib/redis';
import { wordsOf } from '../../lib/redis/gate/acl-file';
import { rulesOf } from '../../lib/redis/redis-users';
import type { Redis } from '../../lib/redis/wire/types';
import { REDIS_RELEASES, RedisProcess, redisMissing } from '../support/redis-process';
import { temporary } from '../support/temporary';

/** What clients call whatever their work is: on connecting, behind Sentinels, in a Redis Cluster. */
const CLIENTS = [
  'PING',
  'HELLO 3',
  'SELECT 1',
  'CLIENT SETNAME x',
  'CLIENT ID',
  'CLIENT TRACKING ON',
  'COMMAND',
  'COMMAND DOCS',
  'INFO replication',
  'ROLE',
  'READONLY',
  'READWRITE',
  'ASKING',
  'CLUSTER SLOTS',
  'CLUSTER SHARDS',
  'CLUSTER NODES',
  'CLUSTER MYID',
  'WAIT 1 100',
];
const READS = ['GET a:1', 'HGETALL a:1', 'SCAN 0', 'XRANGE a:1 - +', 'MULTI', 'EXEC', 'SUBSCRIBE c:1'];
const WRITES = [
  'SET a:1 x',
  'DEL a:1',
  'INCR a:1',
  'XADD a:1 * f v',
  'BLPOP a:1 1',
  'EVAL return 1 a:1',
  'PUBLISH c:1 x',
];
const DANGEROUS = ['KEYS *', 'SORT a:1', 'FLUSHALL', 'FLUSHDB', 'SWAPDB 0 1', 'RESTORE a:1 0 x'];
const NEVER = [
  'CONFIG GET *',
  'CONFIG SET save x',
  'ACL LIST',
  'ACL SETUSER x',
  'DEBUG OBJECT a:1',
  'SHUTDOWN',
  'REPLICAOF NO ONE',
  'BGREWRITEAOF',
  'MONITOR',
  'CLIENT KILL ID 1',
  'CLIENT PAUSE 1',
  'CLUSTER RESET',
  'CLUSTER FAILOVER',
  'MODULE LIST',
  'SLOWLOG GET',
];
const OTHERS = ['GET b:1', 'SET b:1 x', 'SUBSCRIBE d:1', 'PUBLISH d:1 x'];

const title = redisMissing ? ` (skipped: ${redisMissing})` : '';

describe.skipIf(redisMissing).each(REDIS_RELEASES)(`%s${title}`, (release) => {
  let server: RedisProcess;
  let redis: Redis;
  beforeEach(async () => {
    server = new RedisProcess(path.join(temporary(), 'server'), { release });
    server.configure({ 'cluster-enabled': 'yes' });
    await server.start();
    await server.serving();
    redis = server.client();
  });
  afterEach(async () => {
    redis.close();
    await server.stop();
  });

  /** Which of these commands a user with such rights may run. */
  async function permitted(rights: RedisRights, commands: readonly string[]): Promise<string[]> {
    const words = wordsOf(rulesOf(rights, 'cluster'));
    await redis.command('ACL', 'SETUSER', 'app', 'reset', 'on', 'nopass', ...words);
    const replies = await redis.pipeline(
      commands.map((command) => ['ACL', 'DRYRUN', 'app', ...command.split(' ')]),
    );
    replies.forEach((reply, index) => {
      if (reply instanceof Error) throw new Error(`${commands[index]}: ${reply.message}`);
    });
    return commands.filter((_, index) => replies[index] === 'OK');
  }

  const RIGHTS = { keys: ['a:*'], channels: ['c:*'] } as const;

  it('lets a reader read, and listen', async () => {
    const read = { ...RIGHTS, commands: 'read' } as const;
    expect(await permitted(read, [...CLIENTS, ...READS])).toEqual([...CLIENTS, ...READS]);
    expect(await permitted(read, [...WRITES, ...DANGEROUS, ...NEVER, ...OTHERS])).toEqual([]);
    expect(await permitted(read, ['EVAL_RO 0 1 a:1'])).toHaveLength(1);
  });

  it('lets a writer do all but what is dangerous', async () => {
    const allowed = [...CLIENTS, ...READS, ...WRITES];
    expect(await permitted(RIGHTS, allowed)).toEqual(allowed);
    expect(await permitted(RIGHTS, [...DANGEROUS, ...NEVER, ...OTHERS])).toEqual([]);
  });

  it('lets whoever asks for it do what is dangerous, and still administer nothing', async () => {
    const all = { ...RIGHTS, commands: 'all' } as const;
    const allowed = [...CLIENTS, ...READS, ...WRITES, ...DANGEROUS];
    expect(await permitted(all, allowed)).toEqual(allowed);
    expect(await permitted(all, [...NEVER, ...OTHERS])).toEqual([]);
  });

  it('lets rules have the last word', async () => {
    const rights = { ...RIGHTS, rules: ['+keys', '-@scripting', '%R~b:*'] };
    expect(await permitted(rights, ['KEYS *', 'EVAL return 1 a:1', 'GET b:1', 'SET b:1 x'])).toEqual([
      'KEYS *',
      'GET b:1',
    ]);
  });
});
