import { serviceHost } from '../core/names';
import { GATE_PORT } from '../steward/gate-report';

/** Where a deployment of Redis is. */
export interface Place {
  readonly name: string;
  readonly namespace: string;
  readonly clusterDomain: string;
}

/** Ports as the documentation of Redis numbers them, that of redis_exporter, and the one of a gate that waits. */
export const PORTS = { server: 6379, bus: 16379, sentinel: 26379, metrics: 9121, gate: GATE_PORT } as const;

/** Where containers have keys and logins, each Secret in a directory of its own. */
export const SECRETS = {
  /** Keys and authority. */
  tls: '/secrets/tls',
  /** Password of the users `replication`, `sentinel` and `backup`, as `password`. */
  internal: '/secrets/internal',
  /** Password of the user `steward`, as `password`. */
  steward: '/secrets/steward',
  /** Passwords of users, each in a directory of its own: `password`, and while one is replaced `previous-password`. */
  users: '/secrets/users',
} as const;

/** Where the server has its data; its `redis.conf` and `users.acl` are there, too, since it rewrites both. */
export const DATA = '/data';

/** Most replicas that a master may have, so that rights by the names of pods can be foreseen. */
export const MOST_REPLICAS = 20;

/** Name under which Sentinels know the master: that of the deployment. */
export const masterName = ({ name }: Pick<Place, 'name'>): string => name;

/** Name of the headless Service, by which servers know one another, and that of the Sentinels. */
export const headlessName = ({ name }: Pick<Place, 'name'>): string => `${name}-headless`;
export const sentinelHeadlessName = ({ name }: Pick<Place, 'name'>): string => `${name}-sentinel-headless`;

/** Name of the StatefulSet of Sentinels, and of the Service by which clients find one. */
export const sentinelSetName = ({ name }: Pick<Place, 'name'>): string => `${name}-sentinel`;

/** Name of the StatefulSet of a shard of a Redis Cluster. */
export const shardSetName = ({ name }: Pick<Place, 'name'>, shard: number): string => `${name}-${shard}`;

/** Full name of a server's pod; `{pod}` as pod gives the pattern of them all. */
export function serverHost(place: Place, pod: string): string {
  return `${pod}.${serviceHost(place, headlessName(place))}`;
}

/** Full name of a Sentinel's pod. */
export function sentinelHost(place: Place, pod: string): string {
  return `${pod}.${serviceHost(place, sentinelHeadlessName(place))}`;
}
