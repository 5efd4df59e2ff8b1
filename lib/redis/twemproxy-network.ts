import { k8s } from 'cdk8s-plus-27';
import { apiServerEgress } from '../core/account';
import type { Environment } from '../core/environment';
import { selectorLabels } from '../core/names';
import { closed, dnsEgress, pods, scraping, tcp } from '../core/network';
import { PORTS as REDIS } from './redis-names';
import { TWEMPROXY_PORTS as PORTS } from './twemproxy/settings';
import { twemproxyLabels } from './twemproxy-config';
import type { TwemproxyModel } from './twemproxy-model';

const { IntOrString } = k8s;

/** What clients connect to: proxies through which shards answer. */
export function proxyService(model: TwemproxyModel): k8s.KubeServiceProps {
  return {
    metadata: { name: model.name, labels: twemproxyLabels(model, 'proxy') },
    spec: {
      selector: selectorLabels(model.name, 'proxy'),
      ports: [
        { name: 'redis', port: PORTS.clients, targetPort: IntOrString.fromString('redis'), protocol: 'TCP' },
      ],
    },
  };
}

/** The servers of all shards. */
function toShards({ shards, leaving }: TwemproxyModel): k8s.NetworkPolicyEgressRule {
  const names = new Set([...shards, ...leaving].map(({ redis }) => redis.name));
  return { to: [...names].map((name) => pods(selectorLabels(name, 'server'))), ports: tcp(REDIS.server) };
}

/** Who may reach the proxies, and whom they may reach. Clients are let in one by one, by `grantAccess`. */
export function proxyPolicy(model: TwemproxyModel, environment: Environment): k8s.KubeNetworkPolicyProps {
  const scraped = scraping(environment, PORTS.metrics);
  const metadata = { name: model.name, labels: twemproxyLabels(model, 'proxy') };
  return closed(metadata, selectorLabels(model.name, 'proxy'), {
    ingress: scraped.length > 0 ? scraped : undefined,
    egress: [toShards(model), dnsEgress],
  });
}

/** Whom the Job that moves keys may reach. Nobody reaches it. */
export function reshardPolicy(model: TwemproxyModel, name: string): k8s.KubeNetworkPolicyProps {
  const metadata = { name, labels: twemproxyLabels(model, 'reshard') };
  return closed(metadata, selectorLabels(model.name, 'reshard'), {
    egress: [toShards(model), apiServerEgress, dnsEgress],
  });
}
