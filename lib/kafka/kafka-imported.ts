import { Chart } from 'cdk8s';
import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Consumer } from '../core/consumer';
import type { Credentials, CredentialsReference } from '../core/credentials';
import { Endpoint, type SecretKey } from '../core/endpoint';
import { Environment } from '../core/environment';
import { reportFindings } from '../core/problem';
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
export class ImportedKafkaCluster extends Construct implements IKafkaCluster {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KafkaEndpointsProps,
  ) {
    super(scope, id);
    this.name = id;
    const { bootstrap, authentication, tls = false } = props;
    const parsed = bootstrap.map((text) => /^(\[[0-9a-f:.]+\]|[^:\s,]+):(\d{1,5})$/i.exec(text));
    parsed.forEach((match, index) => {
      if (!match || Number(match[2]) < 1 || Number(match[2]) > 65535) {
        this.report(
          `bootstrap: "${bootstrap[index]}" is not host:port; give a name or address and a port, such as kafka-1.example.com:9092`,
        );
      }
    });
    if (bootstrap.length === 0) this.report('bootstrap: none given; name at least one broker as host:port');
    if (authentication?.method.kind === 'mutual-tls' && !tls)
      this.report('authentication: certificates of clients need TLS; set tls: true');
    this.endpoints = parsed.flatMap((match) => (match ? [new Endpoint(match[1], Number(match[2]))] : []));
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
          ? this.login(peer, options.credentials)
          : undefined,
      certificate: method?.kind === 'mutual-tls' ? certificate : undefined,
    });
  }

  /** The login as a Secret in each namespace of the consumer. */
  private login(peer: INetworkPolicyPeer, given?: Credentials): CredentialsReference | undefined {
    const credentials = given ?? this.props.credentials;
    if (!credentials || credentials.isGenerated) {
      this.report(
        'credentials: the brokers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
      );
      return undefined;
    }
    reportFindings(this, credentials.check('credentials', Environment.of(this)));
    const namespace = Chart.of(this).namespace ?? 'default';
    const consumer = new Consumer(peer, { system: 'kafka', name: this.name, namespace });
    const secretName =
      given && given !== this.props.credentials
        ? `${this.name}-${consumer.defaultUser}`
        : `${this.name}-credentials`;
    const namespaces = consumer.namespaces.length > 0 ? consumer.namespaces : [namespace];
    return consumer.bindCredentials(credentials, secretName, namespaces);
  }

  private report(message: string): void {
    reportFindings(this, [{ code: 'kafka/endpoints', message }]);
  }
}
