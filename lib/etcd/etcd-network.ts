import { k8s } from 'cdk8s-plus-27';
import type { Environment } from '../core/environment';
import { selectorLabels, serviceHost } from '../core/names';
import { closed, dnsEgress, pods, scraping, tcp } from '../core/network';
import { ObjectStore } from '../core/object-store';
import type { EtcdModel } from './etcd-model';
import { headlessName, MOST_MEMBERS, memberHost, PORTS } from './etcd-names';

const { IntOrString } = k8s;

type Labels = Record<string, string>;

function port(name: string, number: number): k8s.ServicePort {
  return { name, port: number, targetPort: IntOrString.fromNumber(number), protocol: 'TCP' };
}

/** What members know one another by: a name for each, also of those that are not ready. */
export function headlessService(model: EtcdModel, labels: Labels, selector: Labels): k8s.KubeServiceProps {
  return {
    metadata: { name: headlessName(model), labels },
    spec: {
      clusterIp: 'None',
      publishNotReadyAddresses: true,
      selector,
      ports: [port('client', PORTS.client), port('peer', PORTS.peer)],
    },
  };
}

/** What clients connect to: members that have a vote and are part of a working cluster. */
export function clientService({ name }: EtcdModel, labels: Labels, selector: Labels): k8s.KubeServiceProps {
  return { metadata: { name, labels }, spec: { selector, ports: [port('client', PORTS.client)] } };
}

/**
 * Names of all members that there can be. A certificate that lost the name of a member with `members` would cut it off before
 * the steward has taken it out of the cluster.
 */
function possibleHosts(model: EtcdModel): string[] {
  const count = Math.max(MOST_MEMBERS, model.members.length);
  return Array.from({ length: count }, (_, id) => memberHost(model, id));
}

/** Every name that clients call members by, for the certificate that they see. */
export function clientNames(model: EtcdModel): string[] {
  const { name, namespace, props } = model;
  return [
    ...possibleHosts(model),
    serviceHost(model, name),
    `${name}.${namespace}.svc`,
    `${name}.${namespace}`,
    name,
    'localhost',
    ...(props.tls?.dnsNames ?? []),
  ];
}

/** Names in the certificate of members: each one's own, and one that only members have and that they demand of one another. */
export function peerNames(model: EtcdModel): string[] {
  return [...possibleHosts(model), serviceHost(model, headlessName(model))];
}

/** Ports of members that members and gates ask, and `etcdctl --cluster` in one of them. */
const AMONG_MEMBERS = [PORTS.client, PORTS.peer, PORTS.metrics, PORTS.gate];

/** Ports of members that the steward asks. */
export const FOR_STEWARD = [PORTS.client, PORTS.metrics, PORTS.gate];

/** Who may reach the servers, and whom they may reach. Clients are let in one by one, by `grantAccess`. */
export function serverPolicy(
  model: EtcdModel,
  environment: Environment,
  labels: Labels,
  selector: Labels,
): k8s.KubeNetworkPolicyProps {
  const members = pods(selector);
  const { name, steward, props } = model;
  const of = (component: string) => [pods(selectorLabels(name, component))];
  const store = props.restore?.from;
  return closed({ name, labels }, selector, {
    ingress: [
      { from: [members], ports: tcp(...AMONG_MEMBERS) },
      ...(steward ? [{ from: of('steward'), ports: tcp(...FOR_STEWARD) }] : []),
      ...(props.backup ? [{ from: of('backup'), ports: tcp(PORTS.client) }] : []),
      ...scraping(environment, PORTS.metrics),
    ],
    egress: [
      { to: [members], ports: tcp(...AMONG_MEMBERS) },
      dnsEgress,
      ...(store instanceof ObjectStore ? [{ ports: tcp(store.port) }] : []),
    ],
  });
}
