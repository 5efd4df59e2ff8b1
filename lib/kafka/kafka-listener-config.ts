import { Endpoint } from '../core/endpoint';
import type { Properties } from '../core/properties-text';
import type { AuthenticationMethod, Exposure } from './kafka-listeners';
import { Listener } from './kafka-listeners';
import type { KafkaBroker } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { PORTS } from './kafka-names';
import type { KafkaClusterProps } from './kafka-props';

/** A listener with every default filled in. */
export interface KafkaListener {
  /** As it was given, and as Kubernetes has it. */
  readonly name: string;
  /** As Kafka has it, in capitals. */
  readonly id: string;
  readonly port: number;
  readonly tls: boolean;
  /** `security.protocol` of its clients. */
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  readonly authentication?: AuthenticationMethod;
  readonly exposure: Exposure;
  /** Where clients reach each broker, by its id. */
  readonly advertised: Readonly<Record<number, Endpoint>>;
}

/** Ports that clients' listeners may not have. */
export const RESERVED_PORTS: readonly number[] = [PORTS.replication, PORTS.controller, PORTS.gate];

/** Completes the listeners of clients. */
export function completeListeners(
  props: KafkaClusterProps,
  brokers: readonly KafkaBroker[],
): KafkaListener[] {
  const given = props.listeners ?? [Listener.internal()];
  const taken = new Set([
    ...RESERVED_PORTS,
    ...given.flatMap(({ options }) => (options.port === undefined ? [] : [options.port])),
  ]);
  return given.map((listener, index) => {
    const { options, exposure, name } = listener;
    const tls = options.tls ?? props.tls !== undefined;
    const authentication = options.authentication?.method;
    const port = options.port ?? freePort(index === 0 ? PORTS.client : PORTS.controller + 1, taken);
    taken.add(port);
    const sasl = authentication !== undefined && authentication.kind !== 'mutual-tls';
    return {
      name,
      id: name.toUpperCase(),
      port,
      tls,
      protocol: sasl ? (tls ? 'SASL_SSL' : 'SASL_PLAINTEXT') : tls ? 'SSL' : 'PLAINTEXT',
      authentication,
      exposure,
      advertised: Object.fromEntries(
        brokers.map((broker) => [broker.id, advertisedEndpoint(listener, broker, port)]),
      ),
    };
  });
}

function freePort(from: number, taken: ReadonlySet<number>): number {
  let port = from;
  while (taken.has(port)) port += 1;
  return port;
}

function advertisedEndpoint(
  { exposure, options }: Listener,
  { id, host }: KafkaBroker,
  port: number,
): Endpoint {
  const { hosts, advertisedPort } = options;
  if (exposure.kind === 'internal' || !hosts) return new Endpoint(host, port);
  const reached = exposure.kind === 'nodePort' ? exposure.nodePorts(id) : port;
  return new Endpoint(hosts(id), advertisedPort?.(id) ?? reached);
}

/** Settings of Kafka, in the order in which they are written. */
export type Settings = Properties;

/** Listeners of the servers themselves, as Kafka has them. */
export const REPLICATION = 'REPLICATION';
export const CONTROLLER = 'CONTROLLER';

type ListenerFacts = Pick<KafkaModel, 'name' | 'transport' | 'listeners'>;

const INTERNAL_PROTOCOLS = { plain: 'PLAINTEXT', tls: 'SSL', sasl: 'SASL_PLAINTEXT' } as const;

/** `listeners` and `listener.security.protocol.map` of a server with these of its own. */
export function listenerSettings(
  { transport, listeners }: ListenerFacts,
  own: { readonly replication: boolean; readonly controller: boolean; readonly quorum: boolean },
): Settings {
  const clients = own.replication ? listeners : [];
  const sockets = [
    ...(own.replication ? [`${REPLICATION}://:${PORTS.replication}`] : []),
    ...(own.controller ? [`${CONTROLLER}://:${PORTS.controller}`] : []),
    ...clients.map(({ id, port }) => `${id}://:${port}`),
  ];
  const internal = INTERNAL_PROTOCOLS[transport];
  return {
    listeners: sockets.join(','),
    'listener.security.protocol.map': [
      ...(own.replication ? [`${REPLICATION}:${internal}`] : []),
      ...(own.quorum ? [`${CONTROLLER}:${internal}`] : []),
      ...clients.map(({ id, protocol }) => `${id}:${protocol}`),
    ].join(','),
    'inter.broker.listener.name': own.replication ? REPLICATION : undefined,
    'controller.listener.names': own.quorum ? CONTROLLER : undefined,
  };
}

/** `advertised.listeners` of a broker. */
export function advertisedListeners(
  { listeners }: ListenerFacts,
  { id, host }: KafkaBroker,
  controller: boolean,
): string {
  return [
    `${REPLICATION}://${host}:${PORTS.replication}`,
    ...(controller ? [`${CONTROLLER}://${host}:${PORTS.controller}`] : []),
    ...listeners.map((listener) => `${listener.id}://${listener.advertised[id]}`),
  ].join(',');
}
