import type { Cause, MemberPod } from '../../steward/facts';

/** What a server says of itself. */
export type ServerSays =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: the server has not been started yet. */
  | { readonly state: 'gate'; readonly disk: 'empty' | 'data'; readonly says?: string }
  /** It reads its data set, and refuses everything else. */
  | { readonly state: 'loading' }
  | Serving;

/** A server that takes commands. */
export interface Serving {
  readonly state: 'serving';
  readonly role: 'master' | 'replica';
  /** `run_id`, which is another one after each start. */
  readonly runId: string;
  /** Of a replica: full name of the server that it follows, and whether it is connected and has caught up with a first copy. */
  readonly follows?: string;
  readonly linked: boolean;
  /** `master_repl_offset`, or what a replica has of it (`slave_repl_offset`). */
  readonly offset: number;
  /** Of a master: full names of the replicas that are connected and in step, with what each has acknowledged. */
  readonly replicas: readonly { readonly host: string; readonly offset: number; readonly lag: number }[];
  /** Keys in all databases. */
  readonly keys: number;
}

/** What is to be seen of the services that every topology has: users, live settings, certificates. */
export interface Services {
  /** What is missing on the servers, in words; undefined: everything is there. */
  readonly unprovisioned?: string;
  /** Why that could not be brought about a moment ago. */
  readonly provisionFailed?: string;
  /** Pods whose servers show an older certificate than the one that is mounted, or may trust others. */
  readonly staleCertificates: readonly string[];
}

/** A server, as everybody sees it. */
export interface ServerFacts {
  /** Name of its pod, and full name of the server. */
  readonly pod: string;
  readonly host: string;
  readonly ordinal: number;
  /** Whether the manifests want it. */
  readonly wanted: boolean;
  readonly kube?: MemberPod;
  readonly server: ServerSays;
}

/** What is done to servers whatever the topology. */
export type ServerStep =
  /** Ends a pod, so that its StatefulSet makes it anew. */
  | { readonly step: 'restart'; readonly pod: string; readonly uid: string }
  | { readonly step: 'provision' }
  | { readonly step: 'reload-certificate'; readonly pod: string }
  | { readonly step: 'wait'; readonly cause: Cause; readonly todo?: string }
  | { readonly step: 'rest' };
