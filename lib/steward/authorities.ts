import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a text of PEM, in their order.
 * @throws Error when one of them cannot be read
 */
export function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
}

/**
 * Since when these certificates are what they are: since the newest of them is valid. undefined where there is none. One
 * that is not valid yet is nothing to start anything for.
 */
export function newestSince(
  certificates: readonly Pick<X509Certificate, 'validFrom'>[],
  now: number = Date.now(),
): Date | undefined {
  const times = certificates.map(({ validFrom }) => Date.parse(validFrom)).filter((time) => time <= now);
  return times.length > 0 ? new Date(Math.max(...times)) : undefined;
}
