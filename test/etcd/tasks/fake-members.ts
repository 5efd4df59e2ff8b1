import type { EtcdMember, MemberStatus } from '../../../lib/etcd/api/types';
import type { Candidate } from '../../../lib/etcd/tasks/members';

/** What a member says of itself; it follows number 1. */
export function statusOf(status: Partial<MemberStatus> = {}): MemberStatus {
  return {
    memberId: 2n,
    clusterId: 77n,
    leader: 1n,
    learner: false,
    version: '3.6.14',
    raftTerm: 2n,
    raftIndex: 10n,
    raftAppliedIndex: 10n,
    revision: 5n,
    dbSize: 0,
    dbSizeInUse: 0,
    errors: [],
    ...status,
  };
}

/** A member that answers as given, and nothing else. */
export function candidate(
  name: string,
  member: Partial<EtcdMember> = {},
  status: Partial<MemberStatus> = {},
): Candidate {
  return { name, member: member as EtcdMember, status: statusOf(status) };
}
