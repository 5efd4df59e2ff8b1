import { passwordRule } from '../../gate/acl-file';
import type { NameOf } from '../../wire/info';
import { fields, list, pairs, text } from '../../wire/reply';
import type { Redis, Reply } from '../../wire/types';
import type { StewardSentinel } from '../settings';
import type { RedisKeys } from '../shared/keys';
import type { SentinelSays } from './replication-facts';

type Passwords = ReturnType<RedisKeys['passwords']>;

/**
 * What a Sentinel says of itself; how it is set is compared with what is wanted.
 * @throws Error where it does not answer
 */
export async function askSentinel(
  redis: Redis,
  settings: StewardSentinel,
  passwords: Passwords,
  nameOf: NameOf,
): Promise<SentinelSays> {
  const { masterName: name } = settings;
  const replies = await redis.pipeline([
    ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name],
    ['SENTINEL', 'MASTER', name],
    ['SENTINEL', 'REPLICAS', name],
    ['SENTINEL', 'SENTINELS', name],
    ['SENTINEL', 'CONFIG', 'GET', 'sentinel-pass'],
    ['ACL', 'GETUSER', 'sentinel'],
    ['ACL', 'GETUSER', 'steward'],
  ]);
  if (replies[0] === null) return { state: 'blank' };
  const [address, found, replicas, sentinels, pass, sentinel, steward] = replies.map(orThrow);
  const master = pairs(found);
  const flags = (master.get('flags') ?? '').split(',');
  return {
    state: 'knows',
    // While it replaces the master this is the next one, once that has been chosen and promoted.
    master: nameOf({ host: text(list(address)[0]), port: Number(text(list(address)[1])) }),
    down: flags.includes('s_down') || flags.includes('o_down'),
    failingOver: flags.includes('failover_in_progress'),
    replicas: hostsIn(replicas, nameOf),
    sentinels: hostsIn(sentinels, nameOf),
    unsettled: differences([
      ...wantedNumbers(settings).map(([key, value]) => [key, String(value), master.get(key)] as const),
      ['sentinel-pass', passwords.internal[0], pairs(pass).get('sentinel-pass')],
      ['passwords of sentinel', hashes(passwords.internal), hashesOf(sentinel)],
      ['passwords of steward', hashes(passwords.steward), hashesOf(steward)],
    ]),
  };
}

/** Numbers that a Sentinel is told, by the words of SENTINEL MASTER and of SENTINEL SET alike. */
export function wantedNumbers({ quorum, downAfter, failoverTimeout }: StewardSentinel) {
  return [
    ['quorum', quorum],
    ['down-after-milliseconds', downAfter],
    ['failover-timeout', failoverTimeout],
  ] as const;
}

function orThrow(reply: Reply | Error): Reply {
  if (reply instanceof Error) throw reply;
  return reply;
}

const hostsIn = (reply: Reply, nameOf: NameOf): string[] =>
  list(reply)
    .map(pairs)
    .map((each) => nameOf({ host: each.get('ip') ?? '', port: Number(each.get('port')) }));

/** Names of what is not as it is wanted; values may be secret. */
function differences(
  settings: readonly (readonly [name: string, wanted: string, found: string | undefined])[],
): string | undefined {
  const names = settings.flatMap(([name, wanted, found]) => (wanted === found ? [] : [name]));
  return names.length > 0 ? `its ${names.join(', ')} should be changed` : undefined;
}

const hashes = (passwords: readonly string[]): string => passwords.map(passwordRule).sort().join();

/** Passwords of a user, as an ACL has them. */
function hashesOf(user: Reply): string {
  if (user === null) return '';
  const all = list(fields(user).get('passwords') ?? []).map(text);
  return all
    .map((hash) => (hash.startsWith('#') ? hash : `#${hash}`))
    .sort()
    .join();
}
