import { wait } from '../../steward/charge';
import { count, few } from '../../steward/words';
import {
  adviceForOld,
  brokerList,
  describe,
  describeAll,
  dropped,
  leaderless,
  missedVoters,
  nameOf,
  stuck,
} from './broker-advice';
import {
  awaitFactors,
  awaitForeign,
  awaitMoves,
  drainLeaving,
  rebalance,
  refactorTopics,
  retire,
  slacken,
  stuckMoves,
  unthrottle,
} from './broker-moves';
import { behind, isProven, isWell, leavingOf, movingOf, partitionsOf, stayingOf } from './broker-state';
import type { Broker, BrokerFacts, BrokerStep } from './facts';
import { nameOf as nameOfPartition } from './fleet';
import { haltedMoves } from './halted-moves';
import { recall } from './recall';
import { restartGate, restartOrder, unwellBeside } from './restart-gate';

type Rule = (facts: BrokerFacts) => BrokerStep | undefined;

/**
 * Decides the one thing that is safe to do next for the brokers, or why nothing is. It restarts one broker at a time, and
 * only while no partition falls below its minimum in sync; a broker is stopped for good only when it holds nothing.
 */
export function nextBrokerStep(facts: BrokerFacts): BrokerStep {
  return (
    first(RULES, facts) ?? {
      phase: 'Settled',
      step: 'rest',
      why: [`everything is as the manifests say${farewell(facts)}`, ...(facts.notes ?? [])].join('; '),
    }
  );
}

/** What may be done for the brokers, if anything, while controllers have yet to come to rest: nothing of it risks anything. */
export function harmlessBrokerStep(facts: BrokerFacts, quorum: boolean): BrokerStep | undefined {
  if (facts.unapplied) return undefined;
  return first(quorum ? [start, replaceUseless, provision, reload] : [start, replaceUseless], facts);
}

function first(rules: readonly Rule[], facts: BrokerFacts): BrokerStep | undefined {
  for (const rule of rules) {
    const step = rule(facts);
    if (step) return step;
  }
  return undefined;
}

const RULES: readonly Rule[] = [
  unapplied,
  start,
  replaceUseless,
  reachBrokers,
  provision,
  reload,
  forget,
  retire,
  recall,
  slacken,
  roll,
  freeOld,
  awaitWell,
  awaitForeign,
  awaitInSync,
  drainLeaving,
  awaitRoll,
  refactorTopics,
  rebalance,
  awaitMoves,
  unthrottle,
  awaitLeaders,
  awaitLeft,
  awaitDropped,
  upgrade,
  awaitFactors,
  awaitProvisioned,
];

function unapplied(facts: BrokerFacts): BrokerStep | undefined {
  return facts.unapplied ? wait('Applying', 'apply', facts.unapplied) : undefined;
}

/** Every broker that should stay has a pod, and so has one that leaves for as long as it holds anything. */
function start(facts: BrokerFacts): BrokerStep | undefined {
  const needed = (broker: Broker) =>
    broker.wanted === 'staying' || (broker.wanted === 'leaving' && partitionsOf(facts, broker.id).length > 0);
  const stopped = facts.brokers.find((broker) => needed(broker) && broker.set?.replicas === 0);
  if (!stopped) return undefined;
  const why =
    stopped.wanted === 'staying'
      ? `broker ${stopped.id} should run, and its StatefulSet has replicas: 0`
      : `broker ${stopped.id} leaves, and ${count(partitionsOf(facts, stopped.id).length, 'partition')} still need it`;
  return { phase: 'Healing', step: 'scale-broker', id: stopped.id, replicas: 1, why };
}

/** A pod that does nothing for the cluster costs nothing to replace, and may be what keeps its own mending away. */
function replaceUseless(facts: BrokerFacts): BrokerStep | undefined {
  const { brokers, known, partitions } = facts;
  const useless = brokers.filter(
    ({ id, wanted, pod, server }) =>
      (wanted === 'staying' || (wanted && (!known || partitionsOf(facts, id).length > 0))) &&
      pod?.outdated &&
      !pod.ready &&
      !pod.terminating &&
      server.state !== 'serving' &&
      // Others find one in sync that the steward does not reach.
      (server.state !== 'silent' || !partitions.some(({ isr }) => isr.includes(id)) || pod.broken),
  );
  // What only waits may yet go on, and a broker may recover its logs. It is given up only for what is not known to fail.
  const newFails = !isProven(facts) && brokers.some(({ pod }) => pod && !pod.outdated && pod.broken);
  const chosen =
    useless.find(({ pod }) => pod?.broken) ??
    (newFails ? undefined : useless.find(({ pod, server }) => pod?.stalled && server.state !== 'starting'));
  if (!chosen?.pod) return undefined;
  const why = `${describe(chosen)}, and ${chosen.pod.outdated}`;
  return { phase: 'Healing', step: 'restart-broker', id: chosen.id, uid: chosen.pod.uid, why };
}

