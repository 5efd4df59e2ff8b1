import { wait } from '../../steward/charge';
import type { Cause, Phase } from '../../steward/facts';
import { atGate, count, few, lookAt, podTrouble } from '../../steward/words';
import { droppedOf, isProven, partitionsOf } from './broker-state';
import type { Broker, BrokerFacts, BrokerStep } from './facts';
import { nameOf as partitionName } from './fleet';

/** What people call a broker. */
export function nameOf({ id, pod }: Broker): string {
  return pod?.name ?? `broker ${id}`;
}

/** Why a broker is not well, in one sentence. */
export function describe(broker: Broker): string {
  const { set, pod, server, failedDirectories } = broker;
  const name = nameOf(broker);
  if (!set) return `${name} has no StatefulSet`;
  const trouble = podTrouble(name, pod);
  if (trouble) return trouble;
  switch (server.state) {
    case 'gate':
      return atGate(name, server.says);
    case 'starting':
      return `${name} starts, and may be recovering its logs`;
    case 'silent':
      return `${name} does not answer: ${server.reason}`;
    case 'serving':
      if (failedDirectories.length > 0) return `${name} cannot use ${failedDirectories.join(', ')}`;
      return pod?.ready ? `${name} serves` : `${name} serves and is not ready yet`;
  }
}

/** How several brokers are. */
export const describeAll = (brokers: readonly Broker[]): string => brokers.map(describe).join('; ');

/** How brokers are that others speak of. */
export const describeIds = ({ brokers }: Pick<BrokerFacts, 'brokers'>, ids: readonly number[]): string[] =>
  ids.map((id) => {
    const broker = brokers.find((each) => each.id === id);
    return broker ? describe(broker) : `broker ${id} does not exist`;
  });

/** Each id once, in order. */
export const idsIn = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);

/** `broker 1`, `brokers 1, 2`. */
export const brokerList = (ids: readonly number[]): string =>
  `broker${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;

/** Waits, with what a person can do about brokers that will not come by themselves. */
export function stuck(
  facts: BrokerFacts,
  phase: Phase,
  cause: Cause,
  why: string,
  brokers: readonly Broker[],
): BrokerStep {
  const failing = brokers.find(({ pod }) => pod?.broken && !pod.outdated);
  if (failing) return wait(phase, 'revision', why, adviceForFailing(facts, nameOf(failing)));
  const gone = brokers.find(({ pod }) => pod?.terminating && pod.stalled);
  const failed = brokers.find(({ failedDirectories }) => failedDirectories.length > 0);
  const late = brokers.find(({ pod }) => pod?.stalled);
  const todo = gone ? adviceForGone(gone) : failed ? adviceForDisk(failed) : late && adviceForLate(late);
  return wait(phase, cause, why, todo);
}

function adviceForFailing(facts: BrokerFacts, name: string): string {
  if (isProven(facts)) {
    return (
      `Others run well on what was applied last, so look at the node, the volumes and the own settings of ${name} ` +
      `first: ${lookAt(name)}. A commit that mends or reverts what was applied last helps, too.`
    );
  }
  return (
    `${name} fails on what was applied last: apply a commit that mends or reverts it. ` +
    'Brokers that serve are left alone until it is well.'
  );
}

function adviceForGone({ pod }: Broker): string {
  return (
    `${pod?.name} has not ended in time, so its node${pod?.node ? ` ${pod.node}` : ''} may be lost. If the machine is ` +
    'gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the broker elsewhere.'
  );
}

function adviceForDisk(broker: Broker): string {
  const name = nameOf(broker);
  return (
    `Read what ${name} says: ${lookAt(name)}. If the disk of ${broker.failedDirectories.join(', ')} is lost, delete its ` +
    `claim and the pod: the broker comes back with an empty disk and copies its partitions from the others.`
  );
}

function adviceForLate(broker: Broker): string {
  const name = nameOf(broker);
  if (broker.server.state !== 'starting') return `Read what ${name} says: ${lookAt(name)}`;
  const log = `Read whether ${name} recovers its logs, which takes as long as it takes: kubectl logs ${name}. `;
  return broker.pod?.outdated
    ? `${log}If it does not, kubectl delete pod ${name} lets it start with what was applied last.`
    : `${log}If it does not, apply a commit that mends what was applied last.`;
}

/** What to do where a broker that the steward may not restart is behind, perhaps for what it runs. */
export const adviceForOld = (broker: Broker): string =>
  `If ${nameOf(broker)} does not catch up on what it runs, kubectl delete pod ${nameOf(broker)} lets it start with what was applied last.`;

/** What is wrong, and what a person can do about it. */
export interface Trouble {
  readonly why: string;
  readonly todo: string;
}

/** Partitions that nobody can read or write. */
export function leaderless({ partitions, brokers }: BrokerFacts): Trouble | undefined {
  const without = partitions.filter(({ leader }) => leader < 0);
  if (without.length === 0) return undefined;
  const how = describeIds({ brokers }, idsIn(without.flatMap(({ isr }) => isr)));
  const said = how.length > 0 ? `; last in sync: ${few(how, '; ')}` : '';
  return {
    why: `${count(without.length, 'partition')} without a leader: ${few(without.map(partitionName))}${said}`,
    todo:
      'Only a broker that was in sync last has all their records: bring it back; where it is not in the list any more, as ' +
      'leaving. If it is lost for good, kafka-leader-election.sh --election-type unclean gives up what only it had.',
  };
}

/** Brokers that were taken out of the manifests before they had left. */
export function dropped(facts: BrokerFacts): Trouble | undefined {
  const holding = (id: number) => partitionsOf(facts, id).length > 0;
  const ids = droppedOf(facts).filter(holding);
  const idle = facts.brokers.filter(({ wanted, set }) => !wanted && set);
  const all = [...ids, ...idle.map(({ id }) => id).filter(holding)];
  if (all.length > 0) {
    const each = all.map((id) => {
      const partitions = partitionsOf(facts, id).map(partitionName);
      return `broker ${id} was dropped without having left, and has copies of ${count(partitions.length, 'partition')} (${few(partitions)})`;
    });
    const todo =
      `Put ${brokerList(all)} back into the list as leaving: claims were kept, and partitions are moved away in order. Where ` +
      'a disk is lost, the broker starts with an empty one.';
    return { why: few(each, '; '), todo };
  }
  if (idle.length === 0) return undefined;
  return {
    why: `${brokerList(idle.map(({ id }) => id))} should not exist and has a StatefulSet`,
    todo: `It holds nothing; delete the StatefulSet of ${idle.map(nameOf).join(', ')}, if it is not pruned by itself.`,
  };
}

/** Voters that a majority needs and that will not catch up by themselves, since they do not stay. */
export function missedVoters({ quorum, brokers }: BrokerFacts): Trouble | undefined {
  const stays = (id: number) => brokers.some((broker) => broker.id === id && broker.wanted === 'staying');
  const missed = (quorum?.voters ?? []).filter((id) => !quorum?.caughtUp.includes(id) && !stays(id));
  if (missed.length === 0) return undefined;
  return {
    why: `${brokerList(missed)} ${missed.length === 1 ? 'votes and does' : 'vote and do'} not stay`,
    todo: `Let ${brokerList(missed)} stay, so that enough voters catch up; clusters that change have controllers of their own.`,
  };
}
