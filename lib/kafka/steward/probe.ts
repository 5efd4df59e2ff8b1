import * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { GateReport } from '../gate/settings';
import type { Address } from '../wire/types';

/** What became of an attempt to connect. */
export type Reach =
  | { readonly state: 'open' }
  /** The host is there, and nothing listens on the port. */
  | { readonly state: 'refused' }
  | { readonly state: 'unreachable'; readonly reason: string };

/** What the steward must know of a gate. */
export type GateSays = Pick<GateReport, 'disk' | 'says'>;

/** Far more than a gate ever says. */
const LIMIT = 64 * 1024;
const SAYS_LIMIT = 2_000;
const DISKS: readonly string[] = ['empty', 'data', 'foreign'] satisfies GateReport['disk'][];

/** Tries to connect to a port, and says nothing there. */
export function reach(address: Address, timeoutMs: number): Promise<Reach> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address.host, port: address.port });
    const finish = (found: Reach): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(found);
    };
    const unreachable = (reason: string): void => finish({ state: 'unreachable', reason });
    const timer = setTimeout(() => unreachable(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once('connect', () => finish({ state: 'open' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') return finish({ state: 'refused' });
      const unknown = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN';
      unreachable(unknown ? 'its name does not resolve yet' : error.message || String(error.code));
    });
  });
}

/** What the gate of a member says; undefined: none answers there. */
export function askGate(address: Address, id: number, timeoutMs: number): Promise<GateSays | undefined> {
  return new Promise((resolve) => {
    const { host, port } = address;
    let text = '';
    const request = http.get({ host, port, path: '/', agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LIMIT) finish(undefined);
      });
      response.on('end', () => finish(response.statusCode === 200 ? readReport(text, id) : undefined));
      response.on('error', () => finish(undefined));
    });
    const finish = (report: GateSays | undefined): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(report);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    request.on('error', () => finish(undefined));
  });
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

function readReport(text: string, id: number): GateSays | undefined {
  try {
    const report = JSON.parse(text) as Partial<GateReport>;
    const { disk, says = '' } = report;
    if (report.id !== id || !DISKS.includes(disk as string) || typeof says !== 'string') return undefined;
    return { disk: disk as GateReport['disk'], says: says.slice(0, SAYS_LIMIT) };
  } catch {
    return undefined;
  }
}
