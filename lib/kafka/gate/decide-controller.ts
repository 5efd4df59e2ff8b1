import { describePeers, type StartFacts } from './facts';

/**
 * How a controller whose metadata directory is empty may be formatted.
 *
 * A controller that lost its disk has forgotten what it voted for and what it acknowledged. Formatted as a founder again,
 * it would be the same voter, by its directory id, and together with a founder that lags behind form a majority that knows
 * nothing of what was committed. As a joiner it gets a new directory id, and with it no vote until the steward gives it
 * one. So it is formatted as a founder only while its directory id can not have stood for anything: when every other
 * founder has stated an empty disk since this one's was empty. Their statements are noted on this very disk and are lost
 * together with it. No founder goes ahead before all others have noted its own statement, or one of them might wait for it
 * for ever. Whether the cluster is marked as formed does not matter to that: the mark comes late, or not at all.
 */
export function rightToForm(
  facts: StartFacts,
): { readonly as: 'founder' | 'joiner' } | { readonly wait: string } {
  const { id, founders, voters } = facts;
  const own = founders.find((founder) => founder.id === id);
  if (voters) {
    const awaited = voters.some((voter) => voter.id === id && voter.directoryId === own?.directoryId);
    return { as: own && awaited && isEntitled(facts) ? 'founder' : 'joiner' };
  }
  if (own && isEntitled(facts)) return forming(facts);
  if (exists(facts)) return joining(facts);
  if (own) return gathering(facts);
  const list = founders.map((founder) => founder.id).join(', ');
  return { wait: `controller ${id} is not a founder (${list}) and joins once they have formed the quorum.` };
}

/** Whether there is a cluster, as far as anybody tells. Of one that keeps nothing only its quorum tells. */
function exists({ formed, keepsData, served }: StartFacts): boolean {
  return keepsData && (formed || served);
}

function otherFounders({ id, founders }: StartFacts): number[] {
  return founders.map((founder) => founder.id).filter((founder) => founder !== id);
}

function isEntitled(facts: StartFacts): boolean {
  const others = otherFounders(facts);
  // There is nobody to ask for a founder that is alone.
  return others.length === 0 ? !exists(facts) : others.every((id) => facts.seenEmpty.has(id));
}

function forming(facts: StartFacts): { as: 'founder' } | { wait: string } {
  const unaware = otherFounders(facts).filter((id) => {
    const peer = facts.peers.get(id) ?? { state: 'silent' };
    return peer.state === 'silent' || (peer.state === 'gate' && !peer.seenEmpty.includes(facts.id));
  });
  if (unaware.length === 0 || exists(facts)) return { as: 'founder' };
  return {
    wait: `all founders stated empty disks, and form the quorum once each has heard of the others. ${describePeers(facts.peers, unaware)}`,
  };
}

function gathering(facts: StartFacts): { wait: string } {
  const unknown = otherFounders(facts).filter((id) => !facts.seenEmpty.has(id));
  const holders = unknown.filter((id) => {
    const peer = facts.peers.get(id);
    return peer?.state === 'running' || (peer?.state === 'gate' && peer.disk === 'data');
  });
  if (holders.length === 0) {
    const all = describePeers(facts.peers, unknown);
    return { wait: `the quorum is formed when all founders state that their disks are empty. ${all}` };
  }
  const all = describePeers(facts.peers, otherFounders(facts));
  return {
    wait:
      `controller ${holders.join(', ')} has started or holds data, so the quorum may exist: this empty controller joins when it ` +
      `answers. If it was never formed, delete the volumes of all controllers. ${all}`,
  };
}

function joining(facts: StartFacts): { as: 'joiner' } | { wait: string } {
  const { cluster, id, controllers, formed, peers, roles } = facts;
  const others = controllers.filter((controller) => controller !== id);
  const isEmpty = (controller: number) => {
    const peer = peers.get(controller);
    return peer?.state === 'gate' && peer.disk === 'empty';
  };
  if (!others.every(isEmpty)) return { as: 'joiner' };
  const told = formed ? 'it is marked as formed' : 'brokers answer';
  const whose = others.length === 0 ? 'its only controller' : 'all of its controllers';
  const give = roles.broker ? '' : ' the volumes of all brokers and';
  return {
    wait:
      `the cluster exists (${told}), and the disk of ${whose} is empty: nobody has its metadata. Bring a volume back, or ` +
      `give up all topics and start anew: delete${give} the ConfigMap ${cluster}-formed.`,
  };
}
