import type { LabelSelector } from './label-selector';
import type { Manifest } from './manifest';
import { describe, namespaceOf, typeOf } from './manifest';
import type { PortReference } from './pod';
import type { PodIndex, Workload } from './pod-index';
import { portNamesOf } from './pod-ports';
import { unknownPort } from './port-values';
import { meansToSelect, monitored, serviceSelector } from './selecting-objects';

/** Ports of selected pods that an object means, and the words for where it says so. */
interface Target {
  readonly what: string;
  readonly ports: readonly (PortReference | undefined)[];
  readonly found: readonly Workload[];
}

function serviceTarget(manifest: Manifest, index: PodIndex): Target {
  const { ports } = (manifest.spec ?? {}) as {
    readonly ports?: readonly { readonly targetPort?: PortReference }[];
  };
  const found = index.select(namespaceOf(manifest), serviceSelector(manifest));
  return { what: 'targetPort', ports: (ports ?? []).map(({ targetPort }) => targetPort), found };
}

interface MonitorSpec {
  readonly podMetricsEndpoints?: readonly { readonly port?: string }[];
}

function monitorTarget(manifest: Manifest, index: PodIndex): Target {
  const { podMetricsEndpoints } = (manifest.spec ?? {}) as MonitorSpec;
  const found = monitored(manifest, index) ?? [];
  return { what: 'port', ports: (podMetricsEndpoints ?? []).map(({ port }) => port), found };
}

interface PolicySpec {
  readonly podSelector?: LabelSelector;
  readonly ingress?: readonly { readonly ports?: readonly { readonly port?: PortReference }[] }[];
}

function policyTarget(manifest: Manifest, index: PodIndex): Target {
  const { podSelector, ingress } = (manifest.spec ?? {}) as PolicySpec;
  const found = index.select(namespaceOf(manifest), podSelector ?? {});
  const ports = (ingress ?? []).flatMap((rule) => (rule.ports ?? []).map(({ port }) => port));
  return { what: 'ingress port', ports, found };
}

const TARGETS: Readonly<Record<string, (manifest: Manifest, index: PodIndex) => Target>> = {
  Service: serviceTarget,
  'PodMonitor.monitoring.coreos.com': monitorTarget,
  'NetworkPolicy.networking.k8s.io': policyTarget,
};

/** Checks ports that other objects ask pods for by name. Egress is left out: its pods may be anybody's. */
export class NamedPorts {
  /** By selection, because many objects may select the same pods. */
  private readonly names = new Map<readonly Workload[], readonly string[]>();

  constructor(private readonly index: PodIndex) {}

  /** What is wrong with the names that `manifest` asks for; pods outside the app may have any. */
  faults(manifest: Manifest): string[] {
    const targetOf = TARGETS[typeOf(manifest)];
    if (!targetOf || meansToSelect(manifest, 'external')) return [];
    const { what, ports, found } = targetOf(manifest, this.index);
    const asked = ports.filter((port) => typeof port === 'string');
    if (asked.length === 0 || found.length === 0) return [];
    const names = this.namesOf(found);
    return asked.flatMap((port) =>
      unknownPort(`${what} of ${describe(manifest)}`, port, 'the selected pods have', names),
    );
  }

  private namesOf(found: readonly Workload[]): readonly string[] {
    const known = this.names.get(found);
    if (known) return known;
    const names = [...new Set(found.flatMap(({ pod }) => portNamesOf(pod)))];
    this.names.set(found, names);
    return names;
  }
}
