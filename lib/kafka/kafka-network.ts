import { isIP } from 'node:net';
import { k8s } from 'cdk8s-plus-27';
import { Endpoint } from '../core/endpoint';
import { SELECTS_ANNOTATION } from '../core/lint/context';
import { LABEL_PREFIX, selectorLabels, serviceHost } from '../core/names';
import { dnsEgress, pods, tcp } from '../core/network';
import type { KafkaListener } from './kafka-listener-config';
import type { KafkaBroker } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { brokerHost, PORTS } from './kafka-names';

const { IntOrString } = k8s;

type Labels = Record<string, string>;

/** Label that tells a broker's objects from those of the others. */
export const MEMBER_LABEL = `${LABEL_PREFIX}/member`;

/** Labels that select the pod of one broker. */
export function brokerSelector({ name }: KafkaModel, id: number): Labels {
  return { ...selectorLabels(name, 'broker'), [MEMBER_LABEL]: String(id) };
}

/** Selects the pods of all servers, whatever they do. */
export function serverSelector({ name }: KafkaModel): k8s.LabelSelector {
  return {
    matchLabels: { [`${LABEL_PREFIX}/cluster`]: name },
    matchExpressions: [
      { key: `${LABEL_PREFIX}/component`, operator: 'In', values: ['broker', 'controller'] },
    ],
  };
}

function port(name: string, number: number, target = number): k8s.ServicePort {
  return { name, port: number, targetPort: IntOrString.fromNumber(target), protocol: 'TCP' };
}

function governing(
  name: string,
  labels: Labels,
  selector: Labels,
  ports: k8s.ServicePort[],
  annotations?: Record<string, string>,
): k8s.KubeServiceProps {
  const spec = { clusterIp: 'None', publishNotReadyAddresses: true, selector, ports };
  return { metadata: { name, labels, annotations }, spec };
}

/** What controllers are found by, also those that are not ready. */
export function controllerService(name: string, labels: Labels, selector: Labels): k8s.KubeServiceProps {
  return governing(name, labels, selector, [port('controller', PORTS.controller)]);
}

/** What a broker is found by, also while it is not ready. */
export function brokerService(
  model: KafkaModel,
  { id, set }: KafkaBroker,
  labels: Labels,
  annotations?: Record<string, string>,
): k8s.KubeServiceProps {
  const ports = [
    port('replication', PORTS.replication),
    ...(model.combined ? [port('controller', PORTS.controller)] : []),
    ...model.listeners.map((listener) => port(listener.name, listener.port)),
  ];
  return governing(set, labels, brokerSelector(model, id), ports, annotations);
}

/** Where clients of the same Kubernetes cluster connect first: any broker that serves. Undefined where they have no listener. */
export function bootstrapService(model: KafkaModel, labels: Labels): k8s.KubeServiceProps | undefined {
  const ports = model.listeners
    .filter(({ exposure }) => exposure.kind === 'internal')
    .map((listener) => port(listener.name, listener.port));
  if (ports.length === 0) return undefined;
  return {
    metadata: { name: model.name, labels, annotations: { [SELECTS_ANNOTATION]: 'many' } },
    spec: { selector: selectorLabels(model.name, 'broker'), ports },
  };
}

/** Where clients of a listener connect first: the Service of all brokers, or from elsewhere each broker that stays. */
export function bootstrapEndpoints(
  model: KafkaModel,
  { exposure, port: number, advertised }: KafkaListener,
): Endpoint[] {
  if (exposure.kind === 'internal') return [new Endpoint(serviceHost(model, model.name), number)];
  return model.brokers.filter(({ leaving }) => !leaving).map(({ id }) => advertised[id]);
}

/** Name of the Service of one broker for one listener. */
export function externalServiceName({ name }: KafkaModel, listener: KafkaListener, id: number): string {
  return `${name}-${listener.name}-${id}`;
}

/** What clients from elsewhere reach one broker by; undefined where they have their own way to the pod. */
export function externalService(
  model: KafkaModel,
  listener: KafkaListener,
  id: number,
  labels: Labels,
): k8s.KubeServiceProps | undefined {
  const { exposure, advertised } = listener;
  const selector = brokerSelector(model, id);
  const name = externalServiceName(model, listener, id);
  if (exposure.kind === 'nodePort') {
    const ports = [{ ...port(listener.name, listener.port), nodePort: exposure.nodePorts(id) }];
    return { metadata: { name, labels }, spec: { type: 'NodePort', selector, ports } };
  }
  if (exposure.kind !== 'loadBalancer') return undefined;
  const { annotations, loadBalancerClass, sourceRanges } = exposure;
  return {
    metadata: { name, labels, annotations: annotations?.(id) },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass,
      loadBalancerSourceRanges: sourceRanges && [...sourceRanges],
      // There is one pod behind it, so another node could only pass on what comes, under its own address.
      externalTrafficPolicy: 'Local',
      selector,
      ports: [port(listener.name, advertised[id].port, listener.port)],
    },
  };
}

