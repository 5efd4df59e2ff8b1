import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import { Credentials } from '../core/credentials';
import type { RedisGrantOptions } from './redis-connection';
import type { RedisTopology } from './redis-model';
import type { RedisRights, RedisUser } from './redis-rights';
import { rulesOf } from './redis-users';
import type { WantedRedisUser } from './steward/settings';

/** Somebody who may log in. */
export interface KnownUser {
  readonly name: string;
  readonly rules: string;
  readonly credentials: Credentials;
  /** For whom `grantAccess` has made it, and whether it was asked for by name; undefined: it was declared. */
  readonly granted?: { readonly peer: INetworkPolicyPeer; readonly named: boolean };
}

/** Users of a deployment: those that are declared, and those that grants add. */
export class RedisUserList {
  private readonly users = new Map<string, KnownUser>();

  constructor(
    declared: Readonly<Record<string, RedisUser>>,
    private readonly topology: RedisTopology,
  ) {
    for (const [name, { credentials = Credentials.generated(), ...rights }] of Object.entries(declared))
      this.users.set(name, { name, rules: rulesOf(rights, topology), credentials });
  }

  /** Gives the user that a consumer is, with what speaks against it. */
  grant(
    name: string,
    peer: INetworkPolicyPeer,
    options: RedisGrantOptions,
  ): { readonly user: KnownUser; readonly problems: readonly string[]; readonly made: boolean } {
    const before = this.users.get(name);
    if (before) return { user: before, problems: this.differences(before, peer, options), made: false };
    const user = {
      name,
      rules: rulesOf(options, this.topology),
      credentials: options.credentials ?? Credentials.generated(),
      granted: { peer, named: options.user !== undefined },
    };
    this.users.set(name, user);
    return { user, problems: [], made: true };
  }

  /** All users, by name. */
  all(): KnownUser[] {
    return [...this.users.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** All users, as the steward is told of them. */
  wanted(): WantedRedisUser[] {
    return this.all().map(({ name, rules }) => ({ name, rules }));
  }

  private differences(user: KnownUser, peer: INetworkPolicyPeer, options: RedisGrantOptions): string[] {
    const what = `user "${user.name}"`;
    const problems: string[] = [];
    const { granted } = user;
    if (!granted && hasRights(options))
      problems.push(`${what}: users has it, with its rights; give them there, or leave it out there`);
    if (granted && granted.peer !== peer && !(granted.named && options.user !== undefined))
      problems.push(
        `${what}: ${granted.peer.node.path} and ${peer.node.path} would both be this user; give each a user of its own, or user: '${user.name}' to both`,
      );
    if (granted && contentHash(rulesOf(options, this.topology)) !== contentHash(user.rules))
      problems.push(
        `${what}: two consumers give it different rights; give both the same, or each its own user`,
      );
    if (options.credentials && options.credentials !== user.credentials)
      problems.push(`${what}: its password is given in two ways; give the same Credentials, or once`);
    return problems;
  }
}

/** Whether rights are given at all. */
export function hasRights({ keys, channels, commands, rules }: RedisRights): boolean {
  return [keys, channels, commands, rules].some((one) => one !== undefined);
}
