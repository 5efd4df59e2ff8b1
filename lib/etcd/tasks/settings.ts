import type { Address } from '../api/types';

/** What a backup is told, as JSON in its variable BACKUP. */
export interface EtcdBackupSettings {
  /** Client addresses of the members. */
  readonly members: readonly Address[];
  /** Whether they talk TLS; keys are in /secrets/tls. The login, where there is authentication, is in /secrets/root. */
  readonly tls: boolean;
  readonly authentication: boolean;
  /** Directory in which it leaves `snapshot.db`, and the files `name` and `snapshot.json` that tell of it. */
  readonly directory: string;
}

/** What the check of a rehearsal is told, as JSON in its variable REHEARSAL. */
export interface EtcdRehearsalSettings {
  /** Client address of the member that is thrown away. */
  readonly member: Address;
  /** Whether there is a login in /secrets/root, for a backup that was made with authentication on. */
  readonly authentication: boolean;
  /** Directory with `snapshot.db`, which it was restored from, and `snapshot.json`. */
  readonly directory: string;
}

/** What is known of a backup; stored beside it as `<name>.json`. */
export interface EtcdBackupFacts {
  /** `<time>-<revision>.db`, such as `20261121T180000Z-1042.db` */
  readonly name: string;
  readonly clusterId: string;
  /** Release of the member that it was taken from. */
  readonly version: string;
  /** Of the whole file, with the SHA-256 that it ends with. */
  readonly bytes: number;
  readonly sha256: string;
  /** Newest revision in it. */
  readonly revision: number;
  /** Keys that exist at that revision, by the word of the cluster. */
  readonly keys: number;
  /** Hash over all keys up to that revision, by the word of another member where there is one. */
  readonly hashKv: number;
}
