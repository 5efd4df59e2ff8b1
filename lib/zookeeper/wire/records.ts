import type { JuteReader, JuteWriter } from './jute';

/** Numbers of the requests. */
export const OpCode = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  check: 13,
  multi: 14,
  reconfig: 16,
  auth: 100,
  sasl: 102,
  whoAmI: 107,
  closeSession: -11,
  error: -1,
} as const;

/** Permissions of an ACL entry, to be combined with `|`. */
export const Perms = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

/** Who may do what with a node. */
export interface Acl {
  /** Sum of `Perms`. */
  readonly perms: number;
  /** `world`, `digest`, `sasl`, `x509`, `ip`, or `auth` for whoever creates the node. */
  readonly scheme: string;
  readonly id: string;
}

/** An identity that a session has. */
export type Identity = Pick<Acl, 'scheme' | 'id'>;

/** Everybody may do everything. */
export const OPEN_ACL: readonly Acl[] = [{ perms: Perms.all, scheme: 'world', id: 'anyone' }];

/** The identities of the session that sets it may do everything. */
export const CREATOR_ACL: readonly Acl[] = [{ perms: Perms.all, scheme: 'auth', id: '' }];

/** State of a node; times in milliseconds since 1970, the rest as ZooKeeper names it. */
export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctime: bigint;
  readonly mtime: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** Session that owns the node, 0 when it is not ephemeral. */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: bigint;
}

export function readStat(reader: JuteReader): Stat {
  return {
    czxid: reader.long(),
    mzxid: reader.long(),
    ctime: reader.long(),
    mtime: reader.long(),
    version: reader.int(),
    cversion: reader.int(),
    aversion: reader.int(),
    ephemeralOwner: reader.long(),
    dataLength: reader.int(),
    numChildren: reader.int(),
    pzxid: reader.long(),
  };
}

export function readAcls(reader: JuteReader): Acl[] {
  return reader.vector(() => ({ perms: reader.int(), scheme: reader.text(), id: reader.text() })) ?? [];
}

export function writeAcls(writer: JuteWriter, acls: readonly Acl[]): JuteWriter {
  return writer.vector(acls, (w, acl) => w.int(acl.perms).ustring(acl.scheme).ustring(acl.id));
}

/** What a node holds; a string is written as UTF-8. */
export type Data = Uint8Array | string;

export function toBytes(data: Data): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
}

/** How a node is created; by default it persists, has the name given, and is open to everybody. */
export interface CreateOptions {
  /** The node goes when the session ends. */
  readonly ephemeral?: boolean;
  /** The server appends ten digits that grow with every such child. */
  readonly sequential?: boolean;
  readonly acl?: readonly Acl[];
}

export function writeCreate(
  writer: JuteWriter,
  path: string,
  data: Data,
  options: CreateOptions,
): JuteWriter {
  writeAcls(writer.ustring(path).buffer(toBytes(data)), options.acl ?? OPEN_ACL);
  return writer.int((options.ephemeral ? 1 : 0) | (options.sequential ? 2 : 0));
}
