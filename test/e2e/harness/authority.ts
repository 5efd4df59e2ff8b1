import { ApiObject, type Chart } from 'cdk8s';

/** Issuer of a certificate authority that `certificateAuthority` puts into a chart. */
export const ISSUER = { kind: 'Issuer', name: 'ca' } as const;

/** Keys as the library's own certificates have them. */
export const privateKey = { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' };

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
  certManager(chart, 'Issuer', 'self-signed', { selfSigned: {} });
  certManager(chart, 'Certificate', 'ca', {
    isCA: true,
    commonName: 'e2e',
    secretName: 'ca',
    privateKey,
    issuerRef: { kind: 'Issuer', name: 'self-signed' },
  });
  certManager(chart, 'Issuer', 'ca', { ca: { secretName: 'ca' } });
}
