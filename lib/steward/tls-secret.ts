import { readFileSync } from 'node:fs';

const NAMES = ['tls.crt', 'tls.key', 'ca.crt'] as const;

/** Keys and authority of one side of a connection, as PEM. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Files of a TLS Secret that is mounted, as cert-manager fills one. */
export const tlsFiles = (directory: string): string[] => NAMES.map((name) => `${directory}/${name}`);

/**
 * What they hold now.
 * @throws Error when one of them is not there
 */
export function readTls(directory: string): TlsKeys {
  const [cert, key, ca] = tlsFiles(directory).map((file) => readFileSync(file, 'utf8'));
  return { cert, key, ca };
}
