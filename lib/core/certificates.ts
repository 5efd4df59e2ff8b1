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

/** A certificate to be made. */
export interface CertificateOptions {
  readonly source: CertificateSource;
  /** Name of the Certificate and of its Secret. */
  readonly name: string;
  /** @default - the chart's */
  readonly namespace?: string;
  readonly labels: Record<string, string>;
  /** Names of a server; none makes it a certificate of a client. */
  readonly dnsNames: string[];
  /** Addresses of a server that is called by these. @default - none */
  readonly ipAddresses?: readonly string[];
  /** @default - none */
  readonly commonName?: string;
  /** What a client without a common name is known by. @default - none */
  readonly uri?: string;
  /** Whether the Secret has `tls-combined.pem`, too, key and certificates in one file. @default false */
  readonly combinedPem?: boolean;
}

/**
 * Name of the Secret that holds a certificate, with a cert-manager Certificate that fills it unless the source is an
 * existing Secret. https://cert-manager.io/docs/usage/certificate/
 */
export function certificate(scope: Construct, id: string, options: CertificateOptions): string {
  if (options.source.secret) return options.source.secret;
  const issuer = options.source.issuer ?? Environment.of(scope).props.certificates?.issuer;
  const server = options.dnsNames.length > 0;
  new ApiObject(scope, id, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: options.name, namespace: options.namespace, labels: options.labels },
    spec: {
      secretName: options.name,
      commonName: options.commonName,
      dnsNames: server ? options.dnsNames : undefined,
      uris: options.uri ? [options.uri] : undefined,
      ipAddresses: options.ipAddresses?.length ? options.ipAddresses : undefined,
      duration: '2160h0m0s',
      renewBefore: '720h0m0s',
      privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
      additionalOutputFormats: options.combinedPem ? [{ type: 'CombinedPEM' }] : undefined,
      usages: ['digital signature', 'key encipherment', ...(server ? ['server auth'] : []), 'client auth'],
      issuerRef: {
        group: issuer?.group ?? 'cert-manager.io',
        kind: issuer?.kind ?? 'ClusterIssuer',
        name: issuer?.name,
      },
    },
  });
  return options.name;
}
