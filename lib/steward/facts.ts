import type { Disk } from './gate';

/** What a member is in a cluster: with a vote, or without. */
export type Part = 'voter' | 'observer';

/** What a member's server says of itself. */
export type Server =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: the server has not been started yet. */
  | { readonly state: 'gate'; readonly disk: Disk['state']; readonly says?: string }
  /** It runs and is not part of a working cluster. */
  | { readonly state: 'waiting' }
  | {
      readonly state: 'serving';
      readonly role: 'leader' | 'follower' | 'observer';
      /** Whether it has everything that the leader had just before. */
      readonly synced: boolean;
      /** By how many changes it is behind. */
      readonly lag: number;
    };

/** A member's pod, as Kubernetes reports it. */
export interface MemberPod {
  readonly name: string;
  readonly uid: string;
  /** Hash of the StatefulSet's revision that it was made from. */
  readonly revision: string;
  /** Why it has to be replaced to become what the manifests say; undefined: it is. */
  readonly outdated?: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  /** Whether its gate has let its server start. */
  readonly started?: boolean;
  /** Why it will not run by itself, in Kubernetes' words. */
  readonly broken?: string;
  /** Not ready for longer than a start takes. */
  readonly stalled: boolean;
  readonly node?: string;
  readonly zone?: string;
}

/** A place in the membership that nobody can take up again, such as that of a disk that was lost; it still counts. */
export interface Ghost {
  /** Member whose place it was; it gets another one only once this one is gone. */
  readonly of: number;
  /** What people call it. */
  readonly name: string;
}

/** Why something must not be done, and what a person has to do about it. */
export interface Objection {
  readonly why: string;
  readonly todo: string;
}

/** What is due inside the cluster now and then, such as tidying up its files. */
export interface Chore {
  readonly why: string;
  /** Whether it cannot wait until every member is well. */
  readonly urgent?: boolean;
  /** Whether it was begun and has yet to end. */
  readonly busy?: boolean;
}

/** A member as everybody sees it. */
export interface Member {
  readonly id: number;
  /** What the manifests want it to be; undefined: it should not exist. */
  readonly wanted?: Part;
  /** What the cluster's own membership says; undefined: it has no place there. */
  readonly listed?: Part;
  readonly pod?: MemberPod;
  readonly server: Server;
  /** Set where it is no member at all. */
  readonly ghost?: Ghost;
}

/** What a system has to say of the cluster as a whole. */
export interface Remarks {
  /** Whether everything exists that was asked for inside the cluster. */
  readonly provisioned: boolean;
  /** Why that could not be brought about a moment ago, which keeps nothing else from being done. */
  readonly provisionFailed?: string;
  /** Why members must not be restarted into what was applied. */
  readonly refused?: Objection;
  /** Why the membership has to stay as it is. */
  readonly held?: Objection;
  /** What is due inside the cluster. */
  readonly chore?: Chore;
  /** What only people can mend, and keeps nothing else from being done. */
  readonly trouble?: Objection;
  /** Whether nobody else can be invited before an observer gets its vote. */
  readonly full?: boolean;
  /** What people can do where the members that are left will not come to a majority. */
  readonly lastResort?: string;
}

/** Everything that the next step is decided from, read anew each time. */
export interface Facts extends Remarks {
  /** Why what Kubernetes has is not yet what was applied; undefined: it is. */
  readonly unapplied?: string;
  /** Whether the cluster has been marked as formed. */
  readonly formed: boolean;
  /** Members that may form it. */
  readonly founders: readonly number[];
  /** Id of the StatefulSet's first pod. */
  readonly firstId: number;
  /** Pods that the StatefulSet should have. */
  readonly replicas: number;
  /** Whether a leader serves, so that `listed` is known. */
  readonly quorum: boolean;
  /** Whether a member needs a place, as an observer, before its server can start, and is not ready while it is one. */
  readonly invites?: boolean;
  /** Every id that is wanted, listed, or has a pod; ascending. */
  readonly members: readonly Member[];
}

/** What the cluster is going through. */
export type Phase =
  | 'Applying'
  | 'Forming'
  | 'Provisioning'
  | 'Growing'
  | 'Healing'
  | 'Rolling'
  | 'Shrinking'
  | 'Maintaining'
  | 'Settled';

/** Why nothing is done, as a word for metrics. */
export type Cause =
  | 'apply'
  | 'founders'
  | 'quorum'
  | 'joining'
  | 'member'
  | 'revision'
  | 'majority'
  | 'leaving'
  | 'budget'
  | 'provision'
  | 'upgrade'
  | 'held'
  | 'maintenance'
  | 'error';

/** What is done next; one thing at a time. */
export type Step = { readonly phase: Phase; readonly why: string } & (
  | { readonly step: 'scale'; readonly replicas: number }
  | { readonly step: 'mark-formed' }
  | { readonly step: 'provision' }
  /** Does what is due inside the cluster. */
  | { readonly step: 'maintain' }
  /** Ends a member's pod, so that the StatefulSet makes it anew. */
  | { readonly step: 'restart'; readonly id: number; readonly uid: string }
  /** Gives a member its place in the membership, or another one there. */
  | { readonly step: 'admit'; readonly id: number; readonly as: Part }
  /** Takes a member out of the membership. */
  | { readonly step: 'dismiss'; readonly id: number }
  /** `todo` says what a person has to do, where waiting alone will not help. */
  | { readonly step: 'wait'; readonly cause: Cause; readonly todo?: string }
  | { readonly step: 'rest' }
);
