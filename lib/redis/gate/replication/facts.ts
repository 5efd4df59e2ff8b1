/** What another server's gate finds of it. */
export type ServerPeer =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: its server is not running yet. `wasMaster`: whether it ran as the master last. */
  | { readonly state: 'gate'; readonly disk: 'empty' | 'data'; readonly wasMaster: boolean }
  | { readonly state: 'loading' }
  | {
      readonly state: 'serving';
      readonly role: 'master' | 'replica';
      /** Of a replica: whether it is connected to its master and in step. */
      readonly linked: boolean;
      readonly keys: number;
    };

/** What a Sentinel answers. */
export type SentinelAnswer =
  | { readonly state: 'silent'; readonly reason: string }
  /** It monitors nothing, or its gate says that its disk tells nothing. */
  | { readonly state: 'blank' }
  /** Its gate answers, and its disk tells who the master was. */
  | { readonly state: 'gate' }
  | {
      readonly state: 'knows';
      /** Pod of the master, or its full name where it is no server that should exist. */
      readonly master: string;
      /** `config-epoch`: of two names the one with the greater was agreed on later. */
      readonly epoch: number;
      /** Whether it misses the master (`s_down`). */
      readonly down: boolean;
      /** Whether it is replacing the master at this moment. */
      readonly failingOver: boolean;
    };

/** Everything that the gate of a replicated server decides from. */
export interface ReplicationFacts {
  /** Pod of this server. */
  readonly self: string;
  /** Name of the deployment, for what people are told. */
  readonly cluster: string;
  /** Pods of those that may form it; the first one is the first master. */
  readonly founders: readonly string[];
  readonly formed: boolean;
  readonly keepsData: boolean;
  /** Nothing that counts; what was saved at times; or a log of everything that was acknowledged. */
  readonly disk: 'empty' | 'snapshot' | 'log';
  /** Whether this server ran as the master last. */
  readonly wasMaster: boolean;
  /** Whether a person has said that the data of this server counts, where nobody else can (see `CLAIM`). */
  readonly claims: boolean;
  /** Name of the backup that the first founder starts from. */
  readonly restore?: string;
  /** All other servers by their pods. */
  readonly peers: ReadonlyMap<string, ServerPeer>;
  /** Every Sentinel, by its pod. */
  readonly sentinels: ReadonlyMap<string, SentinelAnswer>;
  /** What the decision before waited for, and for how long by now, in milliseconds. */
  readonly awaited?: { readonly what: string; readonly ms: number };
  /** How long a failover that is due may take, in milliseconds. */
  readonly patience: number;
}

/** What the gate of a replicated server does next. */
export type ReplicationDecision =
  | { readonly action: 'master' }
  /** Starts as a replica of this pod; `of` is a full name where it is no server that should exist. */
  | { readonly action: 'replica'; readonly of: string }
  | { readonly action: 'wait'; readonly reason: string; readonly awaits?: string };

/** A file on the volume by which a person says that the data of this server counts. */
export const CLAIM = 'i-am-the-master';

/** Whom a majority of all Sentinels names; undefined: none agrees. */
export function namedMaster({ sentinels }: Pick<ReplicationFacts, 'sentinels'>): string | undefined {
  const votes = new Map<string, number>();
  for (const answer of sentinels.values()) {
    if (answer.state === 'knows') votes.set(answer.master, (votes.get(answer.master) ?? 0) + 1);
  }
  return [...votes].find(([, count]) => count > sentinels.size / 2)?.[0];
}

/** What is known of others, in words. */
export function describeServers({ peers }: Pick<ReplicationFacts, 'peers'>): string {
  return [...peers].map(([pod, peer]) => `${pod}: ${describe(peer)}`).join('; ');
}

function describe(peer: ServerPeer): string {
  switch (peer.state) {
    case 'silent':
      return peer.reason;
    case 'gate':
      return `waits at its gate, disk: ${peer.disk}`;
    case 'loading':
      return 'reads its data';
    case 'serving':
      if (peer.role === 'master') return `serves as master, ${peer.keys} keys`;
      return `serves as replica, ${peer.linked ? 'linked' : 'without its master'}`;
  }
}

/** What is known of the Sentinels, in words. */
export function describeSentinels({ sentinels }: Pick<ReplicationFacts, 'sentinels'>): string {
  return [...sentinels].map(([pod, answer]) => `${pod}: ${said(answer)}`).join('; ');
}

function said(answer: SentinelAnswer): string {
  switch (answer.state) {
    case 'silent':
      return answer.reason;
    case 'blank':
      return 'knows no master';
    case 'gate':
      return 'waits at its gate';
    case 'knows':
      return `names ${answer.master}`;
  }
}
