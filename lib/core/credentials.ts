import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Environment } from './environment';
import type { Finding } from './problem';
import type { GeneratedSecret } from './secret-generator';

/** A user name and a password in a Secret. */
export interface CredentialsReference {
  readonly secretName: string;
  /** Key of the user name. */
  readonly usernameKey: string;
  /** Key of the password. */
  readonly passwordKey: string;
}

/** Keys of a Secret that holds credentials. */
export interface CredentialsKeys {
  /** @default 'username' */
  readonly username?: string;
  /** @default 'password' */
  readonly password?: string;
}

/** Properties of a remote secret that holds credentials. */
export interface RemoteCredentialsKeys extends CredentialsKeys {
  /**
   * The password that was valid before, which is fetched as `previous-password`. A system that knows two passwords of a user at
   * the same time, as Redis does, takes both. External Secrets demands that the property is there whenever it fetches: give it
   * the value of the password while nothing is replaced.
   *
   * @default - only the newest password is fetched
   */
  readonly previousPassword?: string;
}

type Source =
  | { readonly kind: 'existing'; readonly secretName: string; readonly keys: CredentialsKeys }
  | { readonly kind: 'external'; readonly remoteKey: string; readonly keys: RemoteCredentialsKeys }
  | { readonly kind: 'generated'; readonly username?: string };

/** Where credentials are used. */
export interface CredentialsBinding {
  /** Name of the Secret where one is made. */
  readonly secretName: string;
  /** User name where one is made up. */
  readonly username: string;
  /** Namespace of the Secret. @default - the chart's */
  readonly namespace?: string;
  /** Labels of objects that are made. */
  readonly labels: Record<string, string>;
  /** Takes the Secrets that are to be made up in the cluster. */
  readonly generate: (secret: GeneratedSecret) => void;
}

/** Credentials by reference: what is rendered never holds a user's secret. */
export class Credentials {
  /** A Secret that exists, with the keys `username` and `password` unless others are given. */
  static existing(secretName: string, keys: CredentialsKeys = {}): Credentials {
    return new Credentials({ kind: 'existing', secretName, keys });
  }

  /**
   * A Secret that External Secrets fetches from the environment's store; `keys` are the properties of the remote secret.
   * https://external-secrets.io/latest/api/externalsecret/
   */
  static external(remoteKey: string, keys: RemoteCredentialsKeys = {}): Credentials {
    return new Credentials({ kind: 'external', remoteKey, keys });
  }

  /** A Secret with a random password that a Job creates in the cluster exactly once and nobody ever overwrites. */
  static generated(options: { username?: string } = {}): Credentials {
    return new Credentials({ kind: 'generated', ...options });
  }

  private constructor(private readonly source: Source) {}

  /** Whether the password is made up in the cluster, so that nothing outside of it can know it. */
  get isGenerated(): boolean {
    return this.source.kind === 'generated';
  }

  /** What is wrong with these credentials in an environment; `what` names their use. @internal */
  check(what: string, environment: Environment): Finding[] {
    if (this.source.kind !== 'external' || environment.props.secretStore) return [];
    return [
      {
        code: 'core/credentials',
        message:
          `${what}: Credentials.external needs a store and the environment "${environment.name}" has no secretStore; ` +
          'set it, or use Credentials.existing or Credentials.generated',
      },
    ];
  }

  /** Makes what these credentials need and says where they are. @internal */
  bind(scope: Construct, id: string, binding: CredentialsBinding): CredentialsReference {
    const { source } = this;
    if (source.kind === 'existing') {
      const { username = 'username', password = 'password' } = source.keys;
      return { secretName: source.secretName, usernameKey: username, passwordKey: password };
    }
    if (source.kind === 'generated') {
      binding.generate({ name: binding.secretName, username: source.username ?? binding.username });
    } else {
      this.externalSecret(scope, id, binding, source);
    }
    return { secretName: binding.secretName, usernameKey: 'username', passwordKey: 'password' };
  }

  private externalSecret(
    scope: Construct,
    id: string,
    binding: CredentialsBinding,
    source: Extract<Source, { kind: 'external' }>,
  ): void {
    const store = Environment.of(scope).props.secretStore;
    const { username = 'username', password = 'password', previousPassword } = source.keys;
    const properties: [secretKey: string, property: string][] = [
      ['username', username],
      ['password', password],
      ...(previousPassword ? [['previous-password', previousPassword] as [string, string]] : []),
    ];
    new ApiObject(scope, id, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: binding.secretName, namespace: binding.namespace, labels: binding.labels },
      spec: {
        refreshInterval: '1h',
        secretStoreRef: { kind: store?.kind ?? 'ClusterSecretStore', name: store?.name },
        target: { name: binding.secretName, creationPolicy: 'Owner' },
        data: properties.map(([secretKey, property]) => ({
          secretKey,
          remoteRef: { key: source.remoteKey, property },
        })),
      },
    });
  }
}
