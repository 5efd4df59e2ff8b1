import type { Connection } from './connection';
import { ZooKeeperError } from './errors';
import { type JuteReader, JuteWriter } from './jute';
import { type MultiOperation, type MultiResult, readMulti, writeMulti } from './multi';
import { type ConnectOptions, openSession } from './open';
import { CONFIG_NODE, type Config, type Reconfiguration, readConfig, writeReconfiguration } from './reconfig';
import * as records from './records';
import {
  type Acl,
  type CreateOptions,
  type Data,
  type Identity,
  OpCode,
  readStat,
  type Stat,
} from './records';
import { authenticate } from './sasl';

export { isZooKeeperError, ZooKeeperError, type ZooKeeperErrorCode } from './errors';
export type { MultiOperation, MultiResult } from './multi';
export type { ConnectOptions } from './open';
export type { Config, Reconfiguration } from './reconfig';
export type { Acl, CreateOptions, Data, Identity, Stat } from './records';
export { CREATOR_ACL, OPEN_ACL, Perms } from './records';
export type { SaslCredentials } from './sasl';

/**
 * A ZooKeeper client in which one connection is one session. When the connection is lost, every call under way
 * rejects with ConnectionLoss, and whether it was applied is unknown; the client is closed for good, and its
 * session expires by itself. Connecting again, reading what is true now and repeating what is missing is the
 * loop of the caller. A call without reply in time rejects with OperationTimeout and loses the connection, too.
 */
export class ZooKeeperClient {
  private constructor(
    private readonly connection: Connection,
    private readonly chroot: string,
    private readonly timeoutMs: number,
  ) {}

