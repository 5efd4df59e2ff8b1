import * as http from 'node:http';
import * as net from 'node:net';
import type { Peer } from './facts';
import type { GateReport, KafkaGatePeer } from './settings';

/** Far more than the longest report. */
const LIMIT = 64 * 1024;

/** Tells everybody who asks why this gate waits. */
export function serveReport(
  port: number,
  host: string | undefined,
  report: () => GateReport,
): Promise<{ close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    const known = request.method === 'GET' && request.url === '/';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(known ? `${JSON.stringify(report())}\n` : '{}\n');
  });
  server.requestTimeout = 5_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host ?? '0.0.0.0', () =>
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeIdleConnections();
            setTimeout(() => server.closeAllConnections(), 500).unref();
          }),
      }),
    );
  });
}

/** Asks a server's gate, and where there is none whether the server itself takes connections. */
export async function askPeer(
  peer: KafkaGatePeer,
  gatePort: number,
  own: Pick<GateReport, 'clusterId' | 'founders'>,
  timeoutMs: number,
): Promise<Peer> {
  const report = await askGate(peer.host, gatePort, timeoutMs).catch(() => undefined);
  if (!report) return askServer(peer, timeoutMs);
  const silent = (reason: string): Peer => ({ state: 'silent', reason });
  if (report.clusterId !== own.clusterId) return silent(`it belongs to cluster ${report.clusterId}`);
  if (report.id !== peer.id) return silent(`it is node ${report.id}`);
  if (report.founders.join() !== own.founders.join()) {
    return silent(`it was told other founders (${report.founders.join(', ')})`);
  }
  return { state: 'gate', disk: report.disk, seenEmpty: report.seenEmpty };
}

function askGate(host: string, port: number, timeoutMs: number): Promise<GateReport> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = http.get({ host, port, path: '/', agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LIMIT) request.destroy(new Error('it answers without end'));
      });
      response.on('end', () => {
        try {
          resolve(readReport(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('error', reject);
  });
}

function readReport(text: string): GateReport {
  const report = JSON.parse(text) as GateReport;
  const { clusterId, disk, founders, id, seenEmpty } = report;
  const texts = [clusterId, disk].every((text) => typeof text === 'string');
  if (texts && Number.isInteger(id) && [founders, seenEmpty].every(Array.isArray)) return report;
  throw new Error('its answer cannot be read');
}

function askServer({ host, port }: KafkaGatePeer, timeoutMs: number): Promise<Peer> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (peer: Peer): void => {
      socket.destroy();
      resolve(peer);
    };
    socket.setTimeout(timeoutMs, () =>
      finish({ state: 'silent', reason: `no answer within ${timeoutMs} ms` }),
    );
    socket.on('connect', () => finish({ state: 'running' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const unknown = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN';
      finish({
        state: 'silent',
        reason: unknown ? 'its name does not resolve yet' : error.message || String(error.code),
      });
    });
  });
}
