import type { StewardSettings } from '../../steward/settings';

/** A permission of a role; `prefix` '' stands for all keys. */
export interface WantedPermission {
  readonly access: 'read' | 'write' | 'readwrite';
  readonly key?: string;
  readonly prefix?: string;
  readonly range?: readonly [string, string];
}

/** A user that should exist. */
export interface WantedUser {
  /** Directory below /secrets/users with the files `username` and `password`; undefined: a certificate is shown. */
  readonly directory?: string;
  /** Name of a user without a password. */
  readonly name?: string;
  readonly roles: readonly string[];
}

/** Users and roles that should exist; then authentication is switched on. */
export interface WantedAuthentication {
  readonly users: readonly WantedUser[];
  readonly roles: Readonly<Record<string, readonly WantedPermission[]>>;
}

/** What the steward of a cluster is told. */
export interface EtcdStewardSettings extends StewardSettings {
  /** Full name of a member, with `{id}` for its id, and what it is called in the membership, likewise. */
  readonly host: string;
  readonly memberName: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly metricsPort: number;
  /** Whether clients talk TLS (keys in /secrets/tls), and whether members do. */
  readonly tls: boolean;
  readonly peerTls: boolean;
  /** Release that members should run. */
  readonly version: string;
  /** Bytes of the quota. */
  readonly quota: number;
  /** Absent: whoever reaches the port may do anything. The login of `root` is in /secrets/root. */
  readonly authentication?: WantedAuthentication;
  /** Absent: never on its own. `minimum` in bytes. */
  readonly defragmentation?: {
    readonly fragmentation: number;
    readonly minimum: number;
    readonly schedule?: string;
  };
  readonly forceNewCluster?: { readonly member: number; readonly confirm: string };
}
