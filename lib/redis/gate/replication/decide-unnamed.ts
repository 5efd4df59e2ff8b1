import {
  CLAIM,
  describeSentinels,
  describeServers,
  type ReplicationDecision,
  type ReplicationFacts,
  type ServerPeer,
} from './facts';

const wait = (reason: string): ReplicationDecision => ({ action: 'wait', reason });

/**
 * Decides while no majority of Sentinels names a master: before there is one, and where Sentinels are down or have lost
 * what they knew.
 */
export function decideUnnamed(facts: ReplicationFacts): ReplicationDecision {
  const { peers } = facts;
  const masters = [...peers].filter(([, peer]) => peer.state === 'serving' && peer.role === 'master');
  if (masters.length === 1) return { action: 'replica', of: masters[0][0] };
  if (masters.length > 1) {
    const pods = masters.map(([pod]) => pod).join(' and ');
    return wait(
      `${pods} serve as masters, and no majority of Sentinels says which is. ${sentinelsSay(facts)}`,
    );
  }
  return hasData(facts) ? withData(facts) : founding(facts);
}

const sentinelsSay = (facts: ReplicationFacts): string => `Sentinels: ${describeSentinels(facts)}.`;

const hasData = ({ disk, peers }: ReplicationFacts): boolean =>
  disk !== 'empty' || [...peers.values()].some((peer) => peer.state === 'gate' && peer.disk === 'data');

const isEmptyGate = (peer: ServerPeer | undefined): boolean =>
  peer?.state === 'gate' && peer.disk === 'empty';

/** Nobody is known to have anything. */
function founding(facts: ReplicationFacts): ReplicationDecision {
  const { self, founders, peers, formed, keepsData, restore, cluster } = facts;
  if (formed && keepsData) {
    const answer = [...peers.values()].every(isEmptyGate);
    const gone =
      'The data is gone: look for the volumes first, or restore a backup into a deployment of another name. To start anew ' +
      `with nothing, delete the ConfigMap ${cluster}-formed.`;
    return wait(
      `the deployment was formed, this disk is empty, and no Sentinel names a master. ${sentinelsSay(facts)} ` +
        `Servers: ${describeServers(facts) || 'there is no other'}.${answer ? ` ${gone}` : ''}`,
    );
  }
  const [first] = founders;
  if (self !== first) {
    return wait(`${first} forms the deployment, and this server follows it then. ${describeServers(facts)}.`);
  }
  if (restore && keepsData)
    return wait(`the backup ${restore} is not on this disk, which the deployment is formed from.`);
  const others = founders.filter((pod) => pod !== self);
  const missing = others.filter((pod) => !isEmptyGate(peers.get(pod)));
  const strange = [...peers].some(([, peer]) => peer.state === 'serving' || peer.state === 'loading');
  const known = [...facts.sentinels.values()].some(({ state }) => state === 'knows' || state === 'gate');
  if (missing.length === 0 && !strange && !known) return { action: 'master' };
  return wait(
    `this server forms the deployment once the gates of all founders say that their disks are empty` +
      `${known ? ', and Sentinels know of none' : ''}: ${describeServers(facts)}.${known ? ` ${sentinelsSay(facts)}` : ''}`,
  );
}

/** Somebody has data: it is the one to go on with, if there can be no doubt who has the newest. */
function withData(facts: ReplicationFacts): ReplicationDecision {
  const { self, founders, peers, formed, sentinels, restore } = facts;
  const says = `${sentinelsSay(facts)} Servers: ${describeServers(facts) || 'there is no other'}.`;
  const others = [...peers];
  const restored =
    !formed &&
    restore !== undefined &&
    self === founders[0] &&
    founders.every((pod) => pod === self || isEmptyGate(peers.get(pod)));
  const blank = [...sentinels.values()].every(
    ({ state }) => state === 'blank' || (!formed && state === 'silent'),
  );
  if (!blank) return wait(`a majority of Sentinels has to say who is the master. ${says}`);
  const missing = others.filter(([pod, { state }]) => state !== 'gate' && (formed || founders.includes(pod)));
  if (missing.length > 0) {
    return wait(`Sentinels know of no master, so that all servers have to say what they have. ${says}`);
  }
  const masters = [
    ...(facts.wasMaster ? [self] : []),
    ...others.flatMap(([pod, peer]) => (peer.state === 'gate' && peer.wasMaster ? [pod] : [])),
  ];
  if (restored && facts.disk !== 'empty' && masters.every((pod) => pod === self)) return { action: 'master' };
  if (masters.length === 1 && masters[0] === self && facts.disk !== 'empty') return { action: 'master' };
  if (masters.length === 1) return wait(`${masters[0]} was the master last, and is to serve first. ${says}`);
  if (facts.claims && facts.disk !== 'empty') return { action: 'master' };
  const who =
    masters.length > 1 ? `${masters.join(' and ')} say that they were the master` : 'none was the master';
  return wait(
    `Sentinels know of no master, and of the servers ${who} last. ${says} ` +
      `Whose data counts is for a person to say: kubectl exec <pod of that server> -c gate -- touch /data/${CLAIM}`,
  );
}
