import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Credentials } from '../core/credentials';
import type { Endpoint, SecretKey } from '../core/endpoint';
import { ImportedCluster } from '../core/imported-cluster';
import {
  type EtcdConnection,
  type EtcdGrantOptions,
  etcdConnection,
  type IEtcdCluster,
} from './etcd-connection';

/** Props of a cluster that exists elsewhere. */
export interface EtcdEndpointsProps {
  /** `host:port` of each address for clients. */
  readonly endpoints: readonly string[];
  /** Whether the servers speak TLS there. @default false */
  readonly tls?: boolean;
  /** Certificate of their authority, in a Secret of each consumer's namespace. @default - that in `certificate`, or consumers trust it already */
  readonly ca?: SecretKey;
  /** A user with a password there, unless `grantAccess` is given one. @default - none */
  readonly credentials?: Credentials;
  /** Secret with a certificate for consumers (`tls.crt`, `tls.key`, `ca.crt`), unless `grantAccess` is given one. @default - none */
  readonly certificate?: string;
}

/**
 * A cluster that is not made here: it gives connections. Whoever runs it opens its network, and gives the permissions that
 * `grantAccess` is asked for.
 */
export class ImportedEtcdCluster extends ImportedCluster implements IEtcdCluster {
  readonly endpoints: readonly Endpoint[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EtcdEndpointsProps,
  ) {
    super(scope, id, 'etcd', props);
    this.endpoints = this.parse('endpoints', props.endpoints, 'etcd-1.example.com:2379');
    if (props.endpoints.length === 0)
      this.report('endpoints: none given; name at least one server as host:port');
  }

  grantAccess(peer: INetworkPolicyPeer, options: EtcdGrantOptions = {}): EtcdConnection {
    const { tls = false, credentials } = this.props;
    return etcdConnection(this, {
      endpoints: this.endpoints,
      tls,
      user: options.user,
      login: options.credentials || credentials ? this.login(peer, options.credentials) : undefined,
      ...this.keys(options),
      directory: options.directory,
    });
  }
}
