import { ApiObject, type Chart } from 'cdk8s';
import type { Run } from './run';
import { synthesize } from './synthesize';

/** Issuer of a certificate authority that `certificateAuthority` puts into a chart. */
export const ISSUER = { kind: 'Issuer', name: 'ca' } as const;

/** Keys as the library's own certificates have them. */
export const privateKey = { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' };

/** What a certificate is to be like. */
export interface CertificateSpec {
  readonly commonName?: string;
  readonly dnsNames: readonly string[];
}

/** Certificates that are rendered where `build` uses `ISSUER`, by their Secrets: with the names that servers need. */
export function renderedCertificates(
  { namespace }: Run,
  build: (chart: Chart) => void,
): Map<string, CertificateSpec> {
  const certificates = synthesize(namespace, build).filter(({ kind }) => kind === 'Certificate');
  return new Map(certificates.map(({ spec }): [string, CertificateSpec] => [spec.secretName, spec]));
}

/** Secrets that a case makes itself. */
export const ownSecrets = (names: Iterable<string>) => ({
  existing: [...names].map((name) => ({ kind: 'Secret', name })),
});

/** An object of cert-manager. */
export function certManager(chart: Chart, kind: string, name: string, spec: object): void {
  new ApiObject(chart, `${kind}-${name}`, {
    apiVersion: 'cert-manager.io/v1',
    kind,
    metadata: { name },
    spec,
  });
}

/** A certificate authority of the case's own. */
export function certificateAuthority(chart: Chart): void {
  addAuthority(chart, ISSUER.name);
}

/** The Issuer of this name, whose certificate is in the Secret of this name. */
export function addAuthority(chart: Chart, name: string): void {
  certManager(chart, 'Issuer', `${name}-root`, { selfSigned: {} });
  certManager(chart, 'Certificate', name, {
    isCA: true,
    commonName: `e2e ${name}`,
    secretName: name,
    privateKey,
    issuerRef: { kind: 'Issuer', name: `${name}-root` },
  });
  certManager(chart, 'Issuer', name, { ca: { secretName: name } });
}
