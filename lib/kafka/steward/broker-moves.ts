import { wait } from '../../steward/charge';
import type { Cause, Phase } from '../../steward/facts';
import { count, few } from '../../steward/words';
import { brokerList, dropped, leaderless, type Trouble } from './broker-advice';
import { droppedOf, isWell, leavingOf, movingOf, partitionsOf, stayingOf } from './broker-state';
import type { BrokerFacts, BrokerStep, Move } from './facts';
import { nameOf } from './fleet';
import { haltedMoves } from './halted-moves';
import { balance, batch, drain, isUnbalanced, type Plan, refactor } from './reassignment';

type Rule = (facts: BrokerFacts) => BrokerStep | undefined;

/**
 * Moves that begin now: as many as may be under way at a time. A move ends when all its replicas are in sync, so none begins
 * that leaves one on a broker that was dropped.
 */
function begin(facts: BrokerFacts, moves: readonly Move[]): readonly Move[] {
  const staying = new Set(stayingOf(facts).map(({ id }) => id));
  const able = moves.filter(({ replicas }) => replicas.every((id) => staying.has(id)));
  return batch(able, facts.partitions, facts.reassignment.concurrency);
}

/** Leaving brokers that still have copies of partitions. */
const holders = (facts: BrokerFacts) =>
  leavingOf(facts).filter(({ id }) => partitionsOf(facts, id).length > 0);

/** A broker that leaves and has no copy of anything is stopped, and then forgotten by the cluster. */
export const retire: Rule = (facts) => {
  const empty = leavingOf(facts).filter(({ id }) => partitionsOf(facts, id).length === 0);
  const gone = empty.find(
    ({ set, pod, registered, server }) =>
      (set?.replicas ?? 0) === 0 && !pod && registered && server.state !== 'serving',
  );
  if (gone) {
    const why = `broker ${gone.id} holds nothing any more and does not run`;
    return { phase: 'Shrinking', step: 'unregister', id: gone.id, why };
  }
  const runs = empty.find(({ id, set }) => (set?.replicas ?? 0) > 0 && !facts.quorum?.voters.includes(id));
  if (!runs || movingOf(facts).length > 0) return undefined;
  const why = `broker ${runs.id} holds nothing any more`;
  if (facts.throttled) return { phase: 'Shrinking', step: 'unthrottle', why };
  return { phase: 'Shrinking', step: 'scale-broker', id: runs.id, replicas: 0, why };
};

/** Moves that somebody else has begun end before anything risky is done; they are never cancelled. */
export const awaitForeign: Rule = (facts) => {
  const moving = movingOf(facts);
  if (facts.throttled || moving.length === 0) return undefined;
  const why = `somebody else moves ${count(moving.length, 'partition')}: ${few(moving.map(nameOf))}`;
  return awaitEach(facts, 'Growing', 'joining', why);
};

/** Empties the brokers that leave, a batch at a time. */
export const drainLeaving: Rule = (facts) => {
  const leaving = holders(facts);
  if (leaving.length === 0) return undefined;
  const ids = leaving.map(({ id }) => id);
  const moving = movingOf(facts);
  const left = facts.partitions.flatMap(({ replicas }) => replicas.filter((id) => ids.includes(id))).length;
  // Moves hold up restarts, so none begins while some are under way and restarts wait.
  const restarts = stayingOf(facts).some(({ pod }) => pod?.outdated);
  const moves = restarts && moving.length > 0 ? [] : begin(facts, planOf(facts).moves);
  if (moves.length > 0) {
    const why = `away from ${brokerList(ids)}, ${count(left, 'replica')} left`;
    return { phase: 'Shrinking', step: 'reassign', moves, why };
  }
  if (moving.length === 0) return undefined;
  const why = `moving ${count(moving.length, 'partition')} away from ${brokerList(ids)}, ${count(left, 'replica')} left`;
  return awaitEach(facts, 'Shrinking', 'leaving', why);
};

