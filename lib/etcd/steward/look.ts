import type { Server } from '../../steward/facts';
import type { MemberStatus } from '../api/types';
import type { Known, Places } from './places';
import type { Answer } from './probe';

/** Who leads. */
export interface Leader {
  /** Member whose word is taken: the leader, or one that follows a leader who was not asked. */
  readonly speaker: number;
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** What all others must have to be in step. */
  readonly index: bigint;
}

/** Everything that was heard at one look. */
export interface Look {
  readonly answers: ReadonlyMap<number, Answer>;
  readonly leader?: Leader;
  /** The membership by the word of the leader, as etcd has it and by the ids of members; undefined: nobody leads. */
  readonly known?: Known;
  readonly places?: Places;
}

/** What members said of themselves. */
export function statusesOf(answers: ReadonlyMap<number, Answer>): Map<number, MemberStatus> {
  return new Map(
    [...answers].flatMap(([id, answer]): [number, MemberStatus][] =>
      answer.state === 'answers' ? [[id, answer.status]] : [],
    ),
  );
}

/**
 * Who leads: of those who say that they do, the one of the newest term. Where none of them does, it may be a server that is
 * none of this cluster's, which its followers tell of.
 */
export function leaderOf(statuses: ReadonlyMap<number, MemberStatus>): Leader | undefined {
  const led = [...statuses]
    .filter(([, { leader }]) => leader !== 0n)
    .sort(([, a], [, b]) => Number(b.raftTerm - a.raftTerm));
  const leads = led.find(([, { leader, memberId }]) => leader === memberId);
  const [speaker, status] = leads ?? led[0] ?? [];
  if (speaker === undefined || !status) return undefined;
  const { clusterId } = status;
  if (leads) return { speaker, memberId: status.memberId, clusterId, index: status.raftIndex };
  const indices = led.filter(([, { leader }]) => leader === status.leader).map(([, each]) => each.raftIndex);
  const index = indices.reduce((a, b) => (a > b ? a : b));
  return { speaker, memberId: status.leader, clusterId, index };
}

/** Whether a member has applied everything that its leader had agreed on with the others. */
export function isInStep(status: MemberStatus, leader: Leader): boolean {
  return status.leader === leader.memberId && status.raftAppliedIndex >= leader.index;
}

/** What a member's server is, as far as is known. */
export function serverOf(id: number, answer: Answer, { leader, places }: Look): Server {
  switch (answer.state) {
    case 'gate':
      return { state: 'gate', disk: answer.report.disk, says: answer.report.says };
    case 'silent':
      return { state: 'silent', reason: answer.reason };
    case 'waiting':
      return { state: 'waiting' };
    case 'answers': {
      const { status } = answer;
      // One that was taken out may run on for a while, and one that was invited anew has another id.
      const belongs = !places || places.entries.get(id)?.id === status.memberId;
      if (status.leader === 0n || !belongs) return { state: 'waiting' };
      const role = status.learner ? 'observer' : 'follower';
      if (!leader || !places) return { state: 'serving', role, synced: false, lag: 0 };
      if (leader.memberId === status.memberId)
        return { state: 'serving', role: 'leader', synced: true, lag: 0 };
      if (isInStep(status, leader)) return { state: 'serving', role, synced: true, lag: 0 };
      // One that follows another leader, or none that is known here, may have as much and is not in step.
      const behind = Number(leader.index - status.raftAppliedIndex);
      return { state: 'serving', role, synced: false, lag: Math.max(0, behind) };
    }
  }
}
