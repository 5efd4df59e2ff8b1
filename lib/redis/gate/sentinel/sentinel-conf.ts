import { createHash } from 'node:crypto';
import { aclUser } from '../acl-file';
import { confLine } from '../redis-conf';
import type { RedisSentinelSettings } from '../settings';

/** What a Sentinel keeps in its configuration file. */
export interface SentinelState {
  /** Full name of the master. */
  readonly master?: string;
  readonly configEpoch: number;
  readonly leaderEpoch: number;
  readonly currentEpoch: number;
  /** Full names of replicas that it knew. */
  readonly replicas: readonly string[];
}

/** What a Sentinel has written; nothing where the master of this name is not in it. */
export function readState(conf: string, masterName: string): SentinelState {
  const lines = conf.split('\n').map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^"(.*)"$/, '$1')),
  );
  const valuesOf = (...keys: readonly string[]) =>
    lines.flatMap(([first, key, name, value]) =>
      first === 'sentinel' && keys.includes(key) && name === masterName && value ? [value] : [],
    );
  const numberOf = (key: string) => Number(valuesOf(key)[0] ?? 0);
  const current = lines.find(([first, key]) => first === 'sentinel' && key === 'current-epoch');
  return {
    master: valuesOf('monitor')[0],
    configEpoch: numberOf('config-epoch'),
    leaderEpoch: numberOf('leader-epoch'),
    currentEpoch: Number(current?.[2] ?? 0),
    replicas: valuesOf('known-replica', 'known-slave'),
  };
}

/** Id of a Sentinel, the same for all of its lives, so that others never count it twice. */
export function sentinelId(host: string): string {
  return createHash('sha1').update(host).digest('hex');
}

/** Discovery, which needs no password, and nothing else. CLIENT SETINFO has no name of its own before Redis 7.2. */
const DISCOVERY =
  'resetchannels &* -@all +@connection -@dangerous +subscribe +psubscribe +unsubscribe +punsubscribe +role +info ' +
  '+sentinel|get-master-addr-by-name +sentinel|masters +sentinel|master +sentinel|replicas +sentinel|slaves ' +
  '+sentinel|sentinels +sentinel|myid +sentinel|ckquorum';

/** What Sentinels ask one another. */
const SENTINEL = `${DISCOVERY} +publish +sentinel|is-master-down-by-addr`;

/** Users of a Sentinel that have passwords, and what they may do. */
export const SENTINEL_RULES = { sentinel: SENTINEL, steward: '&* +@all' } as const;

/** A Sentinel and what it is told. */
export interface SentinelConf {
  /** `sentinel.conf` of the ConfigMap. */
  readonly fixed: string;
  readonly settings: RedisSentinelSettings;
  /** Full name and port of this Sentinel. */
  readonly host: string;
  readonly data: string;
  /** Full names of the servers that should exist, and where they are. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly passwords: { readonly steward: readonly string[]; readonly internal: readonly string[] };
  readonly master: { readonly host: string; readonly port: number };
  readonly state: SentinelState;
}

/**
 * A Sentinel's whole configuration file. All other Sentinels are in it from the start, and nobody else is, so that the
 * majority is always one of those that should exist; what is gone is forgotten.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
 */
export function sentinelConf(conf: SentinelConf): string {
  const { fixed, settings, host, data, servers, passwords, master, state } = conf;
  const { masterName: name, port, members, quorum, downAfter, failoverTimeout } = settings;
  const [password] = passwords.internal;
  const sentinel = (...words: readonly (string | number)[]) => confLine('sentinel', ...words);
  const replicas = servers.filter((each) => each.host !== master.host && state.replicas.includes(each.host));
  const others = members.filter((each) => each.host !== host);
  return `${[
    fixed.trimEnd(),
    confLine('dir', data),
    sentinel('myid', sentinelId(host)),
    sentinel('resolve-hostnames', 'yes'),
    sentinel('announce-hostnames', 'yes'),
    sentinel('announce-ip', host),
    sentinel('announce-port', port),
    sentinel('sentinel-user', 'sentinel'),
    sentinel('sentinel-pass', password),
    sentinel('monitor', name, master.host, master.port, quorum),
    sentinel('down-after-milliseconds', name, downAfter),
    sentinel('failover-timeout', name, failoverTimeout),
    sentinel('auth-user', name, 'sentinel'),
    sentinel('auth-pass', name, password),
    sentinel('config-epoch', name, state.configEpoch),
    sentinel('leader-epoch', name, state.leaderEpoch),
    sentinel('current-epoch', Math.max(state.currentEpoch, state.configEpoch, state.leaderEpoch)),
    ...replicas.map((each) => sentinel('known-replica', name, each.host, each.port)),
    ...others.map((each) => sentinel('known-sentinel', name, each.host, port, sentinelId(each.host))),
    ...sentinelUsers(passwords),
  ]
    .filter(Boolean)
    .join('\n')}\n`;
}

/** Users of a Sentinel, which keeps them in the same file. */
function sentinelUsers({ steward, internal }: SentinelConf['passwords']): string[] {
  const users = [
    { name: 'default', words: ['on', 'nopass', ...DISCOVERY.split(' ')] },
    aclUser('sentinel', internal, SENTINEL_RULES.sentinel),
    aclUser('steward', steward, SENTINEL_RULES.steward),
  ];
  return users.map(({ name, words }) => ['user', name, ...words].join(' '));
}
