import { createHash } from 'node:crypto';
import type { Observed } from '../../steward/adapter';
import type { EtcdMember } from '../api/types';
import {
  type AccessChange,
  accessChanges,
  changeInWords,
  type FoundAccess,
  type Made,
  type NamedUser,
  ROOT,
  type WantedAccess,
} from './provision-plan';
import { WantedFromSecrets } from './provision-secrets';
import type { WantedAuthentication } from './settings';

/** Key of etcd that holds which users and roles were made for the cluster's settings, as JSON. */
export const MADE_KEY = 'cdk8s-stateful/provisioned';

/** Times of a provisioner, in milliseconds. */
export interface ProvisionTiming {
  /** How often what was provisioned is looked at, once it is there. */
  readonly look: number;
  /** How long nothing is provisioned after a failure. */
  readonly pause: number;
  /** How long a password that was tried is taken to be right: to try one keeps a server busy for a while. */
  readonly password: number;
}

const TIMING: ProvisionTiming = { look: 60_000, pause: 20_000, password: 600_000 };

/** What it is made of, besides what is wanted. */
export interface ProvisionParts {
  /** Where Secrets are mounted. @default '/secrets' */
  readonly secrets?: string;
  readonly timing?: ProvisionTiming;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Brings about users, roles and their permissions as they are declared, and then switches authentication on. Without a
 * declaration it does nothing: authentication that is on stays on, as does whatever was made, since to switch it off would
 * open the cluster to everybody. https://etcd.io/docs/v3.6/op-guide/authentication/rbac/
 */
export class EtcdProvisioner {
  private readonly wanted: WantedFromSecrets | undefined;
  private readonly timing: ProvisionTiming;
  private readonly now: () => number;
  private last: WantedAccess | undefined;
  private provisionedAt = Number.NEGATIVE_INFINITY;
  private failed: { readonly reason: string; readonly at: number } | undefined;
  /** Passwords that were right, as digests, by user. */
  private readonly right = new Map<string, { readonly digest: string; readonly at: number }>();

  constructor(wanted: WantedAuthentication | undefined, parts: ProvisionParts = {}) {
    this.wanted = wanted && new WantedFromSecrets(wanted, parts.secrets);
    this.timing = parts.timing ?? TIMING;
    this.now = parts.now ?? (() => performance.now());
  }

  /** Whether everything is as declared, by a member that is asked as `root`; asked now and then, and when Secrets change. */
  async look(member: EtcdMember): Promise<Pick<Observed, 'provisioned' | 'provisionFailed'>> {
    if (!this.wanted) return { provisioned: true };
    try {
      const wanted = this.read();
      const { failed, timing } = this;
      if (failed && this.now() - failed.at < timing.pause)
        return { provisioned: false, provisionFailed: failed.reason };
      if (this.now() - this.provisionedAt < timing.look) return { provisioned: true };
      const changes = accessChanges(wanted, await this.find(member, wanted));
      if (changes.length > 0) return { provisioned: false };
      this.provisionedAt = this.now();
      return { provisioned: true };
    } catch (error) {
      return { provisioned: false, provisionFailed: this.fails(error as Error).message };
    }
  }

  /**
   * Makes what is missing, changes what is different, and removes what was made for declarations that are no more.
   * @throws Error that says what failed
   */
  async provision(member: EtcdMember): Promise<void> {
    if (!this.wanted) return;
    try {
      const wanted = this.read();
      const found = await this.find(member, wanted);
      for (const change of accessChanges(wanted, found)) {
        await this.carryOut(member, change, found).catch((error: Error) => {
          throw new Error(`${changeInWords(change)}: ${error.message}`, { cause: error });
        });
      }
    } catch (error) {
      throw this.fails(error as Error);
    }
  }

