import type { Address } from '../../steward/reach';
import type { ServerSays } from '../steward/facts';
import type { Connect, Transport } from '../wire/types';
import type { RedisGateMember, RedisGatePaths, RedisGateSettings } from './settings';

/** What a gate that waits tells everybody who asks (`GET /` on its port). */
export interface RedisGateReport {
  readonly pod: string;
  readonly cluster: string;
  readonly disk: 'empty' | 'data';
  /** Why it waits. */
  readonly says: string;
  readonly founders: readonly string[];
  /** Pods that have stated an empty disk to this one since its own disk was last empty. */
  readonly seenEmpty: readonly string[];
  /** What a topology adds, as JSON: whether the server was the master last, what its nodes.conf says, and the like. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Another server, as a gate finds it: its gate that waits, or what the server itself says. */
export type GatePeer =
  | { readonly at: 'gate'; readonly report: RedisGateReport }
  | { readonly at: 'server'; readonly says: ServerSays };

/** What a topology decides from; gathered anew in every round, some of which last as long as a peer is silent. */
export interface GateRound {
  readonly settings: RedisGateSettings;
  /** This server. */
  readonly self: RedisGateMember;
  readonly podIp: string;
  readonly paths: RedisGatePaths;
  /** Whether the marker says that the deployment exists. */
  readonly formed: boolean;
  /** Whether there is a data set (an RDB file, an AOF), a nodes.conf, or word that the server has started there before. */
  readonly disk: 'empty' | 'data';
  /** Whether `redis.conf` asks for an AOF and there is one, which has everything that was acknowledged. */
  readonly log: boolean;
  /** The redis.conf that the server ran on last, as it, or Sentinels, have rewritten it; undefined: it never ran. */
  readonly lastConf?: string;
  /** All other servers by their pods. */
  readonly peers: ReadonlyMap<string, GatePeer>;
  /** Pods that have stated an empty disk to this one since its own disk was last empty; kept over restarts of the gate. */
  readonly seenEmpty: ReadonlySet<string>;
  /** What the last round's decision waited for (`awaits`), and for how long by now, in milliseconds, without a break. */
  readonly awaited?: { readonly what: string; readonly ms: number };
  /** What more can be asked: as the steward, or by TLS alone where that is spoken; where a server's port is. */
  readonly connect: Connect;
  readonly transport: Transport;
  readonly anonymous: Transport;
  addressOf(member: { readonly pod: string; readonly host: string }): Address;
  /** Where a Sentinel is. */
  sentinelAt(member: { readonly pod: string; readonly host: string }): Address;
  /** Present address of a name; undefined: it does not resolve. @default - asks the name servers */
  readonly lookup?: (host: string, podIp: string) => Promise<string | undefined>;
  /** Where the gate of a pod answers. */
  gateOf(member: { readonly pod: string; readonly host: string }): Address;
}

/** What a topology decides. */
export type GateDecision = (
  | {
      readonly action: 'start';
      /** As what, in a word or two: for the log. */
      readonly as: string;
      /** Lines of redis.conf that are this server's own, after all others: `replicaof`, `cluster-announce-ip`, ... */
      readonly lines: readonly string[];
      /** Whether others have yet to hear of its disk, which is empty, so that its gate answers for a moment longer. */
      readonly linger?: boolean;
      /** What to do on the volumes first; may be broken off anywhere and done again. */
      readonly prepare?: () => void;
    }
  | {
      readonly action: 'wait';
      readonly reason: string;
      /** A word for what is waited for, where that has a limit. */
      readonly awaits?: string;
    }
  /** Ends the gate with an error: the volume must not be used. */
  | { readonly action: 'refuse'; readonly reason: string }
) & {
  /** `details` of the report while it waits. */
  readonly details?: Readonly<Record<string, unknown>>;
};

/** How a topology decides; `clusterRound` of gate/cluster/cluster-gate.ts is one. */
export type DecideRound = (round: GateRound) => Promise<GateDecision>;
