import { Chart } from 'cdk8s';
import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Consumer } from '../core/consumer';
import type { Credentials, CredentialsReference } from '../core/credentials';
import { Endpoint, type SecretKey } from '../core/endpoint';
import { Environment } from '../core/environment';
import { reportFindings } from '../core/problem';
import {
  type IRedis,
  type RedisConnection,
  type RedisGrantOptions,
  type RedisMode,
  redisConnection,
} from './redis-connection';
import type { RedisTopology } from './redis-model';
import { defaultMode, modeProblem } from './redis-modes';

/** What every deployment that exists elsewhere may have. */
export interface RedisEndpointsProps {
  /** Whether servers and Sentinels speak TLS there. @default false */
  readonly tls?: boolean;
  /** Certificate of their authority, in a Secret of each consumer's namespace. @default - that in `certificate`, or consumers trust it already */
  readonly ca?: SecretKey;
  /** A user with a password there, unless `grantAccess` is given one. @default - none */
  readonly credentials?: Credentials;
  /** Secret with a certificate for consumers (`tls.crt`, `tls.key`, `ca.crt`), unless `grantAccess` is given one. @default - none */
  readonly certificate?: string;
}

/** Props of a server that exists elsewhere. */
export interface RedisStandaloneEndpointsProps extends RedisEndpointsProps {
  /** `host:port` */
  readonly server: string;
}

/** Props of a master with replicas that exist elsewhere. */
export interface RedisReplicationEndpointsProps extends RedisEndpointsProps {
  /** `host:port` of each Sentinel, for mode 'sentinel'. @default - none */
  readonly sentinels?: readonly string[];
  /** Name under which Sentinels know the master, for mode 'sentinel'. @default - none */
  readonly masterName?: string;
  /** `host:port` of what follows the master, for mode 'master'. @default - none */
  readonly master?: string;
  /** `host:port` of what leads to the replicas, for mode 'replicas'. @default - none */
  readonly replicas?: string;
}

/** Props of a Redis Cluster that exists elsewhere. */
export interface RedisClusterEndpointsProps extends RedisEndpointsProps {
  /** `host:port` of some nodes; clients learn of the others. */
  readonly nodes: readonly string[];
}

/** Addresses by the modes that they are for, each with the prop that they were given by. */
type Addresses = Partial<Record<RedisMode, { readonly prop: string; readonly given: readonly string[] }>>;

/**
 * A deployment that is not made here: it gives connections. Whoever runs it opens its network, and gives the rights that
 * `grantAccess` is asked for.
 */
export class ImportedRedis extends Construct implements IRedis {
  /** A server. */
  static standalone(scope: Construct, id: string, props: RedisStandaloneEndpointsProps): IRedis {
    return new ImportedRedis(scope, id, 'standalone', props, {
      master: { prop: 'server', given: [props.server] },
    });
  }

  /** A master with replicas. */
  static replication(scope: Construct, id: string, props: RedisReplicationEndpointsProps): IRedis {
    const { sentinels, master, replicas, masterName } = props;
    const addresses = {
      ...(sentinels && { sentinel: { prop: 'sentinels', given: sentinels } }),
      ...(master !== undefined && { master: { prop: 'master', given: [master] } }),
      ...(replicas !== undefined && { replicas: { prop: 'replicas', given: [replicas] } }),
    };
    return new ImportedRedis(scope, id, 'replication', props, addresses, masterName);
  }

  /** A Redis Cluster. */
  static cluster(scope: Construct, id: string, props: RedisClusterEndpointsProps): IRedis {
    return new ImportedRedis(scope, id, 'cluster', props, { cluster: { prop: 'nodes', given: props.nodes } });
  }

  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  private readonly byMode: Partial<Record<RedisMode, Endpoint[]>>;

