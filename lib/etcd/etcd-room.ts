import type { k8s } from 'cdk8s-plus-27';
import { withScratch } from '../core/ephemeral-storage';
import { helperResources } from '../core/programs';
import { bytesOf } from '../core/quantity';
import type { EtcdModel } from './etcd-model';

const MIB = 1024 ** 2;

/** Bytes of a snapshot: the database, which passes its quota by a little. */
export function snapshotBytes({ quota }: Pick<EtcdModel, 'quota'>): number {
  return bytesOf(quota) * 1.25 + 64 * MIB;
}

/** Bytes of a member that was restored: the database, and a log of which two segments of 64 MB are laid out at once. */
export function restoredBytes(model: Pick<EtcdModel, 'quota'>): number {
  return snapshotBytes(model) + 256 * MIB;
}

/**
 * Resources of what reads a whole snapshot. etcdutl keeps all names of keys in its memory, which are most of the database
 * where values are small.
 * @param disk bytes that it writes into scratch directories
 */
export function snapshotResources({ quota }: Pick<EtcdModel, 'quota'>, disk = 0): k8s.ResourceRequirements {
  return withScratch(helperResources(`${Math.ceil(bytesOf(quota) / 2 / MIB) + 256}Mi`), disk);
}

/** Resources of what carries a snapshot over, a piece at a time. */
export function transferResources(disk: number): k8s.ResourceRequirements {
  return withScratch(helperResources('256Mi'), disk);
}
