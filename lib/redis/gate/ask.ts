import { askReport } from '../../steward/gate-report';
import { askServer } from '../wire/info';
import type { Login } from '../wire/types';
import { readReport, strangeness } from './report';
import type { GatePeer, GateRound } from './round';
import type { RedisGateMember } from './settings';

const ANSWER_MS = 2_000;

/** May see what state a server is in, and needs no password, so that it is let in whatever becomes of those. */
const PROBE: Login = { username: 'probe', password: '' };

/** Who asks, and by which means. */
export type Asker = Pick<GateRound, 'settings' | 'connect' | 'anonymous' | 'addressOf' | 'gateOf'>;

/** Asks all servers but that of one pod, by their pods. */
export async function askPeers(asker: Asker, self: string): Promise<Map<string, GatePeer>> {
  const others = asker.settings.members.filter(({ pod }) => pod !== self);
  return new Map(
    await Promise.all(others.map(async (member) => [member.pod, await askPeer(asker, member)] as const)),
  );
}

/** Asks a server's gate, and where there is none the server itself. */
async function askPeer(asker: Asker, member: RedisGateMember): Promise<GatePeer> {
  const { settings, connect, anonymous, addressOf, gateOf } = asker;
  const redis = connect(addressOf(member), { ...anonymous, login: PROBE });
  try {
    const [answer, says] = await Promise.all([askReport(gateOf(member), ANSWER_MS), askServer(redis)]);
    const report = readReport(answer);
    if (!report) return { at: 'server', says };
    const reason = strangeness(settings, member.pod, report);
    return reason ? { at: 'server', says: { state: 'silent', reason } } : { at: 'gate', report };
  } finally {
    redis.close();
  }
}