/** Nothing else is known before a broker answers. */
function reachBrokers(facts: BrokerFacts): BrokerStep | undefined {
  if (facts.known) return undefined;
  const brokers = facts.brokers.filter(({ wanted, set }) => wanted && set?.replicas !== 0);
  return stuck(facts, 'Healing', 'member', `no broker answers: ${describeAll(brokers)}`, brokers);
}

function provision({ known, unprovisioned, provisionFailed }: BrokerFacts): BrokerStep | undefined {
  if (!known || !unprovisioned || provisionFailed) return undefined;
  return { phase: 'Provisioning', step: 'provision', why: unprovisioned };
}

function reload({ known, brokers, staleCertificates, reloadFailed }: BrokerFacts): BrokerStep | undefined {
  if (!known || reloadFailed) return undefined;
  const stale = brokers.find(
    ({ id, wanted, server }) => wanted && server.state === 'serving' && staleCertificates.includes(id),
  );
  if (!stale) return undefined;
  const why = `${nameOf(stale)} serves another certificate than the one that was issued last`;
  return { phase: 'Provisioning', step: 'reload-certificate', id: stale.id, why };
}

/** A registration that nobody needs would keep the cluster from raising its features. */
function forget(facts: BrokerFacts): BrokerStep | undefined {
  const gone = facts.brokers.find(
    ({ id, wanted, set, pod, server, registered }) =>
      registered &&
      !wanted &&
      !set &&
      !pod &&
      server.state !== 'serving' &&
      partitionsOf(facts, id).length === 0,
  );
  if (!gone) return undefined;
  const why = `broker ${gone.id} is not in the manifests any more, and no partition lists it`;
  return { phase: 'Shrinking', step: 'unregister', id: gone.id, why };
}

/** Outdated brokers that may be asked to end: what starts may recover its logs, and what waits at its gate goes on. */
function outdatedOf(facts: BrokerFacts): Broker[] {
  return facts.brokers
    .filter(
      ({ id, wanted, pod, server }) =>
        pod?.outdated &&
        !pod.terminating &&
        (server.state === 'serving' || (server.state === 'silent' && pod.ready)) &&
        (wanted === 'staying' || (wanted === 'leaving' && partitionsOf(facts, id).length > 0)),
    )
    .sort(restartOrder(facts));
}

function roll(facts: BrokerFacts): BrokerStep | undefined {
  if (!facts.throttled && movingOf(facts).length > 0) return undefined;
  const outdated = outdatedOf(facts);
  for (const target of outdated) {
    if (!target.pod || unwellBeside(facts, target).length > 0) continue;
    const { holdUps, pausing } = restartGate(facts, target);
    if (holdUps.length > 0) continue;
    const left = outdated.length > 1 ? `, ${outdated.length - 1} more after it` : '';
    const pause = pausing.length > 0 ? `; ${pauses(pausing)}` : '';
    const why = `${nameOf(target)}: ${target.pod.outdated}${left}${pause}`;
    return { phase: 'Rolling', step: 'restart-broker', id: target.id, uid: target.pod.uid, why };
  }
  return undefined;
}

const pauses = (topics: readonly string[]): string =>
  topics.length === 1
    ? `topic ${topics[0]} has no more copies than must be in sync and pauses meanwhile`
    : `topics ${few(topics)} have no more copies than must be in sync and pause meanwhile`;

/**
 * Brokers that serve what was applied before, and are never ready on it, may not be restarted for want of copies that a
 * broker has which leaves and is lost. Those are moved away, to others that are well.
 */
function freeOld(facts: BrokerFacts): BrokerStep | undefined {
  const unwell = stayingOf(facts).filter((broker) => !isWell(broker));
  const old = outdatedOf(facts);
  const held = unwell.every((broker) => broker.server.state === 'serving' && old.includes(broker));
  if (unwell.length === 0 || !held || awaitForeign(facts) || awaitInSync(facts)) return undefined;
  return drainLeaving(facts);
}

/** Whatever risks something waits until every broker that should be there is well. */
function awaitWell(facts: BrokerFacts): BrokerStep | undefined {
  const unwell = stayingOf(facts).filter((broker) => !isWell(broker));
  if (unwell.length === 0) return undefined;
  const rolling = stayingOf(facts).some(({ pod }) => pod?.outdated);
  const phase = rolling ? 'Rolling' : unwell.every(({ registered }) => !registered) ? 'Growing' : 'Healing';
  const why = `waits until every broker is well: ${describeAll(unwell)}`;
  return stuck(facts, phase, 'member', why, unwell);
}

