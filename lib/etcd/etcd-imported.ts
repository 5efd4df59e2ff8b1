import { Chart } from 'cdk8s';
import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Consumer } from '../core/consumer';
import type { Credentials, CredentialsReference } from '../core/credentials';
import { Endpoint, type SecretKey } from '../core/endpoint';
import { Environment } from '../core/environment';
import { reportFindings } from '../core/problem';
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
export class ImportedEtcdCluster extends Construct implements IEtcdCluster {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EtcdEndpointsProps,
  ) {
    super(scope, id);
    this.name = id;
    const parsed = props.endpoints.map((text) => /^(\[[0-9a-f:.]+\]|[^:\s,/]+):(\d{1,5})$/i.exec(text));
    parsed.forEach((match, index) => {
      if (!match || Number(match[2]) < 1 || Number(match[2]) > 65535) {
        this.report(
          `endpoints: "${props.endpoints[index]}" is not host:port; give a name or address and a port, such as etcd-1.example.com:2379`,
        );
      }
    });
    if (props.endpoints.length === 0)
      this.report('endpoints: none given; name at least one server as host:port');
    if (!props.tls && (props.ca || props.certificate))
      this.report('tls: certificates are for TLS; set tls: true, or leave them out');
    this.endpoints = parsed.flatMap((match) => (match ? [new Endpoint(match[1], Number(match[2]))] : []));
  }

  grantAccess(peer: INetworkPolicyPeer, options: EtcdGrantOptions = {}): EtcdConnection {
    const { tls = false } = this.props;
    const certificate = tls ? (options.certificate ?? this.props.certificate) : undefined;
    const credentials = options.credentials ?? this.props.credentials;
    const given = options.ca ?? this.props.ca;
    if (given && given !== 'system' && certificate && given.secretName !== certificate)
      this.report(
        `ca: the Secret ${certificate} of the consumer's certificate has it as ca.crt; leave it out`,
      );
    const own = certificate ? { secretName: certificate, key: 'ca.crt' } : undefined;
    return etcdConnection(this, {
      endpoints: this.endpoints,
      tls,
      user: options.user,
      login: credentials && this.login(peer, credentials, options),
      ca: given === 'system' ? undefined : (own ?? given),
      certificate,
      directory: options.directory,
    });
  }

  /** The login as a Secret in each namespace of the consumer. */
  private login(
    peer: INetworkPolicyPeer,
    credentials: Credentials,
    options: EtcdGrantOptions,
  ): CredentialsReference | undefined {
    if (credentials.isGenerated) {
      this.report(
        'credentials: the servers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
      );
      return undefined;
    }
    reportFindings(this, credentials.check('credentials', Environment.of(this)));
    const namespace = Chart.of(this).namespace ?? 'default';
    const consumer = new Consumer(peer, { system: 'etcd', name: this.name, namespace });
    const own = options.credentials !== undefined && options.credentials !== this.props.credentials;
    const secretName = own ? `${this.name}-${consumer.defaultUser}` : `${this.name}-credentials`;
    const namespaces = consumer.namespaces.length > 0 ? consumer.namespaces : [namespace];
    return consumer.bindCredentials(credentials, secretName, namespaces);
  }

  private report(message: string): void {
    reportFindings(this, [{ code: 'etcd/endpoints', message }]);
  }
}
