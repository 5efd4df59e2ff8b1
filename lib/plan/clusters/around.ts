import { podTemplateOf } from '../../core/lint/manifest';
import type { Manifest, ObjectChange } from '../types';
import type { Cluster } from './cluster';
import { objectOf, titleOf } from './report';
import { clusterName } from './words';

const MONITORING = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule'];

/** What stands around a cluster: monitoring, and the policies that let consumers in. */
export function around(cluster: Cluster): void {
  const { name, report, changes } = cluster;
  const watched = changes.filter((change) => {
    const { kind, metadata } = objectOf(change);
    return MONITORING.includes(kind) || (kind === 'ConfigMap' && metadata.name === `${name}-dashboard`);
  });
  const open = watched.filter((change) => !report.isTaken(change));
  for (const change of watched) report.take(change);
  if (open.length > 0) {
    const kinds = [...new Set(open.map((change) => WORDS[objectOf(change).kind]))];
    report.tell({
      verdict: 'applied-live',
      what: `${kinds.join(' and ')} of ${name} change, and nothing restarts`,
      object: titleOf(open[0]),
    });
  }
  for (const change of changes) {
    const { kind, metadata } = objectOf(change);
    if (kind === 'NetworkPolicy' && metadata.name.startsWith(`${name}-allow-`)) allowed(cluster, change);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  PodMonitor: 'what is scraped',
  ServiceMonitor: 'what is scraped',
  PrometheusRule: 'alerts',
  ConfigMap: 'the dashboard',
};

type Labels = Readonly<Record<string, string>>;

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Labels };
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
}

/** A consumer that is let in, or no longer. */
function allowed(cluster: Cluster, change: ObjectChange): void {
  const { report, name, system, before, after } = cluster;
  if (change.before && change.after) return;
  report.take(change);
  const policy = objectOf(change);
  const side = change.after ? after : before;
  const pods = (rendering: typeof before) =>
    rendering.objects.map(({ manifest }) => manifest).filter((object) => isLetIn(policy, object));
  const called = pods(side).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
  const who = called.length > 0 ? called.join(', ') : 'a consumer';
  const stays = pods(after).length > 0;
  const ports = portsOf(policy).join(', ');
  const replaced = change.before && stays && isLetInOtherwise(cluster, policy);
  if (change.after || replaced) {
    if (change.after) {
      report.tell({
        verdict: 'applied-live',
        what: `${who} may connect to ${clusterName(system, name)} on ${ports}`,
        object: titleOf(change),
      });
    }
    return;
  }
  report.tell({
    verdict: stays ? 'outage' : 'nothing',
    what: `${who} may not connect to ${clusterName(system, name)} on ${ports} any more${stays ? '' : ', and is not rendered any more either'}`,
    object: titleOf(change),
    ...(stays && { instead: 'keep grantAccess as long as it connects', needsYes: true }),
  });
}

const peersOf = ({ spec }: Manifest): Peer[] =>
  (spec?.ingress ?? []).flatMap(({ from = [] }: { from?: Peer[] }) => from);

const portsOf = ({ spec }: Manifest): (string | number)[] =>
  (spec?.ingress ?? []).flatMap(({ ports = [] }: { ports?: { port: string | number }[] }) =>
    ports.map(({ port }) => port),
  );

function isLetIn(policy: Manifest, object: Manifest): boolean {
  const labels = podTemplateOf(object as never)?.metadata?.labels as Labels | undefined;
  if (!labels) return false;
  return peersOf(policy).some(({ podSelector, namespaceSelector }) => {
    const selected = Object.entries(podSelector?.matchLabels ?? {});
    const space =
      namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? policy.metadata.namespace;
    return (
      selected.length > 0 &&
      object.metadata.namespace === space &&
      selected.every(([key, value]) => labels[key] === value)
    );
  });
}

/** Whether another policy lets the same consumer in on the same ports. */
function isLetInOtherwise({ after, name }: Cluster, policy: Manifest): boolean {
  const ports = portsOf(policy);
  const others = after.objects
    .map(({ manifest }) => manifest)
    .filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.startsWith(`${name}-allow-`));
  return after.objects.some(
    ({ manifest }) =>
      isLetIn(policy, manifest) &&
      others.some(
        (other) => isLetIn(other, manifest) && ports.every((port) => portsOf(other).includes(port)),
      ),
  );
}