function awaitInSync(facts: BrokerFacts): BrokerStep | undefined {
  const late = stayingOf(facts)
    .map((broker) => ({
      broker,
      partitions: facts.partitions.filter(
        (each) => behind(facts, each).includes(broker.id) && !each.adding.includes(broker.id),
      ),
    }))
    .filter(({ partitions }) => partitions.length > 0);
  if (late.length === 0) return undefined;
  const each = late.map(
    ({ broker, partitions }) =>
      `${nameOf(broker)} has yet to catch up with ${count(partitions.length, 'partition')} (${few(partitions.map(nameOfPartition))})`,
  );
  const old = late.find(({ broker }) => broker.pod?.outdated)?.broker;
  const phase = stayingOf(facts).some(({ pod }) => pod?.outdated) ? 'Rolling' : 'Healing';
  return wait(phase, 'member', few(each, '; '), old && adviceForOld(old));
}

function awaitRoll(facts: BrokerFacts): BrokerStep | undefined {
  const outdated = stayingOf(facts)
    .filter(({ pod }) => pod?.outdated)
    .sort(restartOrder(facts));
  if (outdated.length === 0) return undefined;
  const unwell = [...new Set(outdated.flatMap((broker) => unwellBeside(facts, broker)))];
  const each = outdated
    .map((broker) => ({ broker, holdUps: restartGate(facts, broker).holdUps }))
    .filter(({ holdUps }) => holdUps.length > 0)
    .map(({ broker, holdUps }) => `${nameOf(broker)} cannot be restarted yet: ${few(holdUps)}`);
  const aid = (
    stuckMoves(facts) ??
    haltedMoves(facts) ??
    dropped(facts) ??
    leaderless(facts) ??
    missedVoters(facts)
  )?.todo;
  const step = stuck(facts, 'Rolling', 'majority', few([...unwell.map(describe), ...each], '; '), unwell);
  return aid && step.step === 'wait' && !step.todo ? { ...step, todo: aid } : step;
}

function awaitLeaders(facts: BrokerFacts): BrokerStep | undefined {
  const found = leaderless(facts);
  return found && wait('Healing', 'member', found.why, found.todo);
}

/** Brokers that leave, until all of them have left. */
function awaitLeft(facts: BrokerFacts): BrokerStep | undefined {
  const held = stuckMoves(facts);
  if (held) return wait('Shrinking', 'leaving', held.why, held.todo);
  const voter = leavingOf(facts).find(({ id, set }) => set?.replicas && facts.quorum?.voters.includes(id));
  if (voter) {
    const todo = `Let ${nameOf(voter)} stay; clusters that change have controllers of their own.`;
    return wait('Shrinking', 'leaving', `${nameOf(voter)} is a voter of the quorum and cannot leave`, todo);
  }
  const ending = facts.brokers.filter(
    ({ wanted, set, pod, server, registered }) =>
      (wanted === 'leaving' && (pod || registered || server.state === 'serving')) ||
      (!wanted && !set && (pod || server.state === 'serving')),
  );
  if (ending.length === 0) return undefined;
  const why = `waits for brokers to end: ${ending.map(nameOf).join(', ')}`;
  return stuck(facts, 'Shrinking', 'leaving', why, ending);
}

function awaitDropped(facts: BrokerFacts): BrokerStep | undefined {
  const found = dropped(facts);
  return found && wait('Shrinking', 'leaving', found.why, found.todo);
}

/** The last thing, since there is no way back. */
function upgrade({ upgrade: wanted }: BrokerFacts): BrokerStep | undefined {
  if (!wanted) return undefined;
  return { phase: 'Rolling', step: 'upgrade', feature: wanted.name, level: wanted.to, why: wanted.says };
}

function awaitProvisioned({ provisionFailed, reloadFailed }: BrokerFacts): BrokerStep | undefined {
  const failed = provisionFailed
    ? `provisioning failed: ${provisionFailed}`
    : reloadFailed && `reloading a certificate failed: ${reloadFailed}`;
  if (!failed) return undefined;
  const todo = 'It is tried again and again; if it goes on, mend what the error names.';
  return wait('Provisioning', 'provision', failed, todo);
}

/** Who may go. */
function farewell(facts: BrokerFacts): string {
  const ids = leavingOf(facts).map(({ id }) => id);
  if (ids.length === 0) return '';
  return `; ${brokerList(ids)} ${ids.length === 1 ? 'has' : 'have'} left and may be dropped from the list`;
}
