import { sameRange } from '../../../lib/etcd/api/ranges';
import { EtcdError, type EtcdMember, type WirePermission } from '../../../lib/etcd/api/types';

interface FakeUser {
  readonly roles: Set<string>;
  /** undefined: it was made without one, and never gets one. */
  password?: string;
}

/** Users, roles and keys of an etcd, which refuses what etcd refuses. Asked as `root` with a password. */
export class FakeAccess {
  enabled = false;
  readonly users = new Map<string, FakeUser>();
  readonly roles = new Map<string, WirePermission[]>();
  readonly keys = new Map<string, string>();
  /** What was asked for in order: changes, and questions. */
  readonly changes: string[] = [];
  readonly questions: string[] = [];
  /** May throw, before and after something is changed. */
  before: (change: string) => void = () => undefined;
  after: (change: string) => void = () => undefined;

  addUser(name: string, password: string | undefined, ...roles: string[]): void {
    this.users.set(name, { password, roles: new Set(roles) });
  }

  /** Everything in it, as text. */
  contents(): string {
    const users = [...this.users].map(([name, { password, roles }]) => [name, password, [...roles].sort()]);
    const roles = [...this.roles].map(([name, all]) => [name, all.map(inWords).sort()]);
    return JSON.stringify([this.enabled, users.sort(), roles.sort(), [...this.keys].sort()], null, 1);
  }

  permissions(role: string): string[] {
    return (this.roles.get(role) ?? []).map(inWords).sort();
  }

  member(rootPassword: () => string): EtcdMember {
    const login = () => {
      if (this.enabled && this.users.get('root')?.password !== rootPassword())
        throw new EtcdError('etcdserver: authentication failed, invalid user ID or password', 3);
    };
    const ask = async <T>(question: string, answer: () => T): Promise<T> => {
      this.questions.push(question);
      login();
      return answer();
    };
    const change = async (what: string, make: () => void): Promise<void> => {
      this.before(what);
      login();
      this.changes.push(what);
      make();
      this.after(what);
    };
    const user = (name: string) => this.users.get(name) ?? refuse('etcdserver: user name not found');
    const role = (name: string) => this.roles.get(name) ?? refuse('etcdserver: role name not found');
    const without = (name: string, range: Pick<WirePermission, 'key' | 'rangeEnd'>) =>
      role(name).filter((each) => !sameRange(each, range));
    const access: Partial<EtcdMember> = {
      authStatus: async () => {
        login();
        return { enabled: this.enabled };
      },
      users: () => ask('users', () => [...this.users.keys()]),
      userRoles: (name) => ask(`user ${name}`, () => [...user(name).roles]),
      roles: () => ask('roles', () => [...this.roles.keys()]),
      rolePermissions: (name) => ask(`role ${name}`, () => [...role(name)]),
      get: (key) =>
        ask(`get ${key}`, () => {
          const value = this.keys.get(key);
          return value === undefined ? undefined : Buffer.from(value);
        }),
      canLogin: async ({ username, password }) => {
        this.questions.push(`login ${username}`);
        if (!this.enabled) refuse('etcdserver: authentication is not enabled');
        const has = this.users.get(username)?.password;
        return has !== undefined && has === password;
      },
      put: (key, value) => change(`put ${key}`, () => this.keys.set(key, String(value))),
      authEnable: () =>
        change('enable', () => {
          if (!user('root').roles.has('root')) refuse('etcdserver: root user does not have root role');
          this.enabled = true;
        }),
      userAdd: (name, password) =>
        change(`add user ${name}`, () => {
          if (this.users.has(name)) refuse('etcdserver: user name already exists');
          this.addUser(name, password);
        }),
      userChangePassword: (name, password) =>
        change(`password ${name}`, () => {
          if (user(name).password !== undefined) user(name).password = password;
        }),
      userDelete: (name) =>
        change(`delete user ${name}`, () => {
          user(name);
          if (this.enabled && name === 'root') refuse('etcdserver: invalid auth management');
          this.users.delete(name);
        }),
      userGrantRole: (name, its) =>
        change(`grant role ${name} ${its}`, () => {
          role(its);
          user(name).roles.add(its);
        }),
      userRevokeRole: (name, its) =>
        change(`revoke role ${name} ${its}`, () => {
          if (!user(name).roles.delete(its)) refuse('etcdserver: role is not granted to the user');
        }),
      roleAdd: (name) =>
        change(`add role ${name}`, () => {
          if (this.roles.has(name)) refuse('etcdserver: role name already exists');
          this.roles.set(name, []);
        }),
      roleDelete: (name) =>
        change(`delete role ${name}`, () => {
          role(name);
          this.roles.delete(name);
          for (const each of this.users.values()) each.roles.delete(name);
        }),
      roleGrantPermission: (name, permission) =>
        change(`grant ${name} ${inWords(permission)}`, () => {
          this.roles.set(name, [...without(name, permission), permission]);
        }),
      roleRevokePermission: (name, range) =>
        change(`revoke ${name} ${keysOf(range)}`, () => {
          if (without(name, range).length === role(name).length)
            refuse('etcdserver: permission is not granted to the role');
          this.roles.set(name, without(name, range));
        }),
    };
    return access as EtcdMember;
  }
}

function refuse(message: string): never {
  throw new EtcdError(message, 9);
}

function inWords(permission: WirePermission): string {
  return `${permission.permType} ${keysOf(permission)}`;
}

function keysOf({ key, rangeEnd }: Pick<WirePermission, 'key' | 'rangeEnd'>): string {
  return JSON.stringify(rangeEnd ? [String(key), String(rangeEnd)] : [String(key)]);
}
