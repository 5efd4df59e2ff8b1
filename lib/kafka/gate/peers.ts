import { reach } from '../../steward/reach';
import type { Peer } from './facts';
import { askGate, type GateReport } from './report';
import type { KafkaGatePeer } from './settings';

/** Asks a server's gate, and where there is none whether the server itself takes connections. */
export async function askPeer(
  peer: KafkaGatePeer,
  gatePort: number,
  own: Pick<GateReport, 'clusterId' | 'founders'>,
  timeoutMs: number,
): Promise<Peer> {
  const report = await askGate({ host: peer.host, port: gatePort }, timeoutMs);
  const silent = (reason: string): Peer => ({ state: 'silent', reason });
  if (!report) {
    const found = await reach(peer, timeoutMs);
    return found.state === 'open' ? { state: 'running' } : silent(found.reason);
  }
  if (report.clusterId !== own.clusterId) return silent(`it belongs to cluster ${report.clusterId}`);
  if (report.id !== peer.id) return silent(`it is node ${report.id}`);
  if (report.founders.join() !== own.founders.join()) {
    return silent(`it was told other founders (${report.founders.join(', ')})`);
  }
  return { state: 'gate', disk: report.disk, seenEmpty: report.seenEmpty };
}
