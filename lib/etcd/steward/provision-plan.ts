import { rangeOf, sameRange } from '../api/ranges';
import type { WirePermission } from '../api/types';
import type { WantedPermission } from './settings';

/** The user whom no permission binds, and its role. etcd demands both before authentication can be switched on. */
export const ROOT = 'root';

/** How a user logs in. */
export type LoginKind = 'password' | 'certificate';

/** What was made for this cluster's settings, as it is kept in etcd itself, so that it can be removed with them. */
export interface Made {
  readonly users: Readonly<Record<string, LoginKind>>;
  readonly roles: readonly string[];
}

/** A user that should exist. */
export interface NamedUser {
  readonly name: string;
  /** undefined: a certificate with this common name is shown. */
  readonly password?: string;
  readonly roles: readonly string[];
}

/** Everything that should exist, `root` among the users. */
export interface WantedAccess {
  readonly users: readonly NamedUser[];
  readonly roles: Readonly<Record<string, readonly WantedPermission[]>>;
}

/** What there is. */
export interface FoundAccess {
  /** Whether authentication is on. */
  readonly enabled: boolean;
  /** Roles of each user. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  /** Permissions of each role. */
  readonly roles: ReadonlyMap<string, readonly WirePermission[]>;
  readonly made: Made;
  /** Users who can log in with the password that they should have. While authentication is off, nobody can try. */
  readonly right: ReadonlySet<string>;
}

/** One thing to do; all can be done again without harm. */
export type AccessChange =
  | { readonly change: 'note'; readonly made: Made }
  | { readonly change: 'add-role' | 'delete-role'; readonly role: string }
  | { readonly change: 'grant' | 'revoke'; readonly role: string; readonly permission: WirePermission }
  | { readonly change: 'add-user'; readonly user: string; readonly password?: string }
  | { readonly change: 'set-password'; readonly user: string; readonly password: string }
  | { readonly change: 'delete-user'; readonly user: string }
  | { readonly change: 'grant-role' | 'revoke-role'; readonly user: string; readonly role: string }
  | { readonly change: 'enable' };

/**
 * What lies between what is wanted and what there is, in the order in which it is done: what will be made is noted before,
 * and what was removed afterwards; authentication is switched on last. Removed is only what was made for these settings.
 */
export function accessChanges(wanted: WantedAccess, found: FoundAccess): AccessChange[] {
  const made = madeFor(wanted, found);
  const changes: AccessChange[] = [
    ...Object.entries({ ...wanted.roles, [ROOT]: undefined }).flatMap(([role, permissions]) =>
      roleChanges(role, permissions, found),
    ),
    ...wanted.users.flatMap((user) => userChanges(user, found)),
    ...gone(wanted, found),
  ];
  if (!sameMade(made.before, found.made)) changes.unshift({ change: 'note', made: made.before });
  if (!sameMade(made.after, made.before)) changes.push({ change: 'note', made: made.after });
  if (!found.enabled) changes.push({ change: 'enable' });
  return changes;
}

/** A change in words. */
export function changeInWords(change: AccessChange): string {
  switch (change.change) {
    case 'note':
      return 'notes what it makes';
    case 'add-role':
      return `adds the role ${change.role}`;
    case 'delete-role':
      return `removes the role ${change.role}`;
    case 'grant':
      return `lets the role ${change.role} ${change.permission.permType.toLowerCase()} ${keysOf(change.permission)}`;
    case 'revoke':
      return `lets the role ${change.role} do nothing more with ${keysOf(change.permission)}`;
    case 'add-user':
      return `adds the user ${change.user}`;
    case 'set-password':
      return `sets the password of the user ${change.user}`;
    case 'delete-user':
      return `removes the user ${change.user}`;
    case 'grant-role':
      return `gives the user ${change.user} the role ${change.role}`;
    case 'revoke-role':
      return `takes the role ${change.role} from the user ${change.user}`;
    case 'enable':
      return 'switches authentication on';
  }
}

/** Permissions as etcd tells them apart: what is wanted twice for the same keys is one permission. */
export function wirePermissions(wanted: readonly WantedPermission[]): WirePermission[] {
  const all: WirePermission[] = [];
  for (const { access, ...of } of wanted) {
    const permission = { permType: access.toUpperCase() as WirePermission['permType'], ...rangeOf(of) };
    const at = all.findIndex((each) => sameRange(each, permission));
    if (at < 0) all.push(permission);
    else if (all[at].permType !== permission.permType) all[at] = { ...permission, permType: 'READWRITE' };
  }
  return all;
}

