import { k8s } from 'cdk8s-plus-27';
import { Endpoint } from '../core/endpoint';
import { SELECTS_ANNOTATION } from '../core/lint/context';
import { selectorLabels, serviceHost } from '../core/names';
import type { RedisModel } from './redis-model';
import { headlessName, PORTS, sentinelHeadlessName, sentinelSetName } from './redis-names';
import { labelsOf, replicasName } from './redis-network';
import { ROLE_LABEL } from './steward/settings';

const { IntOrString } = k8s;

type Labels = Record<string, string>;

/** A Service, with the id of its construct. */
export interface NamedService {
  readonly id: string;
  readonly props: k8s.KubeServiceProps;
}

/** The Services of a deployment. */
export function services(model: RedisModel): NamedService[] {
  switch (model.topology) {
    case 'standalone':
      return [serverNames(model), clients(model)];
    case 'replication':
      return [serverNames(model), ...roles(model), sentinelNames(model), sentinels(model)];
    case 'cluster':
      return [serverNames(model), clients(model, 'many')];
  }
}

/** What servers know one another by: a name for each, also of those that are not ready. */
function serverNames(model: RedisModel): NamedService {
  const ports = [port('redis', PORTS.server), ...(model.cluster ? [port('bus', PORTS.bus)] : [])];
  const selects = model.cluster && 'many';
  return headless('headless', headlessName(model), model, 'server', ports, selects);
}

/** What Sentinels know one another by, and clients that are given a list of them. */
function sentinelNames(model: RedisModel): NamedService {
  const ports = [port('sentinel', PORTS.sentinel)];
  return headless('sentinel-headless', sentinelHeadlessName(model), model, 'sentinel', ports);
}

/** Any server, of which each is as good as another to ask first. */
function clients(model: RedisModel, selects?: 'many'): NamedService {
  const selector = selectorLabels(model.name, 'server');
  return plain(
    'client',
    model.name,
    labelsOf(model, 'server'),
    selector,
    port('redis', PORTS.server),
    selects,
  );
}

/** Any Sentinel. */
function sentinels(model: RedisModel): NamedService {
  const selector = selectorLabels(model.name, 'sentinel');
  const labels = labelsOf(model, 'sentinel');
  return plain('sentinel', sentinelSetName(model), labels, selector, port('sentinel', PORTS.sentinel));
}

/** Whoever is the master, and whoever a replica, by the labels that the steward keeps on their pods. */
function roles(model: RedisModel): NamedService[] {
  if (!model.steward) return [];
  const of = (id: string, name: string, role: 'master' | 'replica') => {
    const selector = { ...selectorLabels(model.name, 'server'), [ROLE_LABEL]: role };
    return plain(id, name, labelsOf(model, 'server'), selector, port('redis', PORTS.server), 'external');
  };
  return [of('client', model.name, 'master'), of('replicas', replicasName(model), 'replica')];
}

function headless(
  id: string,
  name: string,
  model: RedisModel,
  component: 'server' | 'sentinel',
  ports: k8s.ServicePort[],
  selects?: 'many',
): NamedService {
  const selector = selectorLabels(model.name, component);
  const spec = { clusterIp: 'None', publishNotReadyAddresses: true, selector, ports };
  return {
    id,
    props: { metadata: { name, labels: labelsOf(model, component), ...selecting(selects) }, spec },
  };
}

function plain(
  id: string,
  name: string,
  labels: Labels,
  selector: Labels,
  only: k8s.ServicePort,
  selects?: 'many' | 'external',
): NamedService {
  return {
    id,
    props: { metadata: { name, labels, ...selecting(selects) }, spec: { selector, ports: [only] } },
  };
}

/** Shards are a workload each, and labels of roles come and go while pods run. */
function selecting(what: 'many' | 'external' | undefined): { annotations?: Labels } {
  return what ? { annotations: { [SELECTS_ANNOTATION]: what } } : {};
}

function port(name: string, number: number): k8s.ServicePort {
  return { name, port: number, targetPort: IntOrString.fromNumber(number), protocol: 'TCP' };
}

/** Where clients find the servers: the Service that follows the master, or that of all. */
export function serviceEndpoint(model: RedisModel, service: string): Endpoint {
  return new Endpoint(serviceHost(model, service), PORTS.server);
}

/** Where clients find the Sentinels. */
export function sentinelEndpoints({ sentinel: sentinels }: RedisModel): Endpoint[] {
  return (sentinels?.members ?? []).map(({ host }) => new Endpoint(host, PORTS.sentinel));
}

/** Where clients of a Redis Cluster ask first: any node, and in case that one is going, the first of three shards. */
export function seedEndpoints(model: RedisModel): Endpoint[] {
  const staying = model.shards.filter(({ leaving }) => !leaving).slice(0, 3);
  const first = staying.flatMap(({ members }) => members.slice(0, 1));
  return [serviceEndpoint(model, model.name), ...first.map(({ host }) => new Endpoint(host, PORTS.server))];
}
