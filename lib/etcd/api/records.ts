import { bytes, int, list, type Message, text, texts } from './answers';
import type { KeyRange } from './ranges';
import type { Alarm, HashKv, MemberEntry, MemberStatus, WirePermission } from './types';

// Names of fields as in etcd's rpc.proto, which are of two styles.

export function readStatus(message: Message): MemberStatus {
  const header = headerOf(message);
  return {
    memberId: int(header.member_id),
    clusterId: int(header.cluster_id),
    leader: int(message.leader),
    learner: message.isLearner === true,
    version: text(message.version),
    raftTerm: int(message.raftTerm),
    raftIndex: int(message.raftIndex),
    raftAppliedIndex: int(message.raftAppliedIndex),
    revision: int(header.revision),
    dbSize: Number(int(message.dbSize)),
    dbSizeInUse: Number(int(message.dbSizeInUse)),
    errors: texts(message.errors),
  };
}

export function readMembers(message: Message): readonly MemberEntry[] {
  return list(message.members).map(readMember);
}

export function readMember(member: Message): MemberEntry {
  return {
    id: int(member.ID),
    name: text(member.name),
    peerUrls: texts(member.peerURLs),
    learner: member.isLearner === true,
  };
}

export function readAlarms(message: Message): readonly Alarm[] {
  return list(message.alarms).map(({ memberID, alarm }) => ({
    memberId: int(memberID),
    alarm: text(alarm) || 'NONE',
  }));
}

/** 3.5 does not tell which revision it hashed up to: the one that was asked for, or the newest. */
export function readHashKv(message: Message, asked: bigint): HashKv {
  return {
    hash: Number(int(message.hash)),
    hashRevision: int(message.hash_revision) || asked || int(headerOf(message).revision),
    compactRevision: int(message.compact_revision),
  };
}

export function readValue(message: Message): Buffer | undefined {
  const [pair] = list(message.kvs);
  return pair && bytes(pair.value);
}

export function readPermissions(message: Message): readonly WirePermission[] {
  return list(message.perm).map((permission) => ({
    permType: (text(permission.permType) || 'READ') as WirePermission['permType'],
    key: bytes(permission.key),
    ...(permission.range_end !== undefined && { rangeEnd: bytes(permission.range_end) }),
  }));
}

export function writeRange({ key, rangeEnd }: KeyRange): Message {
  return { key: key.toString('base64'), ...(rangeEnd && { range_end: rangeEnd.toString('base64') }) };
}

function headerOf({ header }: Message): Message {
  return (header ?? {}) as Message;
}
