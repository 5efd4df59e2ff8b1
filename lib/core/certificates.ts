import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Environment, type IssuerReference } from './environment';
import type { Finding } from './problem';

/** Where the certificate of a cluster's servers comes from. */
export interface CertificateSource {
  /** Existing Secret with `tls.crt`, `tls.key` (PKCS #8) and `ca.crt`. @default - made by the issuer */
  readonly secret?: string;
  /** cert-manager issuer. @default - the environment's `certificates.issuer` */
  readonly issuer?: IssuerReference;
}

/** What is wrong with asking for TLS in an environment. */
export function checkCertificate(
  code: string,
  source: CertificateSource,
  environment: Environment,
): Finding[] {
  if (source.secret || source.issuer || environment.props.certificates) return [];
  return [
    {
      code,
      message:
        `tls is on, but there is no certificate: the environment "${environment.name}" has no certificates.issuer; set it, ` +
        'or give tls.issuer or tls.secret',
    },
  ];
}

/**
 * Name of the Secret that holds a server certificate for `dnsNames`, with a cert-manager Certificate that fills it unless
 * the source is an existing Secret. https://cert-manager.io/docs/usage/certificate/
 */
export function certificate(
  scope: Construct,
  id: string,
  options: { source: CertificateSource; name: string; labels: Record<string, string>; dnsNames: string[] },
): string {
  if (options.source.secret) return options.source.secret;
  const issuer = options.source.issuer ?? Environment.of(scope).props.certificates?.issuer;
  new ApiObject(scope, id, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: options.name, labels: options.labels },
    spec: {
      secretName: options.name,
      dnsNames: options.dnsNames,
      duration: '2160h0m0s',
      renewBefore: '720h0m0s',
      privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
      usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
      issuerRef: {
        group: issuer?.group ?? 'cert-manager.io',
        kind: issuer?.kind ?? 'ClusterIssuer',
        name: issuer?.name,
      },
    },
  });
  return options.name;
}
