import type { Broker, BrokerFacts, Partition } from './facts';
import { isMoving } from './fleet';

/** Brokers that should be there for good. */
export const stayingOf = ({ brokers }: BrokerFacts): Broker[] =>
  brokers.filter(({ wanted }) => wanted === 'staying');

/** Brokers that are to be emptied and stopped. */
export const leavingOf = ({ brokers }: BrokerFacts): Broker[] =>
  brokers.filter(({ wanted }) => wanted === 'leaving');

/** Ids of brokers that serve. */
export const servingOf = ({ brokers }: BrokerFacts): Set<number> =>
  new Set(brokers.filter(({ server }) => server.state === 'serving').map(({ id }) => id));

/** Whether a broker is as it should be, by its own word and by that of Kubernetes. */
export function isWell({ set, pod, server, failedDirectories }: Broker): boolean {
  return (
    (set?.replicas ?? 0) > 0 &&
    pod?.ready === true &&
    !pod.terminating &&
    server.state === 'serving' &&
    failedDirectories.length === 0
  );
}

/** Whether somebody runs well on what was applied last, so that a broker that fails on it does so for reasons of its own. */
export const isProven = ({ brokers }: BrokerFacts): boolean =>
  brokers.some((broker) => broker.pod && !broker.pod.outdated && isWell(broker));

/** Partitions of which a broker has a copy, or is about to get one. */
export const partitionsOf = ({ partitions }: BrokerFacts, id: number): Partition[] =>
  partitions.filter(({ replicas, adding }) => replicas.includes(id) || adding.includes(id));

/** Replicas of a partition without those that a move adds. */
export const settledReplicas = ({ replicas, adding }: Partition): number[] =>
  replicas.filter((id) => !adding.includes(id));

/** Partitions that are being moved. */
export const movingOf = ({ partitions }: BrokerFacts): Partition[] => partitions.filter(isMoving);

/**
 * Brokers that have yet to catch up with a partition. One that leaves need not, and one that does not exist never will;
 * a partition without a leader has nobody to catch up with.
 */
export function behind(facts: BrokerFacts, { replicas, isr, leader }: Partition): number[] {
  if (leader < 0) return [];
  const staying = new Set(stayingOf(facts).map(({ id }) => id));
  return replicas.filter((id) => staying.has(id) && !isr.includes(id));
}

/** Ids of brokers that are not wanted and have no StatefulSet, and that the cluster still knows or partitions list. */
export function droppedOf({ brokers, partitions }: BrokerFacts): number[] {
  const known = new Map(brokers.map((broker) => [broker.id, broker]));
  const ids = new Set(partitions.flatMap(({ replicas, adding }) => [...replicas, ...adding]));
  for (const { id, registered } of brokers) if (registered) ids.add(id);
  return [...ids].filter((id) => !known.get(id)?.wanted && !known.get(id)?.set).sort((a, b) => a - b);
}
