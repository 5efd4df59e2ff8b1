import type { Phase } from '../../../steward/facts';
import type { ServerFacts, ServerStep, Services } from '../facts';

/** An entry of `CLUSTER NODES`: a node as another one knows it. */
export interface KnownNode {
  readonly id: string;
  /** Address as the bus has it; empty where none is known. */
  readonly ip: string;
  /** `cluster-announce-hostname`; empty where none is known. */
  readonly hostname: string;
  readonly role: 'master' | 'replica';
  /** Id of the master that it replicates. */
  readonly master?: string;
  /** `fail`: a majority of masters misses it; `fail?`: this node alone does. */
  readonly failed: 'no' | 'suspected' | 'yes';
  readonly handshake: boolean;
  /** Whether the bus connects to it. */
  readonly linked: boolean;
  readonly epoch: number;
  /** Ranges of slots, both ends included. */
  readonly slots: readonly (readonly [number, number])[];
}

/** What a node of a Redis Cluster says beside what every server does. */
export interface NodeView {
  readonly id: string;
  readonly currentEpoch: number;
  /** `cluster_state:ok` */
  readonly ok: boolean;
  /** Everybody that it knows, itself included. */
  readonly nodes: readonly KnownNode[];
  /** Slots that it hands to, or takes from, another node at the moment. */
  readonly migrating: readonly { readonly slot: number; readonly to: string }[];
  readonly importing: readonly { readonly slot: number; readonly from: string }[];
  /**
   * Of a master: slots that another one has, or nobody, and of which this one has keys nevertheless (`CLUSTER COUNTKEYSINSLOT`).
   * A failover forgets which slots are being moved, so that nothing else tells where the keys of such a slot are.
   */
  readonly strays: readonly number[];
}

/** How full a node is, in bytes. */
export interface NodeMemory {
  /** `used_memory_dataset`, or what else is known of the size of its keys. */
  readonly used: number;
  /** `maxmemory`; undefined where there is no limit, or where keys are evicted so that it never refuses a write. */
  readonly most?: number;
}

/** A node of a Redis Cluster. */
export interface ClusterNode extends ServerFacts {
  readonly shard: number;
  /** Address of its pod, by which others are told to meet it. */
  readonly ip?: string;
  /** What it says of the cluster; undefined while it does not serve. */
  readonly view?: NodeView;
  /** Undefined: not known, and nobody is kept from moving slots here. */
  readonly memory?: NodeMemory;
}

/** A shard as the manifests want it. */
export interface ShardFacts {
  readonly index: number;
  readonly set: string;
  /** Pods that it should have, and has been told to have. */
  readonly servers: number;
  readonly replicas: number;
  readonly leaving: boolean;
}

/** Everything that the next step is decided from, read anew each time. */
export interface ClusterFacts extends Services {
  /** Why what Kubernetes has is not yet what was applied; undefined: it is. */
  readonly unapplied?: string;
  /** Whether the cluster has been marked as formed. */
  readonly formed: boolean;
  readonly keepsData: boolean;
  /** Whether servers begin with what a backup holds, so that they have keys before they know one another. */
  readonly restores?: boolean;
  readonly slotsAtATime: number;
  readonly shards: readonly ShardFacts[];
  /** Every node that is wanted or has a pod, by shard and ordinal. */
  readonly nodes: readonly ClusterNode[];
}

/** A number of slots that go from one master to another. */
export interface SlotMove {
  readonly from: string;
  readonly to: string;
  readonly slots: readonly number[];
}

/** What is done next; one thing at a time. Nodes are named by their pods, those without one by their ids. */
export type ClusterStep = { readonly phase: Phase; readonly why: string } & (
  | { readonly step: 'scale'; readonly shard: number; readonly replicas: number }
  | { readonly step: 'mark-formed' }
  /** Makes these nodes known to that one: `CLUSTER MEET`. */
  | { readonly step: 'meet'; readonly at: string; readonly pods: readonly string[] }
  /** Gives slots that nobody has to a master, when the cluster is formed or has lost a shard: `CLUSTER ADDSLOTSRANGE`. */
  | { readonly step: 'assign'; readonly pod: string; readonly ranges: readonly (readonly [number, number])[] }
  /** Makes a node the replica of another: `CLUSTER REPLICATE`. */
  | { readonly step: 'replicate'; readonly pod: string; readonly of: string }
  /** Takes nodes out of the cluster, on every node but themselves: `CLUSTER FORGET`. None of them holds anything. */
  | { readonly step: 'forget'; readonly ids: readonly string[] }
  /** Makes a node as if it were new, whose data nobody needs: `CLUSTER RESET HARD`. */
  | { readonly step: 'reset'; readonly pod: string }
  /** Moves slots with their keys, ids as `CLUSTER NODES` has them; slots that are half moved already among them. */
  | { readonly step: 'move-slots'; readonly moves: readonly SlotMove[] }
  /** Ends what is half moved where nothing is left to move: `CLUSTER SETSLOT NODE` or `STABLE` on both sides. */
  | { readonly step: 'settle-slots'; readonly slots: readonly number[] }
  /** Has a replica take its master's place without losing a write: `CLUSTER FAILOVER`; `FORCE` where that one is gone for good. */
  | { readonly step: 'failover'; readonly pod: string; readonly force?: boolean }
  | ServerStep
);
