import { expect, test } from 'vitest';
import { everyProp, type RedisCase } from '../../redis/every-prop';
import { everything } from '../../support/every-prop';
import { redisClusterPlan, redisPlan, standalonePlan } from './planned';

type Plan<Props> = (
  before: Partial<Props>,
  after: Partial<Props>,
  environment: typeof everything,
) => string[];

/** Props that make another deployment, or that no running one can take up server by server. */
const OTHERWISE = new Set(['name', 'tls', 'storage', 'initialSize', 'nfs', 'existingClaim']);

/** Whose restarts are told, by the lines of those that restart. */
function restarting(lines: readonly string[]): string {
  const told = lines.filter((line) => /^(rolling-restart|outage)!?: .*\brestarts?\b/.test(line));
  const [servers, sentinels] = [/\d servers|only server/, /\d Sentinels/].map((who) =>
    told.some((line) => who.test(line)),
  );
  if (servers) return sentinels ? 'all' : 'servers';
  return sentinels ? 'sentinels' : 'nobody';
}

function check<Props>(cases: readonly RedisCase<Props>[], plan: Plan<Props>): void {
  for (const each of cases.filter(({ prop }) => !OTHERWISE.has(prop))) {
    const what = `${each.interface}.${each.prop}`;
    const lines = plan(each.without, each.with, everything);
    expect(lines, what).not.toEqual([]);
    expect(
      lines.filter((line) => line.startsWith('unknown')),
      what,
    ).toEqual([]);
    expect(restarting(lines), `${what}: ${lines.join('\n')}`).toBe(each.restarts);
  }
}

test('every prop of a master with replicas is told of, with who restarts for it', () => {
  check(everyProp.replication, redisPlan);
});

test('every prop of a Redis Cluster is told of, with who restarts for it', () => {
  check(everyProp.cluster, redisClusterPlan);
});

test('every prop of a single server is told of, with who restarts for it', () => {
  check(everyProp.standalone, standalonePlan);
});
