import type { X509Certificate } from 'node:crypto';
import type { Ghost, Part, Remarks, Server } from './facts';

/** A cluster as its own members tell of it. */
export interface Observed extends Remarks {
  /** What each member's server says. */
  readonly servers: ReadonlyMap<number, Server>;
  /** The leader's membership; undefined while no leader serves. */
  readonly membership?: ReadonlyMap<number, Part>;
  /** Which of these ids, all negative, are places that nobody can take up again. */
  readonly ghosts?: ReadonlyMap<number, Ghost>;
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
  /** Certificates that members read at their start only, such as those of whom they trust. @default - none */
  readAtStart?(): readonly X509Certificate[];
}
