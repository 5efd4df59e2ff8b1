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
