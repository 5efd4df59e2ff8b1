import type { Problem } from '../problem';
import type { Rule } from './context';
import type { Manifest } from './manifest';
import { describe, podTemplateOf, typeOf } from './manifest';
import { NamedPorts } from './named-ports';
import type { PortReference } from './pod';
import { PodIndex } from './pod-index';
import { podPortFaults } from './pod-ports';
import { portFaults, repeated } from './port-values';

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: PortReference;
}

function keyOf({ port, protocol = 'TCP' }: ServicePort): string {
  return `${port}/${protocol}`;
}

function serviceFaults(manifest: Manifest): string[] {
  const ports = (manifest.spec as { readonly ports?: readonly ServicePort[] } | undefined)?.ports ?? [];
  const service = describe(manifest);
  const unnamed = ports.length > 1 && ports.some(({ name }) => !name);
  const names = repeated(ports, ({ name }) => name);
  return [
    ...(unnamed ? [`${service} has ${ports.length} ports, some without a name; name every port`] : []),
    ...names.map(([{ name }]) => `${service} has two ports named "${name}"; rename one`),
    ...repeated(ports, keyOf).map(
      ([port]) => `${service} has port ${keyOf(port)} twice; remove or renumber one`,
    ),
    ...ports.flatMap(({ port, targetPort }) => [
      ...portFaults(`port of ${service}`, port),
      ...portFaults(`targetPort of ${service}`, targetPort),
    ]),
  ];
}

/** [core/port] Ports that are declared twice, asked for by a name that nothing has, or impossible. */
export const ports: Rule = (objects) => {
  const named = new NamedPorts(PodIndex.of(objects));
  return objects.flatMap(({ path, manifest }): Problem[] => {
    const pod = podTemplateOf(manifest)?.spec;
    const faults = [
      ...(pod ? podPortFaults(pod) : []),
      ...(typeOf(manifest) === 'Service' ? serviceFaults(manifest) : []),
      ...named.faults(manifest),
    ];
    return faults.map((message) => ({ code: 'core/port', path, message }));
  });
};
