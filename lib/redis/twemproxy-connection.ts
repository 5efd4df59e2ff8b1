import { EnvValue, type INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { CredentialsReference } from '../core/credentials';
import type { Connection, Endpoint } from '../core/endpoint';
import { secretValue } from '../core/secret-value';

/** What a client of a proxy needs. */
export interface TwemproxyConnection extends Connection {
  /**
   * REDIS_HOST, REDIS_PORT and REDIS_PASSWORD. There is no name of a user: a client that gives one, or begins with HELLO, INFO,
   * SELECT or CLIENT, is disconnected. It has to speak RESP2 and log in by the password alone.
   */
  readonly env: Record<string, EnvValue>;
  readonly mode: 'proxy';
  /** The password in a Secret of the consumer's namespace. */
  readonly credentials: CredentialsReference;
}

/** Redis behind a proxy, as its consumers see it. */
export interface ITwemproxy extends Construct {
  readonly name: string;
  /** The Service of all proxies. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Lets `consumer` (a workload of cdk8s-plus, or anything else that a NetworkPolicy can name) reach the proxies, and gives what
   * it needs to connect. Nothing of the consumer is changed.
   */
  grantAccess(consumer: INetworkPolicyPeer): TwemproxyConnection;
}

/** Puts a connection together; `scope` is where references to Secrets are kept. */
export function twemproxyConnection(
  scope: Construct,
  endpoint: Endpoint,
  credentials: CredentialsReference,
): TwemproxyConnection {
  return {
    endpoints: [endpoint],
    mode: 'proxy',
    credentials,
    env: {
      REDIS_HOST: EnvValue.fromValue(endpoint.host),
      REDIS_PORT: EnvValue.fromValue(String(endpoint.port)),
      REDIS_PASSWORD: secretValue(scope, credentials.secretName, credentials.passwordKey),
    },
  };
}
