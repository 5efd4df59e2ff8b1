import type { Consumer } from './consumer';
import type { SecretKey } from './endpoint';

/** Where the client of a cluster may have the certificate of the servers' authority from. */
export interface ClientAuthorityOptions {
  /** That of the cluster, in its namespace. */
  readonly own: SecretKey;
  /** What the client was given instead. */
  readonly given?: SecretKey | 'system';
  /** Whether it must show a certificate of its own. */
  readonly clientAuthentication: boolean;
  /** Secret with that certificate; one that cannot be had was reported. */
  readonly certificate?: string;
  readonly report: (problem: string) => void;
}

/**
 * The authority that a client knows its servers by, where all its files are in one Secret: that of its certificate, if it has
 * one. Undefined where it trusts the authority already.
 */
export function clientAuthority(consumer: Consumer, options: ClientAuthorityOptions): SecretKey | undefined {
  const { own, given, clientAuthentication, certificate, report } = options;
  if (given === 'system') return undefined;
  if (certificate) {
    if (given) report(authorityTwice(certificate));
    return { secretName: certificate, key: 'ca.crt' };
  }
  if (given) return given;
  return clientAuthentication ? own : serversAuthority(consumer, own, report);
}

/** The authority as the cluster has it; reported, where the client is in another namespace and cannot read it. */
export function serversAuthority(
  { elsewhere: [there], peer, cluster }: Consumer,
  own: SecretKey,
  report: (problem: string) => void,
): SecretKey {
  if (there)
    report(
      `ca: the authority's certificate is in the Secret ${own.secretName} of the namespace "${cluster.namespace}", and ` +
        `${peer.node.id} is in "${there}"; give the Secret there that holds it, or 'system' where the consumer trusts it already`,
    );
  return own;
}

/** What is wrong with an authority beside a certificate, whose Secret has one. */
export function authorityTwice(certificate: string): string {
  return `ca: the Secret ${certificate} of the consumer's certificate has it as ca.crt; leave it out`;
}
