import type { Chore, Ghost, Objection, Part, Server } from './facts';

/** A cluster as its own members tell of it. */
export interface Observed {
  /** What each member's server says. */
  readonly servers: ReadonlyMap<number, Server>;
  /** The leader's membership; undefined while no leader serves. */
  readonly membership?: ReadonlyMap<number, Part>;
  /** Which of these ids, all negative, are places that nobody can take up again. */
  readonly ghosts?: ReadonlyMap<number, Ghost>;
  /** Whether everything exists that was asked for inside the cluster. */
  readonly provisioned: boolean;
  /** Why bringing it about failed a moment ago. */
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

/**
 * What the steward must know of a system whose members vote, to look after it. Whatever changes the membership fails
 * when that is no longer the one that was looked at last. Each call gives up by itself.
 */
export interface QuorumSystem {
  /**
   * Whether a member needs a place, as an observer, before its server can start, and is not ready while it is one. To admit
   * one as an observer is then to invite it.
   */
  readonly invites?: boolean;
  /** Asks these members. */
  look(ids: readonly number[]): Promise<Observed>;
  /** Gives a member a place in the membership, or another one. */
  admit(id: number, as: Part): Promise<void>;
  /** Takes a member out of the membership. */
  dismiss(id: number): Promise<void>;
  /** Returns once a change of the membership has reached all who need to know before a dismissed member's pod ends. */
  spread(): Promise<void>;
  /** Has another member lead, if this one does, before its pod ends. */
  handOver?(id: number): Promise<void>;
  /** Brings about what was asked for inside the cluster. */
  provision(): Promise<void>;
  /** Does, or begins, what was found to be due. */
  maintain?(): Promise<void>;
  /** What Prometheus is told of the system besides its members, in its exposition format. */
  samples?(cluster: string): string;
  /** Since when the authority of the members' certificates is valid; whoever started before knows another one. */
  authoritySince(): Date | undefined;
}
