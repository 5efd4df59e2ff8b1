import { partitionName } from '../wire/partition-name';
import { describePeers, type HeldPartition, type StartFacts } from './facts';

/**
 * Whether a broker may start with what its disks hold, or why not yet.
 *
 * A broker comes back under its id, and those that were in sync with it take over from it what they lack and throw away
 * what it lacks, whether or not its disk is the same. So one with an empty disk waits until the cluster counts on it for
 * no partition: another one leads then, and it is the one that takes over.
 */
export function brokerMayStart(
  facts: StartFacts,
): { readonly notes: readonly string[] } | { readonly wait: string } {
  const { directories, formed, id, keepsData, missing } = facts;
  const unused = directories.every(({ state }) => state !== 'data');
  if (!keepsData || (!unused && directories.every(({ state }) => state !== 'lost'))) return { notes: [] };
  if (missing) return judge(facts, missing);
  if (!formed) return { notes: [] };
  const others = facts.brokers.filter((broker) => broker !== id);
  const nobodyHasData = others.every((broker) => {
    const peer = facts.peers.get(broker);
    return peer?.state === 'gate' && peer.disk === 'empty';
  });
  if (nobodyHasData) return { notes: [] };
  return {
    wait:
      `the cluster exists (it is marked as formed), ${unused ? 'the disk' : 'a disk'} of broker ${id} is empty, and no other broker answers that could ` +
      `tell whether something was only there. ${describePeers(facts.peers, others)}`,
  };
}

function judge(facts: StartFacts, missing: readonly HeldPartition[]): { notes: string[] } | { wait: string } {
  const { bootstrap, id } = facts;
  const copied = missing.filter(({ replicas }) => replicas.length > 1);
  // With eligible leader replicas (KIP-966) the last one that was in sync is not listed as such once it is gone.
  const nobody = copied.filter(({ isr }) => isr.length === 0);
  const only = copied.filter(({ isr }) => isr.length === 1 && isr[0] === id);
  const last = [...only, ...nobody];
  if (last.length > 0) {
    const [{ topic, partition }] = last;
    const why =
      only.length > 0
        ? `partition ${list(only)} has only broker ${id} in sync`
        : `partition ${list(nobody)} has no broker in sync, and broker ${id} may have been the last one`;
    const which = last.length === 1 ? `--topic ${topic} --partition ${partition}` : '--all-topic-partitions';
    return {
      wait:
        `${why}; starting it with an empty disk would make the others throw their copies away. Bring its volume back, or give ` +
        `up what only broker ${id} had: run, in the pod of another broker, /opt/kafka/bin/kafka-leader-election.sh ` +
        `--bootstrap-server ${bootstrap} --admin.config /run/kafka/admin.properties --election-type unclean ${which}`,
    };
  }
  const counted = copied.filter(({ isr }) => isr.includes(id));
  if (counted.length > 0) {
    return {
      wait:
        `the cluster still counts on broker ${id} for partition ${list(counted)}, as it has not noticed yet that the broker ` +
        'is gone; it starts with an empty disk once others lead.',
    };
  }
  const single = missing.filter(({ replicas }) => replicas.length === 1);
  if (single.length === 0) return { notes: [] };
  return {
    notes: [
      `partition ${list(single)} has its only replica on broker ${id}, and is empty now: its disk is gone`,
    ],
  };
}

function list(partitions: readonly HeldPartition[]): string {
  const named = partitions.slice(0, 3).map(partitionName);
  const rest = partitions.length - named.length;
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
