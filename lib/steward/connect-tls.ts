import type { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { certificatesIn } from './authorities';

/** How long a chain of authorities may be. */
const MOST_ISSUERS = 8;

/**
 * Connects by TLS, where a certificate that has run out will do if it is the server's in every other respect: only who gets in
 * can have it read the next one. Otherwise as `tls.connect`; a socket that is refused is destroyed before anything is sent.
 */
export function connectTls(options: tls.ConnectionOptions): tls.TLSSocket {
  const socket = tls.connect({ ...options, rejectUnauthorized: false });
  socket.once('secureConnect', () => {
    const mismatch = tls.checkServerIdentity(
      options.servername || options.host || '',
      socket.getPeerCertificate(),
    );
    if (mismatch) socket.destroy(mismatch);
    else if (!socket.authorized && !hasOnlyExpired(socket.getPeerX509Certificate(), String(options.ca)))
      socket.destroy(new Error(inWords(socket.authorizationError)));
  });
  return socket;
}

const inWords = (code: unknown): string =>
  `its certificate is refused: ${String(code).toLowerCase().replaceAll('_', ' ')}`;

/** Whether what is wrong with a server's certificate is its age alone. */
function hasOnlyExpired(shown: X509Certificate | undefined, ca: string): boolean {
  if (!shown) return false;
  const [from, to] = [shown.validFrom, shown.validTo].map((time) => Date.parse(time));
  return from <= Date.now() && to < Date.now() && isIssuedBy(shown, certificatesIn(ca));
}

/** Whether one of these authorities has issued a certificate, itself or through those that came with it. */
function isIssuedBy(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let issued = certificate;
  for (let depth = 0; depth < MOST_ISSUERS; depth++) {
    if (authorities.some((authority) => isIssuer(authority, issued))) return true;
    const above = issued.issuerCertificate;
    if (!above || !isIssuer(above, issued)) return false;
    issued = above;
  }
  return false;
}

function isIssuer(authority: X509Certificate, issued: X509Certificate): boolean {
  return authority.ca && issued.checkIssued(authority) && issued.verify(authority.publicKey);
}
