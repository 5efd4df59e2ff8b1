import type { MemberStatus } from '../../../lib/etcd/api/types';
import type {
  MaintainedMember,
  MaintenanceFacts,
  MaintenanceMemory,
} from '../../../lib/etcd/steward/maintenance-plan';

export const MIB = 1024 * 1024;

export const NOTHING_DONE: MaintenanceMemory = { defragmented: new Map(), due: new Set() };

/** Ids of members in the membership, by their number. */
export const memberIdOf = (id: number): bigint => 0xa0n + BigInt(id);

/** What a member says of itself; sizes in MiB. */
export function statusOf(
  id: number,
  size: number,
  inUse: number,
  more: Partial<MemberStatus> = {},
): MemberStatus {
  return {
    memberId: memberIdOf(id),
    clusterId: 1n,
    leader: memberIdOf(0),
    learner: false,
    version: '3.6.14',
    raftTerm: 2n,
    raftIndex: 100n,
    raftAppliedIndex: 100n,
    revision: 42n,
    dbSize: size * MIB,
    dbSizeInUse: inUse * MIB,
    errors: [],
    ...more,
  };
}

/** A member with a file of that many MiB, so many of which are in use. */
export function member(
  id: number,
  size: number,
  inUse: number,
  more: Partial<MemberStatus> = {},
): MaintainedMember {
  return { id, name: `etcd-${id}`, memberId: memberIdOf(id), status: statusOf(id, size, inUse, more) };
}

export const silent = (id: number): MaintainedMember => ({
  id,
  name: `etcd-${id}`,
  memberId: memberIdOf(id),
});

/** Three members led by `etcd-0`, with a quota of 1000 MiB and defragmentation at a half. */
export function factsOf(more: Partial<MaintenanceFacts> = {}): MaintenanceFacts {
  return {
    members: [member(0, 400, 390), member(1, 400, 390), member(2, 400, 390)],
    leader: 0,
    alarms: [],
    quota: 1_000 * MIB,
    defragmentation: { fragmentation: 0.5, minimum: 100 * MIB },
    memory: NOTHING_DONE,
    now: 1_000_000,
    ...more,
  };
}
