import { EnvValue, type INetworkPolicyPeer, Secret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { contentHash } from '../core/content-hash';
import { type Connection, Endpoint, type SecretKey } from '../core/endpoint';
import { type Finding, reportFindings } from '../core/problem';

/** How a consumer uses an ensemble. */
export interface GrantOptions {
  /** Znode that becomes the consumer's root, such as `/orders`; the library creates it. @default - the ensemble's root */
  readonly chroot?: string;
  /** Secret with the SASL user that the consumer logs in as, one of `authentication.clients`. @default - no login */
  readonly credentials?: {
    readonly secretName: string;
    readonly usernameKey?: string;
    readonly passwordKey?: string;
  };
  /** Addresses to give: the Service of all members, or one for each. @default 'service' */
  readonly addresses?: 'service' | 'members';
}

/** What a client of ZooKeeper needs. */
export interface ZooKeeperConnection extends Connection {
  /** `host:port,host:port/chroot`, as ZooKeeper clients take it. */
  readonly connectString: string;
  readonly chroot: string;
  /**
   * Java system properties for a client, without those that name files; empty where neither TLS nor a login is needed.
   * https://zookeeper.apache.org/doc/r3.9.4/zookeeperProgrammers.html#sc_java_client_configuration
   */
  readonly javaProperties: Record<string, string>;
}

/** An ensemble, made here or elsewhere, as its consumers see it. */
export interface IZooKeeperCluster extends Construct {
  /** Addresses of the ensemble, in a stable order. */
  readonly endpoints: readonly Endpoint[];
  /** `host:port,host:port`, followed by `chroot`. */
  connectString(chroot?: string): string;
  /**
   * Lets `consumer` (a workload of cdk8s-plus, or anything else that a NetworkPolicy can name) reach the ensemble, and
   * gives what it needs to connect. Nothing of the consumer is changed.
   */
  grantAccess(consumer: INetworkPolicyPeer, options?: GrantOptions): ZooKeeperConnection;
}

/** Findings about a chroot. */
export function checkChroot(chroot: string | undefined): Finding[] {
  if (chroot === undefined || /^(\/(?!\.{1,2}(\/|$))[^/\s\p{Cc}]+)+$/u.test(chroot)) return [];
  return [
    {
      code: 'zookeeper/chroot',
      message: `chroot: "${chroot}" is not the path of a znode; start with "/", name each level, and leave out a closing "/"`,
    },
  ];
}

/** Findings about what a consumer asks for. */
export function checkGrant(options: GrantOptions, memberServices: boolean): Finding[] {
  const findings = checkChroot(options.chroot);
  if (options.addresses === 'members' && !memberServices) {
    const message =
      "addresses: 'members' needs a Service for each member; set memberServices: true on the cluster";
    findings.push({ code: 'zookeeper/addresses', message });
  }
  return findings;
}

/** Puts a connection together. */
export function connectionTo(
  scope: Construct,
  facts: { endpoints: readonly Endpoint[]; tls: boolean; ca?: SecretKey },
  options: GrantOptions,
): ZooKeeperConnection {
  const chroot = options.chroot ?? '';
  const connectString = `${facts.endpoints.join(',')}${chroot}`;
  const login = options.credentials;
  const env: Record<string, EnvValue> = { ZOOKEEPER_CONNECT: EnvValue.fromValue(connectString) };
  if (login) {
    const id = `credentials-${contentHash(login)}`;
    const found = scope.node.tryFindChild(id) as ReturnType<typeof Secret.fromSecretName> | undefined;
    const secret = found ?? Secret.fromSecretName(scope, id, login.secretName);
    env.ZOOKEEPER_USERNAME = EnvValue.fromSecretValue({ secret, key: login.usernameKey ?? 'username' });
    env.ZOOKEEPER_PASSWORD = EnvValue.fromSecretValue({ secret, key: login.passwordKey ?? 'password' });
  }
  return {
    endpoints: facts.endpoints,
    connectString,
    chroot,
    env,
    ca: facts.ca,
    javaProperties: facts.tls
      ? {
          'zookeeper.client.secure': 'true',
          'zookeeper.clientCnxnSocket': 'org.apache.zookeeper.ClientCnxnSocketNetty',
          'zookeeper.ssl.keyStore.type': 'PEM',
          'zookeeper.ssl.trustStore.type': 'PEM',
        }
      : {},
  };
}

/** Props of an ensemble that exists elsewhere. */
export interface ZooKeeperEndpointsProps {
  /** `host:port` of each server. */
  readonly endpoints: readonly string[];
  /** Znode that everything here lives below. @default - the root */
  readonly chroot?: string;
  /** Whether the servers speak TLS on these ports. @default false */
  readonly tls?: boolean;
  /** Certificate of their authority. @default - none */
  readonly ca?: SecretKey;
}

/** An ensemble that is not made here: it gives connections, and whoever runs it opens its network. */
export class ImportedZooKeeperCluster extends Construct implements IZooKeeperCluster {
  readonly endpoints: readonly Endpoint[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ZooKeeperEndpointsProps,
  ) {
    super(scope, id);
    const findings: Finding[] = [...checkChroot(props.chroot)];
    const parsed = props.endpoints.map((text) => /^(\[[0-9a-f:.]+\]|[^:\s]+):(\d{1,5})$/i.exec(text));
    parsed.forEach((match, index) => {
      if (!match || Number(match[2]) < 1 || Number(match[2]) > 65535) {
        findings.push({
          code: 'zookeeper/endpoints',
          message: `endpoints: "${props.endpoints[index]}" is not host:port; give a name or address and a port, such as zk-1.example.com:2181`,
        });
      }
    });
    if (props.endpoints.length === 0)
      findings.push({
        code: 'zookeeper/endpoints',
        message: 'endpoints: none given; name at least one server as host:port',
      });
    reportFindings(this, findings);
    this.endpoints = parsed.flatMap((match) => (match ? [new Endpoint(match[1], Number(match[2]))] : []));
  }

  connectString(chroot = ''): string {
    return `${this.endpoints.join(',')}${this.props.chroot ?? ''}${chroot}`;
  }

  grantAccess(_consumer: INetworkPolicyPeer, options: GrantOptions = {}): ZooKeeperConnection {
    reportFindings(this, checkChroot(options.chroot));
    const chroot = `${this.props.chroot ?? ''}${options.chroot ?? ''}` || undefined;
    return connectionTo(
      this,
      { endpoints: this.endpoints, tls: this.props.tls ?? false, ca: this.props.ca },
      { ...options, chroot },
    );
  }
}
