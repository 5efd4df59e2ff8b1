import type { Container, ContainerPort, Handler, PodSpec, PortReference } from './pod';
import { containersOf, runningContainersOf } from './pod';
import { portFaults, repeated, unknownPort } from './port-values';

function protocolOf(port: ContainerPort): string {
  return `${port.containerPort}/${port.protocol ?? 'TCP'}`;
}

/** Names of the ports of a pod's running containers. */
export function portNamesOf(pod: PodSpec): string[] {
  const ports = runningContainersOf(pod).flatMap((container) => container.ports ?? []);
  return ports.flatMap(({ name }) => name ?? []);
}

function owners([first, second]: [Declared, Declared]): string {
  const [a, b] = [first.container.name, second.container.name];
  return a === b
    ? `twice in container "${a}"`
    : `in containers "${a}" and "${b}", which share the pod's network`;
}

interface Declared {
  readonly container: Container;
  readonly port: ContainerPort;
}

function duplicateFaults(pod: PodSpec): string[] {
  const declared = runningContainersOf(pod).flatMap((container): Declared[] =>
    (container.ports ?? []).map((port) => ({ container, port })),
  );
  const numbers = repeated(declared, ({ port }) => protocolOf(port));
  const names = repeated(declared, ({ port }) => port.name);
  return [
    ...numbers.map((pair) => `port ${protocolOf(pair[0].port)} is declared ${owners(pair)}; declare it once`),
    ...names.map((pair) => `port name "${pair[0].port.name}" is declared ${owners(pair)}; rename one`),
  ];
}

function handlersOf(container: Container): [string, Handler | undefined][] {
  return [
    ['livenessProbe', container.livenessProbe],
    ['readinessProbe', container.readinessProbe],
    ['startupProbe', container.startupProbe],
    ['postStart', container.lifecycle?.postStart],
    ['preStop', container.lifecycle?.preStop],
  ];
}

function handlerFaults(container: Container): string[] {
  const names = (container.ports ?? []).flatMap(({ name }) => name ?? []);
  return handlersOf(container).flatMap(([kind, handler]) => {
    const ports = [handler?.httpGet?.port, handler?.tcpSocket?.port];
    const what = `port of ${kind} of container "${container.name}"`;
    return ports
      .filter((port): port is PortReference => port !== undefined)
      .flatMap((port) =>
        typeof port === 'number'
          ? portFaults(what, port)
          : unknownPort(what, port, 'the container has', names),
      );
  });
}

/** What is wrong with the ports of a pod's containers and with the probes and hooks that use them. */
export function podPortFaults(pod: PodSpec): string[] {
  const each = containersOf(pod).flatMap((container) => [
    ...(container.ports ?? []).flatMap(({ name, containerPort }) => [
      ...portFaults(`containerPort of container "${container.name}"`, containerPort),
      ...portFaults(`port name of container "${container.name}"`, name),
    ]),
    ...handlerFaults(container),
  ]);
  return [...each, ...duplicateFaults(pod)];
}
