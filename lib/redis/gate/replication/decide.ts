import { decideUnnamed } from './decide-unnamed';
import {
  describeServers,
  namedMaster,
  type ReplicationDecision,
  type ReplicationFacts,
  type ServerPeer,
} from './facts';

/** How long a server with data leaves it to its silent master to come back before it offers itself, in milliseconds. */
const GRACE_MS = 20_000;

/**
 * Decides whether a server may start, and as what. Sentinels decide who is the master. Their word may be older than what
 * is on this disk is gone, so that a server without data never takes up the place of the master while anybody might have
 * some; one with data leaves it to a failover that is due.
 */
export function decideReplication(facts: ReplicationFacts): ReplicationDecision {
  const named = namedMaster(facts);
  if (named === undefined) return decideUnnamed(facts);
  return named === facts.self ? asNamed(facts) : asReplica(facts, named);
}

const wait = (reason: string, awaits?: string): ReplicationDecision => ({
  action: 'wait',
  reason,
  ...(awaits && { awaits }),
});

/** How long the same thing has been waited for without a break. */
const waitedFor = ({ awaited }: ReplicationFacts, what: string): number =>
  awaited?.what === what ? awaited.ms : 0;

/** Another server is the master. */
function asReplica(facts: ReplicationFacts, named: string): ReplicationDecision {
  const master = facts.peers.get(named);
  const start: ReplicationDecision = { action: 'replica', of: named };
  if (master?.state === 'serving' && master.role === 'master') return start;
  const how = `Sentinels name ${named} as the master: ${describeServers(facts)}.`;
  // Without data it is of no use before the master serves, and must not take its place.
  if (facts.disk === 'empty')
    return wait(`this disk is empty, and is filled from the master once it serves. ${how}`);
  if (master?.state === 'loading') return start;
  // A master that comes back has everything; a replica that is there before it would be preferred to it.
  const limit = master?.state === 'gate' && master.disk === 'data' ? facts.patience : GRACE_MS;
  const hopeless = master?.state === 'gate' && master.disk === 'empty';
  if (hopeless || master?.state === 'serving' || waitedFor(facts, 'master') >= limit) return start;
  return wait(`the master is waited for, for ${limit / 1_000} s at most. ${how}`, 'master');
}

/** Sentinels name this very server. */
function asNamed(facts: ReplicationFacts): ReplicationDecision {
  const { peers } = facts;
  const rival = [...peers].find(([, peer]) => peer.state === 'serving' && peer.role === 'master');
  if (rival) {
    return wait(
      `Sentinels name this server as the master, and ${rival[0]} serves as one: they have yet to agree.`,
    );
  }
  return facts.disk === 'empty' ? withoutData(facts) : withData(facts);
}

function withData(facts: ReplicationFacts): ReplicationDecision {
  const { disk, sentinels, patience } = facts;
  const answers = [...sentinels.values()].flatMap((answer) => (answer.state === 'knows' ? [answer] : []));
  const successors = [...facts.peers.values()].some((peer) => canTakeOver(peer));
  const started = answers.some(({ failingOver }) => failingOver);
  const missed = answers.filter(({ down }) => down).length > sentinels.size / 2;
  // A snapshot may be older than what replicas have; a log is not, and its server goes on unless it is being replaced.
  const due = successors && (disk === 'snapshot' || missed);
  if (!started && (!due || waitedFor(facts, 'failover') >= patience)) return { action: 'master' };
  const limit = started ? '' : `, for ${patience / 1_000} s at most`;
  return wait(
    `Sentinels name this server as the master, and may be about to replace it, which is waited for${limit}: ` +
      `${describeServers(facts)}.`,
    'failover',
  );
}

/** Whether Sentinels may make it the master: one that has nothing yet has priority 0 (see `replicationRound`). */
const canTakeOver = (peer: ServerPeer): boolean => peer.state === 'serving' && (peer.linked || peer.keys > 0);

/** Whether it is known to have nothing that anybody could miss. */
const hasNothing = (peer: ServerPeer): boolean =>
  (peer.state === 'gate' && peer.disk === 'empty') ||
  (peer.state === 'serving' && peer.keys === 0 && !peer.linked);

function withoutData(facts: ReplicationFacts): ReplicationDecision {
  const { peers, formed, keepsData, cluster } = facts;
  const how = describeServers(facts);
  if (![...peers.values()].every(hasNothing)) {
    return wait(
      'Sentinels name this server as the master, and its disk is empty: it starts once they have replaced it by one that has ' +
        `data: ${how}.`,
    );
  }
  if (!formed || !keepsData) return { action: 'master' };
  return wait(
    `the deployment was formed, and the disks of all servers are empty, so its data is gone: ${how || 'there is no other'}. ` +
      'Look for the volumes first, or restore a backup into a deployment of another name. To start anew with nothing, ' +
      `delete the ConfigMap ${cluster}-formed.`,
  );
}
