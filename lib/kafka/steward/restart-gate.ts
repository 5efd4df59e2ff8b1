import { partitionName } from '../wire/partition-name';
import { behind, isProven, isWell, partitionsOf, settledReplicas } from './broker-state';
import type { Broker, BrokerFacts, Partition } from './facts';
import { isMoving } from './fleet';

/** What keeps a broker from being restarted, and what is interrupted if it is. */
export interface RestartGate {
  /** Empty: it may be restarted. */
  readonly holdUps: readonly string[];
  /** Topics that pause meanwhile, whatever the moment: they have no more copies than must be in sync. */
  readonly pausing: readonly string[];
}

/** Whether the partitions of a broker, and the quorum where it votes, can be without it for a while. */
export function restartGate(facts: BrokerFacts, { id }: Broker): RestartGate {
  const partitions = partitionsOf(facts, id);
  const pausing = new Set(partitions.filter(pauses).map(({ topic }) => topic));
  const holdUps = partitions.flatMap((partition) => holdUp(facts, id, partition) ?? []);
  return { holdUps: [...voteHoldsUp(facts, id), ...holdUps], pausing: [...pausing].sort() };
}

/** Waiting does not help a partition that falls below its minimum with any broker that it loses. */
function pauses(partition: Partition): boolean {
  return settledReplicas(partition).length <= partition.minInSync;
}

function holdUp(facts: BrokerFacts, id: number, partition: Partition): string | undefined {
  const name = partitionName(partition);
  const late = behind(facts, partition).filter((other) => other !== id);
  if (late.length > 0) {
    const copies = isMoving(partition) ? 'is being copied to' : 'is not in sync on';
    return `${name} ${copies} broker ${late.join(', ')}`;
  }
  const left = partition.isr.filter((other) => other !== id && stays(facts, other)).length;
  if (pauses(partition) || left >= partition.minInSync) return undefined;
  return `${name} would have ${left} of ${partition.minInSync} copies in sync`;
}

/** Who has just stopped is in sync for a while yet, and who is about to stop still serves. */
function stays({ brokers }: BrokerFacts, id: number): boolean {
  const broker = brokers.find((each) => each.id === id);
  return (
    broker?.server.state === 'serving' && broker.pod?.terminating === false && broker.set?.replicas !== 0
  );
}

/** Brokers that are controllers, too, need a majority of the voters without this one. */
function voteHoldsUp({ quorum }: BrokerFacts, id: number): string[] {
  if (!quorum?.voters.includes(id) || quorum.voters.length === 1) return [];
  const left = quorum.voters.filter((other) => other !== id && quorum.caughtUp.includes(other));
  if (left.length > quorum.voters.length / 2) return [];
  return [`${left.length} of ${quorum.voters.length} voters would have caught up`];
}

/**
 * Brokers whose state forbids to restart another: those that should stay and are not well, and of those that leave the ones
 * that are not well on what was applied last, unless that is known to be their own fault. Of several that serve and are
 * never ready, on what was applied before, one has to be first.
 */
export function unwellBeside(facts: BrokerFacts, target: Broker): Broker[] {
  const alike = ({ pod, server }: Broker) =>
    !isWell(target) && pod?.outdated && !pod.terminating && server.state === 'serving';
  const proven = isProven(facts);
  const tells = ({ pod }: Broker) => pod && !pod.outdated && !(proven && (pod.broken || pod.stalled));
  return facts.brokers.filter(
    (broker) =>
      broker.id !== target.id &&
      !isWell(broker) &&
      !alike(broker) &&
      (broker.wanted === 'staying' || (broker.wanted === 'leaving' && tells(broker))),
  );
}

/** Those that do not serve or are not ready first, then by id, the active controller last. */
export function restartOrder(facts: BrokerFacts): (a: Broker, b: Broker) => number {
  const rank = (broker: Broker) => (!isWell(broker) ? 0 : broker.id === facts.activeController ? 2 : 1);
  return (a, b) => rank(a) - rank(b) || a.id - b.id;
}
