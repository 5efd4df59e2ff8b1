import { type AclUser, aclUser, LIBRARY_USERS, libraryAclUsers } from '../../gate/acl-file';
import { list, pairs, text } from '../../wire/reply';
import type { Redis, Reply } from '../../wire/types';
import type { RedisStewardSettings } from '../settings';
import { type LearntForms, learntForm, parseAclLine, type UserChange, userChanges } from './acl-users';
import type { RedisKeys } from './keys';
import { isSet, type LearntSettings, learntSetting } from './live-settings';

/** What is to be done on one server. */
export type ServerChange =
  | UserChange
  | { readonly change: 'set'; readonly key: string; readonly value: string }
  /** Writes down what was changed, so that it is there when the server is started again. */
  | { readonly change: 'save-users' }
  | { readonly change: 'rewrite-config' };

/** What should be on every server. */
export interface WantedOnServers {
  readonly users: readonly AclUser[];
  /** Users that are left as they are, as their passwords are not known. */
  readonly kept: ReadonlySet<string>;
  /** By the keys of redis.conf. */
  readonly settings: ReadonlyMap<string, string>;
  /** What keeps a user from being made, in words. */
  readonly waits: readonly string[];
}

/** What a steward has learnt of how servers write things down. */
export interface Learnt {
  readonly users: LearntForms;
  readonly settings: LearntSettings;
}

/** What should be on every server, by the settings and the Secrets of now. */
export function wantedOnServers(
  { users, live }: Pick<RedisStewardSettings, 'users' | 'live'>,
  keys: Pick<RedisKeys, 'passwords' | 'userPasswords'>,
): WantedOnServers {
  const passwords = keys.passwords();
  const found = users.map((user) => ({ user, passwords: keys.userPasswords(user.name) }));
  const known = found.filter((each) => each.passwords.length > 0);
  const unknown = found.filter((each) => each.passwords.length === 0);
  return {
    users: [
      // Proxies that cannot give the name of a user need `default`.
      ...libraryAclUsers(passwords).filter(({ name }) => !users.some((user) => user.name === name)),
      ...known.map(({ user, passwords: own }) => aclUser(user.name, own, user.rules)),
    ],
    kept: new Set(unknown.map(({ user }) => user.name)),
    settings: new Map([
      ...Object.entries(live),
      ['masteruser', 'replication'],
      ['masterauth', passwords.internal[0]],
    ]),
    waits: unknown.map(({ user }) => `user "${user.name}": its Secret has no password, or is not there`),
  };
}

/**
 * What is to be done on a server.
 * @throws RedisError where it refuses to say how it is
 */
export async function changesOn(
  redis: Redis,
  wanted: WantedOnServers,
  learnt: Learnt,
): Promise<ServerChange[]> {
  const { users, settings } = await read(redis, wanted);
  return [
    ...userChanges(users, wanted.users, wanted.kept, learnt.users),
    ...[...wanted.settings]
      .filter(([key, value]) => {
        const found = settings.get(key);
        return found === undefined || !isSet(key, value, found, learnt.settings);
      })
      .map(([key, value]): ServerChange => ({ change: 'set', key, value })),
  ];
}

/** What a server says of what it was told just now: the same, in words of its own. */
export async function learn(
  redis: Redis,
  wanted: WantedOnServers,
  done: readonly ServerChange[],
): Promise<{ readonly users: string[]; readonly settings: string[] }> {
  const found = await read(redis, wanted);
  const learnt = { users: [] as string[], settings: [] as string[] };
  for (const change of done) {
    if (change.change === 'set-user') {
      const user = found.users.find(({ name }) => name === change.user.name);
      if (user) learnt.users.push(learntForm(change.user, user));
    } else if (change.change === 'set') {
      const value = found.settings.get(change.key);
      if (value !== undefined) learnt.settings.push(learntSetting(change.key, change.value, value));
    }
  }
  return learnt;
}

async function read(redis: Redis, { settings }: WantedOnServers) {
  const [users, values] = await redis.pipeline([
    ['ACL', 'LIST'],
    ['CONFIG', 'GET', ...settings.keys()],
  ]);
  return {
    users: list(given(users)).map((line) => parseAclLine(text(line))),
    settings: pairs(given(values)),
  };
}

function given(reply: Reply | Error): Reply {
  if (reply instanceof Error) throw reply;
  return reply;
}

/** Does it. @throws RedisError where the server refuses */
export async function carryOut(redis: Redis, change: ServerChange): Promise<void> {
  switch (change.change) {
    case 'set-user':
      // In one command, so that connections of the user never meet half of its rights.
      await redis.command('ACL', 'SETUSER', change.user.name, 'reset', ...change.user.words);
      return;
    case 'remove-user':
      await redis.command('ACL', 'DELUSER', change.name);
      return;
    case 'set':
      await redis.command('CONFIG', 'SET', change.key, change.value);
      return;
    case 'save-users':
      await redis.command('ACL', 'SAVE');
      return;
    case 'rewrite-config':
      await redis.command('CONFIG', 'REWRITE');
  }
}

/** What a change is about, for people. Passwords are not told. */
export function inWords(change: ServerChange): string {
  switch (change.change) {
    case 'set-user':
      return `user "${change.user.name}"`;
    case 'remove-user':
      return `user "${change.name}", which is to go`;
    case 'set':
      return isOwn(change.key) ? change.key : `${change.key} ${change.value === '' ? '""' : change.value}`;
    case 'save-users':
      return 'the file of users';
    case 'rewrite-config':
      return 'the configuration file';
  }
}

function isOwn(key: string): boolean {
  return key === 'masterauth' || key === 'masteruser';
}

/** Whether connections between servers depend on it. */
export function isOfLibrary(change: ServerChange): boolean {
  return change.change === 'set-user' && LIBRARY_USERS.includes(change.user.name);
}
