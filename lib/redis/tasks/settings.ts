/** What a backup is told, as JSON in its variable BACKUP. */
export interface RedisBackupSettings {
  readonly topology: 'standalone' | 'replication' | 'cluster';
  /** Every server that may be asked. */
  readonly servers: readonly BackupServer[];
  /** Whether they talk TLS; keys are in /secrets/tls. The password of the user `backup` is in /secrets/internal. */
  readonly tls: boolean;
  /** Directory in which containers leave files for one another. */
  readonly directory: string;
}

/** A server, and where it is. */
export interface BackupServer {
  readonly pod: string;
  /** Shard of a Redis Cluster that it is of; 0 elsewhere. */
  readonly shard: number;
  readonly host: string;
  readonly port: number;
}

/** Files in the directory of a backup. */
export const BACKUP_FILES = {
  /** Lines `<part> <host> <port>`: the servers that a part is taken of, the best first. */
  sources: 'sources',
  /** What servers said before anything was taken. */
  before: 'before.json',
  /** Lines `<file> <SHA-256>`. */
  files: 'files',
  name: 'name',
  facts: 'backup.json',
} as const;

/** Files of a part: the RDB, what Redis' own tool said of it, and `<host> <port>` that it was taken of. */
export const partFiles = (part: number) => ({
  rdb: `${part}.rdb`,
  check: `${part}.check`,
  from: `${part}.from`,
});

/** What is known of a backup; stored last, as `<name>.json`. */
export interface RedisBackupFacts {
  /** Its time, such as `20261121T180000Z`. */
  readonly name: string;
  readonly topology: RedisBackupSettings['topology'];
  /** One of each shard that has slots; elsewhere one. */
  readonly parts: readonly RedisBackupPart[];
}

/** An RDB file of a backup. */
export interface RedisBackupPart {
  /** `<name>-<part>.rdb` */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly keys: number;
  /** Shard of a Redis Cluster that it was taken of, with its slots. */
  readonly shard: number;
  readonly slots?: readonly (readonly [number, number])[];
  /** Pod of the server, what it was, and its release. */
  readonly from: string;
  readonly role: 'master' | 'replica';
  readonly version: string;
  /** Place in the stream of replication up to which it has all writes at least. */
  readonly offset: number;
}

/** Name of the file of a part. */
export const partFile = (name: string, part: number): string => `${name}-${part}.rdb`;
