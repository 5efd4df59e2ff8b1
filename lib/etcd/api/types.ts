import type { ConnectionOptions } from 'node:tls';

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a member is asked: by its gRPC gateway, which speaks JSON over HTTP. */
export interface Transport {
  /** Keys and authority; undefined: plain text. */
  readonly tls?: ConnectionOptions;
  /** For one request, in milliseconds. */
  readonly timeoutMs: number;
}

/** A user's name and password. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A member as the membership has it. */
export interface MemberEntry {
  readonly id: bigint;
  /** Empty until its server has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly learner: boolean;
}

/** What a member says of itself. */
export interface MemberStatus {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** Who leads as far as it knows; 0n: nobody. */
  readonly leader: bigint;
  readonly learner: boolean;
  /** Release, such as `3.6.14`. */
  readonly version: string;
  readonly raftTerm: bigint;
  /** Index of the newest change that it knows to be agreed on, and of the newest that it has applied. */
  readonly raftIndex: bigint;
  readonly raftAppliedIndex: bigint;
  /** Newest revision of the keys. */
  readonly revision: bigint;
  /** Bytes of the database file, and of what is in use of it. */
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  /** Such as `memberID:1 alarm:NOSPACE`. */
  readonly errors: readonly string[];
}

/** An alarm that a member has raised. */
export interface Alarm {
  readonly memberId: bigint;
  readonly alarm: 'NOSPACE' | 'CORRUPT' | string;
}

/** Hash over the keys up to a revision. */
export interface HashKv {
  readonly hash: number;
  readonly hashRevision: bigint;
  /** Newest revision that was compacted away; -1n: none. */
  readonly compactRevision: bigint;
}

/** Permission of a role, as the wire has it; keys as bytes. `rangeEnd` is absent for a single key. */
export interface WirePermission {
  readonly permType: 'READ' | 'WRITE' | 'READWRITE';
  readonly key: Buffer;
  readonly rangeEnd?: Buffer;
}

/**
 * What one member offers. Every call gives up after the transport's time; `defragment`, `snapshot` and `compact` take the
 * time that they need, unless `signal` ends them.
 * @throws EtcdError with etcd's own words, or Error when it does not answer
 */
export interface EtcdMember {
  status(): Promise<MemberStatus>;
  /** Everything that was agreed on before is in it. */
  memberList(): Promise<readonly MemberEntry[]>;
  memberAdd(peerUrl: string, learner: boolean): Promise<MemberEntry>;
  memberRemove(id: bigint): Promise<void>;
  memberPromote(id: bigint): Promise<void>;
  /** Only the leader can. */
  moveLeader(target: bigint): Promise<void>;
  defragment(signal?: AbortSignal): Promise<void>;
  alarms(): Promise<readonly Alarm[]>;
  disarm(alarm: Alarm): Promise<void>;
  /** Forgets what is older than `revision`, and returns once it is gone from the file. */
  compact(revision: bigint, signal?: AbortSignal): Promise<void>;
  hashKv(revision?: bigint): Promise<HashKv>;
  /** How many keys there are, at a revision. */
  countKeys(revision?: bigint): Promise<bigint>;
  /** The database as it is now, followed by its SHA-256, in pieces. */
  snapshot(signal?: AbortSignal): AsyncIterable<Buffer>;
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, value: Buffer | string): Promise<void>;
  authStatus(): Promise<{ readonly enabled: boolean }>;
  authEnable(): Promise<void>;
  users(): Promise<readonly string[]>;
  /** Roles of a user. */
  userRoles(name: string): Promise<readonly string[]>;
  /** Without a password the user logs in by certificate. */
  userAdd(name: string, password?: string): Promise<void>;
  userChangePassword(name: string, password: string): Promise<void>;
  userDelete(name: string): Promise<void>;
  userGrantRole(name: string, role: string): Promise<void>;
  userRevokeRole(name: string, role: string): Promise<void>;
  roles(): Promise<readonly string[]>;
  rolePermissions(name: string): Promise<readonly WirePermission[]>;
  roleAdd(name: string): Promise<void>;
  roleDelete(name: string): Promise<void>;
  roleGrantPermission(name: string, permission: WirePermission): Promise<void>;
  roleRevokePermission(name: string, permission: Pick<WirePermission, 'key' | 'rangeEnd'>): Promise<void>;
  /** Whether this login is the right one. */
  canLogin(login: Login): Promise<boolean>;
}

/** What etcd refused, in its own words. */
export class EtcdError extends Error {
  constructor(
    message: string,
    /** Status of gRPC. https://grpc.io/docs/guides/status-codes/ */
    readonly code: number,
  ) {
    super(message);
    this.name = 'EtcdError';
  }
}

/** The membership as a member's peer port tells it, to whoever shows a certificate of a member. */
export interface PeerMembership {
  readonly clusterId: bigint;
  readonly members: readonly MemberEntry[];
}

/** What a member's metrics port tells, to anybody, also while there is no quorum. */
export interface Health {
  /** Its process is not wedged (`/livez`). */
  readonly live: boolean;
  /** It is part of a working cluster (`/readyz/linearizable_read`). */
  readonly linearizable: boolean;
}
