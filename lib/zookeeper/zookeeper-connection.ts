import { EnvValue, type INetworkPolicyPeer } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { type Connection, type Endpoint, parseEndpoints, type SecretKey } from '../core/endpoint';
import { type Finding, reportFindings } from '../core/problem';
import { secretValue } from '../core/secret-value';
import { type Acl, Perms } from './wire/records';

/** One entry of a znode's ACL. https://zookeeper.apache.org/doc/r3.9.4/zookeeperProgrammers.html#sc_ZooKeeperAccessControl */
export interface ZooKeeperAcl {
  /** How somebody is known. */
  readonly scheme: 'world' | 'sasl' | 'x509' | 'digest' | 'ip';
  /** Who: `anyone` for `world`, the user for `sasl`, the subject for `x509`, `user:hash` for `digest`, an address for `ip`. */
  readonly id: string;
  /** Letters as `zkCli.sh` has them: create, delete, read, write, admin. @default 'cdrwa' */
  readonly permissions?: string;
}

/** How a consumer uses an ensemble. */
export interface GrantOptions {
  /** Znode that becomes the consumer's root, such as `/orders`; the library creates it. @default - the ensemble's root */
  readonly chroot?: string;
  /**
   * ACL of the chroot itself, kept as it is given here. It is not inherited: what the consumer creates below has the ACL
   * that the consumer gives it. @default - left alone; a new znode is open to everyone
   */
  readonly acl?: readonly ZooKeeperAcl[];
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
function checkChroot(chroot: string | undefined): Finding[] {
  if (chroot === undefined || /^(\/(?!\.{1,2}(\/|$))[^/\s\p{Cc}]+)+$/u.test(chroot)) return [];
  return [
    {
      code: 'zookeeper/chroot',
      message: `chroot: "${chroot}" is not the path of a znode; start with "/", name each level, and leave out a closing "/"`,
    },
  ];
}

/** An ACL as the wire has it. */
export function toWireAcl(acl: readonly ZooKeeperAcl[]): Acl[] {
  const bit = { r: Perms.read, w: Perms.write, c: Perms.create, d: Perms.delete, a: Perms.admin };
  return acl.map(({ scheme, id, permissions = 'cdrwa' }) => ({
    perms: [...permissions].reduce((sum, letter) => sum | (bit[letter as keyof typeof bit] ?? 0), 0),
    scheme,
    id,
  }));
}

function checkAcl({ acl, chroot }: GrantOptions, known: { readonly sasl: boolean }): Finding[] {
  if (!acl) return [];
  const finding = (message: string): Finding => ({ code: 'zookeeper/acl', message });
  const findings: Finding[] = [];
  if (!chroot) findings.push(finding('acl: it is the ACL of the chroot; set chroot, too'));
  if (acl.length === 0)
    findings.push(finding('acl: an empty one locks everybody out; name who may do what, or leave acl out'));
  for (const { id, scheme, permissions = 'cdrwa' } of acl) {
    if (!/^(?!.*(.).*\1)[cdrwa]+$/.test(permissions)) {
      const message = `acl: permissions "${permissions}" of ${scheme}:${id}; give each of the letters c, d, r, w and a at most once`;
      findings.push(finding(message));
    }
    if (scheme === 'sasl' && !known.sasl) {
      const message = `acl: sasl:${id} is a user of authentication.clients, and there are none; list the users`;
      findings.push(finding(message));
    }
    if (scheme === 'world' && id !== 'anyone')
      findings.push(finding(`acl: world:${id}; the only id of the scheme world is "anyone"`));
  }
  return findings;
}

/** Findings about what a consumer asks for. */
export function checkGrant(
  options: GrantOptions,
  cluster: { readonly memberServices: boolean; readonly sasl: boolean },
): Finding[] {
  const findings = [...checkChroot(options.chroot), ...checkAcl(options, cluster)];
  if (options.addresses === 'members' && !cluster.memberServices) {
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
    const { secretName, usernameKey = 'username', passwordKey = 'password' } = login;
    env.ZOOKEEPER_USERNAME = secretValue(scope, secretName, usernameKey);
    env.ZOOKEEPER_PASSWORD = secretValue(scope, secretName, passwordKey);
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
    const found = (message: string) => void findings.push({ code: 'zookeeper/endpoints', message });
    this.endpoints = parseEndpoints('endpoints', props.endpoints, 'zk-1.example.com:2181', found);
    if (props.endpoints.length === 0) found('endpoints: none given; name at least one server as host:port');
    reportFindings(this, findings);
  }

  connectString(chroot = ''): string {
    return `${this.endpoints.join(',')}${this.props.chroot ?? ''}${chroot}`;
  }

  grantAccess(_consumer: INetworkPolicyPeer, options: GrantOptions = {}): ZooKeeperConnection {
    const findings = checkChroot(options.chroot);
    if (options.acl) {
      const message = 'acl: this ensemble is not made here; whoever runs it sets its ACLs, so leave acl out';
      findings.push({ code: 'zookeeper/acl', message });
    }
    reportFindings(this, findings);
    const chroot = `${this.props.chroot ?? ''}${options.chroot ?? ''}` || undefined;
    return connectionTo(
      this,
      { endpoints: this.endpoints, tls: this.props.tls ?? false, ca: this.props.ca },
      { ...options, chroot },
    );
  }
}