  /** Begins a session with the first server that grants one, in the order given, and authenticates it. */
  static async connect(options: ConnectOptions): Promise<ZooKeeperClient> {
    const connection = await openSession(options);
    const chroot = options.chroot && options.chroot !== '/' ? options.chroot : '';
    const timeoutMs = options.requestTimeoutMs ?? connection.sessionTimeoutMs;
    const client = new ZooKeeperClient(connection, chroot, timeoutMs);
    try {
      if (options.sasl) await authenticate(options.sasl, (token) => client.sasl(token));
      for (const { scheme, auth } of options.auth ?? []) await client.addAuth(scheme, auth);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  get sessionId(): bigint {
    return this.connection.sessionId;
  }

  /** As the server granted it, which may differ from what was asked. */
  get sessionTimeoutMs(): number {
    return this.connection.sessionTimeoutMs;
  }

  /** Resolves with the reason once the connection is gone, be it lost or closed. */
  get closed(): Promise<ZooKeeperError> {
    return this.connection.closed;
  }

  /** Creates a node and gives its path, which differs from the one asked for when it is sequential. */
  async create(path: string, data: Data = '', options: CreateOptions = {}): Promise<string> {
    const body = records.writeCreate(new JuteWriter(), this.absolute(path), data, options);
    return this.relative((await this.call(OpCode.create, `create ${path}`, body)).text());
  }

  /** State of a node, undefined when there is none. */
  async exists(path: string): Promise<Stat | undefined> {
    try {
      return readStat(await this.call(OpCode.exists, `exists ${path}`, this.at(path).boolean(false)));
    } catch (error) {
      if (error instanceof ZooKeeperError && error.code === 'NoNode') return undefined;
      throw error;
    }
  }

  async getData(path: string): Promise<{ data: Buffer; stat: Stat }> {
    const reply = await this.call(OpCode.getData, `getData ${path}`, this.at(path).boolean(false));
    return { data: reply.buffer() ?? Buffer.alloc(0), stat: readStat(reply) };
  }

  /** Replaces what a node holds, if it has the version; -1 means any. */
  async setData(path: string, data: Data, version = -1): Promise<Stat> {
    const body = this.at(path).buffer(records.toBytes(data)).int(version);
    return readStat(await this.call(OpCode.setData, `setData ${path}`, body));
  }

  /** Deletes a node, if it has the version and no children; -1 means any version. */
  async delete(path: string, version = -1): Promise<void> {
    await this.call(OpCode.delete, `delete ${path}`, this.at(path).int(version));
  }

  /** Names of the children, in no order. */
  async getChildren(path: string): Promise<string[]> {
    const reply = await this.call(OpCode.getChildren, `getChildren ${path}`, this.at(path).boolean(false));
    return reply.vector(() => reply.text()) ?? [];
  }

  async getACL(path: string): Promise<{ acl: Acl[]; stat: Stat }> {
    const reply = await this.call(OpCode.getAcl, `getACL ${path}`, this.at(path));
    return { acl: records.readAcls(reply), stat: readStat(reply) };
  }

  /** Replaces the ACL, if it has the version (`aversion`); -1 means any. */
  async setACL(path: string, acl: readonly Acl[], version = -1): Promise<Stat> {
    const body = records.writeAcls(this.at(path), acl).int(version);
    return readStat(await this.call(OpCode.setAcl, `setACL ${path}`, body));
  }

  /** Brings the server up to the leader, so that later reads of this session see what others had written. */
  async sync(path = '/'): Promise<void> {
    await this.call(OpCode.sync, `sync ${path}`, this.at(path));
  }

  /** Does all of the operations, or none. */
  async multi(operations: readonly MultiOperation[]): Promise<MultiResult[]> {
    const absolute = operations.map((operation) => ({ ...operation, path: this.absolute(operation.path) }));
    const reply = await this.call(OpCode.multi, 'multi', writeMulti(absolute));
    const results = readMulti(reply, operations);
    return results.map((result) => (result.path ? { ...result, path: this.relative(result.path) } : result));
  }

  /** Adds an identity to the session; the server closes the connection on one it does not accept. */
  async addAuth(scheme: string, auth: Data): Promise<void> {
    const body = new JuteWriter().int(0).ustring(scheme).buffer(records.toBytes(auth));
    await this.call(OpCode.auth, `auth ${scheme}`, body);
  }

  /** The identities that this session has. */
  async whoAmI(): Promise<Identity[]> {
    const reply = await this.call(OpCode.whoAmI, 'whoAmI');
    return reply.vector(() => ({ scheme: reply.text(), id: reply.text() })) ?? [];
  }

  /** The configuration as this server knows it, `sync('/zookeeper/config')` before makes it the leader's. */
  async getConfig(): Promise<Config> {
    const body = new JuteWriter().ustring(CONFIG_NODE).boolean(false);
    return readConfig(await this.call(OpCode.getData, 'getConfig', body));
  }

  /** Changes the ensemble and gives the new configuration; needs a quorum of the new one to be in step. */
  async reconfig(change: Reconfiguration): Promise<Config> {
    const body = writeReconfiguration(change);
    return readConfig(await this.call(OpCode.reconfig, 'reconfig', body, change.timeoutMs));
  }

  /** Ends the session, so that its ephemeral nodes go now, and the connection; never rejects. */
  async close(): Promise<void> {
    await this.call(OpCode.closeSession, 'close').catch(() => undefined);
    this.connection.fail(new ZooKeeperError('ConnectionLoss', 'the client was closed'));
  }

  private async sasl(token: Buffer): Promise<string> {
    return (await this.call(OpCode.sasl, 'sasl', new JuteWriter().buffer(token))).text();
  }

  private call(op: number, what: string, body?: JuteWriter, timeoutMs = this.timeoutMs): Promise<JuteReader> {
    return this.connection.request({ op, what, body, timeoutMs });
  }

  private at(path: string): JuteWriter {
    return new JuteWriter().ustring(this.absolute(path));
  }

  private absolute(path: string): string {
    if (!path.startsWith('/')) throw new ZooKeeperError('BadArguments', `a path begins with /: ${path}`);
    return this.chroot && path === '/' ? this.chroot : this.chroot + path;
  }

  private relative(path: string): string {
    return path.slice(this.chroot.length) || '/';
  }
}
