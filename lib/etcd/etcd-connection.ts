import { EnvValue, type INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type ClientFiles, clientFiles } from '../core/client-files';
import type { Credentials, CredentialsReference } from '../core/credentials';
import type { Connection, Endpoint, SecretKey } from '../core/endpoint';
import { secretValue } from '../core/secret-value';
import type { EtcdRights } from './etcd-users';

/** Where consumers have the files of their connection, unless they say otherwise. */
const DIRECTORY = '/etc/etcd';

/** How a consumer uses a cluster. What it may do and how it logs in says nothing where there is no authentication. */
export interface EtcdGrantOptions extends EtcdRights {
  /**
   * Name of the user: one of `authentication.users`, who has the permissions there, or a new one with those given here,
   * which are its role of the same name. @default - the consumer's construct id, in lower case
   */
  readonly user?: string;
  /**
   * How the user is known: by a password, or by the common name of its certificate, which takes TLS with
   * `clientAuthentication: 'need'`. @default - 'password', or as `authentication.users` says
   */
  readonly login?: 'password' | 'certificate';
  /**
   * Password of the user. A consumer in another namespace needs a Secret there, with the same content and the same name:
   * `Credentials.external` makes both, `Credentials.existing` takes both as they are. @default - that in
   * `authentication.users`, else generated in the namespace of the cluster
   */
  readonly credentials?: Credentials;
  /**
   * Secret in the consumer's namespace with its certificate, where clients must show one: `tls.crt`, `tls.key`, `ca.crt`.
   * Its common name is a user's, if it is one at all: etcd takes whoever shows it for that user. @default - made by the
   * issuer of the cluster's certificate
   */
  readonly certificate?: string;
  /**
   * Certificate of the authority that signed the servers' certificates, in a Secret of the consumer's namespace; `system`
   * where the consumer trusts it already. @default - that of the cluster, where it is in the same namespace
   */
  readonly ca?: SecretKey | 'system';
  /**
   * Addresses to give: the Service of all members that serve, or one for each member, which change with `members` and
   * may be those of members that only learn yet. @default 'service'
   */
  readonly addresses?: 'service' | 'members';
  /** Directory in which the consumer mounts `files`. @default '/etc/etcd' */
  readonly directory?: string;
}

/** What a client of etcd needs. */
export interface EtcdConnection extends Connection {
  /**
   * As etcdctl takes them: ETCDCTL_ENDPOINTS; with a password ETCDCTL_USER and ETCDCTL_PASSWORD; with TLS ETCDCTL_CACERT,
   * and with a certificate of the consumer's own ETCDCTL_CERT and ETCDCTL_KEY, which name `files`.
   */
  readonly env: Record<string, EnvValue>;
  /** `https://host:port` or `http://host:port` of each address. */
  readonly urls: readonly string[];
  /** Name of the user. @default - none, where there is no authentication */
  readonly user?: string;
  /** The login in a Secret. @default - none */
  readonly credentials?: CredentialsReference;
  /** Secret with the consumer's own certificate: `tls.crt`, `tls.key`, `ca.crt`. @default - none */
  readonly clientCertificate?: string;
  /** What to mount. @default - nothing: there is no TLS, or the consumer trusts the authority and shows nothing */
  readonly files?: ClientFiles;
}

/** A cluster of etcd, made here or elsewhere, as its consumers see it. */
export interface IEtcdCluster extends Construct {
  readonly name: string;
  /** Addresses for clients, in a stable order. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Lets `consumer` (a workload of cdk8s-plus, or anything else that a NetworkPolicy can name) reach the cluster, makes it
   * a user with these permissions, and gives what it needs to connect. Nothing of the consumer is changed; what has to
   * be in its namespace stands in its chart.
   */
  grantAccess(consumer: INetworkPolicyPeer, options?: EtcdGrantOptions): EtcdConnection;
}

/** What a connection is put together from. */
export interface ConnectionFacts {
  readonly endpoints: readonly Endpoint[];
  readonly tls: boolean;
  readonly user?: string;
  readonly login?: CredentialsReference;
  readonly ca?: SecretKey;
  readonly certificate?: string;
  readonly directory?: string;
}

/** Puts a connection together; `scope` is where references to Secrets are kept. */
export function etcdConnection(scope: Construct, facts: ConnectionFacts): EtcdConnection {
  const { endpoints, tls, user, login, ca, certificate, directory = DIRECTORY } = facts;
  const urls = endpoints.map((endpoint) => `${tls ? 'https' : 'http'}://${endpoint}`);
  const env: Record<string, EnvValue> = { ETCDCTL_ENDPOINTS: EnvValue.fromValue(urls.join(',')) };
  if (login) {
    env.ETCDCTL_USER = secretValue(scope, login.secretName, login.usernameKey);
    env.ETCDCTL_PASSWORD = secretValue(scope, login.secretName, login.passwordKey);
  }
  const files = tls ? clientFiles(directory, ca, certificate) : undefined;
  for (const { path } of files?.items ?? [])
    env[VARIABLES[path]] = EnvValue.fromValue(`${files?.directory}/${path}`);
  return {
    endpoints,
    urls,
    env,
    ca: tls ? ca : undefined,
    user,
    credentials: login,
    clientCertificate: tls ? certificate : undefined,
    files,
  };
}

const VARIABLES: Readonly<Record<string, string>> = {
  'ca.crt': 'ETCDCTL_CACERT',
  'tls.crt': 'ETCDCTL_CERT',
  'tls.key': 'ETCDCTL_KEY',
};
