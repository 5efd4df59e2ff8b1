import type { Objection } from '../../steward/facts';
import type { Alarm, MemberStatus } from '../api/types';
import { bytesInWords } from './bytes';
import type { EtcdStewardSettings } from './settings';

/** Share of the quota below which the files of members must be before writes are permitted again. */
const ROOM = 0.95;
/** Share of free space that is worth a defragmentation that is due, or that is made for want of space. */
const WORTHWHILE = 0.1;
/** How long a member is left alone after a defragmentation, however little that has freed, in milliseconds. */
const REST_MS = 600_000;
/** How long after a compaction, and after writes were permitted again, the same is not done again, in milliseconds. */
const AGAIN_MS = 60_000;

/** A member that is looked after. */
export interface MaintainedMember {
  readonly id: number;
  readonly name: string;
  /** Its id in the membership. */
  readonly memberId: bigint;
  /** undefined: it does not answer. */
  readonly status?: MemberStatus;
}

/** What was done before, with times of a clock that never goes back, in milliseconds. */
export interface MaintenanceMemory {
  /** The last compaction for want of space. */
  readonly compacted?: { readonly revision: bigint; readonly at: number };
  /** When members were defragmented last, by id. */
  readonly defragmented: ReadonlyMap<number, number>;
  /** When writes were last permitted again. */
  readonly disarmed?: number;
  /** Members that are due by the schedule. */
  readonly due: ReadonlySet<number>;
}

/** Everything that maintenance is decided from. */
export interface MaintenanceFacts {
  /** All that the membership has. */
  readonly members: readonly MaintainedMember[];
  /** Id of the leader; undefined: nobody leads. */
  readonly leader?: number;
  readonly alarms: readonly Alarm[];
  readonly quota: number;
  readonly defragmentation?: EtcdStewardSettings['defragmentation'];
  readonly memory: MaintenanceMemory;
  readonly now: number;
}

/** One thing to do, by one member. */
export type MaintenanceTask =
  | { readonly task: 'compact'; readonly id: number; readonly revision: bigint }
  /** `heir` gets the leadership first. */
  | { readonly task: 'defragment'; readonly id: number; readonly heir?: number }
  | { readonly task: 'disarm'; readonly id: number; readonly alarms: readonly Alarm[] };

/** What is to be done, and what only people can do. */
export interface MaintenancePlan {
  readonly task?: MaintenanceTask;
  /** What the task does, and why. */
  readonly why?: string;
  /** Whether it is done at once, or only while every member is well. */
  readonly urgent?: boolean;
  readonly trouble?: Objection;
}

type Answering = MaintainedMember & { readonly status: MemberStatus };

/**
 * Decides what is done next to keep the files of members small, one member at a time and the leader last.
 *
 * Where one of them is out of space (alarm NOSPACE), etcd refuses writes to all: what was overwritten is then forgotten, files are
 * made smaller, and the alarm is taken back. An alarm that data is corrupt is never taken back.
 * https://etcd.io/docs/v3.6/op-guide/maintenance/
 */
export function planMaintenance(facts: MaintenanceFacts): MaintenancePlan {
  const corrupt = facts.alarms.filter(({ alarm }) => alarm === 'CORRUPT');
  if (corrupt.length > 0) return { trouble: corruption(facts, corrupt) };
  const full = facts.alarms.filter(({ alarm }) => alarm === 'NOSPACE');
  if (full.length > 0) return makeRoom(facts, full);
  return defragment(facts);
}

function corruption({ members }: MaintenanceFacts, alarms: readonly Alarm[]): Objection {
  const names = listed(members, alarms);
  return {
    why: `the data of ${names} differs from that of others (alarm CORRUPT), so etcd refuses reads and writes`,
    todo:
      `Find out whose data is right: etcdctl endpoint hashkv --cluster, and the logs of ${names}. Where only ${names} is wrong, ` +
      `delete its claims and its pod, then take the alarm back: etcdctl alarm disarm; the steward replaces the member. ` +
      'Nobody takes it back for you.',
  };
}

