import * as net from 'node:net';
import * as tls from 'node:tls';
import { askGate, type GateReport } from '../gate/report';
import type { Address } from '../wire/types';

/** What the steward must know of a gate. */
export type GateSays = Pick<GateReport, 'disk' | 'says'>;

/** What the gate of a member says; undefined: none answers there, or another member's. */
export async function askGateOf(
  id: number,
  address: Address,
  timeoutMs: number,
): Promise<GateSays | undefined> {
  const report = await askGate(address, timeoutMs);
  return report?.id === id ? { disk: report.disk, says: report.says } : undefined;
}

/** The certificate that a server shows, in DER; undefined when there is no telling. */
export function shownCertificate(
  address: Address,
  keys: tls.ConnectionOptions,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const { host, port } = address;
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
