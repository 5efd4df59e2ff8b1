import { int, type Message, text, texts } from './answers';
import { Gateway, type Session, wantsLogin } from './gateway';
import { ALL_KEYS } from './ranges';
import * as records from './records';
import { snapshotOf } from './snapshot-stream';
import {
  type Address,
  type Alarm,
  EtcdError,
  type EtcdMember,
  type HashKv,
  type Login,
  type MemberEntry,
  type MemberStatus,
  type Transport,
  type WirePermission,
} from './types';

const WRONG_LOGIN = /authentication failed/;
const LONG = { long: true };

/**
 * A member, asked on its client port.
 * @param login asked for whenever a token is needed, so that a new password counts; undefined: it stays nobody
 * @param session shared by clients of the same cluster, so that learners, which let nobody log in, can be asked, too
 */
export class EtcdClient implements EtcdMember {
  private readonly gateway: Gateway;

  constructor(address: Address, transport: Transport, login?: () => Login | undefined, session?: Session) {
    this.gateway = new Gateway(address, transport, login, session);
  }

  async status(): Promise<MemberStatus> {
    return records.readStatus(await this.gateway.call('maintenance/status', {}));
  }

  async memberList(): Promise<readonly MemberEntry[]> {
    return records.readMembers(await this.gateway.call('cluster/member/list', { linearizable: true }));
  }

  async memberAdd(peerUrl: string, learner: boolean): Promise<MemberEntry> {
    const request = { peerURLs: [peerUrl], isLearner: learner };
    const { member } = await this.gateway.call('cluster/member/add', request);
    return records.readMember((member ?? {}) as Message);
  }

  async memberRemove(id: bigint): Promise<void> {
    await this.gateway.call('cluster/member/remove', { ID: id });
  }

  async memberPromote(id: bigint): Promise<void> {
    await this.gateway.call('cluster/member/promote', { ID: id });
  }

  async moveLeader(target: bigint): Promise<void> {
    await this.gateway.call('maintenance/transfer-leadership', { targetID: target });
  }

  async defragment(signal?: AbortSignal): Promise<void> {
    await this.gateway.call('maintenance/defragment', {}, { ...LONG, signal });
  }

  async alarms(): Promise<readonly Alarm[]> {
    return records.readAlarms(await this.gateway.call('maintenance/alarm', { action: 'GET' }));
  }

  async disarm({ memberId, alarm }: Alarm): Promise<void> {
    await this.gateway.call('maintenance/alarm', { action: 'DEACTIVATE', memberID: memberId, alarm });
  }

  async compact(revision: bigint, signal?: AbortSignal): Promise<void> {
    await this.gateway.call('kv/compaction', { revision, physical: true }, { ...LONG, signal });
  }

  /**
   * Computed now where the revision is the newest. Otherwise, if it is one that the member compacted up to, it is what the
   * member remembers of that, from before what was compacted then was gone.
   */
  async hashKv(revision = 0n): Promise<HashKv> {
    // Asked for by its number, a revision is looked up among those that are remembered.
    if (revision !== 0n && (await this.status()).revision === revision) {
      const newest = await this.hash(0n);
      if (newest.hashRevision === revision) return newest;
    }
    return this.hash(revision);
  }

  async countKeys(revision = 0n): Promise<bigint> {
    const all = { key: ALL_KEYS.key.toString('base64'), range_end: ALL_KEYS.rangeEnd.toString('base64') };
    return int((await this.gateway.call('kv/range', { ...all, count_only: true, revision })).count);
  }

  snapshot(signal?: AbortSignal): AsyncIterable<Buffer> {
    return snapshotOf(this.gateway.stream('maintenance/snapshot', {}, { ...LONG, signal }));
  }

  async get(key: string): Promise<Buffer | undefined> {
    return records.readValue(await this.gateway.call('kv/range', { key: base64(key) }));
  }

  async put(key: string, value: Buffer | string): Promise<void> {
    await this.gateway.call('kv/put', { key: base64(key), value: base64(value) });
  }

  async authStatus(): Promise<{ readonly enabled: boolean }> {
    try {
      return { enabled: (await this.gateway.call('auth/status', {})).enabled === true };
    } catch (error) {
      // It asks for a login only where authentication is on.
      if (wantsLogin(error)) return { enabled: true };
      throw error;
    }
  }

  async authEnable(): Promise<void> {
    await this.gateway.call('auth/enable', {});
  }

  async users(): Promise<readonly string[]> {
    return texts((await this.gateway.call('auth/user/list', {})).users);
  }

  async userRoles(name: string): Promise<readonly string[]> {
    return texts((await this.gateway.call('auth/user/get', { name })).roles);
  }

  async userAdd(name: string, password?: string): Promise<void> {
    const by = password === undefined ? { options: { no_password: true } } : { password };
    await this.gateway.call('auth/user/add', { name, ...by });
  }

  async userChangePassword(name: string, password: string): Promise<void> {
    await this.gateway.call('auth/user/changepw', { name, password });
  }

  async userDelete(name: string): Promise<void> {
    await this.gateway.call('auth/user/delete', { name });
  }

  async userGrantRole(name: string, role: string): Promise<void> {
    await this.gateway.call('auth/user/grant', { user: name, role });
  }

  async userRevokeRole(name: string, role: string): Promise<void> {
    await this.gateway.call('auth/user/revoke', { name, role });
  }

  async roles(): Promise<readonly string[]> {
    return texts((await this.gateway.call('auth/role/list', {})).roles);
  }

  async rolePermissions(name: string): Promise<readonly WirePermission[]> {
    return records.readPermissions(await this.gateway.call('auth/role/get', { role: name }));
  }

  async roleAdd(name: string): Promise<void> {
    await this.gateway.call('auth/role/add', { name });
  }

  async roleDelete(name: string): Promise<void> {
    await this.gateway.call('auth/role/delete', { role: name });
  }

  async roleGrantPermission(name: string, permission: WirePermission): Promise<void> {
    const perm = { permType: permission.permType, ...records.writeRange(permission) };
    await this.gateway.call('auth/role/grant', { name, perm });
  }

  async roleRevokePermission(
    name: string,
    permission: Pick<WirePermission, 'key' | 'rangeEnd'>,
  ): Promise<void> {
    await this.gateway.call('auth/role/revoke', { role: name, ...records.writeRange(permission) });
  }

  /** Rejects while authentication is off, where no login can be tried. */
  async canLogin(login: Login): Promise<boolean> {
    try {
      return text(await this.gateway.authenticate(login)) !== '';
    } catch (error) {
      if (error instanceof EtcdError && WRONG_LOGIN.test(error.message)) return false;
      throw error;
    }
  }

  private async hash(revision: bigint): Promise<HashKv> {
    return records.readHashKv(await this.gateway.call('maintenance/hashkv', { revision }), revision);
  }
}

function base64(value: Buffer | string): string {
  return Buffer.from(value as string).toString('base64');
}
