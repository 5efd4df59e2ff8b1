import type { Finding } from '../core/problem';
import { DEFAULT_USER, LIBRARY_USERS } from './gate/acl-file';
import type { RedisTopology } from './redis-model';
import type { RedisRights } from './redis-rights';

/** What clients call beside their work, although its category is dangerous. */
const CLIENTS = '-@admin -@dangerous +info +role';

/** What clients of a Redis Cluster learn its nodes from. */
const NODES =
  '+cluster|slots +cluster|shards +cluster|nodes +cluster|info +cluster|myid +cluster|keyslot +cluster|countkeysinslot';

/** Commands by level. https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/#command-categories */
const COMMANDS: Readonly<Record<NonNullable<RedisRights['commands']>, string>> = {
  read: `+@read +@connection +@pubsub -publish -spublish +@transaction +eval_ro +evalsha_ro +fcall_ro ${CLIENTS}`,
  readwrite: `+@all ${CLIENTS}`,
  all: '+@all -@admin +role',
};

/** Rules of a user as ACL SETUSER takes them, after a user that may do nothing. */
export function rulesOf(rights: RedisRights, topology: RedisTopology): string {
  const { keys = [], channels = [], commands = 'readwrite', rules = [] } = rights;
  const access = commands === 'read' ? '%R~' : '~';
  return [
    ...[...new Set(keys)].sort().map((pattern) => `${access}${pattern}`),
    'resetchannels',
    ...[...new Set(channels)].sort().map((pattern) => `&${pattern}`),
    COMMANDS[commands],
    // All others have them anyway.
    ...(topology === 'cluster' && commands === 'read' ? [NODES] : []),
    ...rules,
  ].join(' ');
}

/** Whether a user may do anything. */
export function mayDoNothing({ keys = [], channels = [], rules = [] }: RedisRights): boolean {
  return keys.length === 0 && channels.length === 0 && rules.length === 0;
}

/** Findings about the name of a user. */
export function checkUserName(name: string): Finding[] {
  if (name === DEFAULT_USER)
    return [
      finding(
        `user "${name}" is whoever does not log in, and is off; choose another name, and log in with it`,
      ),
    ];
  if (LIBRARY_USERS.includes(name))
    return [
      finding(
        `user "${name}" is the library's own (so are ${LIBRARY_USERS.join(', ')}); choose another name`,
      ),
    ];
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) return [];
  return [
    finding(
      `user "${name}" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64`,
    ),
  ];
}

/** Findings about what a user may do. */
export function checkRights(name: string, rights: RedisRights): Finding[] {
  const { keys = [], channels = [], rules = [] } = rights;
  const what = `user "${name}"`;
  const findings: Finding[] = [];
  if (mayDoNothing(rights))
    findings.push(finding(`${what}: it may do nothing; give keys, channels or rules`));
  for (const [kind, patterns] of Object.entries({ keys, channels })) {
    for (const pattern of patterns)
      if (!/^\S+$/.test(pattern))
        findings.push(
          finding(
            `${what}: ${kind}: ${JSON.stringify(pattern)} is not a pattern; give one word, such as orders:*`,
          ),
        );
  }
  for (const rule of rules) findings.push(...checkRule(what, rule));
  return findings;
}

function checkRule(what: string, rule: string): Finding[] {
  if (/^[><#!]|^(nopass|resetpass)$/i.test(rule))
    return [
      finding(
        `${what}: rules: passwords have no place in them, where everybody reads them; give credentials, and leave this rule out`,
      ),
    ];
  if (/^(on|off|reset)$/i.test(rule))
    return [finding(`${what}: rules: "${rule}" makes another user of it; leave it out`)];
  if (/^([+-]@?[\w|.-]+|%(R|W|RW)~\S+|[~&]\S+|(all|reset)(keys|channels)|(all|no)commands)$/i.test(rule))
    return [];
  return [
    finding(
      `${what}: rules: ${JSON.stringify(rule)} is not a rule; give one word each, such as +keys, -@scripting, ~orders:* or %R~config:*`,
    ),
  ];
}

function finding(message: string): Finding {
  return { code: 'redis/users', message };
}
