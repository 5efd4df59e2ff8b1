import { createHash } from 'node:crypto';

/** Passwords of the library's users, newest first: one, or two while one takes the other's place. */
export interface LibraryPasswords {
  readonly steward: readonly string[];
  /** That of `replication`, `sentinel` and `backup`. */
  readonly internal: readonly string[];
}

/** What a user of the library may do, and whose password it has; without one, any is right. */
interface LibraryUser {
  readonly rules: string;
  readonly password?: keyof LibraryPasswords;
}

/** Every key and every channel. */
const EVERYTHING = '~* &* +@all';

/**
 * The users that the library makes on every server, with no more rights than they need.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
const LIBRARY: Readonly<Record<string, LibraryUser>> = {
  steward: { rules: EVERYTHING, password: 'steward' },
  replication: { rules: 'resetchannels -@all +psync +replconf +ping', password: 'internal' },
  // https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/#redis-access-control-list-authentication
  sentinel: {
    rules:
      'resetchannels &__sentinel__:hello -@all +multi +slaveof +replicaof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill',
    password: 'internal',
  },
  // No password, so that none has to be changed in a container that reads it once: it learns little more than `probe`. Without
  // CONFIG GET, which tells passwords, and SLOWLOG GET, which tells values; what this exporter needs of keys is not asked for.
  // https://github.com/oliver006/redis_exporter#authenticating-with-redis
  exporter: {
    rules:
      'resetchannels -@all +ping +info +client|setname +cluster|info +slowlog|len +latency|latest +latency|histogram',
  },
  // https://redis.io/docs/latest/develop/tools/cli/#remote-backups-of-rdb-files
  backup: {
    rules: 'resetchannels -@all +sync +replconf +ping +info +cluster|nodes',
    password: 'internal',
  },
  probe: {
    rules: 'resetchannels -@all +ping +role +info +cluster|info +cluster|nodes +cluster|myid',
  },
};

/** Names of the library's users. No other may have one of them. */
export const LIBRARY_USERS: readonly string[] = Object.keys(LIBRARY);

/** The user of connections that have not logged in, which is off. */
export const DEFAULT_USER = 'default';

/** A user as it is made from nothing by `ACL SETUSER <name>` and these words. */
export interface AclUser {
  readonly name: string;
  readonly words: readonly string[];
}

/** A password as an ACL has it. */
export function passwordRule(password: string): string {
  return `#${createHash('sha256').update(password).digest('hex')}`;
}

/** A user with passwords; `rules` as ACL SETUSER takes them. */
export function aclUser(name: string, passwords: readonly string[], rules: string): AclUser {
  const hashes = [...new Set(passwords.map(passwordRule))];
  return { name, words: ['on', ...hashes, ...wordsOf(rules)] };
}

/** `default`, which is off, and the users of the library. */
export function libraryAclUsers(passwords: LibraryPasswords): AclUser[] {
  const users = Object.entries(LIBRARY).map(([name, { rules, password }]) =>
    password
      ? aclUser(name, passwords[password], rules)
      : { name, words: ['on', 'nopass', ...wordsOf(rules)] },
  );
  return [{ name: DEFAULT_USER, words: ['off', 'resetchannels', '-@all'] }, ...users];
}

/** These users as lines of an ACL file, `default` first. */
export function libraryUsers(passwords: LibraryPasswords): string[] {
  return libraryAclUsers(passwords).map(({ name, words }) => ['user', name, ...words].join(' '));
}

/**
 * An ACL file with these users in place of those of the same names; all others stay, and so does `default` where it is on: the
 * steward has switched it on for a proxy, and will switch it off.
 */
export function mergeAclFile(existing: string, users: readonly string[]): string {
  const known = existing
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('user '));
  const isOn = known.some((line) => nameOf(line) === DEFAULT_USER && wordsOf(line).includes('on'));
  const own = users.filter((line) => !(isOn && nameOf(line) === DEFAULT_USER));
  const names = new Set(own.map(nameOf));
  return [...own, ...known.filter((line) => !names.has(nameOf(line)))].map((line) => `${line}\n`).join('');
}

function nameOf(line: string): string {
  return line.split(/\s+/)[1] ?? '';
}

/** Words of rules; a selector, which stands in brackets, is one. */
export function wordsOf(rules: string): string[] {
  return rules.match(/\([^)]*\)|\S+/g) ?? [];
}
