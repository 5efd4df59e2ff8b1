import type { INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { CredentialsReference } from '../core/credentials';
import type { IRedis } from './redis-connection';
import type { RedisModel } from './redis-model';
import { passwordFiles } from './redis-pod';
import type { WantedRedisUser } from './steward/settings';

/** A master with replicas and Sentinels that is made here, as `RedisReplication` makes one: what a proxy can be put before. */
export interface ITwemproxyShard extends IRedis {
  readonly topology: 'replication';
  /** Lets a proxy in that gives a password and no name; says what the proxy must know. @internal */
  admitProxy(proxy: INetworkPolicyPeer, access: RedisProxyAccess): RedisModel;
}

/** As whom a proxy is let in. It cannot give the name of a user, so the servers take it for the user `default`. */
export interface RedisProxyAccess {
  /** The password, in the namespace of the shard. */
  readonly login: CredentialsReference;
  /** What it may do, as words of ACL SETUSER. */
  readonly rules: readonly string[];
}

/** Proxies before one deployment. Clients are moved from one to the other to give them another password. */
export class RedisProxies {
  private readonly admitted: RedisProxyAccess[] = [];

  /** Gives what speaks against it. */
  add(access: RedisProxyAccess): string | undefined {
    const known = this.admitted.some(({ login }) => sameLogin(login, access.login));
    if (!known) this.admitted.push(access);
    if (this.admitted.length <= 2) return undefined;
    const secrets = this.admitted.map(({ login }) => login.secretName);
    return `proxies: they have three passwords (${secrets.join(', ')}), and the user default has two at most; give two proxies the same credentials`;
  }

  /** The user that all of them are; undefined: there is none. */
  wanted(): WantedRedisUser | undefined {
    const [first] = this.admitted;
    return first && { name: 'default', rules: ['~*', 'resetchannels', ...first.rules].join(' ') };
  }

  /** Where the steward finds its passwords. Of two proxies, the second takes the place of a password that is going. */
  files(): k8s.VolumeProjection[] {
    const [first, second] = this.admitted;
    if (!first) return [];
    if (!second) return passwordFiles(first.login, 'default/');
    const file = ({ login: { secretName: name, passwordKey: key } }: RedisProxyAccess, path: string) => ({
      secret: { name, items: [{ key, path: `default/${path}` }] },
    });
    return [file(first, 'password'), file(second, 'previous-password')];
  }
}

function sameLogin(one: CredentialsReference, other: CredentialsReference): boolean {
  return one.secretName === other.secretName && one.passwordKey === other.passwordKey;
}
