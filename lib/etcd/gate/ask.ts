import { askReport } from '../../steward/gate-report';
import { health } from '../api/health';
import { ask } from '../api/http';
import { peerMembership } from '../api/peer';
import type { Address, Transport } from '../api/types';
import type { EtcdPeer } from './facts';
import { readReport, strangeness } from './report';
import type { EtcdGateMember, EtcdGateReport, EtcdGateSettings } from './settings';

const ANSWER_MS = 2_000;
/** A member looks for a leader for a while before it says that it finds none. */
const MEMBERSHIP_MS = 3_000;

/** Who asks, and by which means. */
export interface Asker {
  readonly settings: EtcdGateSettings;
  readonly gatePort: number;
  /** Keys and authority of members; undefined: plain text. */
  readonly tls: Transport['tls'];
}

/** Asks a member's gate, and where there is none its server. */
export async function askPeer({ settings, gatePort, tls }: Asker, member: EtcdGateMember): Promise<EtcdPeer> {
  const { id, host } = member;
  const silent = (reason: string): EtcdPeer => ({ state: 'silent', reason });
  const [answer, found] = await Promise.all([
    askReport({ host, port: gatePort }, ANSWER_MS),
    health({ host, port: settings.metricsPort }, ANSWER_MS).catch((error: Error) => error.message),
  ]);
  const report = readReport(answer);
  if (report) return gateOf(settings, id, report);
  if (typeof found === 'string') return silent(plain(found));
  if (!found.linearizable) return { state: 'running' };
  // It has just proved that it is in step, so that what it knows by itself now is what was agreed on.
  try {
    const peer: Address = { host, port: settings.peerPort };
    const transport = { tls, timeoutMs: MEMBERSHIP_MS };
    const [membership, version] = [
      await peerMembership(peer, transport),
      await clusterVersion(peer, transport),
    ];
    return { state: 'serving', ...membership, version };
  } catch (error) {
    return silent(`it serves, and its membership cannot be read: ${(error as Error).message}`);
  }
}

function gateOf(settings: EtcdGateSettings, id: number, report: EtcdGateReport): EtcdPeer {
  const reason = strangeness(settings, id, report);
  if (reason) return { state: 'silent', reason };
  return { state: 'gate', disk: report.disk, hasSeen: report.seenEmpty };
}

/** Version that the members have agreed on; undefined: they have not yet. */
async function clusterVersion(peer: Address, transport: Transport): Promise<string | undefined> {
  const { text } = await ask(peer, transport, { method: 'GET', path: '/version' });
  const { etcdcluster } = JSON.parse(text) as { etcdcluster?: unknown };
  return typeof etcdcluster === 'string' && /^\d/.test(etcdcluster) ? etcdcluster : undefined;
}

function plain(error: string): string {
  return /ENOTFOUND|EAI_AGAIN/.test(error) ? 'its name does not resolve yet' : error;
}
