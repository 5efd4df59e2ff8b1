import { few } from '../../steward/words';
import { partitionName } from '../wire/partition-name';
import { brokerList, idsIn } from './broker-advice';
import { isWell, movingOf, servingOf, settledReplicas, stayingOf } from './broker-state';
import type { BrokerFacts, BrokerStep, Move, Partition } from './facts';
import { target } from './fleet';
import { drain } from './reassignment';

/**
 * Moves of ours that might never end are taken back, or go elsewhere where that would cost copies that are needed by now:
 * those to a broker that does not stay, and those that keep a copy on such a one while it is not in sync. It may never be
 * again.
 */
export function recall(facts: BrokerFacts): BrokerStep | undefined {
  if (!facts.throttled) return undefined;
  const unwanted = (each: Partition) => strangersOf(facts, each).filter((id) => each.adding.includes(id));
  const lost = (each: Partition) => strangersOf(facts, each).filter((id) => !each.isr.includes(id));
  const moving = movingOf(facts);
  const back = moving.filter((each) => unwanted(each).length + lost(each).length > 0).map(cancel);
  const other = elsewhere(facts, idsIn(moving.flatMap(lost)));
  const all = (each: Partition) => [...unwanted(each), ...lost(each)];
  return change(facts, 'back', back, all) ?? change(facts, 'elsewhere', other, lost);
}

/** Brokers that do not stay and that a partition has once it has been moved. */
function strangersOf(facts: BrokerFacts, partition: Partition): number[] {
  const staying = new Set(stayingOf(facts).map(({ id }) => id));
  return target(partition).filter((id) => !staying.has(id));
}

function cancel(each: Partition): Move {
  const { topic, partition } = each;
  return { topic, partition, replicas: settledReplicas(each), cancels: true };
}

/** The moves that are under way, to brokers that are well instead of these. */
function elsewhere(facts: BrokerFacts, ids: readonly number[]): readonly Move[] {
  const moving = movingOf(facts);
  const arrived = (each: Partition) => ({ ...each, replicas: target(each), adding: [], removing: [] });
  const partitions = facts.partitions.map((each) => (moving.includes(each) ? arrived(each) : each));
  const { moves } = drain(partitions, stayingOf(facts).filter(isWell), ids);
  return moves.filter((move) => moving.some((each) => partitionName(each) === partitionName(move)));
}

/** Those of the moves that are safe. */
function change(
  facts: BrokerFacts,
  where: string,
  moves: readonly Move[],
  causes: (partition: Partition) => readonly number[],
): BrokerStep | undefined {
  const changed = facts.partitions.flatMap((partition) => {
    const move = moves.find((each) => partitionName(each) === partitionName(partition));
    return move && isSafe(facts, partition, move.replicas) ? { partition, move } : [];
  });
  if (changed.length === 0) return undefined;
  const ids = idsIn(changed.flatMap(({ partition }) => causes(partition)));
  const names = changed.map(({ move }) => partitionName(move));
  return {
    ...{ phase: 'Shrinking', step: 'reassign' },
    moves: changed.map(({ move }) => move),
    why: `${where}, since ${brokerList(ids)} ${ids.length === 1 ? 'does' : 'do'} not stay: ${few(names)}`,
  };
}

/** With other replicas than a move has now, a partition keeps a leader and does not fall below its minimum. */
function isSafe(facts: BrokerFacts, partition: Partition, replicas: readonly number[]): boolean {
  const serving = servingOf(facts);
  const now = partition.isr.filter((id) => serving.has(id));
  const then = now.filter((id) => !partition.adding.includes(id) || replicas.includes(id));
  return then.length >= Math.max(1, Math.min(partition.minInSync, now.length));
}
