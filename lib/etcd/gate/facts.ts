import { createHash } from 'node:crypto';
import type { MemberEntry } from '../api/types';
import type { EtcdDiskState } from './settings';

/** What a member's volumes hold. */
export interface EtcdDisk {
  readonly state: EtcdDiskState;
  /** Why it is `lost` or `foreign`. */
  readonly reason?: string;
  /** Whose data it is, as its write-ahead log has it. */
  readonly memberId?: bigint;
  readonly clusterId?: bigint;
  /** Of the newest entry in its log. */
  readonly term?: bigint;
  readonly index?: bigint;
  /** Whether its log knows it to be agreed on that there is no other voter. */
  readonly alone?: boolean;
  /** Whether the backup that is asked for lies there, ready to be taken into use. */
  readonly restored?: boolean;
}

/** What another member answered. */
export type EtcdPeer =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: its server is not running yet. `hasSeen` are members whose empty disks it has noted. */
  | { readonly state: 'gate'; readonly disk: EtcdDiskState; readonly hasSeen: readonly number[] }
  /** Its server runs without being part of a working cluster. */
  | { readonly state: 'running' }
  /** Its server serves, under a membership with all that was agreed on before it was asked. */
  | {
      readonly state: 'serving';
      readonly clusterId: bigint;
      readonly members: readonly MemberEntry[];
      /** Version of the cluster, such as `3.5.0`; undefined: not agreed on yet. */
      readonly version?: string;
    };

/** Everything that a gate decides from. */
export interface EtcdGateFacts {
  readonly self: number;
  /** Its name in the membership, and where its peers reach it. */
  readonly name: string;
  readonly peerUrl: string;
  /** Members that should exist. */
  readonly members: readonly number[];
  /** Members that may form the cluster, with the ids that they form it under. */
  readonly founders: ReadonlyMap<number, bigint>;
  /** Whether the marker says that the cluster exists. */
  readonly formed: boolean;
  /** Whether the disks are meant to outlive the pod. */
  readonly keepsData: boolean;
  readonly disk: EtcdDisk;
  /** The latest answer of the others. */
  readonly peers: ReadonlyMap<number, EtcdPeer>;
  /** Members that have stated an empty disk since this one's was empty. */
  readonly seenEmpty: ReadonlySet<number>;
  /** Name of the backup that founders start from. */
  readonly restore?: string;
  /** Release of this member's server. */
  readonly version: string;
  readonly forceNewCluster?: { readonly member: number; readonly confirm: string };
  readonly operations: 'steward' | 'none';
}

/** What a gate does next. */
export type EtcdDecision =
  /** Let the server start on what is there. */
  | { readonly action: 'start' }
  /** Let it start as one of those that form the cluster, on nothing or on what was restored. */
  | { readonly action: 'found'; readonly restored: boolean }
  /** Let it take up its place in this membership, with nothing on its disk: what is there has to be wiped first. */
  | {
      readonly action: 'join';
      readonly peer: number;
      readonly members: readonly MemberEntry[];
      readonly wipe: boolean;
    }
  /** Let it make a new cluster of its data, in which it is alone. */
  | { readonly action: 'force' }
  | {
      readonly action: 'wait';
      readonly reason: string;
      /** Whether the membership counts on data that is not on this disk any more. */
      readonly lost?: boolean;
    }
  | { readonly action: 'refuse'; readonly reason: string };

/** A serving peer. */
export type Live = { readonly peer: number } & Extract<EtcdPeer, { state: 'serving' }>;

/** An id as etcd writes it. */
export const hex = (id: bigint): string => id.toString(16);

/**
 * Id of a member that is there when a cluster is formed: it follows from its address and the cluster's token. Those that
 * are added later have ids that nobody can foresee.
 */
export function foundingId(peerUrl: string, token: string): bigint {
  return firstBytes(Buffer.from(peerUrl + token));
}

/** Id of a cluster that is formed by members with these ids. */
export function foundingClusterId(ids: readonly bigint[]): bigint {
  const bytes = Buffer.alloc(8 * ids.length);
  const sorted = [...ids].sort((a, b) => (a < b ? -1 : 1));
  for (const [index, id] of sorted.entries()) bytes.writeBigUInt64BE(id, 8 * index);
  return firstBytes(bytes);
}

const firstBytes = (bytes: Buffer): bigint => createHash('sha1').update(bytes).digest().readBigUInt64BE();

/** What is known of others, in words. */
export function describePeers(peers: EtcdGateFacts['peers']): string {
  return [...peers].map(([id, peer]) => `${id}: ${describe(peer)}`).join('; ');
}

function describe(peer: EtcdPeer): string {
  if (peer.state === 'silent') return peer.reason;
  if (peer.state === 'gate') return `waits at its gate, disk: ${peer.disk}`;
  return peer.state === 'running' ? 'runs without a quorum' : 'serves';
}