  /** What is wanted; where that has changed, it is looked at anew, whatever failed before. */
  private read(): WantedAccess {
    const wanted = this.wanted?.read() ?? { users: [], roles: {} };
    if (wanted !== this.last) {
      this.last = wanted;
      this.failed = undefined;
      this.provisionedAt = Number.NEGATIVE_INFINITY;
    }
    return wanted;
  }

  private fails(error: Error): Error {
    // Whether others can log in is answered, not thrown.
    const told = /authentication failed/.test(error.message)
      ? new Error(WRONG_ROOT, { cause: error })
      : error;
    this.failed = { reason: told.message, at: this.now() };
    this.provisionedAt = Number.NEGATIVE_INFINITY;
    return told;
  }

  private async find(member: EtcdMember, wanted: WantedAccess): Promise<FoundAccess> {
    const { enabled } = await member.authStatus();
    const right = new Set<string>();
    if (enabled) {
      for (const user of wanted.users) {
        const is = await this.isRight(member, user);
        if (is) right.add(user.name);
        if (user.name === ROOT && !is) throw new Error(WRONG_ROOT);
      }
    }
    const [users, roles, made] = await Promise.all([
      member.users().then((names) => each(names, (name) => member.userRoles(name))),
      member.roles().then((names) => each(names, (name) => member.rolePermissions(name))),
      member.get(MADE_KEY).then(madeOf),
    ]);
    return { enabled, users, roles, made, right };
  }

  private async isRight(member: EtcdMember, { name, password }: NamedUser): Promise<boolean> {
    if (password === undefined) return true;
    const digest = createHash('sha256').update(password).digest('base64');
    const known = this.right.get(name);
    if (known?.digest === digest && this.now() - known.at < this.timing.password) return true;
    const is = await member.canLogin({ username: name, password });
    if (is) this.right.set(name, { digest, at: this.now() });
    else this.right.delete(name);
    return is;
  }

  private async carryOut(member: EtcdMember, change: AccessChange, { enabled }: FoundAccess): Promise<void> {
    switch (change.change) {
      case 'note':
        return member.put(MADE_KEY, JSON.stringify(change.made));
      case 'add-role':
        return member.roleAdd(change.role);
      case 'delete-role':
        return member.roleDelete(change.role);
      case 'grant':
        return member.roleGrantPermission(change.role, change.permission);
      case 'revoke':
        return member.roleRevokePermission(change.role, change.permission);
      case 'add-user':
        return member.userAdd(change.user, change.password);
      case 'set-password': {
        const { user: name, password } = change;
        await member.userChangePassword(name, password);
        // Before authentication is on, no password can be tried.
        if (enabled && !(await this.isRight(member, { name, password, roles: [] })))
          throw new Error(WITHOUT_PASSWORD);
        return;
      }
      case 'delete-user':
        return member.userDelete(change.user);
      case 'grant-role':
        return member.userGrantRole(change.user, change.role);
      case 'revoke-role':
        return member.userRevokeRole(change.user, change.role);
      case 'enable':
        return member.authEnable();
    }
  }
}

const WRONG_ROOT =
  'authentication is on, and the password of root in its Secret is not the one that etcd has; put that one into the Secret, ' +
  'or give etcd the one of the Secret: etcdctl user passwd root';
const WITHOUT_PASSWORD =
  'etcd takes it and still does not let the user in, as somebody made the user without a password; remove the user, ' +
  'and it is made anew: etcdctl user delete';

async function each<T>(
  names: readonly string[],
  ask: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(await Promise.all(names.map(async (name): Promise<[string, T]> => [name, await ask(name)])));
}

/** @throws Error where it is not what was noted */
function madeOf(value: Buffer | undefined): Made {
  if (value === undefined) return { users: {}, roles: [] };
  try {
    const { users, roles } = JSON.parse(value.toString('utf8'));
    if (users && typeof users === 'object' && Array.isArray(roles)) return { users, roles };
  } catch {
    // Told below.
  }
  throw new Error(
    `the key ${MADE_KEY}, which tells what was made here, holds something else; delete it, and what was made so far stays`,
  );
}