/** How many servers a drain may take at once: one, be it a controller or a broker. */
export function budget(model: KafkaModel, labels: Labels): k8s.KubePodDisruptionBudgetProps {
  return {
    metadata: { name: model.name, labels },
    spec: {
      maxUnavailable: IntOrString.fromNumber(1),
      selector: serverSelector(model),
      // A server that is not ready protects nothing, and would block the drain that might mend it.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

/** Who may reach the servers, and whom they may reach. Clients of the same Kubernetes cluster are let in by `grantAccess`. */
export function serverPolicy(model: KafkaModel, labels: Labels): k8s.KubeNetworkPolicyProps {
  const { name, listeners, zookeeper, steward } = model;
  const own = pods({ [`${LABEL_PREFIX}/cluster`]: name });
  const servers = [PORTS.replication, ...(zookeeper ? [] : [PORTS.controller])];
  const logins = steward ? scramPorts(model) : [];
  const outside = [
    ...(zookeeper?.endpoints.map((endpoint) => endpoint.port) ?? []),
    ...listeners.flatMap(({ authentication }) =>
      authentication?.kind === 'oauthbearer' ? [portOfUrl(authentication.jwksEndpoint)] : [],
    ),
  ];
  return {
    metadata: { name, labels },
    spec: {
      podSelector: serverSelector(model),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [own], ports: tcp(...servers, PORTS.gate) },
        ...(logins.length > 0
          ? [{ from: [pods(selectorLabels(name, 'steward'))], ports: tcp(...logins) }]
          : []),
        ...listeners.filter(({ exposure }) => exposure.kind !== 'internal').map(fromOutside),
      ],
      egress: [
        { to: [own], ports: tcp(...servers, PORTS.gate) },
        dnsEgress,
        ...(outside.length > 0 ? [{ ports: tcp(...new Set(outside)) }] : []),
      ],
    },
  };
}

function fromOutside({ exposure, port: number }: KafkaListener): k8s.NetworkPolicyIngressRule {
  const ranges = exposure.kind === 'loadBalancer' ? exposure.sourceRanges : undefined;
  return { from: ranges?.map((cidr) => ({ ipBlock: { cidr } })), ports: tcp(number) };
}

/** Ports on which the steward tries passwords. */
export function scramPorts({ listeners }: KafkaModel): number[] {
  return listeners.flatMap(({ authentication, port: number }) =>
    authentication?.kind === 'scram' ? [number] : [],
  );
}

/** Port of a URL; 443 where it is none. */
function portOfUrl(url: string): number {
  const { port: given, protocol } = URL.canParse(url) ? new URL(url) : { port: '', protocol: 'https:' };
  return given ? Number(given) : protocol === 'http:' ? 80 : 443;
}

/**
 * Ids of brokers that the certificate names: those there are, and what is left of their ten, so that a broker that comes or
 * goes hardly ever means a new certificate, for which all servers restart.
 */
function certifiedBrokers(brokers: readonly KafkaBroker[]): number[] {
  const tens = new Set(brokers.map(({ id }) => Math.floor(id / 10)));
  return [...tens]
    .sort((a, b) => a - b)
    .flatMap((ten) => Array.from({ length: 10 }, (_, digit) => ten * 10 + digit));
}

/** Every name and address that servers are called by, for their certificate. */
export function certificateNames(model: KafkaModel): { dnsNames: string[]; ipAddresses: string[] } {
  const { name, namespace, controllers, brokers, listeners } = model;
  const outside = listeners.flatMap(({ exposure, tls, advertised }) =>
    exposure.kind === 'internal' || !tls ? [] : Object.values(advertised).map(({ host }) => host),
  );
  const names = [
    ...certifiedBrokers(brokers).map((id) => brokerHost(model, String(id))),
    ...(controllers ? [`*.${serviceHost(model, controllers.headless)}`] : []),
    serviceHost(model, name),
    `${name}.${namespace}.svc`,
    name,
    ...outside.filter((host) => isIP(host) === 0),
    'localhost',
  ];
  return {
    dnsNames: [...new Set(names)],
    ipAddresses: [...new Set(outside.filter((host) => isIP(host) !== 0))],
  };
}