function roleChanges(
  role: string,
  wanted: readonly WantedPermission[] | undefined,
  { roles }: FoundAccess,
): AccessChange[] {
  const has = roles.get(role);
  const added: AccessChange[] = has ? [] : [{ change: 'add-role', role }];
  if (!wanted) return added;
  const should = wirePermissions(wanted);
  const missing = should.filter(
    (each) => !has?.some((one) => sameRange(one, each) && one.permType === each.permType),
  );
  const excess = (has ?? []).filter((each) => !should.some((one) => sameRange(one, each)));
  return [
    ...added,
    ...missing.map((permission) => ({ change: 'grant' as const, role, permission })),
    ...excess.map((permission) => ({ change: 'revoke' as const, role, permission })),
  ];
}

function userChanges({ name, password, roles }: NamedUser, found: FoundAccess): AccessChange[] {
  const has = found.users.get(name);
  const kind = found.made.users[name];
  // etcd tells nobody whether a user has a password, and does not change that of a user without.
  const other = has && kind && kind !== kindOf({ password });
  const changes: AccessChange[] = other ? [{ change: 'delete-user', user: name }] : [];
  if (!has || other) changes.push({ change: 'add-user', user: name, password });
  else if (password !== undefined && !found.right.has(name)) {
    changes.push({ change: 'set-password', user: name, password });
  }
  const held = other ? [] : (has ?? []);
  // Whatever else `root` may be, it is for people to say.
  const excess = name === ROOT ? [] : held.filter((role) => !roles.includes(role));
  return [
    ...changes,
    ...[...new Set(roles)]
      .filter((role) => !held.includes(role))
      .map((role) => ({ change: 'grant-role' as const, user: name, role })),
    ...excess.map((role) => ({ change: 'revoke-role' as const, user: name, role })),
  ];
}

function gone(wanted: WantedAccess, { made, users, roles }: FoundAccess): AccessChange[] {
  const names = new Set(wanted.users.map(({ name }) => name));
  return [
    ...Object.keys(made.users)
      .filter((user) => user !== ROOT && !names.has(user) && users.has(user))
      .map((user) => ({ change: 'delete-user' as const, user })),
    ...made.roles
      .filter((role) => role !== ROOT && !Object.hasOwn(wanted.roles, role) && roles.has(role))
      .map((role) => ({ change: 'delete-role' as const, role })),
  ];
}

/** What is noted before anything is made, and once what is wanted no more was removed. */
function madeFor(
  wanted: WantedAccess,
  { made, users, roles }: FoundAccess,
): { readonly before: Made; readonly after: Made } {
  const own = wanted.users.filter(
    ({ name }) => name !== ROOT && (!users.has(name) || Object.hasOwn(made.users, name)),
  );
  const ownRoles = Object.keys(wanted.roles).filter(
    (role) => role !== ROOT && (!roles.has(role) || made.roles.includes(role)),
  );
  // One who comes to log in otherwise is made anew: until that was done, it is known as what it was.
  const kept = Object.fromEntries(own.map((user) => [user.name, made.users[user.name] ?? kindOf(user)]));
  const renewed = Object.fromEntries(own.map((user) => [user.name, kindOf(user)]));
  const before = sorted({ users: { ...made.users, ...kept }, roles: [...made.roles, ...ownRoles] });
  return { before, after: sorted({ users: renewed, roles: ownRoles }) };
}

function kindOf({ password }: Pick<NamedUser, 'password'>): LoginKind {
  return password === undefined ? 'certificate' : 'password';
}

function sorted({ users, roles }: Made): Made {
  const names = Object.keys(users).sort();
  return {
    users: Object.fromEntries(names.map((name) => [name, users[name]])),
    roles: [...new Set(roles)].sort(),
  };
}

function sameMade(one: Made, other: Made): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function keysOf({ key, rangeEnd }: WirePermission): string {
  return rangeEnd ? `keys from ${JSON.stringify(String(key))} on` : `the key ${JSON.stringify(String(key))}`;
}
