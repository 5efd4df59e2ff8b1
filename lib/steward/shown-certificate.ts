import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Address } from './reach';

/** The certificate that a server shows, in DER; undefined when there is no telling. */
export function shownCertificate(
  { host, port }: Address,
  keys: tls.ConnectionOptions,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    // Whoever it is that shows it: a certificate that has run out is the very one to be replaced.
    const options = {
      ...keys,
      host,
      port,
      servername: net.isIP(host) ? '' : host,
      rejectUnauthorized: false,
    };
    const socket = tls.connect(options);
    const finish = (shown: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(shown);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.once('secureConnect', () => finish(socket.getPeerX509Certificate()?.raw));
    socket.on('error', () => finish(undefined));
  });
}
