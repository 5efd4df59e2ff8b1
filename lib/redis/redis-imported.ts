import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Credentials } from '../core/credentials';
import type { Endpoint, SecretKey } from '../core/endpoint';
import { ImportedCluster } from '../core/imported-cluster';
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
export class ImportedRedis extends ImportedCluster implements IRedis {
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
    super(scope, id, 'redis', props);
    this.byMode = Object.fromEntries(
      Object.entries(addresses).map(([mode, { prop, given }]) => [mode, this.addresses(prop, given)]),
    );
    this.endpoints = this.byMode[this.usual] ?? [];
    if (topology === 'replication' && Object.keys(addresses).length === 0)
      this.report('sentinels: no address is given; give sentinels with masterName, master or replicas');
    if (addresses.sentinel && !masterName)
      this.report(
        'masterName: Sentinels are asked by it for the master; give the name in their sentinel monitor',
      );
  }

  grantAccess(peer: INetworkPolicyPeer, options: RedisGrantOptions = {}): RedisConnection {
    const { tls = false, credentials } = this.props;
    const mode = this.mode(options.mode ?? this.usual);
    return redisConnection(this, {
      mode,
      endpoints: this.byMode[mode] ?? [],
      masterName: mode === 'sentinel' ? this.masterName : undefined,
      tls,
      user: options.user,
      login: options.credentials || credentials ? this.login(peer, options.credentials) : undefined,
      ...this.keys(options),
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

  private addresses(prop: string, given: readonly string[]): Endpoint[] {
    if (given.length === 0) this.report(`${prop}: none given; name at least one as host:port`);
    return this.parse(prop, given, 'redis-1.example.com:6379');
  }
}
