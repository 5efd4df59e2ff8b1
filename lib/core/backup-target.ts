import type { k8s } from 'cdk8s-plus-27';
import type { CredentialsReference } from './credentials';
import type { Environment } from './environment';
import type { EnvironmentVariable, ObjectStore } from './object-store';
import type { Finding } from './problem';
import { type OtherVolume, renderStorage } from './storage';

/** Where backups are: an object store, or a volume (`Storage.existingClaim`, `Storage.nfs`). */
export type BackupPlace = ObjectStore | OtherVolume;

/** A directory for backups, and what a container that runs rclone needs to get there. */
export interface BackupTarget {
  /** As rclone names it: `store:<bucket>/<directory>`, or a path in the mounted volume. */
  readonly path: string;
  readonly env: EnvironmentVariable[];
  readonly volumes: k8s.Volume[];
  readonly mounts: k8s.VolumeMount[];
  /** Ports that a NetworkPolicy must let it out to. A volume needs none: the node mounts it. */
  readonly ports: number[];
}

/** Where containers have the volume. */
const MOUNT = '/target';

function isVolume(place: BackupPlace): place is OtherVolume {
  return 'kind' in place;
}

/** Directory of a cluster's backups where nobody chose another. */
export function backupDirectory(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  environment: Environment,
): string {
  return `${environment.name}/${namespace}/${name}`;
}

/** Where a cluster whose own directory is `own` keeps its backups. A prefix of the store takes that directory's place. */
export function backupTarget(
  place: BackupPlace,
  own: string,
  credentials: CredentialsReference | undefined,
): BackupTarget {
  if (isVolume(place)) return inVolume(place, own, {});
  return inStore(place, place.directory(own), credentials);
}

/**
 * Where a backup lies: in the directory of the cluster that asks where it stands alone, else below the prefix of the store,
 * or in the volume.
 */
export function backupSource(
  place: BackupPlace,
  own: string,
  backup: string,
  credentials: CredentialsReference | undefined,
): BackupTarget {
  const alone = backup.includes('/') ? undefined : own;
  if (isVolume(place)) return inVolume(place, [alone, backup].filter(Boolean).join('/'), { readOnly: true });
  return inStore(place, `${place.directory(alone)}/${backup}`, credentials);
}

function inVolume(place: OtherVolume, path: string, options: Partial<k8s.VolumeMount>): BackupTarget {
  const { volume } = renderStorage('target', place, {});
  return {
    path: `${MOUNT}/${path}`,
    env: [],
    volumes: volume ? [volume] : [],
    mounts: [{ name: 'target', mountPath: MOUNT, ...options }],
    ports: [],
  };
}

function inStore(
  store: ObjectStore,
  path: string,
  credentials: CredentialsReference | undefined,
): BackupTarget {
  return {
    path: `store:${path}`,
    env: credentials ? store.environment(credentials) : [],
    volumes: [],
    mounts: [],
    ports: [store.port],
  };
}

/** What is wrong with a place for backups; `what` names its use. */
export function checkBackupPlace(what: string, place: BackupPlace, environment: Environment): Finding[] {
  if (!isVolume(place)) return place.check(what, environment);
  if (place.kind !== 'emptyDir') return [];
  const message = `${what}: an emptyDir is gone with the pod that wrote to it; use ObjectStore.s3, Storage.existingClaim or Storage.nfs`;
  return [{ code: 'core/backup-place', message }];
}

/** Keys of the store, where it is one. */
export function backupCredentials(place: BackupPlace): ObjectStore['props']['credentials'] | undefined {
  return isVolume(place) ? undefined : place.props.credentials;
}
