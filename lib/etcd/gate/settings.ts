/** What the gate is told, as JSON in the cluster's ConfigMap; the same for all members. */
export interface EtcdGateSettings {
  readonly cluster: string;
  /** Every member that should exist. */
  readonly members: readonly EtcdGateMember[];
  /** Ids of the members that may form the cluster. */
  readonly founders: readonly number[];
  /** `initial-cluster-token` that it is formed with. */
  readonly token: string;
  /** Whether members talk TLS to one another; keys are in /secrets/peer. */
  readonly peerTls: boolean;
  readonly peerPort: number;
  /** Whether clients talk TLS, and on which port: what `advertise-client-urls` tells them. */
  readonly clientTls: boolean;
  readonly clientPort: number;
  /** Port of `/livez` and `/readyz`, which is plain text. */
  readonly metricsPort: number;
  /** Release that this member's server is of. */
  readonly version: string;
  /** Whether the write-ahead log has a volume of its own. */
  readonly walVolume: boolean;
  /** Whether its disks are meant to outlive the pod. */
  readonly keepsData: boolean;
  /** Who changes the membership: the steward, or a person, whom the gate tells how. */
  readonly operations: 'steward' | 'none';
  /** Name of the backup that founders are restored from. */
  readonly restore?: string;
  /** A member whose data is all that is left, and the id of the cluster (hexadecimal), to prove that somebody has looked. */
  readonly forceNewCluster?: { readonly member: number; readonly confirm: string };
}

/** A member, and the name by which others reach it. Its pod and its entry in the membership are called `name`. */
export interface EtcdGateMember {
  readonly id: number;
  readonly name: string;
  readonly host: string;
}

/** Directories in the gate's container. */
export interface EtcdGatePaths {
  readonly config: string;
  readonly run: string;
  readonly secrets: string;
  readonly formed: string;
  readonly data: string;
  readonly wal: string;
}

/** Where the pod mounts them. The server's `data-dir` is `<data>/data`, its `wal-dir`, if any, `<wal>/wal`. */
export const ETCD_GATE_PATHS: EtcdGatePaths = {
  config: '/config',
  run: '/run/etcd',
  secrets: '/secrets',
  formed: '/formed',
  data: '/var/lib/etcd',
  wal: '/var/lib/etcd-wal',
};

/** Directory that the containers of a restore share, where the steps hand things on to one another. */
export const RESTORE_DIRECTORY = '/restore';

/** What a member's disk holds, as its gate tells it. */
export type EtcdDiskState =
  /** Nothing, and never has as far as this disk knows. */
  | 'empty'
  /** It was allowed to found the cluster, and its server has not stored anything yet. */
  | 'founding'
  /** Data of this member. */
  | 'data'
  /** Not all that it held: one of its volumes is gone; or it is empty, and the membership has an entry for what it held. */
  | 'lost'
  /** Something that must not be used. */
  | 'foreign';

/** What a gate that waits tells the steward and other gates, as JSON by HTTP (`GET /` on GATE_PORT). */
export interface EtcdGateReport {
  readonly id: number;
  /** Token of the cluster; gates that were told of another one have nothing to do with it. */
  readonly token: string;
  readonly disk: EtcdDiskState;
  /** Ids on its disk, in hexadecimal. */
  readonly memberId?: string;
  readonly clusterId?: string;
  /** Term and index of the newest entry in its log. */
  readonly term?: number;
  readonly index?: number;
  readonly says: string;
  /** Founders that it was told of. Gates that were told of different ones must not form anything together. */
  readonly founders: readonly number[];
  /** Members whose empty disks it has noted since its own was empty. */
  readonly seenEmpty: readonly number[];
}
