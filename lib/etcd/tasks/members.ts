import type { Address, EtcdMember, MemberStatus } from '../api/types';

/** A member that was asked how it is. */
export interface Candidate {
  /** `host:port` */
  readonly name: string;
  /** Gives up on every question after a while, and takes the time that a snapshot needs. */
  readonly member: EtcdMember;
  readonly status: MemberStatus;
}

export const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

/** What went wrong with a member, with its name. */
export function problemOf(name: string, error: unknown): string {
  const { message } = error as Error;
  return message.includes(name) ? message : `${name}: ${message}`;
}

/** Why a member is not backed up; undefined: it may be. */
export function whyNot(status: MemberStatus): string | undefined {
  if (status.learner) return 'it is a learner, which may be far behind';
  if (status.leader === 0n) return 'it knows no leader';
  const corrupt = status.errors.some((error) => error.includes(`memberID:${status.memberId} alarm:CORRUPT`));
  return corrupt ? 'its data is corrupt, by an alarm of the cluster' : undefined;
}

/** The follower that knows most first, the leader last: a snapshot costs a follower less that others wait for. */
export function inOrder<T extends Pick<Candidate, 'status'>>(candidates: readonly T[]): T[] {
  const leads = ({ status }: T) => status.leader === status.memberId;
  const newestFirst = (one: T, other: T) =>
    Number(other.status.raftAppliedIndex - one.status.raftAppliedIndex);
  return [
    ...candidates.filter((each) => !leads(each)).sort(newestFirst),
    ...candidates.filter((each) => leads(each)),
  ];
}
