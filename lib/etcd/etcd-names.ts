import { serviceHost } from '../core/names';
import { GATE_PORT } from '../steward/gate-report';

/** Where a cluster is. */
export interface Place {
  readonly name: string;
  readonly namespace: string;
  readonly clusterDomain: string;
}

/** Ports as etcd's documentation numbers them, and the one of a gate that waits. */
export const PORTS = { client: 2379, peer: 2380, metrics: 2381, gate: GATE_PORT } as const;

/** Where containers have keys and logins, each Secret in a directory of its own. */
export const SECRETS = {
  /** Keys and authority for clients. */
  tls: '/secrets/tls',
  /** Keys and authority of members among themselves. */
  peer: '/secrets/peer',
  /** What signs tokens, as `password`. */
  token: '/secrets/token',
  /** Login of `root`, as `username` and `password`. */
  root: '/secrets/root',
  /** Logins of users, each in a directory. */
  users: '/secrets/users',
} as const;

/** More voters than these make every write slower. */
export const MOST_MEMBERS = 7;

/** The user whom no permission binds, and the role that makes a user that. */
export const ROOT = 'root';

/** Name of the headless Service, by which members know one another. */
export const headlessName = ({ name }: Pick<Place, 'name'>): string => `${name}-headless`;

/** Name of a pod, and of the member that runs in it. */
export const memberName = ({ name }: Pick<Place, 'name'>, id: number | string): string => `${name}-${id}`;

/** Full name of a member; `{id}` as id gives the pattern of them all. */
export function memberHost(place: Place, id: number | string): string {
  return `${memberName(place, id)}.${serviceHost(place, headlessName(place))}`;
}
