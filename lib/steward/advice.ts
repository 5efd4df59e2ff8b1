import { wait } from './charge';
import type { Cause, Facts, Member, Phase, Step } from './facts';
import { isWell } from './majority';
import { atGate, lookAt, podTrouble } from './words';

/** What people call a member. */
export function nameOf({ id, pod, ghost }: Member): string {
  return ghost?.name ?? pod?.name ?? `member ${id}`;
}

/** Why a member is not well, in one sentence. */
export function describe(member: Member): string {
  const { pod, server } = member;
  const name = pod?.name ?? nameOf(member);
  const trouble = podTrouble(name, pod);
  if (trouble) return trouble;
  switch (server.state) {
    case 'gate':
      return atGate(name, server.says);
    case 'waiting':
      return `${name} runs and finds no majority`;
    case 'silent':
      return `${name} does not answer: ${server.reason}`;
    case 'serving':
      if (!server.synced) {
        return server.lag > 0
          ? `${name} is ${server.lag} changes behind the leader`
          : `${name} serves under a leader that does not answer`;
      }
      return pod?.ready ? `${name} serves` : `${name} serves and is not ready yet`;
  }
}

/** How several members are. */
export const describeAll = (members: readonly Member[]): string => members.map(describe).join('; ');

/** How pods come back that the StatefulSet has no room for. */
export function addPods(members: readonly Member[]): string {
  const set = members.find(({ pod }) => pod)?.pod?.name.replace(/-\d+$/, '');
  return `kubectl scale statefulset ${set} --replicas=<as many as there were>`;
}

/** What to do when all that there is runs, as far as it can, and is no majority. */
export function adviceForMinority(members: readonly Member[]): string {
  const empty = members.filter(({ server }) => server.state === 'gate' && server.disk === 'empty');
  const lost =
    `Look for the volumes of ${empty.map(nameOf).join(', ')}, whose disks are empty; if those of a majority are lost, ` +
    'restore a backup into a cluster of another name. ';
  return (
    (empty.length > 0 ? `${lost}Otherwise e` : 'E') +
    'ither they do not reach one another, or the membership has members that have no pod any more. Those come back ' +
    `with ${addPods(members)}, and leave in order once a leader serves.`
  );
}

/** Waits, with what a person can do about members that will not come by themselves. */
export function stuck(
  facts: Facts,
  phase: Phase,
  cause: Cause,
  why: string,
  members: readonly Member[],
): Step {
  const broken = members.filter(({ pod }) => pod?.broken);
  const failing = broken.find(({ pod }) => pod && !pod.outdated);
  if (failing?.pod) {
    const { revision } = failing.pod;
    if (facts.members.some((member) => member.pod?.revision === revision && isWell(facts, member))) {
      const todo =
        `Others run well with the same revision, so look at the node and the volumes of ${nameOf(failing)} first: ` +
        `${lookAt(nameOf(failing))}. A commit that mends or reverts what was applied last helps, too.`;
      return wait(phase, 'revision', why, todo);
    }
    const todo =
      `${nameOf(failing)} fails on what was applied last: apply a commit that mends or reverts it. ` +
      'Members that serve are left alone until it is well.';
    return wait(phase, 'revision', why, todo);
  }
  const gone = members.find(({ pod }) => pod?.terminating && pod.stalled);
  if (gone) {
    const todo =
      `${nameOf(gone)} has not ended in time, so its node${gone.pod?.node ? ` ${gone.pod.node}` : ''} may be lost. If the ` +
      'machine is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the member elsewhere.';
    return wait(phase, cause, why, todo);
  }
  const late = members.find(({ pod }) => pod?.stalled);
  const todo = late && `Read what ${nameOf(late)} says: ${lookAt(nameOf(late))}`;
  return wait(phase, cause, why, todo);
}
