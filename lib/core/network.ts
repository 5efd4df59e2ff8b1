import { ApiObject, Chart } from 'cdk8s';
import type { INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import { k8s as kube } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { contentHash } from './content-hash';
import type { Environment } from './environment';

/** TCP ports of a rule. */
export function tcp(...ports: number[]): k8s.NetworkPolicyPort[] {
  return ports.map((port) => ({ port: kube.IntOrString.fromNumber(port), protocol: 'TCP' }));
}

/** Peers by their labels, in the policy's own namespace. */
export function pods(labels: Record<string, string>): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels: labels } };
}

/** Name resolution, which every closed pod still needs. */
export const dnsEgress: k8s.NetworkPolicyEgressRule = {
  ports: [
    { port: kube.IntOrString.fromNumber(53), protocol: 'UDP' },
    { port: kube.IntOrString.fromNumber(53), protocol: 'TCP' },
  ],
};

/** A policy that closes pods in both directions, but for these rules. */
export function closed(
  metadata: { readonly name: string; readonly labels: Record<string, string> },
  selector: Record<string, string>,
  rules: Pick<k8s.NetworkPolicySpec, 'ingress' | 'egress'>,
): k8s.KubeNetworkPolicyProps {
  return {
    metadata,
    spec: { podSelector: { matchLabels: selector }, policyTypes: ['Ingress', 'Egress'], ...rules },
  };
}

/** Lets the monitoring of the environment in, where it has one. */
export function scraping({ props }: Environment, port: number): k8s.NetworkPolicyIngressRule[] {
  if (!props.monitoring) return [];
  return [{ from: [{ namespaceSelector: { matchLabels: props.monitoringNamespace } }], ports: tcp(port) }];
}

/**
 * A peer of cdk8s-plus (a Deployment, a Pod, a Namespace, an IP block, ...) as a policy in `namespace` writes it. A
 * workload of another chart is looked for in that chart's namespace.
 */
export function peersOf(peer: INetworkPolicyPeer, namespace: string): k8s.NetworkPolicyPeer[] {
  const { ipBlock, podSelector } = peer.toNetworkPolicyPeerConfig();
  if (ipBlock) return [{ ipBlock: ipBlock._toKube() }];
  if (!podSelector) return [];
  const labels = podSelector.labelSelector._toKube();
  const selector = Object.keys(labels).length > 0 ? labels : undefined;
  const own = (peer as { metadata?: { namespace?: string } }).metadata?.namespace ?? Chart.of(peer).namespace;
  const elsewhere = own && own !== namespace ? { names: [own] } : undefined;
  const namespaces = podSelector.namespaces ?? elsewhere;
  if (!namespaces) return [{ podSelector: selector ?? {} }];
  const names = namespaces.names ?? [];
  const chosen = 'labelSelector' in namespaces ? namespaces.labelSelector?._toKube() : undefined;
  if (names.length === 0) return [{ podSelector: selector, namespaceSelector: chosen ?? {} }];
  return names.map((name) => ({
    podSelector: selector,
    namespaceSelector: {
      ...chosen,
      matchLabels: { ...chosen?.matchLabels, 'kubernetes.io/metadata.name': name },
    },
  }));
}

/** The pods of a cluster, as a policy that lets somebody in sees them. */
export interface Provider {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
}

/**
 * Lets a consumer in, once for all that are the same peer; not at all where a policy cannot name it. The policy is named after
 * it, so that a reviewer sees who it is, and a hash tells apart consumers of one name.
 */
export function allowConsumer(
  scope: Construct,
  provider: Provider,
  consumer: INetworkPolicyPeer,
  ports: number[],
): void {
  const from = peersOf(consumer, provider.namespace);
  if (from.length === 0) return;
  const hash = contentHash(from);
  const id = `${provider.name}-allow-${hash}`;
  if (scope.node.tryFindChild(id)) return;
  const who = consumer.node.id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  const policy = kube.KubeNetworkPolicy.manifest({
    metadata: { name: `${provider.name}-allow-${who}-${hash.slice(0, 5)}`, labels: provider.labels },
    spec: {
      podSelector: { matchLabels: provider.selector },
      policyTypes: ['Ingress'],
      ingress: [{ from, ports: tcp(...ports) }],
    },
  });
  new ApiObject(scope, id, policy);
}
