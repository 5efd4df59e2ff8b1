import { setTimeout as delay } from 'node:timers/promises';
import { askReport } from '../../steward/gate-report';
import { within } from '../../steward/within';
import { health } from '../api/health';
import type { EtcdMember, MemberStatus } from '../api/types';
import { readReport } from '../gate/report';
import type { EtcdGateReport } from '../gate/settings';
import type { MemberAddresses } from './addresses';

/** What was heard of a member. */
export type Answer =
  | { readonly state: 'gate'; readonly report: EtcdGateReport }
  | { readonly state: 'answers'; readonly status: MemberStatus }
  /** Its server runs, and is not part of a working cluster. */
  | { readonly state: 'waiting' }
  | { readonly state: 'silent'; readonly reason: string };

/** Asks a member's server, its gate, and, unless the server answers soon, the port that tells whether it runs at all. */
export async function probe(
  id: number,
  member: Pick<EtcdMember, 'status'>,
  { metrics, gate }: Pick<MemberAddresses, 'metrics' | 'gate'>,
  timeoutMs: number,
): Promise<Answer> {
  const asked = within(timeoutMs, member.status()).catch((error: Error) => error);
  const soon = delay(timeoutMs / 4, undefined, { ref: false });
  const running = Promise.race([asked, soon]).then((early) =>
    early === undefined || early instanceof Error
      ? health(metrics, timeoutMs).catch(() => undefined)
      : undefined,
  );
  const [status, answer, found] = await Promise.all([asked, askReport(gate, timeoutMs), running]);
  const report = reportOf(id, answer);
  if (report) return { state: 'gate', report };
  if (!(status instanceof Error)) return { state: 'answers', status };
  if (!found?.live) return { state: 'silent', reason: status.message };
  // It serves others: then it is the steward that has no way in.
  if (found.linearizable) return { state: 'silent', reason: `it cannot be asked: ${status.message}` };
  return { state: 'waiting' };
}

/** What the gate of this member tells, and nobody else's. */
function reportOf(id: number, answer: unknown): EtcdGateReport | undefined {
  const report = readReport(answer);
  if (report?.id !== id) return undefined;
  const { memberId, clusterId, term, index } = answer as Partial<EtcdGateReport>;
  return {
    ...report,
    ...(isHex(memberId) && { memberId }),
    ...(isHex(clusterId) && { clusterId }),
    ...(Number.isInteger(term) && { term }),
    ...(Number.isInteger(index) && { index }),
  };
}

const isHex = (text: unknown): boolean => typeof text === 'string' && /^[0-9a-f]{1,16}$/.test(text);
