import { askReport } from '../../../steward/gate-report';
import { isRedisError } from '../../wire/errors';
import { list, pairs, text } from '../../wire/reply';
import type { GateRound } from '../round';
import { readSentinelReport } from '../sentinel/report';
import type { RedisSentinelSettings } from '../settings';
import type { SentinelAnswer } from './facts';

const ANSWER_MS = 2_000;

/** A Sentinel's answer, with the master's full name instead of its pod. */
type Ask = Pick<GateRound, 'connect' | 'anonymous' | 'gateOf' | 'sentinelAt'>;

/** Asks all Sentinels, by their pods, what anybody may ask them. */
export async function askSentinels(
  round: Ask,
  { members, masterName }: RedisSentinelSettings,
): Promise<Map<string, SentinelAnswer>> {
  return new Map(
    await Promise.all(
      members.map(async (member) => [member.pod, await askSentinel(round, member, masterName)] as const),
    ),
  );
}

async function askSentinel(
  { connect, anonymous, gateOf, sentinelAt }: Ask,
  member: RedisSentinelSettings['members'][number],
  masterName: string,
): Promise<SentinelAnswer> {
  const redis = connect(sentinelAt(member), anonymous);
  try {
    const [address, replied] = await redis.pipeline([
      ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName],
      ['SENTINEL', 'MASTER', masterName],
    ]);
    if (address === null) return { state: 'blank' };
    if (address instanceof Error) throw address;
    if (replied instanceof Error) throw replied;
    const master = pairs(replied);
    const flags = (master.get('flags') ?? '').split(',');
    return {
      state: 'knows',
      master: text(list(address)[0]),
      epoch: Number(master.get('config-epoch') ?? 0),
      down: flags.includes('s_down') || flags.includes('o_down'),
      failingOver: flags.includes('failover_in_progress'),
    };
  } catch (error) {
    if (isRedisError(error)) return { state: 'silent', reason: error.message };
    const report = readSentinelReport(await askReport(gateOf(member), ANSWER_MS));
    if (report?.pod === member.pod) return { state: report.master === undefined ? 'blank' : 'gate' };
    return { state: 'silent', reason: (error as Error).message };
  } finally {
    redis.close();
  }
}
