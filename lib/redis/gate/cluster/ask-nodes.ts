import { parseClusterNodes } from '../../wire/cluster-nodes';
import { parseInfo } from '../../wire/info';
import { text } from '../../wire/reply';
import type { Login, Redis, Transport } from '../../wire/types';
import type { GatePeer, GateRound } from '../round';
import type { NodePeer } from './decide-node';

/** May see the cluster, and needs no password, so that it is let in whatever becomes of those. */
const PROBE: Login = { username: 'probe', password: '' };

/** What all other nodes answer, by their pods. */
export async function askNodes(round: GateRound): Promise<Map<string, NodePeer>> {
  const { settings, self, peers } = round;
  const others = settings.members.filter(({ pod }) => pod !== self.pod);
  return new Map(
    await Promise.all(
      others.map(
        async (member) => [member.pod, await askNode(round, member, peers.get(member.pod))] as const,
      ),
    ),
  );
}

/** Has a replica take its master's place without asking that one: `CLUSTER FAILOVER FORCE`. */
export async function askToTakeOver(round: GateRound, pod: string): Promise<void> {
  const member = round.settings.members.find((each) => each.pod === pod);
  if (member)
    await using(round, round.transport, member, (redis) => redis.command('CLUSTER', 'FAILOVER', 'FORCE'));
}

async function askNode(
  round: GateRound,
  member: { readonly pod: string; readonly host: string },
  peer: GatePeer | undefined,
): Promise<NodePeer> {
  if (!peer) return { state: 'silent', reason: 'it was not asked' };
  if (peer.at === 'gate') return { state: 'gate' };
  const { says } = peer;
  if (says.state !== 'serving') return says;
  try {
    const login = { ...round.anonymous, login: PROBE };
    return await using(round, login, member, async (redis) => {
      const [nodes, replication] = await Promise.all([
        redis.command('CLUSTER', 'NODES'),
        redis.command('INFO', 'replication'),
      ]);
      const missing = missingFor(parseInfo(text(replication)));
      const knows = parseClusterNodes(text(nodes));
      return { state: 'serving', says, knows, ...(missing !== undefined && { missing }) };
    });
  } catch (error) {
    return { state: 'silent', reason: (error as Error).message };
  }
}

/** For how many seconds a replica has missed its master. */
function missingFor(info: ReadonlyMap<string, string>): number | undefined {
  if (info.get('role') !== 'slave') return undefined;
  // A master whose machine has gone is missed late.
  if (info.get('master_link_status') === 'up') return 0;
  const seconds = Number(info.get('master_link_down_since_seconds') ?? -1);
  return seconds >= 0 ? seconds : undefined;
}

async function using<T>(
  round: GateRound,
  transport: Transport,
  member: { readonly pod: string; readonly host: string },
  use: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = round.connect(round.addressOf(member), transport);
  try {
    return await use(redis);
  } finally {
    redis.close();
  }
}
