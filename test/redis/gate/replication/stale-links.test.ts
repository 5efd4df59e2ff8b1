import { expect, test } from 'vitest';
import { dropStaleLinks } from '../../../../lib/redis/gate/replication/stale-links';
import type { GatePeer } from '../../../../lib/redis/gate/round';
import type { RedisGateSettings } from '../../../../lib/redis/gate/settings';
import type { Serving } from '../../../../lib/redis/steward/facts';
import type { Redis } from '../../../../lib/redis/wire/types';

const members = [0, 1, 2, 3, 4].map((n) => ({
  pod: `redis-${n}`,
  host: `redis-${n}.redis-headless`,
  shard: 0,
}));

const replica = (says: Partial<Serving>): GatePeer => ({
  at: 'server',
  says: {
    ...{ state: 'serving', role: 'replica', runId: 'a', follows: members[0].host, linked: true },
    ...{ offset: 10, replicas: [], keys: 1, ...says },
  },
});

test('only those connect anew that believe they are connected to this server; one that does not answer holds up nothing', async () => {
  const asked: string[] = [];
  const closed: string[] = [];
  const connect = ({ host }: { host: string }) =>
    ({
      command: async (...words: string[]) => {
        asked.push(`${host}: ${words.join(' ')}`);
        if (host === members[2].host) throw new Error('connect ECONNREFUSED');
        return 1;
      },
      close: () => closed.push(host),
    }) as unknown as Redis;
  await dropStaleLinks({
    settings: { members } as unknown as RedisGateSettings,
    self: members[0],
    peers: new Map([
      ['redis-1', replica({})],
      ['redis-2', replica({})],
      ['redis-3', replica({ linked: false })],
      ['redis-4', replica({ follows: members[1].host })],
    ]),
    connect,
    transport: { timeoutMs: 1_000 },
    addressOf: ({ host }) => ({ host, port: 6379 }),
  });
  expect(asked).toEqual([1, 2].map((n) => `redis-${n}.redis-headless: CLIENT KILL TYPE master`));
  expect(closed).toEqual(members.slice(1, 3).map(({ host }) => host));
});
