/** What one of a server's directories holds. */
export type DirectoryState =
  /** Nothing, and never has as far as this server knows. */
  | { readonly state: 'empty' }
  /** Nothing, although this server has used it: its volume was lost or exchanged. */
  | { readonly state: 'lost' }
  /** Data of this server. */
  | { readonly state: 'data' }
  /** Something that must not be used, and why. */
  | { readonly state: 'foreign'; readonly reason: string };

/** A voter is a directory: the same controller with another disk is another voter. */
export interface QuorumVoter {
  readonly id: number;
  readonly directoryId: string;
}

/** A partition of which a broker should have a replica. */
export interface HeldPartition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** What another server answered. */
export type Peer =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: its server is not running yet. */
  | { readonly state: 'gate'; readonly disk: string; readonly seenEmpty: readonly number[] }
  /** Its server takes connections, which says nothing of a quorum. */
  | { readonly state: 'running' };

/** Everything a gate decides from. */
export interface StartFacts {
  readonly cluster: string;
  readonly id: number;
  readonly roles: { readonly broker: boolean; readonly controller: boolean };
  /** Whether metadata is in ZooKeeper. */
  readonly zookeeper: boolean;
  /** Whether the disks are meant to outlive the pod. */
  readonly keepsData: boolean;
  /** Whether the marker says that the cluster exists. */
  readonly formed: boolean;
  /** The first one has the metadata. */
  readonly directories: readonly DirectoryState[];
  /** Controllers that may form the quorum, with their directory ids. */
  readonly founders: readonly QuorumVoter[];
  /** Controllers that should exist. */
  readonly controllers: readonly number[];
  /** Brokers that should exist. */
  readonly brokers: readonly number[];
  /** Voters of the quorum that other controllers answer for; undefined: none does. */
  readonly voters?: readonly QuorumVoter[];
  /** Whether any other broker answers. */
  readonly served: boolean;
  /** The latest answer of the others, as far as they were asked. */
  readonly peers: ReadonlyMap<number, Peer>;
  /** Founders that have stated an empty disk since this one's was empty. */
  readonly seenEmpty: ReadonlySet<number>;
  /** Partitions that this broker should have and that are on none of its disks; undefined: not known. */
  readonly missing?: readonly HeldPartition[];
  /** Broker, as `host:port`, that somebody can turn to. */
  readonly bootstrap?: string;
}

/** What is known of other servers, in words. */
export function describePeers(peers: StartFacts['peers'], ids: Iterable<number>): string {
  const say = (peer: Peer | undefined): string => {
    if (!peer) return 'not asked yet';
    if (peer.state === 'silent') return peer.reason;
    return peer.state === 'gate' ? `waits at its gate, disk: ${peer.disk}` : 'has started';
  };
  return [...ids].map((id) => `${id}: ${say(peers.get(id))}`).join('; ');
}
