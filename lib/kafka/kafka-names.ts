import { serviceHost } from '../core/names';
import { GATE_PORT } from '../steward/gate-report';

/** Where a cluster is. */
export interface Place {
  readonly name: string;
  readonly namespace: string;
  readonly clusterDomain: string;
}

/** Ports that are the library's. Clients have 9092, and further ones from 9094 on. */
export const PORTS = {
  /** Brokers among themselves, and the steward. */
  replication: 9091,
  client: 9092,
  controller: 9093,
  /** A gate that waits. */
  gate: GATE_PORT,
} as const;

/** The first controller's id; brokers have those below. */
export const FIRST_CONTROLLER = 3000;

/** More of them slow metadata down without need. */
export const MOST_CONTROLLERS = 5;

/** Name of the Secret, and of the user in it, that servers log in to one another with. */
export const internalName = ({ name }: Pick<Place, 'name'>): string => `${name}-internal`;

/** Name of the controllers' StatefulSet and of their headless Service. */
export const controllerSet = ({ name }: Pick<Place, 'name'>): string => `${name}-controller`;

/** Name of a broker's StatefulSet and of its headless Service. */
export const brokerSet = ({ name }: Pick<Place, 'name'>, id: number | string): string =>
  `${name}-broker-${id}`;

/** Full name of a controller. */
export function controllerHost(place: Place, id: string): string {
  const set = controllerSet(place);
  return `${set}-${id}.${serviceHost(place, set)}`;
}

/** Full name of a broker. */
export function brokerHost(place: Place, id: string): string {
  return serviceHost(place, brokerSet(place, id));
}
