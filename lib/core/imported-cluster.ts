import { Chart } from 'cdk8s';
import type { INetworkPolicyPeer } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { authorityTwice } from './client-authority';
import { Consumer } from './consumer';
import type { Credentials, CredentialsReference } from './credentials';
import { type Endpoint, parseEndpoints, type SecretKey } from './endpoint';
import { Environment } from './environment';
import { reportFindings } from './problem';

/** The keys of a TLS client, all in one Secret. */
export interface ImportedKeys {
  /** Certificate of the servers' authority. @default - that in `certificate`, or consumers trust it already */
  readonly ca?: SecretKey;
  /** Secret with a certificate for consumers: `tls.crt`, `tls.key`, `ca.crt`. @default - none */
  readonly certificate?: string;
}

/** What consumers of a cluster that exists elsewhere have where they are given nothing of their own. */
export interface ImportedAccess extends ImportedKeys {
  /** Whether the servers speak TLS. @default false */
  readonly tls?: boolean;
  /** A user with a password there. @default - none */
  readonly credentials?: Credentials;
}

/** A cluster that is not made here: it gives connections to those who know its addresses. */
export abstract class ImportedCluster extends Construct {
  readonly name: string;

  /** @param system names the cluster's problems and the Secrets of its users */
  constructor(
    scope: Construct,
    id: string,
    private readonly system: string,
    private readonly access: ImportedAccess,
  ) {
    super(scope, id);
    this.name = id;
    if (!access.tls && (access.ca || access.certificate))
      this.report('tls: certificates are for TLS; set tls: true, or leave them out');
  }

  /** The addresses that were given as `host:port` by `prop`; `example` is one. */
  protected parse(prop: string, given: readonly string[], example: string): Endpoint[] {
    return parseEndpoints(prop, given, example, (problem) => this.report(problem));
  }

  /** The login of a consumer as a Secret in each of its namespaces; `own` is what it was given itself. */
  protected login(
    peer: INetworkPolicyPeer,
    own: Credentials | undefined,
    servers: 'servers' | 'brokers' = 'servers',
  ): CredentialsReference | undefined {
    const credentials = own ?? this.access.credentials;
    if (!credentials || credentials.isGenerated) {
      this.report(
        `credentials: the ${servers} know their users by passwords that are not made here; give Credentials.existing or Credentials.external`,
      );
      return undefined;
    }
    reportFindings(this, credentials.check('credentials', Environment.of(this)));
    const namespace = Chart.of(this).namespace ?? 'default';
    const consumer = new Consumer(peer, { system: this.system, name: this.name, namespace });
    const shared = credentials === this.access.credentials;
    const secretName = `${this.name}-${shared ? 'credentials' : consumer.defaultUser}`;
    const namespaces = consumer.namespaces.length > 0 ? consumer.namespaces : [namespace];
    return consumer.bindCredentials(credentials, secretName, namespaces);
  }

  /** The keys of a consumer, by what it was given itself; none without TLS. */
  protected keys(own: { readonly ca?: SecretKey | 'system'; readonly certificate?: string }): ImportedKeys {
    if (!this.access.tls) return {};
    const certificate = own.certificate ?? this.access.certificate;
    const given = own.ca ?? this.access.ca;
    if (given === 'system') return { certificate };
    if (!certificate) return { ca: given };
    if (given && given.secretName !== certificate) this.report(authorityTwice(certificate));
    return { ca: { secretName: certificate, key: 'ca.crt' }, certificate };
  }

  protected report(message: string): void {
    reportFindings(this, [{ code: `${this.system}/endpoints`, message }]);
  }
}
