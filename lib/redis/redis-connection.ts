import { EnvValue, type INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type ClientFiles, clientFiles } from '../core/client-files';
import type { Credentials, CredentialsReference } from '../core/credentials';
import type { Connection, Endpoint, SecretKey } from '../core/endpoint';
import { secretValue } from '../core/secret-value';
import type { RedisTopology } from './redis-model';
import type { RedisRights } from './redis-rights';

/** Where consumers have the files of their connection, unless they say otherwise. */
const DIRECTORY = '/etc/redis';

/**
 * How a client finds its servers. `sentinel`: it asks Sentinels who the master is, which its library has to know of.
 * `master`: by a name that follows the master. `replicas`: by a name of all replicas, for reading what may be late.
 * `cluster`: it asks any node of a Redis Cluster for all, which its library has to know of.
 */
export type RedisMode = 'sentinel' | 'master' | 'replicas' | 'cluster';

/** How a consumer uses a deployment: who it is, what it may do, and how its library finds the servers. */
export interface RedisGrantOptions extends RedisRights {
  /**
   * Name of the user: one of `users`, who has the rights there, or a new one with those given here. @default - the consumer's
   * construct id, in lower case
   */
  readonly user?: string;
  /**
   * Password of the user. A consumer in another namespace needs a Secret there, with the same content and the same name:
   * `Credentials.external` makes both, `Credentials.existing` takes both as they are. @default - that in `users`, else
   * generated in the namespace of the deployment
   */
  readonly credentials?: Credentials;
  /** How its library finds the servers. @default - 'sentinel' of a replication, 'cluster' of a Redis Cluster, else 'master' */
  readonly mode?: RedisMode;
  /**
   * Secret in the consumer's namespace with its certificate, where clients must show one: `tls.crt`, `tls.key`, `ca.crt`.
   * @default - made by the issuer of the servers' certificate
   */
  readonly certificate?: string;
  /**
   * Certificate of the authority that signed the servers' certificate, in a Secret of the consumer's namespace; `system` where
   * the consumer trusts it already. @default - that of the servers, where it is in the same namespace
   */
  readonly ca?: SecretKey | 'system';
  /** Directory in which the consumer mounts `files`. @default '/etc/redis' */
  readonly directory?: string;
}

/** What a client of Redis needs. */
export interface RedisConnection extends Connection {
  /**
   * REDIS_USERNAME and REDIS_PASSWORD, and by the mode REDIS_HOST and REDIS_PORT, or REDIS_SENTINELS (`host:port,host:port`)
   * and REDIS_MASTER_NAME, or REDIS_CLUSTER_NODES (`host:port,host:port`); with TLS REDIS_TLS (`true`), REDIS_TLS_CA and, of a
   * consumer with a certificate, REDIS_TLS_CERT and REDIS_TLS_KEY, which name `files`. Sentinels ask for no password.
   */
  readonly env: Record<string, EnvValue>;
  readonly mode: RedisMode;
  /** Whether servers and Sentinels talk TLS. */
  readonly tls: boolean;
  /** Name under which Sentinels know the master. @default - none, where it does not ask them */
  readonly masterName?: string;
  /** Name of the user. @default - only its Secret knows */
  readonly user?: string;
  /** The login in a Secret. @default - none */
  readonly credentials?: CredentialsReference;
  /** Secret with the consumer's own certificate: `tls.crt`, `tls.key`, `ca.crt`. @default - none */
  readonly clientCertificate?: string;
  /** What to mount. @default - nothing: there is no TLS, or the consumer trusts the authority and shows nothing */
  readonly files?: ClientFiles;
}

/** A deployment of Redis, made here or elsewhere, as its consumers see it. */
export interface IRedis extends Construct {
  readonly name: string;
  readonly topology: RedisTopology;
  /** Where clients connect first in the mode that is the default, in a stable order. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Lets `consumer` (a workload of cdk8s-plus, or anything else that a NetworkPolicy can name) reach the servers, makes it a
   * user with these rights, and gives what it needs to connect. Nothing of the consumer is changed; what has to be in its
   * namespace stands in its chart.
   */
  grantAccess(consumer: INetworkPolicyPeer, options?: RedisGrantOptions): RedisConnection;
}

/** What a connection is put together from. */
export interface ConnectionFacts {
  readonly mode: RedisMode;
  readonly endpoints: readonly Endpoint[];
  readonly masterName?: string;
  readonly tls: boolean;
  readonly user?: string;
  readonly login?: CredentialsReference;
  readonly ca?: SecretKey;
  readonly certificate?: string;
  readonly directory?: string;
}

/** Puts a connection together; `scope` is where references to Secrets are kept. */
export function redisConnection(scope: Construct, facts: ConnectionFacts): RedisConnection {
  const { mode, endpoints, masterName, tls, user, login, ca, certificate, directory = DIRECTORY } = facts;
  const env: Record<string, EnvValue> = addresses(facts);
  if (login) {
    env.REDIS_USERNAME = user
      ? EnvValue.fromValue(user)
      : secretValue(scope, login.secretName, login.usernameKey);
    env.REDIS_PASSWORD = secretValue(scope, login.secretName, login.passwordKey);
  }
  const files = tls ? clientFiles(directory, ca, certificate) : undefined;
  if (tls) env.REDIS_TLS = EnvValue.fromValue('true');
  for (const { path } of files?.items ?? [])
    env[VARIABLES[path]] = EnvValue.fromValue(`${files?.directory}/${path}`);
  return {
    endpoints,
    env,
    mode,
    tls,
    masterName,
    ca: tls ? ca : undefined,
    user,
    credentials: login,
    clientCertificate: tls ? certificate : undefined,
    files,
  };
}

function addresses({ mode, endpoints, masterName }: ConnectionFacts): Record<string, EnvValue> {
  const list = EnvValue.fromValue(endpoints.join(','));
  if (mode === 'sentinel')
    return { REDIS_SENTINELS: list, REDIS_MASTER_NAME: EnvValue.fromValue(masterName ?? '') };
  if (mode === 'cluster') return { REDIS_CLUSTER_NODES: list };
  const [{ host, port }] = endpoints.length > 0 ? endpoints : [{ host: '', port: '' }];
  return { REDIS_HOST: EnvValue.fromValue(host), REDIS_PORT: EnvValue.fromValue(String(port)) };
}

const VARIABLES: Readonly<Record<string, string>> = {
  'ca.crt': 'REDIS_TLS_CA',
  'tls.crt': 'REDIS_TLS_CERT',
  'tls.key': 'REDIS_TLS_KEY',
};