/** Waits for moves, which need a leader to copy from and brokers to copy to. */
function awaitEach(facts: BrokerFacts, phase: Phase, cause: Cause, why: string): BrokerStep {
  const halted = haltedMoves(facts);
  return wait(phase, cause, halted ? `${why}; ${halted.why}` : why, halted?.todo);
}

/** Where the partitions of all brokers that leave go. */
function planOf(facts: BrokerFacts) {
  return drain(
    facts.partitions,
    stayingOf(facts).filter(isWell),
    leavingOf(facts).map(({ id }) => id),
  );
}

/** Gives topics as many copies as are declared. */
export const refactorTopics: Rule = (facts) => {
  const { moves } = factorsOf(facts);
  const next = begin(facts, moves);
  if (next.length === 0) return undefined;
  const more = moves.length - next.length;
  const why = `to as many copies as are declared${more > 0 ? `, ${more} more after them` : ''}`;
  return { phase: 'Provisioning', step: 'reassign', moves: next, why };
};

function factorsOf(facts: BrokerFacts): Plan {
  return refactor(facts.partitions, stayingOf(facts), facts.factors ?? new Map());
}

/** Topics that cannot have as many copies as are declared. */
export const awaitFactors: Rule = (facts) => {
  const { stuck } = factorsOf(facts);
  if (stuck.length === 0) return undefined;
  const why = few(
    stuck.map((each) => `${nameOf(each)} ${each.why}`),
    '; ',
  );
  return wait('Provisioning', 'provision', why, 'Add a broker, or declare fewer copies.');
};

/** Gives brokers that have less than their share more. What was begun goes on until nothing is left to gain. */
export const rebalance: Rule = (facts) => {
  const { partitions, reassignment, throttled } = facts;
  const staying = stayingOf(facts);
  const begun = throttled && leavingOf(facts).length === 0;
  // Who was dropped holds copies that are no part of anybody's share, and comes back first.
  if (droppedOf(facts).length > 0) return undefined;
  if (!reassignment.automatic || !(begun || isUnbalanced(partitions, staying))) return undefined;
  const all = balance(partitions, staying);
  const moves = begin(facts, all);
  if (moves.length === 0) return undefined;
  const more = all.length - moves.length;
  const left = more > 0 ? `, ${more} more after them` : '';
  const why = `to brokers that have less than their share${left}`;
  return { phase: 'Growing', step: 'reassign', moves, why };
};

export const awaitMoves: Rule = (facts) => {
  const moving = movingOf(facts);
  if (moving.length === 0) return undefined;
  const why = `moving ${count(moving.length, 'partition')}: ${few(moving.map(nameOf))}`;
  return awaitEach(facts, 'Growing', 'joining', why);
};

/** Whatever was moved is throttled, catching up after a restart included, so the throttle goes as soon as nothing moves. */
export const slacken: Rule = (facts) => {
  const late = facts.partitions.some(({ replicas, isr }) => replicas.length > isr.length);
  const restarts = stayingOf(facts).some(({ pod }) => pod?.outdated);
  return late || restarts ? unthrottle(facts) : undefined;
};

export const unthrottle: Rule = (facts) => {
  if (!facts.throttled || movingOf(facts).length > 0) return undefined;
  return { phase: 'Growing', step: 'unthrottle', why: 'no partition is being moved any more' };
};

/** What cannot be moved away, and what a person can do about it. */
export function stuckMoves(facts: BrokerFacts): Trouble | undefined {
  const leaving = holders(facts);
  if (leaving.length === 0) return undefined;
  const { stuck } = planOf(facts);
  if (stuck.length === 0) return leaderless(facts) ?? dropped(facts);
  const ids = brokerList(leaving.map(({ id }) => id));
  return {
    why: `${count(stuck.length, 'partition')} cannot be moved away from ${ids}: ${few(
      stuck.map((each) => `${nameOf(each)} ${each.why}`),
      '; ',
    )}`,
    todo: `Add a broker, let ${ids} stay, or give these topics fewer copies.`,
  };
}
