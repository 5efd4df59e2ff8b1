import type { Finding } from '../core/problem';
import { ROOT } from './etcd-names';
import type { EtcdPermission } from './etcd-props';
import type { WantedPermission } from './steward/settings';

/** What a consumer may do with keys. */
export interface EtcdRights {
  /** Prefixes of keys that it may read; the empty string stands for all keys. @default - none */
  readonly read?: readonly string[];
  /** Prefixes of keys that it may write, which does not include reading them. @default - none */
  readonly write?: readonly string[];
  /** Permissions that prefixes cannot say. @default - none */
  readonly permissions?: readonly EtcdPermission[];
}

/** Permissions as a role has them: one for each key, prefix or range, sorted. */
export function permissionsOf({ read = [], write = [], permissions = [] }: EtcdRights): WantedPermission[] {
  const all: WantedPermission[] = [
    ...read.map((prefix) => ({ access: 'read' as const, prefix })),
    ...write.map((prefix) => ({ access: 'write' as const, prefix })),
    ...permissions,
  ];
  const byKeys = new Map<string, WantedPermission>();
  for (const { access, ...keys } of all) {
    const id = JSON.stringify([keys.key ?? null, keys.prefix ?? null, keys.range ?? null]);
    const before = byKeys.get(id)?.access;
    byKeys.set(id, { access: before && before !== access ? 'readwrite' : access, ...keys });
  }
  return [...byKeys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, permission]) => permission);
}

/** Findings about the name of a user. */
export function checkUserName(name: string): Finding[] {
  if (name === ROOT) {
    return [
      finding(
        `user "${ROOT}" is the one whom no permission binds; give authentication.root, or another name`,
      ),
    ];
  }
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) return [];
  return [
    finding(
      `user "${name}" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64`,
    ),
  ];
}

/** Findings about a role that is declared. */
export function checkRole(name: string, permissions: readonly EtcdPermission[]): Finding[] {
  const what = `role "${name}"`;
  if (name === ROOT)
    return [
      finding(`${what}: it is etcd's own, and may do everything; leave it out, or choose another name`),
    ];
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) {
    const message = `${what} is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64`;
    return [finding(message)];
  }
  return checkPermissions(what, permissions);
}

/** Findings about permissions of a role or a user. */
export function checkPermissions(what: string, permissions: readonly EtcdPermission[]): Finding[] {
  return permissions.flatMap((permission) => checkPermission(what, permission));
}

function checkPermission(what: string, { key, prefix, range }: EtcdPermission): Finding[] {
  const given = Object.entries({ key, prefix, range }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (given.length !== 1) {
    const has = given.length === 0 ? 'none' : given.join(' and ');
    return [finding(`${what}: a permission has one of key, prefix and range; this one has ${has}`)];
  }
  if (key === '')
    return [finding(`${what}: key "" is not the name of a key; give prefix: '' where all keys are meant`)];
  if (range && !(range[0] !== '' && Buffer.compare(Buffer.from(range[0]), Buffer.from(range[1])) < 0)) {
    const message = `${what}: range ${JSON.stringify(range)} holds nothing; give the first key, and a later one that is not in it any more`;
    return [finding(message)];
  }
  return [];
}

function finding(message: string): Finding {
  return { code: 'etcd/users', message };
}
