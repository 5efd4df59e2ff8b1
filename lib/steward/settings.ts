import type { Part } from './facts';

/** What the steward is told, whatever the system; JSON in its variable SETTINGS. */
export interface StewardSettings {
  /** Name of the cluster, and prefix of what the steward keeps. */
  readonly cluster: string;
  /** Its StatefulSets; the first is that of the members that vote. */
  readonly sets: readonly string[];
  readonly namespace: string;
  /** Annotation of the first StatefulSet that was rendered together with these settings. */
  readonly rendered: string;
  /** Labels by which the members' pods and claims are found. */
  readonly selector: Readonly<Record<string, string>>;
  /** Labels of what the steward makes. */
  readonly labels: Readonly<Record<string, string>>;
  /** Every member that should exist. */
  readonly members: readonly { readonly id: number; readonly part: Part }[];
  /** Ids of the members that may form the cluster. */
  readonly founders: readonly number[];
  /** What keeps the data: claims of each member, a volume that outlives every claim, or nothing that outlives a pod. */
  readonly data: 'claims' | 'shared' | 'scratch';
  /** CronJobs of which it tells when they have last succeeded. */
  readonly backups?: readonly string[];
}

/** Annotation of the StatefulSet that says which rendering it is of. */
export const RENDERED = 'cdk8s-stateful/rendered';

/** ConfigMap that marks a cluster as formed, which members mount where it exists, and its key. */
export const formedName = (cluster: string): string => `${cluster}-formed`;
export const FORMED_KEY = 'formed';
/** ConfigMap that tells how a cluster is, and its key for what is known of keys that are read at a start only. */
export const statusName = (cluster: string): string => `${cluster}-status`;
export const KEYS_KEY = 'keys';
/** Name of the steward's Deployment, account, Role and Lease. */
export const stewardName = (cluster: string): string => `${cluster}-steward`;
/** Port of the steward's `/metrics`, `/healthz` and `/readyz`. */
export const STEWARD_PORT = 9095;
