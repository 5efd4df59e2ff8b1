import type { MemberPod, Phase } from '../../../steward/facts';
import type { ServerFacts, ServerStep, Services } from '../facts';

/** What a Sentinel says of itself. */
export type SentinelSays =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: it has not been started yet. */
  | { readonly state: 'gate'; readonly says?: string }
  /** It runs, and monitors nothing. */
  | { readonly state: 'blank' }
  | SentinelView;

/** A Sentinel that monitors a master; servers and Sentinels by their full names. */
export interface SentinelView {
  readonly state: 'knows';
  readonly master: string;
  /** Whether it misses the master. */
  readonly down: boolean;
  /** Whether it is replacing the master at this moment. */
  readonly failingOver: boolean;
  /** Replicas and other Sentinels that it counts, whether it reaches them or not. */
  readonly replicas: readonly string[];
  readonly sentinels: readonly string[];
  /** What it was told otherwise than the manifests say, in words; undefined: nothing. */
  readonly unsettled?: string;
}

/** A Sentinel, as everybody sees it. */
export interface SentinelFacts {
  readonly pod: string;
  readonly host: string;
  readonly ordinal: number;
  readonly wanted: boolean;
  readonly kube?: MemberPod;
  readonly says: SentinelSays;
}

/** A server with what its pod is labelled as (see ROLE_LABEL). */
export interface ReplicatedServer extends ServerFacts {
  readonly label?: string;
}

/** A StatefulSet: the pods that it should have, and has been told to have. */
export interface SetFacts {
  readonly set: string;
  readonly wanted: number;
  readonly replicas: number;
}

/** Everything that the next step is decided from, read anew each time. */
export interface ReplicationFacts extends Services {
  /** Why what Kubernetes has is not yet what was applied; undefined: it is. */
  readonly unapplied?: string;
  /** Whether the deployment has been marked as formed. */
  readonly formed: boolean;
  readonly keepsData: boolean;
  readonly servers: SetFacts & { readonly members: readonly ReplicatedServer[] };
  /** Undefined where a server is alone. */
  readonly sentinels?: SetFacts & { readonly members: readonly SentinelFacts[] };
}

/** What is done next; one thing at a time. */
export type ReplicationStep = { readonly phase: Phase; readonly why: string } & (
  | { readonly step: 'scale'; readonly set: string; readonly replicas: number }
  | { readonly step: 'mark-formed' }
  /** Says on pods what their servers are, for Services that select by it. */
  | { readonly step: 'label'; readonly roles: Readonly<Record<string, 'master' | 'replica'>> }
  /** Tells a Sentinel that monitors nothing who the master is. */
  | { readonly step: 'monitor'; readonly sentinel: string; readonly host: string }
  /** Tells a Sentinel what the manifests say. */
  | { readonly step: 'settle'; readonly sentinel: string }
  /** Has a Sentinel forget servers and Sentinels that are no more. */
  | { readonly step: 'forget'; readonly sentinel: string }
  /** Has a server follow the master. */
  | { readonly step: 'follow'; readonly pod: string; readonly host: string }
  /** Has a replica take the master's place without losing a write. */
  | { readonly step: 'hand-over'; readonly pod: string }
  /** A Sentinel, too, may be restarted. */
  | ServerStep
);
