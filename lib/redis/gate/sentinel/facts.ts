import type { SentinelAnswer } from '../replication/facts';

/** A server, as a Sentinel's gate finds it. */
export type WatchedServer =
  | { readonly state: 'silent' | 'gate' | 'loading' }
  /** `linked`: how many replicas a master has that are connected and in step. */
  | { readonly state: 'serving'; readonly role: 'master' | 'replica'; readonly linked: number };

/** Everything that the gate of a Sentinel decides from; servers by their full names. */
export interface SentinelFacts {
  readonly formed: boolean;
  /** Whom this disk names as the master; undefined: nobody. */
  readonly kept?: string;
  /** All other Sentinels by their pods. */
  readonly others: ReadonlyMap<string, SentinelAnswer>;
  /** Every server that should exist, by its full name. */
  readonly servers: ReadonlyMap<string, WatchedServer>;
}

/** What the gate of a Sentinel does next. */
export type SentinelDecision =
  /** Starts with this server as the master; `epoch` where others have said how new that word is. */
  | { readonly action: 'monitor'; readonly master: string; readonly epoch?: number }
  | { readonly action: 'wait'; readonly reason: string };