function makeRoom(facts: MaintenanceFacts, alarms: readonly Alarm[]): MaintenancePlan {
  const { leader, memory, now, quota } = facts;
  // A member that does not answer need not be waited for: where it is out of space, it says so again once it is back.
  const answering = facts.members.filter(answers);
  const first = answering.find(({ id }) => id === leader);
  const whose = `no space is left in ${listed(facts.members, alarms)} (alarm NOSPACE), so etcd refuses writes`;
  if (!first) return { trouble: { why: whose, todo: 'Bring back a majority first.' } };
  const { compacted, disarmed } = memory;
  if (disarmed !== undefined && now - disarmed < AGAIN_MS) {
    const todo = `Room was made for it a moment ago. ${MORE_ROOM}`;
    return { trouble: { why: `${whose} again`, todo } };
  }
  const { revision } = first.status;
  if (!compacted || (revision > compacted.revision && now - compacted.at >= AGAIN_MS)) {
    const task = { task: 'compact', id: first.id, revision } as const;
    return { task, urgent: true, why: `${whose}: compacting up to revision ${revision}` };
  }
  const limit = ROOM * quota;
  // All have the same data; but members count pages as free only with a later write, of which there are none now.
  const used = Math.min(...answering.map(({ status }) => status.dbSizeInUse));
  const helps = ({ id, status }: Answering) => {
    const at = memory.defragmented.get(id) ?? Number.NEGATIVE_INFINITY;
    const tooLarge = status.dbSize >= limit && used < limit;
    // One that was still compacting then is left with more than it needs.
    if (at >= compacted.at)
      return tooLarge && status.dbSize > used / (1 - WORTHWHILE) && now - at >= AGAIN_MS;
    return tooLarge || freeShare(status) > WORTHWHILE;
  };
  const task = leaderLast(facts, answering.filter(helps));
  if (task) return { task, urgent: true, why: `${whose}: ${inWords(facts, task)}` };
  const large = answering.filter(({ status }) => status.dbSize >= limit);
  if (large.length === 0) {
    const disarm = { task: 'disarm', id: first.id, alarms } as const;
    return { task: disarm, urgent: true, why: `${whose}: there is room again, so the alarm is taken back` };
  }
  const why = `${whose}: ${bytesInWords(used)} of ${bytesInWords(quota)} are in use, and the file of ${named(large)} is not smaller`;
  return { trouble: { why, todo: MORE_ROOM } };
}

const MORE_ROOM =
  'Delete keys that nobody needs, which etcd permits meanwhile, or raise `quota`; the steward then does the rest.';

function defragment(facts: MaintenanceFacts): MaintenancePlan {
  const { defragmentation, leader, members, memory, now } = facts;
  if (!defragmentation || leader === undefined || !members.every(answers)) return {};
  const { fragmentation, minimum } = defragmentation;
  const worth = members.filter(answers).filter(({ id, status }) => {
    if (status.dbSize < minimum) return false;
    if (now - (memory.defragmented.get(id) ?? Number.NEGATIVE_INFINITY) < REST_MS) return false;
    return freeShare(status) > (memory.due.has(id) ? Math.min(fragmentation, WORTHWHILE) : fragmentation);
  });
  const task = leaderLast(facts, worth);
  return task ? { task, urgent: false, why: inWords(facts, task) } : {};
}

/** Whether a defragmentation of a member that is due would not be worth while. */
export function hasLittleFree(status: MemberStatus): boolean {
  return freeShare(status) <= WORTHWHILE;
}

/** The first of them, and the leader only where there is no other. */
function leaderLast(
  { leader, members }: MaintenanceFacts,
  some: readonly Answering[],
): (MaintenanceTask & { readonly task: 'defragment' }) | undefined {
  const rank = ({ id }: Answering) => (id === leader ? 1 : 0);
  const [next] = [...some].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
  if (!next) return undefined;
  if (next.id !== leader) return { task: 'defragment', id: next.id };
  const heirs = members.filter(answers).filter(({ id, status }) => id !== leader && !status.learner);
  const applied = ({ status }: Answering) => status.raftAppliedIndex;
  const [heir] = heirs.sort((a, b) =>
    applied(a) === applied(b) ? a.id - b.id : applied(a) < applied(b) ? 1 : -1,
  );
  return { task: 'defragment', id: next.id, heir: heir?.id };
}

function inWords(
  { members }: MaintenanceFacts,
  { id, heir }: MaintenanceTask & { task: 'defragment' },
): string {
  const { name, status } = members.find((member) => member.id === id) as Answering;
  const first = members.find((member) => member.id === heir);
  const after = first ? `, which leads no more once ${first.name} does` : '';
  const free = bytesInWords(status.dbSize - status.dbSizeInUse);
  return `defragmenting ${name}${after}: ${free} of its ${bytesInWords(status.dbSize)} are free`;
}

function answers(member: MaintainedMember): member is Answering {
  return member.status !== undefined;
}

function freeShare({ dbSize, dbSizeInUse }: Pick<MemberStatus, 'dbSize' | 'dbSizeInUse'>): number {
  return dbSize > 0 ? (dbSize - dbSizeInUse) / dbSize : 0;
}

function named(members: readonly MaintainedMember[]): string {
  return members.map(({ name }) => name).join(', ');
}

/** Who has raised alarms. One that is no member any more has no name but its id. */
function listed(members: readonly MaintainedMember[], alarms: readonly Alarm[]): string {
  const name = ({ memberId }: Alarm) =>
    members.find((member) => member.memberId === memberId)?.name ?? `member ${memberId.toString(16)}`;
  return [...new Set(alarms.map(name))].join(', ');
}
