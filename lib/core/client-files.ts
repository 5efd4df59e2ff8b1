import type { k8s } from 'cdk8s-plus-27';
import type { SecretKey } from './endpoint';

/** Files of a connection, all from one Secret. */
export interface ClientFiles {
  /** Directory that the variables name. */
  readonly directory: string;
  readonly secretName: string;
  /** `ca.crt`, and with a certificate of the consumer's own `tls.crt` and `tls.key`. */
  readonly items: readonly k8s.KeyToPath[];
}

/**
 * What a client with TLS mounts at `directory`: the authority, and the Secret `certificate` of its own, which has both; undefined
 * where it has neither.
 */
export function clientFiles(
  directory: string,
  ca: SecretKey | undefined,
  certificate: string | undefined,
): ClientFiles | undefined {
  const secretName = certificate ?? ca?.secretName;
  if (!secretName) return undefined;
  const items = [
    ...(ca ? [{ key: ca.key, path: 'ca.crt' }] : []),
    ...(certificate ? ['tls.crt', 'tls.key'].map((key) => ({ key, path: key })) : []),
  ];
  return { directory: directory.replace(/\/$/, ''), secretName, items };
}
