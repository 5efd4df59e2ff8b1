import type { Address } from '../../steward/reach';
import type { Layout } from './layout';

/**
 * What the programs beside a proxy are told, as JSON in their variable SETTINGS: a pod that is made anew while keys are moved
 * must be told what the others like it were.
 */
export interface TwemproxySettings {
  /** Name of the proxy, in its namespace. */
  readonly name: string;
  readonly namespace: string;
  /** Whether keys may be lost or made anew (`cache`), or not (`store`). */
  readonly use: 'store' | 'cache';
  readonly layout: Layout;
  /** The shards of the layout. */
  readonly shards: readonly TwemproxyShardSettings[];
  /** Shards whose keys are to be moved to those of the layout. */
  readonly leaving: readonly TwemproxyShardSettings[];
  /** User of these programs on all shards. */
  readonly user: string;
  /** Connections that the proxy has to each shard. */
  readonly serverConnections: number;
  /** How long it waits for a shard, in milliseconds. */
  readonly timeoutMs: number;
  /** Labels that select the pods of the proxy, for who moves keys. */
  readonly selector: Readonly<Record<string, string>>;
}

/** A shard: a master that has replicas, and maybe another place tomorrow. */
export interface TwemproxyShardSettings {
  readonly name: string;
  /** Where the master is, whoever it is. */
  readonly master: Address;
  /** All of its servers. */
  readonly servers: readonly Address[];
}

/** Ports in a proxy's pod. */
export const TWEMPROXY_PORTS = { clients: 6379, stats: 22222, metrics: 9151 } as const;

/** Directories in the containers of a proxy and its Job. */
export const TWEMPROXY_PATHS = {
  /** Password of clients, and of the proxy at its shards, as `password`. */
  password: '/secrets/password',
  /** Password of `TwemproxySettings.user`, as `password`. */
  agent: '/secrets/agent',
  /** `nutcracker.yml` with its password, and that in a file of its own, as it was when the pod started. In memory. */
  run: '/run/twemproxy',
} as const;

export type TwemproxyPaths = { readonly [Name in keyof typeof TWEMPROXY_PATHS]: string };

/** Name of the lease by which one process at a time moves keys of the proxy. */
export const leaseName = (proxy: string): string => `${proxy}-reshard`;
