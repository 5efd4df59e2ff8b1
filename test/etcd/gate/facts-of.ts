import type { MemberEntry } from '../../../lib/etcd/api/types';
import type { EtcdDisk, EtcdGateFacts, EtcdPeer } from '../../../lib/etcd/gate/facts';

export const OURS = 0xabcn;
export const url = (id: number): string => `http://etcd-${id}.etcd-headless:2380`;
/** Id of a founder. */
export const founder = (id: number): bigint => 0xf0n + BigInt(id);

/** An entry of the membership: by default as the founders made it. */
export function entry(id: number, change: Partial<MemberEntry> = {}): MemberEntry {
  return { id: founder(id), name: `etcd-${id}`, peerUrls: [url(id)], learner: false, ...change };
}

/** The place of a member that was invited and has not started yet. */
export const place = (id: number): MemberEntry => entry(id, { id: 0x900n, name: '', learner: true });

export const serving = (
  members: readonly MemberEntry[],
  version = '3.6.0',
  clusterId = OURS,
): Extract<EtcdPeer, { state: 'serving' }> => ({
  state: 'serving',
  clusterId,
  members,
  version,
});

export const running: EtcdPeer = { state: 'running' };
export const silent: EtcdPeer = { state: 'silent', reason: 'its name does not resolve yet' };
export const gate = (disk: EtcdDisk['state'], ...hasSeen: number[]): EtcdPeer => ({
  state: 'gate',
  disk,
  hasSeen,
});

export const empty: EtcdDisk = { state: 'empty' };
export const founding: EtcdDisk = { state: 'founding' };
export const lost: EtcdDisk = {
  state: 'lost',
  reason: 'the database that belongs to its write-ahead log is gone',
};
export const data = (memberId = founder(1), clusterId = OURS): EtcdDisk => ({
  state: 'data',
  memberId,
  clusterId,
  term: 3n,
  index: 70n,
});

export type Given = Partial<Omit<EtcdGateFacts, 'peers' | 'seenEmpty' | 'founders'>> & {
  peers?: Record<number, EtcdPeer>;
  seenEmpty?: number[];
  founders?: number[];
};

/** Facts of member 1 of three, all of them founders. */
export function factsOf(given: Given): EtcdGateFacts {
  const { peers = {}, seenEmpty = [], founders = [0, 1, 2], self = 1, ...rest } = given;
  return {
    self,
    name: `etcd-${self}`,
    peerUrl: url(self),
    members: [0, 1, 2],
    formed: false,
    keepsData: true,
    disk: empty,
    version: '3.6.14',
    operations: 'steward',
    ...rest,
    founders: new Map(founders.map((id) => [id, founder(id)])),
    peers: new Map(Object.entries(peers).map(([id, peer]) => [Number(id), peer])),
    seenEmpty: new Set(seenEmpty),
  };
}
