import { k8s } from 'cdk8s-plus-27';
import { budget as quorumBudget } from '../core/disruption';
import type { Environment } from '../core/environment';
import { LABEL_PREFIX, objectLabels, selectorLabels, serviceHost } from '../core/names';
import { closed, dnsEgress, pods, scraping, tcp } from '../core/network';
import { ObjectStore } from '../core/object-store';
import type { RedisModel, RedisShardModel } from './redis-model';
import { headlessName, PORTS, sentinelHeadlessName, sentinelSetName } from './redis-names';

const { IntOrString } = k8s;

type Labels = Record<string, string>;

/** Label that tells the servers of a shard from those of the others. */
export const SHARD_LABEL = `${LABEL_PREFIX}/shard`;

/** Name of the Service of all replicas. */
export const replicasName = ({ name }: Pick<RedisModel, 'name'>): string => `${name}-replicas`;

/** Labels of the objects of servers, and of Sentinels. */
export const labelsOf = ({ name }: Pick<RedisModel, 'name'>, component: 'server' | 'sentinel'): Labels =>
  objectLabels('redis', name, component);

/**
 * Every name that servers and Sentinels are called by, for their certificate. Pods are covered by a wildcard: those that
 * come later and those that are about to go, too.
 */
export function certificateNames(model: RedisModel): string[] {
  const { name, namespace, topology, tls } = model;
  const called = (service: string) => [
    serviceHost(model, service),
    `${service}.${namespace}.svc`,
    `${service}.${namespace}`,
    service,
  ];
  const further =
    topology === 'replication' ? [...called(replicasName(model)), ...called(sentinelSetName(model))] : [];
  return [
    `*.${serviceHost(model, headlessName(model))}`,
    ...(topology === 'replication' ? [`*.${serviceHost(model, sentinelHeadlessName(model))}`] : []),
    ...called(name),
    ...further,
    'localhost',
    ...(tls?.dnsNames ?? []),
  ];
}

/** Ports of servers, and of Sentinels, that the steward asks. */
export function portsForSteward({ topology }: RedisModel): number[] {
  return topology === 'replication' ? [PORTS.server, PORTS.sentinel, PORTS.gate] : [PORTS.server, PORTS.gate];
}

/** Who may reach the servers, and whom they may reach. Clients are let in one by one, by `grantAccess`. */
export function serverPolicy(model: RedisModel, environment: Environment): k8s.KubeNetworkPolicyProps {
  const { name, topology, steward, props } = model;
  const of = (component: string) => pods(selectorLabels(name, component));
  const sentinels = topology === 'replication' ? [of('sentinel')] : [];
  const among = [PORTS.server, ...(topology === 'cluster' ? [PORTS.bus] : []), PORTS.gate];
  const store = props.restore?.from;
  return closed({ name, labels: labelsOf(model, 'server') }, selectorLabels(name, 'server'), {
    ingress: [
      { from: [of('server')], ports: tcp(...among) },
      ...(sentinels.length > 0 ? [{ from: sentinels, ports: tcp(PORTS.server, PORTS.gate) }] : []),
      ...(steward ? [{ from: [of('steward')], ports: tcp(PORTS.server, PORTS.gate) }] : []),
      ...(props.backup ? [{ from: [of('backup')], ports: tcp(PORTS.server) }] : []),
      ...(props.exporter === false ? [] : scraping(environment, PORTS.metrics)),
    ],
    egress: [
      { to: [of('server')], ports: tcp(...among) },
      ...(sentinels.length > 0 ? [{ to: sentinels, ports: tcp(PORTS.sentinel, PORTS.gate) }] : []),
      dnsEgress,
      ...(store instanceof ObjectStore ? [{ ports: tcp(store.port) }] : []),
    ],
  });
}

/** Who may reach the Sentinels, and whom they may reach. Clients are let in one by one, by `grantAccess`. */
export function sentinelPolicy(model: RedisModel): k8s.KubeNetworkPolicyProps {
  const { name, steward } = model;
  const of = (component: string) => pods(selectorLabels(name, component));
  const everybody = [of('sentinel'), of('server'), ...(steward ? [of('steward')] : [])];
  return closed(
    { name: sentinelSetName(model), labels: labelsOf(model, 'sentinel') },
    selectorLabels(name, 'sentinel'),
    {
      ingress: [{ from: everybody, ports: tcp(PORTS.sentinel, PORTS.gate) }],
      egress: [
        { to: [of('sentinel')], ports: tcp(PORTS.sentinel, PORTS.gate) },
        { to: [of('server')], ports: tcp(PORTS.server, PORTS.gate) },
        dnsEgress,
      ],
    },
  );
}

/** How many servers of a shard a drain may take at once: one, where another can take its place. */
export function shardBudget(
  shard: RedisShardModel,
  labels: Labels,
  selector: Labels,
): k8s.KubePodDisruptionBudgetProps | undefined {
  if (shard.members.length < 2) return undefined;
  return {
    metadata: { name: shard.set, labels },
    spec: {
      maxUnavailable: IntOrString.fromNumber(1),
      selector: { matchLabels: selector },
      // A server that is not ready protects nothing, and would block the drain that might mend it.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}

/** How many Sentinels a drain may take at once. */
export function sentinelBudget(model: RedisModel): k8s.KubePodDisruptionBudgetProps | undefined {
  const { name, sentinel: sentinels } = model;
  const count = sentinels?.members.length ?? 0;
  return quorumBudget(
    sentinelSetName(model),
    labelsOf(model, 'sentinel'),
    selectorLabels(name, 'sentinel'),
    count,
  );
}
