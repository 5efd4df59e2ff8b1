import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../lib/core/lint/manifest';
import { ports } from '../../../lib/core/lint/ports';
import { messages, object, workload } from './manifests';

type Fields = Record<string, unknown>;
const labels = { app: 'zk' };
const pod = (...containers: Fields[]) => workload('StatefulSet', 'zk', labels, { containers });
const main = (declared: Fields[], fields: Fields = {}) => ({ name: 'main', ports: declared, ...fields });
const client = { name: 'client', containerPort: 2181 };
const service = (...list: Fields[]) => object('Service', 's', { selector: labels, ports: list });
const probing = (port: unknown) => pod(main([client], { readinessProbe: { httpGet: { port } } }));
const init = (fields: Fields) =>
  workload('StatefulSet', 'zk', labels, {
    containers: [main([client])],
    initContainers: [{ name: 'init', ...fields }],
  });
const external = { metadata: { annotations: { 'cdk8s-stateful/selects': 'external' } } };
const policy = (port: unknown) =>
  object('networking.k8s.io/v1 NetworkPolicy', 'p', {
    podSelector: { matchLabels: labels },
    ingress: [{ ports: [{ port }] }],
  });
const monitor = (port: string) =>
  object('monitoring.coreos.com/v1 PodMonitor', 'm', {
    selector: { matchLabels: labels },
    podMetricsEndpoints: [{ port }],
  });

describe('fine', () => {
  const cases: [string, Manifest[]][] = [
    [
      'one number in two protocols',
      [pod(main([client, { name: 'udp', containerPort: 2181, protocol: 'UDP' }]))],
    ],
    ['ports without names', [pod(main([{ containerPort: 1 }, { containerPort: 65535 }]))]],
    ['an init container that has gone when the rest starts', [init({ ports: [client] })]],
    ['a probe by name', [probing('client')]],
    ['a probe of an undeclared number', [probing(8080)]],
    ['a Service with one port and no name', [service({ port: 1 })]],
    ['a Service by name', [pod(main([client])), service({ port: 1, targetPort: 'client' })]],
    [
      'a name of a sidecar',
      [
        init({ restartPolicy: 'Always', ports: [{ name: 'proxy', containerPort: 1 }] }),
        service({ port: 1, targetPort: 'proxy' }),
      ],
    ],
    ['a Service of nothing, reported elsewhere', [service({ port: 1, targetPort: 'x' })]],
    [
      'pods of others',
      [
        pod(main([client])),
        { ...object('Service', 's', { selector: labels, ports: [{ port: 1, targetPort: 'x' }] }, external) },
      ],
    ],
    ['policies', [pod(main([client])), policy('client'), policy(99), policy(undefined)]],
    ['monitors', [pod(main([client])), monitor('client')]],
    ['a Service without ports', [object('Service', 's', { selector: labels, clusterIP: 'None' })]],
  ];
  test.each(cases)('%s', (_, manifests) => expect(messages(ports, manifests)).toEqual([]));
});

const NAME =
  'use at most 15 lower-case letters, digits and single "-", a letter among them, no "-" at the ends';

describe('fails for', () => {
  const cases: [string, Manifest[], string][] = [
    [
      'a number twice in one container',
      [pod(main([client, { name: 'other', containerPort: 2181 }]))],
      'port 2181/TCP is declared twice in container "main"; declare it once',
    ],
    [
      'a number in two containers',
      [pod(main([client]), { name: 'proxy', ports: [{ containerPort: 2181, protocol: 'TCP' }] })],
      'port 2181/TCP is declared in containers "main" and "proxy", which share the pod\'s network; declare ' +
        'it once',
    ],
    [
      'a number in a sidecar',
      [init({ restartPolicy: 'Always', ports: [{ containerPort: 2181 }] })],
      'port 2181/TCP is declared in containers "init" and "main", which share the pod\'s network; declare ' +
        'it once',
    ],
    [
      'a name twice in one container',
      [pod(main([client, { name: 'client', containerPort: 1 }]))],
      'port name "client" is declared twice in container "main"; rename one',
    ],
    [
      'a name in two containers',
      [pod(main([client]), { name: 'proxy', ports: [{ name: 'client', containerPort: 1 }] })],
      'port name "client" is declared in containers "main" and "proxy", which share the pod\'s network; ' +
        'rename one',
    ],
    ...[0, 65536, 1.5].map((port): [string, Manifest[], string] => [
      `port ${port}`,
      [pod(main([{ containerPort: port }]))],
      `containerPort of container "main" is ${port}; use a whole number from 1 to 65535`,
    ]),
    ...['Client', 'a--b', '-a', 'a-', '123', 'sixteen-letters0', ''].map(
      (name): [string, Manifest[], string] => [
        `port "${name}"`,
        [pod(main([{ name, containerPort: 1 }]))],
        `port name of container "main" is "${name}"; ${NAME}`,
      ],
    ),
    [
      'a probe of an unknown name',
      [probing('http')],
      'port of readinessProbe of container "main" is "http", the container has "client"; use one of these ' +
        'names or a number',
    ],
    [
      'a probe by the name of another container',
      [pod(main([client]), { name: 'b', livenessProbe: { tcpSocket: { port: 'client' } } })],
      'port of livenessProbe of container "b" is "client", the container has none; use one of these names ' +
        'or a number',
    ],
    [
      'a hook of an unknown name',
      [pod(main([client], { lifecycle: { preStop: { httpGet: { port: 'x' } } } }))],
      'port of preStop of container "main" is "x", the container has "client"; use one of these names or a ' +
        'number',
    ],
    [
      'a probe out of range',
      [probing(70000)],
      'port of readinessProbe of container "main" is 70000; use a whole number from 1 to 65535',
    ],
    [
      'Service ports without names',
      [service({ port: 1, name: 'a' }, { port: 2 })],
      'Service "s" has 2 ports, some without a name; name every port',
    ],
    [
      'Service ports of one name',
      [service({ port: 1, name: 'a' }, { port: 2, name: 'a' })],
      'Service "s" has two ports named "a"; rename one',
    ],
    [
      'Service ports of one number',
      [service({ port: 1, name: 'a' }, { port: 1, name: 'b', protocol: 'TCP' })],
      'Service "s" has port 1/TCP twice; remove or renumber one',
    ],
    [
      'a Service port out of range',
      [service({ port: 0 })],
      'port of Service "s" is 0; use a whole number from 1 to 65535',
    ],
    [
      'a target out of range',
      [service({ port: 1, targetPort: 70000 })],
      'targetPort of Service "s" is 70000; use a whole number from 1 to 65535',
    ],
    [
      'a target that is no name',
      [service({ port: 1, targetPort: '80' })],
      `targetPort of Service "s" is "80"; ${NAME}`,
    ],
    [
      'a target that nothing has',
      [pod(main([client, { name: 'a', containerPort: 1 }])), service({ port: 1, targetPort: 'clients' })],
      'targetPort of Service "s" is "clients", the selected pods have "a", "client"; use one of these ' +
        'names or a number',
    ],
    [
      'a policy for a port that nothing has',
      [pod(main([client])), policy('clients')],
      'ingress port of NetworkPolicy "p" is "clients", the selected pods have "client"; use one of these ' +
        'names or a number',
    ],
    [
      'a monitor of a port that nothing has',
      [pod(main([client])), monitor('metrics')],
      'port of PodMonitor "m" is "metrics", the selected pods have "client"; use one of these names or a ' +
        'number',
    ],
  ];
  test.each(cases)('%s', (_, manifests, message) => expect(messages(ports, manifests)).toEqual([message]));
});
