import type { Ghost, Part, Server } from './facts';

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
}

/**
 * What the steward must know of a system whose members vote, to look after it. Whatever changes the membership fails
 * when that is no longer the one that was looked at last. Each call gives up by itself.
 */
export interface QuorumSystem {
  /** Asks these members. */
  look(ids: readonly number[]): Promise<Observed>;
  /** Gives a member a place in the membership, or another one. */
  admit(id: number, as: Part): Promise<void>;
  /** Takes a member out of the membership. */
  dismiss(id: number): Promise<void>;
  /** Returns once a change of the membership has reached all who need to know before a dismissed member's pod ends. */
  spread(): Promise<void>;
  /** Brings about what was asked for inside the cluster. */
  provision(): Promise<void>;
  /** Since when the authority of the members' certificates is valid; whoever started before knows another one. */
  authoritySince(): Date | undefined;
}