  private constructor(
    scope: Construct,
    id: string,
    readonly topology: RedisTopology,
    private readonly props: RedisEndpointsProps,
    addresses: Addresses,
    private readonly masterName?: string,
  ) {
    super(scope, id);
    this.name = id;
    this.byMode = Object.fromEntries(
      Object.entries(addresses).map(([mode, { prop, given }]) => [mode, this.parse(prop, given)]),
    );
    this.endpoints = this.byMode[this.usual] ?? [];
    if (topology === 'replication' && Object.keys(addresses).length === 0)
      this.report('sentinels: no address is given; give sentinels with masterName, master or replicas');
    if (addresses.sentinel && !masterName)
      this.report(
        'masterName: Sentinels are asked by it for the master; give the name in their sentinel monitor',
      );
    if (!props.tls && (props.ca || props.certificate))
      this.report('tls: certificates are for TLS; set tls: true, or leave them out');
  }

  grantAccess(peer: INetworkPolicyPeer, options: RedisGrantOptions = {}): RedisConnection {
    const { tls = false } = this.props;
    const mode = this.mode(options.mode ?? this.usual);
    const certificate = tls ? (options.certificate ?? this.props.certificate) : undefined;
    const credentials = options.credentials ?? this.props.credentials;
    const given = options.ca ?? this.props.ca;
    if (given && given !== 'system' && certificate && given.secretName !== certificate)
      this.report(
        `ca: the Secret ${certificate} of the consumer's certificate has it as ca.crt; leave it out`,
      );
    const own = certificate ? { secretName: certificate, key: 'ca.crt' } : undefined;
    return redisConnection(this, {
      mode,
      endpoints: this.byMode[mode] ?? [],
      masterName: mode === 'sentinel' ? this.masterName : undefined,
      tls,
      user: options.user,
      login: credentials && this.login(peer, credentials, options),
      ca: given === 'system' ? undefined : (own ?? given),
      certificate,
      directory: options.directory,
    });
  }

  /** The mode that is the default of those that there are addresses for. */
  private get usual(): RedisMode {
    const fitting = defaultMode(this.topology);
    return this.byMode[fitting] ? fitting : ((Object.keys(this.byMode) as RedisMode[])[0] ?? fitting);
  }

  private mode(wanted: RedisMode): RedisMode {
    const modes = Object.keys(this.byMode).map((mode) => `'${mode}'`);
    const problem = modeProblem(wanted, this.topology);
    if (problem) this.report(problem);
    else if (this.byMode[wanted]) return wanted;
    // That there is no address at all was told already.
    else if (modes.length > 0)
      this.report(
        `mode: '${wanted}' has no address here; give one in fromEndpoints, or ${modes.join(' or ')}`,
      );
    return this.usual;
  }

  private parse(prop: string, given: readonly string[]): Endpoint[] {
    const parsed = given.map((text) => /^(\[[0-9a-f:.]+\]|[^:\s,/]+):(\d{1,5})$/i.exec(text));
    parsed.forEach((match, index) => {
      if (!match || Number(match[2]) < 1 || Number(match[2]) > 65535)
        this.report(
          `${prop}: "${given[index]}" is not host:port; give a name or address and a port, such as redis-1.example.com:6379`,
        );
    });
    if (given.length === 0) this.report(`${prop}: none given; name at least one as host:port`);
    return parsed.flatMap((match) => (match ? [new Endpoint(match[1], Number(match[2]))] : []));
  }

  /** The login as a Secret in each namespace of the consumer. */
  private login(
    peer: INetworkPolicyPeer,
    credentials: Credentials,
    options: RedisGrantOptions,
  ): CredentialsReference | undefined {
    if (credentials.isGenerated) {
      this.report(
        'credentials: the servers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
      );
      return undefined;
    }
    reportFindings(this, credentials.check('credentials', Environment.of(this)));
    const namespace = Chart.of(this).namespace ?? 'default';
    const consumer = new Consumer(peer, { system: 'redis', name: this.name, namespace });
    const own = options.credentials !== undefined && options.credentials !== this.props.credentials;
    const secretName = own ? `${this.name}-${consumer.defaultUser}` : `${this.name}-credentials`;
    const namespaces = consumer.namespaces.length > 0 ? consumer.namespaces : [namespace];
    return consumer.bindCredentials(credentials, secretName, namespaces);
  }

  private report(message: string): void {
    reportFindings(this, [{ code: 'redis/endpoints', message }]);
  }
}
