import type { IConstruct } from 'constructs';
import type { CertificateSource } from './certificates';
import { type Consumer, userSecretName } from './consumer';
import { Environment, type IssuerReference } from './environment';

/** What the certificate of a cluster's client is made from. */
export interface ClientCertificateOptions {
  /** The cluster, and where the certificate of its servers comes from. */
  readonly cluster: {
    readonly scope: IConstruct;
    readonly name: string;
    readonly namespace: string;
    readonly tls?: CertificateSource;
  };
  readonly user: string;
  /** What it says of its holder. */
  readonly identity: { readonly commonName: string } | { readonly uri: string };
  /** @default false */
  readonly combinedPem?: boolean;
  readonly report: (problem: string) => void;
}

/**
 * Has a certificate issued for a client, by whoever has signed those of the servers, who trust nobody else. Gives the name
 * of its Secret, in the namespace of the client; undefined where it cannot be had, which is reported.
 */
export function clientCertificate(consumer: Consumer, options: ClientCertificateOptions): string | undefined {
  const { cluster, user, identity, combinedPem, report } = options;
  const issuer = issuerOf(cluster);
  const [there] = consumer.elsewhere;
  if (!issuer) {
    report(
      `user "${user}": nobody issues its certificate, as that of the servers is an existing Secret; give certificate, or tls.issuer to the cluster`,
    );
    return undefined;
  }
  if (issuer.kind === 'Issuer' && there) {
    report(
      `user "${user}": the issuer "${issuer.name}" works in the namespace "${cluster.namespace}" alone, and ${consumer.peer.node.id} is in ` +
        `"${there}"; give certificate, or a ClusterIssuer to the cluster`,
    );
    return undefined;
  }
  const secret = userSecretName(cluster.name, 'certificate', user);
  const namespaces = consumer.namespaces.length > 0 ? consumer.namespaces : [cluster.namespace];
  consumer.issueCertificate(secret, identity, issuer, namespaces, { combinedPem });
  return secret;
}

function issuerOf({ scope, tls }: ClientCertificateOptions['cluster']): IssuerReference | undefined {
  if (tls?.issuer) return tls.issuer;
  return tls?.secret ? undefined : Environment.of(scope).props.certificates?.issuer;
}
