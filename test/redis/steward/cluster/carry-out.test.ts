import { beforeEach, describe, expect, it } from 'vitest';
import { NodeSteps } from '../../../../lib/redis/steward/cluster/carry-out';
import type {
  ClusterFacts,
  ClusterNode,
  ClusterStep,
} from '../../../../lib/redis/steward/cluster/cluster-facts';
import { viewOf } from '../../../../lib/redis/steward/cluster/cluster-observe';
import { RedisError } from '../../../../lib/redis/wire/errors';
import { type Answer, ScriptedRedis } from './scripted-redis';

const id = (char: string) => char.repeat(40);
/** Pods of nodes by the letter of their ids: a and c are masters, b and d their replicas. */
const PODS = { a: 'redis-0-0', b: 'redis-0-1', c: 'redis-1-0', d: 'redis-1-1' } as const;
type Letter = keyof typeof PODS;
const LETTERS = Object.keys(PODS) as Letter[];

const LINES: Record<Letter, string> = {
  a: 'master - 0 0 1 connected 0-99',
  b: `slave ${id('a')} 0 0 1 connected`,
  c: 'master - 0 0 2 connected 100-199',
  d: `slave ${id('c')} 0 0 2 connected`,
};

describe('a step in a Redis Cluster', () => {
  /** What everybody says of everybody; what a node says itself may be something else. */
  let lines: Record<Letter, string | undefined>;
  let own: Partial<Record<Letter, Record<string, string | undefined>>>;
  let servers: Record<string, ScriptedRedis>;
  let answers: Answer;

  const seenBy = (letter: Letter) =>
    Object.entries({ ...lines, ...own[letter] })
      .filter(([, line]) => line !== undefined)
      .map(([char, line], at) => {
        const text = char === letter ? `myself,${line}` : line;
        return `${id(char)} 10.0.0.${at + 1}:6379@16379,${char}.redis ${text}\n`;
      })
      .join('');

  beforeEach(() => {
    lines = { ...LINES };
    own = {};
    answers = () => 'OK';
    servers = Object.fromEntries(
      LETTERS.map((letter) => [
        PODS[letter],
        new ScriptedRedis(letter, (words, raw) => {
          const command = words.join(' ');
          if (command === 'CLUSTER INFO') return 'cluster_state:ok\r\ncluster_current_epoch:2\r\n';
          if (command === 'CLUSTER NODES') return seenBy(letter);
          return answers([PODS[letter], ...words], raw);
        }),
      ]),
    );
  });

  const facts = async (silent: readonly Letter[] = []): Promise<ClusterFacts> => {
    const nodes = LETTERS.map(async (letter, at): Promise<ClusterNode> => {
      const view = silent.includes(letter) ? undefined : await viewOf(servers[PODS[letter]]);
      return {
        pod: PODS[letter],
        host: `${letter}.redis`,
        ordinal: at % 2,
        shard: Math.floor(at / 2),
        wanted: true,
        ip: `10.0.0.${at + 1}`,
        server: { state: 'silent', reason: 'it was not asked' },
        view: view && { ...view, strays: [] },
      };
    });
    return {
      formed: true,
      keepsData: true,
      slotsAtATime: 64,
      staleCertificates: [],
      shards: [],
      nodes: await Promise.all(nodes),
    };
  };

  type Body = ClusterStep extends infer Step
    ? Step extends ClusterStep
      ? Omit<Step, 'phase' | 'why'>
      : never
    : never;

  /** Takes a step on what was seen, and gives what was told to whom besides questions. */
  const take = async (step: Body, seen?: ClusterFacts) => {
    const decidedOn = seen ?? (await facts());
    for (const server of Object.values(servers)) server.told.length = 0;
    const nodes = {
      redis: (pod: string) => servers[pod],
      patient: (pod: string) => servers[pod],
      portOf: () => 6379,
      keys: { transports: () => [{ timeoutMs: 1 }] as const },
    };
    const whole = { phase: 'Healing', why: 'so', ...step } as Parameters<NodeSteps['carryOut']>[0];
    const error = await new NodeSteps(nodes, decidedOn)
      .carryOut(whole, () => undefined)
      .then(
        () => undefined,
        (reason) => (reason as Error).message,
      );
    const told = Object.entries(servers).flatMap(([pod, server]) =>
      server.told
        .filter((each) => !/^CLUSTER (INFO|NODES|COUNTKEYSINSLOT \d+)$/.test(each))
        .map((each) => `${pod}: ${each}`),
    );
    return { told, error };
  };

  it('has nodes meet by their addresses', async () => {
    own.a = { c: undefined, d: undefined };
    const seen = await facts();
    own = {};
    expect(await take({ step: 'meet', at: 'redis-0-0', pods: ['redis-1-0', 'redis-1-1'] }, seen)).toEqual({
      told: ['redis-0-0: CLUSTER MEET 10.0.0.3 6379', 'redis-0-0: CLUSTER MEET 10.0.0.4 6379'],
      error: undefined,
    });
    const away = { ...seen, nodes: seen.nodes.map((node) => ({ ...node, ip: undefined })) };
    expect(await take({ step: 'meet', at: 'redis-0-0', pods: ['redis-1-0'] }, away)).toEqual({
      told: [],
      error: 'redis-1-0 has no address yet',
    });
  });

  it('gives slots that a master does not have yet', async () => {
    const ranges = [
      [0, 49],
      [90, 110],
    ] as const;
    expect((await take({ step: 'assign', pod: 'redis-0-0', ranges })).told).toEqual([
      'redis-0-0: CLUSTER ADDSLOTSRANGE 100 110',
    ]);
    expect((await take({ step: 'assign', pod: 'redis-0-0', ranges: [[0, 99]] })).told).toEqual([]);
  });

  it('has a node follow another by its pod or its id, unless it does', async () => {
    expect((await take({ step: 'replicate', pod: 'redis-1-1', of: 'redis-0-0' })).told).toEqual([
      `redis-1-1: CLUSTER REPLICATE ${id('a')}`,
    ]);
    expect((await take({ step: 'replicate', pod: 'redis-1-1', of: id('a') })).told).toEqual([
      `redis-1-1: CLUSTER REPLICATE ${id('a')}`,
    ]);
    expect((await take({ step: 'replicate', pod: 'redis-1-1', of: 'redis-1-0' })).told).toEqual([]);
  });

  it('has all that know a node forget it, whoever has done so before', async () => {
    own.a = { d: undefined };
    const seen = await facts();
    answers = ([pod]) => {
      if (pod === 'redis-0-1') throw new RedisError(`ERR Unknown node ${id('d')}`);
      return 'OK';
    };
    expect(await take({ step: 'forget', ids: [id('d')] }, seen)).toEqual({
      told: [`redis-0-1: CLUSTER FORGET ${id('d')}`, `redis-1-0: CLUSTER FORGET ${id('d')}`],
      error: undefined,
    });
    answers = () => {
      throw new RedisError("ERR Can't forget my master!");
    };
    expect((await take({ step: 'forget', ids: [id('c')] })).error).toBe(
      ['redis-0-0', 'redis-0-1', 'redis-1-1']
        .map((pod) => `${pod} does not forget ${id('c')}: ERR Can't forget my master!`)
        .join('; '),
    );
  });

  it('resets a node that nobody knows as the master of slots', async () => {
    expect((await take({ step: 'reset', pod: 'redis-1-1' })).told).toEqual(['redis-1-1: CLUSTER RESET HARD']);
    expect(await take({ step: 'reset', pod: 'redis-1-0' })).toEqual({
      told: [],
      error: 'redis-0-0 knows redis-1-0 as the master of slots',
    });
  });

  it('does not reset a node twice', async () => {
    const seen = await facts();
    own.d = { d: undefined, e: `myself,${LINES.a}` };
    expect(await take({ step: 'reset', pod: 'redis-1-1' }, seen)).toEqual({ told: [], error: undefined });
  });

  it('settles slots where only their master has keys of them', async () => {
    own.a = { a: `${LINES.a} [7->-${id('c')}] [8->-${id('c')}]` };
    own.c = { c: `${LINES.c} [7-<-${id('a')}]` };
    answers = (words) => (words.includes('COUNTKEYSINSLOT') ? 0 : 'OK');
    expect((await take({ step: 'settle-slots', slots: [7] })).told).toEqual([
      'redis-0-0: CLUSTER SETSLOT 7 STABLE',
      'redis-1-0: CLUSTER SETSLOT 7 STABLE',
    ]);
    answers = (words) => (words.includes('COUNTKEYSINSLOT') ? 1 : 'OK');
    expect((await take({ step: 'settle-slots', slots: [7] })).error).toBe(
      'redis-1-0 has keys of slot 7 meanwhile',
    );
  });

  it('has a replica take over, and waits until everybody knows', async () => {
    answers = (words) => {
      if (!words.includes('FAILOVER')) return 'OK';
      own.c = { a: LINES.a, b: LINES.b };
      lines.a = `slave ${id('b')} 0 0 3 connected`;
      lines.b = 'master - 0 0 3 connected 0-99';
      setTimeout(() => {
        own.c = {};
      }, 250);
      return 'OK';
    };
    const begun = performance.now();
    expect((await take({ step: 'failover', pod: 'redis-0-1' })).told).toEqual([
      'redis-0-1: CLUSTER FAILOVER',
    ]);
    expect(performance.now() - begun).toBeGreaterThan(200);
    // It has done so already.
    expect(await take({ step: 'failover', pod: 'redis-0-1' })).toEqual({ told: [], error: undefined });
  });

  it('has a replica of a master that is gone for good elected by the others', async () => {
    answers = (words) => {
      if (!words.includes('FORCE')) return 'OK';
      lines.a = `slave ${id('b')} 0 0 3 connected`;
      lines.b = 'master - 0 0 3 connected 0-99';
      return 'OK';
    };
    expect((await take({ step: 'failover', pod: 'redis-0-1', force: true })).told).toEqual([
      'redis-0-1: CLUSTER FAILOVER FORCE',
    ]);
  });

  it('moves slots between nodes that serve', async () => {
    const moves = [{ from: id('c'), to: id('a'), slots: [100] }];
    expect((await take({ step: 'move-slots', moves }, await facts(['c']))).error).toBe(
      `node ${id('c')} does not serve`,
    );
    answers = (words) => (words.includes('COUNTKEYSINSLOT') ? 0 : 'OK');
    expect((await take({ step: 'move-slots', moves })).told).toEqual([
      `redis-0-0: CLUSTER SETSLOT 100 IMPORTING ${id('c')}`,
      `redis-0-0: CLUSTER SETSLOT 100 NODE ${id('a')}`,
      `redis-1-0: CLUSTER SETSLOT 100 MIGRATING ${id('a')}`,
      `redis-1-0: CLUSTER SETSLOT 100 NODE ${id('a')}`,
    ]);
  });
});
