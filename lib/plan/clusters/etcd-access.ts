import type { Effect } from '../types';
import { type Cluster, compared, same, titled } from './cluster';
import type { Side } from './side';
import { few, list } from './words';

interface User {
  readonly directory?: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** As people know it. */
  readonly called: string;
}

interface Permission {
  readonly access: 'read' | 'write' | 'readwrite';
  readonly key?: string;
  readonly prefix?: string;
  readonly range?: readonly [string, string];
}

/** Users and roles of etcd, and whether anybody has to log in. */
export function etcdAccess(cluster: Cluster): void {
  const { report, was, is } = cluster;
  if (!was.steward || !is.steward) return;
  const [from, to] = [was.settings.authentication, is.settings.authentication];
  if (same(from, to) && same(usersOf(was), usersOf(is))) return;
  const about = {
    object: titled(cluster, 'Deployment', `${cluster.name}-steward`),
    field: 'SETTINGS.authentication',
  };
  if (from && !to) {
    report.tell({
      ...about,
      verdict: 'outage',
      what: 'authentication stays on, since taking the prop away switches nothing off; the steward has no login any more, and can neither change the membership nor look after users',
      instead: 'keep authentication, or switch it off before: etcdctl auth disable',
      needsYes: true,
    });
    return;
  }
  if (!from) {
    report.tell({
      ...about,
      verdict: 'outage',
      what: 'authentication is switched on once roles and users are there: from then on clients without a login are refused',
      instead: 'give every client its login before (grantAccess): a client that has one already goes on',
      needsYes: true,
    });
    return;
  }
  const tell = (field: string, effect: Omit<Effect, 'object' | 'field'>) =>
    report.tell({ ...about, field: `${about.field}${field}`, ...effect });
  users(usersOf(was), usersOf(is), tell);
  roles(from.roles ?? {}, to.roles ?? {}, tell);
}

type Tell = (field: string, effect: Omit<Effect, 'object' | 'field'>) => void;

/** Users with a password are known by the Secret that holds it. */
function usersOf({ settings, steward }: Side): User[] {
  const volumes = steward?.spec?.template?.spec?.volumes ?? [];
  const sources = volumes.find(({ name }: { name: string }) => name === 'users')?.projected?.sources ?? [];
  const secrets = new Map<string, string>();
  for (const { secret } of sources) {
    for (const { path } of secret?.items ?? []) secrets.set(String(path).split('/')[0], secret.name);
  }
  return ((settings.authentication?.users ?? []) as Omit<User, 'called'>[]).map((user) => {
    const secret = user.directory === undefined ? undefined : secrets.get(user.directory);
    return {
      ...user,
      directory: undefined,
      called: secret ? `of Secret ${secret}` : (user.name ?? 'without a name'),
    };
  });
}

function users(before: readonly User[], after: readonly User[], tell: Tell): void {
  const { came, went, stayed } = compared(before, after, ({ called }) => called);
  for (const { called, roles } of came) {
    tell('.users', { verdict: 'applied-live', what: `user ${called} is made, with ${rolesOf(roles)}` });
  }
  for (const { called } of went) {
    tell('.users', {
      verdict: 'outage',
      what: `user ${called} is removed, if it was made here: clients that log in as it are refused`,
      instead: 'see that nobody logs in as it any more',
      needsYes: true,
    });
  }
  for (const [old, now] of stayed) {
    const taken = old.roles.filter((role) => !now.roles.includes(role));
    const given = now.roles.filter((role) => !old.roles.includes(role));
    if (given.length > 0) {
      tell('.users', { verdict: 'applied-live', what: `user ${now.called} gets ${rolesOf(given)}` });
    }
    if (taken.length > 0) {
      tell('.users', {
        verdict: 'outage',
        what: `user ${now.called} loses ${rolesOf(taken)}, and is refused what only that allowed`,
        instead: 'see that nobody needs it any more',
        needsYes: true,
      });
    }
  }
}

const rolesOf = (roles: readonly string[]): string =>
  roles.length === 0 ? 'no role' : `the role${roles.length === 1 ? '' : 's'} ${list(roles)}`;

type Roles = Readonly<Record<string, readonly Permission[]>>;

function keysOf({ key, prefix, range }: Permission): string {
  if (range) return `${range[0]} to ${range[1]}`;
  return key ?? (prefix === '' ? 'all keys' : `${prefix}*`);
}

const parts = (permissions: readonly Permission[]): Map<string, string> =>
  new Map(
    permissions.flatMap((permission) =>
      (permission.access === 'readwrite' ? ['read', 'write'] : [permission.access]).map((access) => {
        const text = `${access} ${keysOf(permission)}`;
        return [text, text] as const;
      }),
    ),
  );

function roles(before: Roles, after: Roles, tell: Tell): void {
  for (const role of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const [old, now] = [parts(before[role] ?? []), parts(after[role] ?? [])];
    const given = [...now.keys()].filter((each) => !old.has(each));
    const taken = [...old.keys()].filter((each) => !now.has(each));
    if (given.length > 0) {
      tell(`.roles[${role}]`, {
        verdict: 'applied-live',
        what: `role ${role} may from now on: ${few(given, 4)}`,
      });
    }
    if (!after[role]) {
      tell(`.roles[${role}]`, {
        verdict: 'outage',
        what: `role ${role} is removed, if it was made here: whoever has it may no longer: ${few(taken, 4)}`,
        instead: 'see that nobody has it any more',
        needsYes: true,
      });
    } else if (taken.length > 0) {
      tell(`.roles[${role}]`, {
        verdict: 'outage',
        what: `role ${role} may no longer: ${few(taken, 4)}; whoever has it is refused that`,
        instead: 'see that nobody needs it any more',
        needsYes: true,
      });
    }
  }
}
