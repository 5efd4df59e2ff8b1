import { k8s } from 'cdk8s-plus-27';
import type { Environment } from '../core/environment';
import { selectorLabels, serviceHost } from '../core/names';
import { closed, dnsEgress, pods, scraping, tcp } from '../core/network';
import { clientPort, memberPort, onlyTls, PORTS, type ZooKeeperModel } from './zookeeper-model';

const { IntOrString } = k8s;

type Labels = Record<string, string>;

function port(name: string, number: number): k8s.ServicePort {
  return { name, port: number, targetPort: IntOrString.fromNumber(number), protocol: 'TCP' };
}

function servicePorts(model: ZooKeeperModel): k8s.ServicePort[] {
  return [
    ...(onlyTls(model) ? [] : [port('client', PORTS.client)]),
    ...(model.tls.clients === 'off' ? [] : [port('secure-client', PORTS.secureClient)]),
  ];
}

/** What members find one another by: a name for each, also of those that are not ready. */
export function headlessService(
  model: ZooKeeperModel,
  labels: Labels,
  selector: Labels,
): k8s.KubeServiceProps {
  return {
    metadata: { name: model.headless, labels },
    spec: {
      clusterIp: 'None',
      publishNotReadyAddresses: true,
      selector,
      ports: [...servicePorts(model), port('quorum', PORTS.quorum), port('election', PORTS.election)],
    },
  };
}

/** What clients connect to: members that serve. */
export function clientService(model: ZooKeeperModel, labels: Labels, selector: Labels): k8s.KubeServiceProps {
  return { metadata: { name: model.name, labels }, spec: { selector, ports: servicePorts(model) } };
}

/** Name of the Service with a stable address for one member. */
export function memberServiceName(model: ZooKeeperModel, id: number): string {
  return `${model.name}-member-${id}`;
}

/** Every name that a member is called by, for its certificate. */
export function certificateNames(model: ZooKeeperModel): string[] {
  const { name, namespace, headless, members, props } = model;
  const services = [
    name,
    ...(props.memberServices ? members.map(({ id }) => memberServiceName(model, id)) : []),
  ];
  return [
    ...members.map((member) => member.host),
    serviceHost(model, headless),
    ...services.flatMap((service) => [serviceHost(model, service), `${service}.${namespace}.svc`, service]),
    'localhost',
  ];
}

/** A stable address for one member. */
export function memberService(
  model: ZooKeeperModel,
  id: number,
  labels: Labels,
  selector: Labels,
): k8s.KubeServiceProps {
  return {
    metadata: { name: memberServiceName(model, id), labels },
    spec: {
      selector: { ...selector, 'statefulset.kubernetes.io/pod-name': `${model.name}-${id}` },
      ports: servicePorts(model),
    },
  };
}

/** Ports on which members talk to one another: the gate listens on the client port. */
export function memberPorts(model: ZooKeeperModel): number[] {
  return [memberPort(model), PORTS.quorum, PORTS.election];
}

/** Who may reach the servers, and whom they may reach. Clients are let in one by one, by `grantAccess`. */
export function serverPolicy(
  model: ZooKeeperModel,
  environment: Environment,
  labels: Labels,
  selector: Labels,
): k8s.KubeNetworkPolicyProps {
  const members = pods(selector);
  const { backup, restore } = model.props;
  const steward = { from: [pods(selectorLabels(model.name, 'steward'))], ports: tcp(memberPort(model)) };
  const provision = { from: [pods(selectorLabels(model.name, 'provision'))], ports: tcp(clientPort(model)) };
  return closed({ name: model.name, labels }, selector, {
    ingress: [
      { from: [members], ports: tcp(...memberPorts(model)) },
      model.steward ? steward : provision,
      ...(backup ? [{ from: [pods(selectorLabels(model.name, 'backup'))], ports: tcp(PORTS.admin) }] : []),
      ...scraping(environment, PORTS.metrics),
    ],
    egress: [
      { to: [members], ports: tcp(...memberPorts(model)) },
      dnsEgress,
      ...(restore ? [{ ports: tcp(restore.from.port) }] : []),
    ],
  });
}

/** What a Job of the ensemble may reach. */
export function jobPolicy(
  model: ZooKeeperModel,
  component: string,
  labels: Labels,
  server: Labels,
  ports: number[],
  outside: number[] = [],
): k8s.KubeNetworkPolicyProps {
  const metadata = { name: `${model.name}-${component}`, labels };
  return closed(metadata, selectorLabels(model.name, component), {
    egress: [
      { to: [pods(server)], ports: tcp(...ports) },
      dnsEgress,
      ...(outside.length > 0 ? [{ ports: tcp(...outside) }] : []),
    ],
  });
}
