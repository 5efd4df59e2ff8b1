import { wait } from '../../../steward/charge';
import type { Cause, MemberPod, Phase } from '../../../steward/facts';
import { atGate, lookAt, podTrouble } from '../../../steward/words';
import type { ReplicatedServer, ReplicationFacts, ReplicationStep, SentinelFacts } from './replication-facts';
import { isSentinelWell, isWell, masterOf } from './replication-state';

/** A pod of the deployment. */
export type Member = ReplicatedServer | SentinelFacts;

/** Why a server or Sentinel is not well, in one sentence. */
export function describe(member: Member): string {
  const { pod, kube } = member;
  const trouble = podTrouble(pod, kube);
  if (trouble) return trouble;
  return 'server' in member ? describeServer(member) : describeSentinel(member);
}

function describeServer({ pod, kube, server }: ReplicatedServer): string {
  switch (server.state) {
    case 'silent':
      return `${pod} does not answer: ${server.reason}`;
    case 'gate':
      return atGate(pod, server.says);
    case 'loading':
      return `${pod} reads its data`;
    case 'serving': {
      const follows = server.follows?.split('.')[0];
      if (server.role === 'replica' && !server.linked) return `${pod} is not connected to ${follows}`;
      const role = server.role === 'master' ? 'serves as master' : `follows ${follows}`;
      return kube?.ready ? `${pod} ${role}` : `${pod} ${role} and is not ready yet`;
    }
  }
}

function describeSentinel({ pod, kube, says }: SentinelFacts): string {
  switch (says.state) {
    case 'silent':
      return `${pod} does not answer: ${says.reason}`;
    case 'gate':
      return atGate(pod, says.says);
    case 'blank':
      return `${pod} monitors nothing`;
    case 'knows': {
      const master = says.master.split('.')[0];
      const how = says.failingOver ? 'replaces' : says.down ? 'misses' : 'monitors';
      return kube?.ready ? `${pod} ${how} ${master}` : `${pod} ${how} ${master} and is not ready yet`;
    }
  }
}

export const describeAll = (members: readonly Member[]): string => members.map(describe).join('; ');

/** Waits, with what a person can do about members that will not come by themselves. */
export function stuck(
  facts: ReplicationFacts,
  phase: Phase,
  cause: Cause,
  why: string,
  members: readonly Member[],
): ReplicationStep {
  const failing = members.find(({ kube }) => kube?.broken && !kube.outdated);
  if (failing?.kube) return wait(phase, 'revision', why, adviceForFailing(facts, failing.pod, failing.kube));
  const gone = members.find(({ kube }) => kube?.terminating && kube.stalled);
  const late = members.find(({ kube }) => kube?.stalled && !kube.terminating);
  const todo = gone?.kube
    ? `${gone.pod} has not ended in time, so its node${gone.kube.node ? ` ${gone.kube.node}` : ''} may be lost. If the machine ` +
      'is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts it elsewhere.'
    : late && `Read what ${late.pod} says: ${lookAt(late.pod)}`;
  return wait(phase, cause, why, todo);
}

function adviceForFailing(facts: ReplicationFacts, pod: string, { revision }: MemberPod): string {
  const master = masterOf(facts);
  const proven =
    facts.servers.members.some((each) => each.kube?.revision === revision && isWell(each, master)) ||
    facts.sentinels?.members.some((each) => each.kube?.revision === revision && isSentinelWell(facts, each));
  if (proven) {
    return (
      `Others run well with the same revision, so look at the node and the volumes of ${pod} first: ${lookAt(pod)}. ` +
      'A commit that mends or reverts what was applied last helps, too.'
    );
  }
  return (
    `${pod} fails on what was applied last: apply a commit that mends or reverts it. ` +
    'What serves is left alone until it is well.'
  );
}
