import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Credentials } from '../core/credentials';
import type { Endpoint, SecretKey } from '../core/endpoint';
import { ImportedCluster } from '../core/imported-cluster';
import {
  type IKafkaCluster,
  type KafkaConnection,
  type KafkaGrantOptions,
  kafkaConnection,
} from './kafka-connection';
import type { Authentication } from './kafka-listeners';

/** Props of a cluster that exists elsewhere. */
export interface KafkaEndpointsProps {
  /** `host:port` of some brokers; clients learn of the others. */
  readonly bootstrap: readonly string[];
  /** Whether the brokers speak TLS on these ports. @default false */
  readonly tls?: boolean;
  /** Certificate of their authority, in a Secret of each consumer's namespace. @default - consumers trust it already */
  readonly ca?: SecretKey;
  /** How the brokers know their users. Users in it are not looked at. @default - not at all */
  readonly authentication?: Authentication;
  /** A user with a password there, unless `grantAccess` is given one. @default - none */
  readonly credentials?: Credentials;
  /** Secret with a certificate for consumers, unless `grantAccess` is given one. @default - none */
  readonly certificate?: string;
}

/**
 * A cluster that is not made here: it gives connections. Whoever runs it opens its network, and gives the rights that
 * `grantAccess` is asked for.
 */
export class ImportedKafkaCluster extends ImportedCluster implements IKafkaCluster {
  readonly endpoints: readonly Endpoint[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KafkaEndpointsProps,
  ) {
    super(scope, id, 'kafka', { credentials: props.credentials });
    const { bootstrap, authentication, tls = false } = props;
    this.endpoints = this.parse('bootstrap', bootstrap, 'kafka-1.example.com:9092');
    if (bootstrap.length === 0) this.report('bootstrap: none given; name at least one broker as host:port');
    if (authentication?.method.kind === 'mutual-tls' && !tls)
      this.report('authentication: certificates of clients need TLS; set tls: true');
  }

  bootstrapServers(): string {
    return this.endpoints.join(',');
  }

  grantAccess(peer: INetworkPolicyPeer, options: KafkaGrantOptions = {}): KafkaConnection {
    const { tls = false, authentication, ca } = this.props;
    const method = authentication?.method;
    const certificate = options.certificate ?? this.props.certificate;
    if (options.listener)
      this.report(
        `listener: "${options.listener}"; a cluster that is not made here has one, so leave it out`,
      );
    if (method?.kind === 'mutual-tls' && !certificate)
      this.report('certificate: the brokers ask for one; give a Secret in the namespace of the consumer');
    const wanted = options.ca ?? ca;
    return kafkaConnection(this, {
      endpoints: this.endpoints,
      tls,
      method,
      user: method && options.user,
      ca: tls && wanted !== 'system' ? wanted : undefined,
      login:
        method?.kind === 'scram' || method?.kind === 'plain'
          ? this.login(peer, options.credentials, 'brokers')
          : undefined,
      certificate: method?.kind === 'mutual-tls' ? certificate : undefined,
    });
  }
}
