import { type App, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  Authentication,
  Credentials,
  type EnvironmentProps,
  KafkaCluster,
  type KafkaClusterProps,
  KafkaVersion,
  Listener,
  listImages,
  Storage,
  validateApp,
  ZooKeeperCluster,
} from '../../lib';
import type { KafkaStewardSettings } from '../../lib/kafka/steward/settings';
import { everything } from '../support/every-prop';
import { schemaProblems } from '../support/kubernetes-schema';
import { DNS, tcp } from '../support/network';
import { restrictedProblems } from '../support/pod-security';
import {
  chartIn,
  find,
  nameOf,
  namesOf,
  podOf,
  type Rendered,
  rendered,
  reported,
} from '../support/rendering';
import { frozenOf, renderedBelow } from '../support/upgrade-guard';
import { kafka, setsOf, variables } from './rendering';

const GI = Size.gibibytes;
const DEVELOPMENT: EnvironmentProps = { name: 'test', durability: 'development' };

const external = Listener.loadBalancer('external', { hosts: (id) => `b${id}.example.com` });
const nodes = Listener.nodePort('nodes', { hosts: () => 'nodes.example.com', nodePorts: (id) => 31000 + id });
const full: Partial<KafkaClusterProps> = {
  brokers: {
    ids: [0, 1, 7],
    leaving: [],
    storage: [{ size: GI(20), initialSize: GI(10) }, GI(5)],
    overrides: { 7: { memory: GI(8), zone: 'j' } },
  },
  tls: {},
  listeners: [
    Listener.internal({ authentication: Authentication.scram() }),
    Listener.internal({ name: 'apps', authentication: Authentication.plain([Credentials.external('app')]) }),
    external,
    nodes,
  ],
  users: { orders: { produce: ['orders'] } },
  topics: { orders: { partitions: 12 } },
};

/** What the steward of a chart is told. */
function settings(objects: readonly Rendered[]): KafkaStewardSettings {
  return JSON.parse(variables(find(objects, 'Deployment', 'kafka-steward'), 'steward').SETTINGS);
}

describe('a cluster', () => {
  it('is these objects without a steward', () => {
    expect(namesOf(kafka({ operations: 'none' }).objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap kafka-config",
        "NetworkPolicy kafka",
        "PodDisruptionBudget kafka",
        "Service kafka",
        "Service kafka-broker-0",
        "Service kafka-broker-1",
        "Service kafka-broker-2",
        "Service kafka-controller",
        "StatefulSet kafka-broker-0",
        "StatefulSet kafka-broker-1",
        "StatefulSet kafka-broker-2",
        "StatefulSet kafka-controller",
      ]
    `);
  });

  it('is these by default', () => {
    expect(namesOf(kafka().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap kafka-config",
        "ConfigMap kafka-program",
        "Deployment kafka-steward",
        "NetworkPolicy kafka",
        "NetworkPolicy kafka-steward",
        "PodDisruptionBudget kafka",
        "Role kafka-steward",
        "RoleBinding kafka-steward",
        "Service kafka",
        "Service kafka-broker-0",
        "Service kafka-broker-1",
        "Service kafka-broker-2",
        "Service kafka-controller",
        "ServiceAccount kafka-steward",
        "StatefulSet kafka-broker-0",
        "StatefulSet kafka-broker-1",
        "StatefulSet kafka-broker-2",
        "StatefulSet kafka-controller",
      ]
    `);
  });

  it('is these with everything on', () => {
    expect(namesOf(kafka(full, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate kafka-tls",
        "ConfigMap kafka-config",
        "ConfigMap kafka-dashboard",
        "ConfigMap kafka-program",
        "ConfigMap kafka-secrets",
        "Deployment kafka-steward",
        "ExternalSecret kafka-apps-plain-0",
        "Job kafka-secrets-<hash>",
        "NetworkPolicy kafka",
        "NetworkPolicy kafka-secrets",
        "NetworkPolicy kafka-steward",
        "PersistentVolumeClaim data-0-kafka-broker-0-0",
        "PersistentVolumeClaim data-0-kafka-broker-1-0",
        "PersistentVolumeClaim data-0-kafka-broker-7-0",
        "PodDisruptionBudget kafka",
        "PodMonitor kafka-steward",
        "PrometheusRule kafka",
        "Role kafka-secrets",
        "Role kafka-steward",
        "RoleBinding kafka-secrets",
        "RoleBinding kafka-steward",
        "Service kafka",
        "Service kafka-broker-0",
        "Service kafka-broker-1",
        "Service kafka-broker-7",
        "Service kafka-controller",
        "Service kafka-external-0",
        "Service kafka-external-1",
        "Service kafka-external-7",
        "Service kafka-nodes-0",
        "Service kafka-nodes-1",
        "Service kafka-nodes-7",
        "ServiceAccount kafka-secrets",
        "ServiceAccount kafka-steward",
        "StatefulSet kafka-broker-0",
        "StatefulSet kafka-broker-1",
        "StatefulSet kafka-broker-7",
        "StatefulSet kafka-controller",
      ]
    `);
  });

  it('has at most ten objects beside its servers, and two more for each broker', () => {
    const count = (brokers: number) => {
      const objects = kafka({ brokers }).objects();
      const governed = new Set(
        objects.flatMap(({ kind, spec }) => (kind === 'StatefulSet' ? [spec.serviceName] : [])),
      );
      const own = objects.filter(
        ({ kind, metadata }) => kind === 'StatefulSet' || (kind === 'Service' && governed.has(metadata.name)),
      );
      return { all: objects.length, beside: objects.length - own.length };
    };
    expect(count(3).beside).toBeLessThanOrEqual(10);
    expect(count(3).all).toBeLessThanOrEqual(19);
    expect(count(4).all - count(3).all).toBe(2);
  });

  it('has nothing to complain of, in any shape', () => {
    const shapes: [Partial<KafkaClusterProps>, EnvironmentProps?][] = [
      [{}],
      [full, everything],
      [{ operations: 'none' }],
      [{ version: KafkaVersion.V3_9 }],
      [{ controllers: 'combined', brokers: 1 }, DEVELOPMENT],
      [{ controllers: 1, brokers: 2, storage: Storage.emptyDir() }, DEVELOPMENT],
    ];
    for (const [props, environment] of shapes) {
      const { chart, objects } = kafka(props, environment);
      expect(validateApp(chart.node.root as App)).toEqual([]);
      expect(objects().flatMap(schemaProblems)).toEqual([]);
    }
  });

  it('satisfies the Pod Security Standard "restricted"', () => {
    for (const object of kafka(full, everything).objects())
      expect(restrictedProblems(object), nameOf(object)).toEqual([]);
  });

  it('lies in the namespace of its chart and carries labels', () => {
    for (const { kind, metadata } of kafka(full, everything).objects()) {
      expect(metadata, kind).toMatchObject({
        namespace: 'data',
        labels: { 'cdk8s-stateful/cluster': 'kafka', 'app.kubernetes.io/name': 'kafka' },
      });
    }
  });

  it('says what it is to others', () => {
    const { cluster } = kafka({ listeners: [Listener.internal(), external] });
    expect(cluster.name).toBe('kafka');
    expect(cluster.endpoints.map(String)).toEqual(['kafka.data.svc.cluster.local:9092']);
    expect(cluster.bootstrapServers()).toBe('kafka.data.svc.cluster.local:9092');
    expect(cluster.bootstrapServers('external')).toBe(
      'b0.example.com:9094,b1.example.com:9094,b2.example.com:9094',
    );
    expect(cluster.containers).toEqual([{ ports: [{ number: 9092 }, { number: 9094 }] }]);
    expect([...cluster.brokerSets.keys()]).toEqual([0, 1, 2]);
    expect(cluster.controllerSet?.name).toBe('kafka-controller');
  });

  it('holds its DNS domain in every name', () => {
    const objects = kafka(full, { ...everything, clusterDomain: 'example.org' }).objects();
    expect(JSON.stringify(objects)).not.toContain('cluster.local');
    expect(JSON.stringify(objects)).toContain('kafka-broker-7.data.svc.example.org');
  });

  it('pulls every image from the registry of its environment', () => {
    const images = { registry: 'r.io', pullSecret: 'harbor' };
    const { chart } = kafka({ ...full, exporter: {} }, { ...everything, images });
    const all = listImages(chart.node.root as App);
    expect(all.map(({ upstream }) => upstream)).toEqual([
      'apache/kafka:4.2.1',
      'danielqsj/kafka-exporter:v1.9.0',
      'node:22-bookworm-slim',
    ]);
    for (const { image } of all) expect(image).toMatch(/^r\.io\//);
    for (const object of rendered(chart))
      if (podOf(object))
        expect(podOf(object).spec.imagePullSecrets, object.kind).toEqual([{ name: 'harbor' }]);
  });

  it('renders no Secret, whatever its credentials are', () => {
    const kinds = kafka(full, everything)
      .objects()
      .map(({ kind }) => kind);
    expect(kinds).not.toContain('Secret');
  });
});

describe('what changes', () => {
  const templates = (props: Partial<KafkaClusterProps>, environment: EnvironmentProps = everything) =>
    new Map([...setsOf(kafka(props, environment).objects())].map(([name, set]) => [name, set]));

  it.each([
    ['plain', {}],
    ['with everything on', { ...full, brokers: undefined }],
    ['without a steward', { operations: 'none' as const }],
  ])('in no other broker when one is added to three, %s', (_what, props) => {
    const ids = (list: number[]) => ({ ...props, brokers: { ids: list } });
    const before = templates(ids([0, 1, 2]));
    for (const more of [
      [0, 1, 2, 3],
      [0, 1, 2, 17],
      [0, 1, 2, 3, 4],
    ]) {
      const after = templates(ids(more));
      expect(after.size).toBe(before.size + more.length - 3);
      for (const [name, set] of before) expect(after.get(name), name).toEqual(set);
    }
  });

  it('in no running broker when the first is joined by two, whose topics have three copies', () => {
    const [before, after] = [{ brokers: 1 }, { brokers: 3 }].map((props) => templates(props));
    expect(after.get('kafka-broker-0')).toEqual(before.get('kafka-broker-0'));
    expect(podOf(after.get('kafka-controller')!)).not.toEqual(podOf(before.get('kafka-controller')!));
  });

  it('in no server when a broker is to leave', () => {
    const before = templates({ brokers: 4 });
    const after = templates({ brokers: { count: 4, leaving: [1] } });
    expect(after).toEqual(before);
  });

  it('in no pod when controllers are added', () => {
    const before = templates({ controllers: 3 });
    const after = templates({ controllers: { count: 5, founders: 3 } });
    for (const [name, set] of before) {
      expect(podOf(after.get(name)!), name).toEqual(podOf(set));
      if (name !== 'kafka-controller') expect(after.get(name), name).toEqual(set);
    }
    const rendered = (sets: Map<string, Rendered>) => sets.get('kafka-controller')?.metadata.annotations;
    expect(rendered(after)).not.toEqual(rendered(before));
  });

  it('in no server when topics, users and dynamic settings do', () => {
    const scram = { listeners: [Listener.internal({ authentication: Authentication.scram() })] };
    const before = templates(scram);
    const after = templates({
      ...scram,
      topics: { a: {} },
      users: { b: {} },
      configuration: { 'log.retention.hours': 24, 'message.max.bytes': 2000000 },
      reassignment: { concurrency: 1 },
    });
    expect(after).toEqual(before);
  });

  it('in one broker when that one is overridden', () => {
    const before = templates({});
    const after = templates({
      brokers: { count: 3, overrides: { 1: { memory: GI(8), configuration: { 'num.io.threads': 16 } } } },
    });
    const changed = [...before].filter(
      ([name, set]) => JSON.stringify(after.get(name)) !== JSON.stringify(set),
    );
    expect(changed.map(([name]) => name)).toEqual(['kafka-broker-1']);
    const broker = after.get('kafka-broker-1')!;
    expect(variables(broker, 'kafka').KAFKA_HEAP_OPTS).toBe('-Xms2048m -Xmx2048m');
    expect(variables(broker, 'gate').PROPERTIES).toContain('\nnum.io.threads=16\n');
  });
});

describe('a broker', () => {
  const broker = (id: number, props: Partial<KafkaClusterProps> = {}, environment: EnvironmentProps = {}) =>
    kafka(props, environment).find('StatefulSet', `kafka-broker-${id}`);

  it('is started and replaced by the steward, which owns the number of its pods', () => {
    const { spec, metadata } = broker(2);
    expect(spec).toMatchObject({
      serviceName: 'kafka-broker-2',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      selector: {
        matchLabels: {
          'cdk8s-stateful/cluster': 'kafka',
          'cdk8s-stateful/component': 'broker',
          'cdk8s-stateful/member': '2',
        },
      },
    });
    expect(spec).not.toHaveProperty('replicas');
    expect(metadata.annotations).toMatchObject({
      'cdk8s-stateful/rendered': expect.stringMatching(/^[0-9a-f]{10}$/),
    });
  });

  it('is replaced after the one before it where there is no steward and Argo CD keeps an order', () => {
    const props = { operations: 'none', brokers: { ids: [3, 5] } } as const;
    for (const [id, wave] of [
      [3, '1'],
      [5, '2'],
    ] as const) {
      const { spec, metadata } = broker(id, props, { gitops: 'argo-cd' });
      expect(spec).toMatchObject({ replicas: 1, updateStrategy: { type: 'RollingUpdate' } });
      expect(metadata.annotations?.['argocd.argoproj.io/sync-wave']).toBe(wave);
    }
    expect(broker(3, props, { gitops: 'flux' }).metadata.annotations).toEqual({
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
  });

  it('is taken away by nobody unasked while it has data', () => {
    const annotations = (props: Partial<KafkaClusterProps>, environment: EnvironmentProps) => {
      const { 'cdk8s-stateful/rendered': _rendered, ...rest } = broker(0, props, environment).metadata
        .annotations as Record<string, string>;
      return rest;
    };
    const argo = { 'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm' };
    const flux = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };
    expect(annotations({}, {})).toEqual({ ...argo, ...flux });
    expect(annotations({}, { gitops: 'argo-cd' })).toEqual(argo);
    expect(annotations({}, { gitops: 'flux' })).toEqual(flux);
    expect(annotations({ storage: Storage.emptyDir() }, DEVELOPMENT)).toEqual({});
  });

  it('is bound to its zone, by its id, and says so to Kafka', () => {
    const zones = (id: number, props: Partial<KafkaClusterProps> = {}, environment = everything) => {
      const set = broker(id, props, environment);
      const { nodeSelector, topologySpreadConstraints } = podOf(set).spec;
      const rack = /^broker\.rack=(.*)$/m.exec(variables(set, 'gate').PROPERTIES)?.[1];
      expect(nodeSelector?.['topology.kubernetes.io/zone']).toBe(rack);
      expect(topologySpreadConstraints === undefined).toBe(rack !== undefined);
      return rack;
    };
    const ids = { brokers: { ids: [0, 1, 5, 6], overrides: { 6: { zone: 'j' } } } };
    expect([0, 1, 5, 6].map((id) => zones(id, ids))).toEqual(['h', 'i', 'j', 'j']);
    expect(zones(0, {}, { name: 'test' })).toBeUndefined();
    const { nodeSelector } = podOf(broker(0, { placement: { spread: 'host' } }, everything)).spec;
    expect(nodeSelector).toBeUndefined();
  });

  it('keeps away from other brokers, and not from controllers', () => {
    const { affinity } = podOf(broker(0)).spec;
    const [term] = affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(term).toEqual({
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: {
        matchLabels: { 'cdk8s-stateful/cluster': 'kafka', 'cdk8s-stateful/component': 'broker' },
      },
    });
  });

  it('has an hour to recover its logs, and five minutes to hand over', () => {
    const { containers, terminationGracePeriodSeconds } = podOf(broker(0)).spec;
    const [{ startupProbe, livenessProbe, readinessProbe, lifecycle, command }] = containers;
    const probe = (rest: object) => ({ tcpSocket: { port: 9091 }, timeoutSeconds: 5, ...rest });
    expect(startupProbe).toEqual(probe({ periodSeconds: 5, failureThreshold: 720 }));
    expect(livenessProbe).toEqual(probe({ periodSeconds: 10, failureThreshold: 6 }));
    expect(readinessProbe).toEqual(probe({ periodSeconds: 5, failureThreshold: 2 }));
    expect(lifecycle).toEqual({ preStop: { exec: { command: ['/config/stop.sh'] } } });
    expect(command).toEqual(['/config/start.sh']);
    expect(terminationGracePeriodSeconds).toBe(300);
  });

  it('finds every script that it runs, and may run it', () => {
    const { find: object } = kafka();
    const set = object('StatefulSet', 'kafka-broker-0');
    const scripts = [...JSON.stringify(set).matchAll(/\/config\/([\w-]+\.sh)/g)].map(([, name]) => name);
    const { data } = object('ConfigMap', 'kafka-config');
    expect(new Set(scripts)).toEqual(new Set(Object.keys(data).filter((name) => name.endsWith('.sh'))));
    const { volumes } = podOf(set).spec;
    expect(volumes.find(({ name }: { name: string }) => name === 'config').configMap.defaultMode).toBe(0o555);
  });

  it('has a directory on each of its volumes', () => {
    const set = broker(0, { storage: [GI(1), GI(2)] });
    expect(set.spec.volumeClaimTemplates.map(({ metadata }: Rendered) => metadata.name)).toEqual([
      'data-0',
      'data-1',
    ]);
    const { PROPERTIES, DIRECTORIES, KEEPS_DATA, NODE_ID, ROLES } = variables(set, 'gate');
    expect(PROPERTIES).toContain('\nlog.dirs=/data/0/kafka,/data/1/kafka\nmetadata.log.dir=/data/0/kafka\n');
    expect({ DIRECTORIES, KEEPS_DATA, NODE_ID, ROLES }).toEqual({
      DIRECTORIES: '["/data/0/kafka","/data/1/kafka"]',
      KEEPS_DATA: 'true',
      NODE_ID: '0',
      ROLES: 'broker',
    });
    const { initContainers, containers } = podOf(set).spec;
    for (const { name, volumeMounts } of [...initContainers, ...containers])
      for (const index of [0, 1])
        expect(volumeMounts, name).toContainEqual({ name: `data-${index}`, mountPath: `/data/${index}` });
  });

  it('has a directory of its own in a shared volume', () => {
    const { initContainers, containers } = podOf(broker(0, { storage: Storage.existingClaim('all') })).spec;
    for (const { name, volumeMounts, env } of [...initContainers, ...containers]) {
      expect(volumeMounts, name).toContainEqual({
        name: 'data-0',
        mountPath: '/data/0',
        subPathExpr: '$(POD_NAME)',
      });
      expect(env.map((variable: { name: string }) => variable.name)).toContain('POD_NAME');
    }
  });

  it('tells its gate that nothing outlives its pod', () => {
    const set = broker(0, { storage: Storage.emptyDir() }, DEVELOPMENT);
    expect(variables(set, 'gate').KEEPS_DATA).toBe('false');
  });
});

describe('controllers', () => {
  const controllers = (props: Partial<KafkaClusterProps> = {}, environment: EnvironmentProps = {}) =>
    kafka(props, environment).find('StatefulSet', 'kafka-controller');

  it('are one set, with ids above those of brokers', () => {
    const set = controllers({ controllers: 5 });
    expect(set.spec).toMatchObject({
      serviceName: 'kafka-controller',
      ordinals: { start: 3000 },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
    });
    expect(set.spec).not.toHaveProperty('replicas');
    expect(variables(set, 'gate')).toMatchObject({ ROLES: 'controller', POD_NAME: '' });
    expect(variables(set, 'gate')).not.toHaveProperty('NODE_ID');
  });

  it('are counted and rolled by Kubernetes where there is no steward', () => {
    const { spec, metadata } = controllers({ controllers: 5, operations: 'none' });
    expect(spec).toMatchObject({ replicas: 5, updateStrategy: { type: 'RollingUpdate' } });
    expect(metadata).not.toHaveProperty('annotations');
  });

  it('do not exist where brokers are the controllers', () => {
    const objects = kafka({ controllers: 'combined', brokers: 3 }, DEVELOPMENT).objects();
    expect([...setsOf(objects).keys()]).toEqual(['kafka-broker-0', 'kafka-broker-1', 'kafka-broker-2']);
    expect(settings(objects)).toMatchObject({ combined: true, members: [], founders: [0, 1, 2] });
    expect(variables(find(objects, 'StatefulSet', 'kafka-broker-0'), 'gate').ROLES).toBe('broker,controller');
  });

  it('keep their founders and directory ids while their number changes', () => {
    const gate = (count: KafkaClusterProps['controllers']) =>
      JSON.parse(kafka({ controllers: count }).find('ConfigMap', 'kafka-config').data['gate.json']);
    const [before, after] = [gate(3), gate({ count: 5, founders: 3 })];
    expect(before.founders.map(({ id }: { id: number }) => id)).toEqual([3000, 3001, 3002]);
    expect(new Set(before.founders.map((one: { directoryId: string }) => one.directoryId)).size).toBe(3);
    expect(after.founders).toEqual(before.founders);
    expect(after.controllers).toHaveLength(5);
  });
});

describe('the network', () => {
  const policy = (props: Partial<KafkaClusterProps> = {}, environment: EnvironmentProps = {}) =>
    kafka(props, environment).find('NetworkPolicy', 'kafka').spec;
  const OWN = { podSelector: { matchLabels: { 'cdk8s-stateful/cluster': 'kafka' } } };

  it('lets in and out what belongs to the cluster, and nobody to the listeners of clients', () => {
    expect(policy()).toEqual({
      podSelector: {
        matchLabels: { 'cdk8s-stateful/cluster': 'kafka' },
        matchExpressions: [
          { key: 'cdk8s-stateful/component', operator: 'In', values: ['broker', 'controller'] },
        ],
      },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [OWN], ports: tcp(9091, 9093, 9099) }],
      egress: [{ to: [OWN], ports: tcp(9091, 9093, 9099) }, DNS],
    });
  });

  it('lets the steward try passwords where there are any', () => {
    const scram = Authentication.scram('SCRAM-SHA-256');
    const listeners = [Listener.internal({ authentication: scram })];
    const steward = {
      podSelector: {
        matchLabels: { 'cdk8s-stateful/cluster': 'kafka', 'cdk8s-stateful/component': 'steward' },
      },
    };
    expect(policy({ listeners }).ingress[1]).toEqual({ from: [steward], ports: tcp(9092) });
  });

  it('lets the outside in to what is exposed, from the ranges that are named', () => {
    const ranged = Listener.loadBalancer('lb', {
      hosts: (id) => `b${id}.example.com`,
      sourceRanges: ['10.0.0.0/8', 'fd00::/8'],
    });
    const gateway = Listener.addresses('gateway', { hosts: (id) => `g${id}.example.com`, port: 19092 });
    expect(policy({ listeners: [Listener.internal(), ranged, nodes, gateway] }).ingress.slice(1)).toEqual([
      { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: { cidr: 'fd00::/8' } }], ports: tcp(9094) },
      { ports: tcp(9095) },
      { ports: tcp(19092) },
    ]);
  });

  it('lets brokers out to where keys of tokens are', () => {
    const port = (jwksEndpoint: string) => {
      const authentication = Authentication.oauthBearer({ jwksEndpoint });
      return policy({ listeners: [Listener.internal({ authentication })] }, DEVELOPMENT).egress[2];
    };
    expect(port('https://id.example.com/keys')).toEqual({ ports: tcp(443) });
    expect(port('http://id.example.com:8080/keys')).toEqual({ ports: tcp(8080) });
  });

  it('finds servers that are not ready, and sends clients to brokers that are', () => {
    const { find: object } = kafka();
    for (const name of ['kafka-controller', 'kafka-broker-1'])
      expect(object('Service', name).spec).toMatchObject({
        clusterIP: 'None',
        publishNotReadyAddresses: true,
      });
    expect(object('Service', 'kafka').spec).toEqual({
      selector: { 'cdk8s-stateful/cluster': 'kafka', 'cdk8s-stateful/component': 'broker' },
      ports: [{ name: 'internal', port: 9092, targetPort: 9092, protocol: 'TCP' }],
    });
  });

  it('has a node port for each broker, and advertises it', () => {
    const { find: object } = kafka({ listeners: [nodes], brokers: { ids: [0, 4] } });
    expect(object('Service', 'kafka-nodes-4').spec).toEqual({
      type: 'NodePort',
      selector: {
        'cdk8s-stateful/cluster': 'kafka',
        'cdk8s-stateful/component': 'broker',
        'cdk8s-stateful/member': '4',
      },
      ports: [{ name: 'nodes', port: 9092, targetPort: 9092, nodePort: 31004, protocol: 'TCP' }],
    });
    expect(variables(object('StatefulSet', 'kafka-broker-4'), 'gate').PROPERTIES).toContain(
      ',NODES://nodes.example.com:31004\n',
    );
    expect(() => object('Service', 'kafka')).toThrow('0 objects are Service kafka');
  });

  it('has a load balancer for each broker, on the port that it advertises', () => {
    const listener = Listener.loadBalancer('lb', {
      hosts: () => 'kafka.example.com',
      advertisedPort: (id) => 9400 + id,
      annotations: (id) => ({ 'external-dns.alpha.kubernetes.io/hostname': `b${id}.example.com` }),
      loadBalancerClass: 'internal',
      sourceRanges: ['10.0.0.0/8'],
    });
    const { find: object } = kafka({ listeners: [Listener.internal(), listener] });
    const service = object('Service', 'kafka-lb-1');
    expect(service.metadata.annotations).toEqual({
      'external-dns.alpha.kubernetes.io/hostname': 'b1.example.com',
    });
    expect(service.spec).toMatchObject({
      type: 'LoadBalancer',
      loadBalancerClass: 'internal',
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      externalTrafficPolicy: 'Local',
      ports: [{ name: 'lb', port: 9401, targetPort: 9094, protocol: 'TCP' }],
    });
  });

  it('certifies every name and address that a server is called by', () => {
    const listeners = [
      Listener.internal(),
      external,
      Listener.nodePort('nodes', { hosts: () => '192.0.2.1', nodePorts: (id) => 31000 + id }),
      Listener.addresses('clear', { hosts: (id) => `c${id}.example.com`, tls: false }),
    ];
    const { spec } = kafka({ tls: {}, listeners }, everything).find('Certificate', 'kafka-tls');
    expect(spec).toMatchObject({
      commonName: 'kafka.data',
      additionalOutputFormats: [{ type: 'CombinedPEM' }],
      ipAddresses: ['192.0.2.1'],
    });
    expect(spec.dnsNames).toEqual([
      // One more broker should not need another certificate.
      ...Array.from({ length: 10 }, (_, id) => `kafka-broker-${id}.data.svc.cluster.local`),
      '*.kafka-controller.data.svc.cluster.local',
      'kafka.data.svc.cluster.local',
      'kafka.data.svc',
      'kafka',
      'b0.example.com',
      'b1.example.com',
      'b2.example.com',
      'localhost',
    ]);
  });
});

describe('secrets', () => {
  const mounts = (set: Rendered, container: 'gate' | 'kafka') => {
    const { initContainers, containers } = podOf(set).spec;
    const all = [...initContainers, ...containers] as {
      name: string;
      volumeMounts: { mountPath: string }[];
    }[];
    return all
      .find(({ name }) => name === container)
      ?.volumeMounts.map(({ mountPath }) => mountPath)
      .filter((path) => path.startsWith('/secrets'));
  };

  it('are none where nobody asks for any', () => {
    for (const set of setsOf(kafka().objects()).values()) expect(mounts(set, 'kafka')).toEqual([]);
  });

  it('are a login of the servers as soon as clients have one, and the users whose passwords brokers know', () => {
    const plain = Authentication.plain([Credentials.existing('app', { username: 'u', password: 'p' })]);
    const listeners = [Listener.internal({ authentication: plain })];
    const { find: object, objects } = kafka({ listeners }, DEVELOPMENT);
    const broker = object('StatefulSet', 'kafka-broker-0');
    for (const container of ['gate', 'kafka'] as const) {
      expect(mounts(broker, container)).toEqual(['/secrets/internal', '/secrets/plain']);
      expect(mounts(object('StatefulSet', 'kafka-controller'), container)).toEqual(['/secrets/internal']);
    }
    const volume = podOf(broker).spec.volumes.find(({ name }: { name: string }) => name === 'plain');
    expect(volume.projected.sources).toEqual([
      {
        secret: {
          name: 'app',
          items: [
            { key: 'u', path: 'internal/0/username' },
            { key: 'p', path: 'internal/0/password' },
          ],
        },
      },
    ]);
    const job = objects().find(({ kind }) => kind === 'Job');
    expect(JSON.stringify(job)).toContain('kafka-internal');
    const steward = podOf(object('Deployment', 'kafka-steward')).spec.containers[0];
    expect(steward.volumeMounts).toContainEqual({
      name: 'internal',
      mountPath: '/secrets/internal',
      readOnly: true,
    });
  });

  it('are the keys of the cluster where it has TLS', () => {
    const { objects } = kafka({ tls: { secret: 'mine' } });
    for (const set of setsOf(objects()).values()) {
      expect(mounts(set, 'gate')).toEqual(['/secrets/tls']);
      expect(mounts(set, 'kafka')).toEqual(['/secrets/tls']);
      expect(JSON.stringify(podOf(set).spec.volumes)).toContain('"secretName":"mine"');
    }
  });
});

describe('what the steward is told', () => {
  it('is this', () => {
    const objects = kafka(
      {
        brokers: { ids: [0, 1, 2, 9], leaving: [9] },
        topics: { orders: {} },
        configuration: { 'log.retention.hours': 24 },
      },
      everything,
    ).objects();
    const told = settings(objects);
    const rendered = (name: string) =>
      find(objects, 'StatefulSet', name).metadata.annotations?.['cdk8s-stateful/rendered'];
    expect(told).toMatchObject({
      cluster: 'kafka',
      namespace: 'data',
      sets: ['kafka-controller', 'kafka-broker-0', 'kafka-broker-1', 'kafka-broker-2', 'kafka-broker-9'],
      rendered: rendered('kafka-controller'),
      selector: { 'cdk8s-stateful/cluster': 'kafka' },
      members: [3000, 3001, 3002].map((id) => ({ id, part: 'voter' })),
      founders: [3000, 3001, 3002],
      data: 'claims',
      controllerSet: 'kafka-controller',
      controllerHost: 'kafka-controller-{id}.kafka-controller.data.svc.cluster.local',
      controllerPort: 9093,
      controllerListener: 'CONTROLLER',
      combined: false,
      metadata: 'kraft',
      transport: 'plain',
      dynamicConfiguration: { 'log.retention.ms': '86400000', 'min.insync.replicas': '2' },
      metadataVersion: { name: '4.2-IV1', level: 29 },
      reassignment: { throttle: 52428800, concurrency: 10, automatic: true },
      scram: [],
    });
    expect(told.brokers[3]).toEqual({
      id: 9,
      set: 'kafka-broker-9',
      host: 'kafka-broker-9.data.svc.cluster.local',
      port: 9091,
      rack: 'h',
      leaving: true,
      rendered: rendered('kafka-broker-9'),
    });
    expect(told.wanted.topics.map(({ name }) => name)).toEqual(['orders']);
    expect(told.clusterId).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('includes where passwords can be tried', () => {
    const listeners = [
      Listener.internal({ authentication: Authentication.scram() }),
      Listener.internal({ name: 'clear', tls: false, authentication: Authentication.scram('SCRAM-SHA-256') }),
    ];
    expect(settings(kafka({ tls: { secret: 's' }, listeners }).objects()).scram).toEqual([
      { port: 9092, tls: true, mechanism: 'SCRAM-SHA-512' },
      { port: 9094, tls: false, mechanism: 'SCRAM-SHA-256' },
    ]);
  });

  it('lets it restart the pods there are, and controllers that there were, and no other', () => {
    const { rules } = kafka({ brokers: { ids: [4] } }, DEVELOPMENT).find(
      'Role',
      'kafka-steward',
    ) as unknown as {
      rules: { resources: string[]; resourceNames?: string[] }[];
    };
    const names = (resource: string) =>
      rules.find(({ resources }) => resources.includes(resource))?.resourceNames;
    expect(names('pods/eviction')).toEqual([
      ...[0, 1, 2, 3, 4].map((index) => `kafka-controller-${3000 + index}`),
      'kafka-broker-4-0',
    ]);
    expect(names('statefulsets/scale')).toEqual(['kafka-controller', 'kafka-broker-4']);
  });
});

describe('metadata in ZooKeeper', () => {
  const withZooKeeper = (
    props: Partial<KafkaClusterProps> = {},
    environment: EnvironmentProps = {},
    zookeeperTls?: { secret: string },
  ) => {
    const chart = chartIn(environment);
    const zookeeper = new ZooKeeperCluster(chart, 'zk', {
      storage: { data: GI(1) },
      tls: zookeeperTls && { ...zookeeperTls, clientAuthentication: 'none' },
    });
    new KafkaCluster(chart, 'kafka', {
      version: KafkaVersion.V3_9,
      metadata: { zookeeper },
      storage: GI(10),
      ...props,
    });
    return { chart, problems: reported(chart), objects: () => rendered(chart) };
  };

  it('needs no controllers, and has a znode and a way in', () => {
    const { objects, problems, chart } = withZooKeeper();
    expect(problems).toEqual([]);
    expect(validateApp(chart.node.root as App)).toEqual([]);
    const all = objects();
    expect([...setsOf(all).keys()]).toEqual(['zk', 'kafka-broker-0', 'kafka-broker-1', 'kafka-broker-2']);
    const { data } = find(all, 'ConfigMap', 'kafka-config');
    expect(Object.keys(data)).not.toContain('controller.properties');
    expect(data['broker.properties']).toContain('\nzookeeper.connect=zk.data.svc.cluster.local:2181/kafka\n');
    expect(namesOf(all).filter((name) => name.includes('zk-allow'))).toEqual([
      expect.stringMatching(/^NetworkPolicy zk-allow-kafka-[0-9a-f]{5}$/),
    ]);
    const { egress, ingress } = find(all, 'NetworkPolicy', 'kafka').spec;
    expect(egress[2]).toEqual({ ports: [{ port: 2181, protocol: 'TCP' }] });
    expect(ingress[0].ports.map(({ port }: { port: number }) => port)).toEqual([9091, 9099]);
    expect(settings(all)).toMatchObject({ metadata: 'zookeeper', members: [], founders: [] });
    expect(settings(all)).not.toHaveProperty('metadataVersion');
    const gate = JSON.parse(data['gate.json']);
    expect(gate).toMatchObject({ zookeeper: true, founders: [], controllers: [] });
    const broker = variables(find(all, 'StatefulSet', 'kafka-broker-1'), 'gate');
    expect(broker.PROPERTIES).toMatch(/^broker\.id=\{id\}\n/);
    expect(broker.PROPERTIES).not.toContain('metadata.log.dir');
  });

  it('is trusted by the certificate of its authority', () => {
    const all = withZooKeeper({ tls: { secret: 'keys' } }, {}, { secret: 'zk-keys' }).objects();
    const { data } = find(all, 'ConfigMap', 'kafka-config');
    expect(data['broker.properties']).toContain(
      '\nzookeeper.ssl.truststore.location=/secrets/zookeeper/ca.pem\n',
    );
    const { volumes, containers } = podOf(find(all, 'StatefulSet', 'kafka-broker-0')).spec;
    expect(volumes).toContainEqual({
      name: 'zookeeper',
      projected: {
        defaultMode: 0o440,
        sources: [{ secret: { name: 'zk-keys', items: [{ key: 'ca.crt', path: 'ca.pem' }] } }],
      },
    });
    expect(containers[0].volumeMounts).toContainEqual({
      name: 'zookeeper',
      mountPath: '/secrets/zookeeper',
      readOnly: true,
    });
  });

  it('lets brokers be ephemeral, in production, too', () => {
    const { problems } = withZooKeeper({ storage: Storage.emptyDir(), metadata: undefined });
    expect(problems).not.toEqual([]);
    expect(withZooKeeper({ storage: Storage.emptyDir() }).problems).toEqual([]);
  });
});

describe('monitoring', () => {
  it('is rendered where there is an operator for it', () => {
    const kinds = (environment: EnvironmentProps) =>
      namesOf(kafka({}, environment).objects()).filter((name) =>
        /^(PodMonitor|PrometheusRule) |dashboard/.test(name),
      );
    expect(kinds({})).toEqual([]);
    expect(kinds(everything)).toEqual([
      'ConfigMap kafka-dashboard',
      'PodMonitor kafka-steward',
      'PrometheusRule kafka',
    ]);
    const dashboard = kafka({}, everything).find('ConfigMap', 'kafka-dashboard');
    expect(dashboard.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(JSON.parse(dashboard.data['kafka.json'])).toHaveProperty('panels');
  });
});

describe('claims', () => {
  it('are rendered with their new size beside a template that stays as it was, for each volume', () => {
    const before = kafka({ storage: [GI(10), GI(5)] }).objects();
    const after = kafka({
      storage: [GI(10), { size: GI(8), initialSize: GI(5) }],
      controllers: { count: 3, storage: { size: GI(20), initialSize: GI(10) } },
    }).objects();
    const templates = (objects: Rendered[]) =>
      [...setsOf(objects).values()].map(({ spec }) => spec.volumeClaimTemplates);
    expect(templates(after)).toEqual(templates(before));
    const claims = after.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claims.map(({ metadata, spec }) => `${metadata.name} ${spec.resources.requests.storage}`)).toEqual(
      [
        ...[3000, 3001, 3002].map((id) => `data-0-kafka-controller-${id} 20Gi`),
        ...[0, 1, 2].map((id) => `data-1-kafka-broker-${id}-0 8Gi`),
      ],
    );
  });

  it('outlive the sets and their scale', () => {
    for (const { spec } of setsOf(kafka().objects()).values())
      expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      });
  });
});

describe('a disruption budget', () => {
  it('covers every server once', () => {
    const { spec } = kafka().find('PodDisruptionBudget', 'kafka');
    expect(spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: {
        matchLabels: { 'cdk8s-stateful/cluster': 'kafka' },
        matchExpressions: [
          { key: 'cdk8s-stateful/component', operator: 'In', values: ['broker', 'controller'] },
        ],
      },
    });
  });
});

describe('upgrade guard', () => {
  it('keeps names, selectors, serviceName, claim templates and ids', () => {
    const objects = kafka(full, everything).objects();
    expect(frozenOf(objects)).toMatchInlineSnapshot(`
      [
        "Certificate kafka-tls",
        "ConfigMap kafka-config",
        "ConfigMap kafka-dashboard",
        "ConfigMap kafka-program",
        "ConfigMap kafka-secrets",
        "Deployment kafka-steward selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=steward",
        "ExternalSecret kafka-apps-plain-0",
        "Job kafka-secrets-<hash>",
        "NetworkPolicy kafka selects cdk8s-stateful/cluster=kafka",
        "NetworkPolicy kafka-secrets selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=secrets",
        "NetworkPolicy kafka-steward selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=steward",
        "PersistentVolumeClaim data-0-kafka-broker-0-0",
        "PersistentVolumeClaim data-0-kafka-broker-1-0",
        "PersistentVolumeClaim data-0-kafka-broker-7-0",
        "PodDisruptionBudget kafka selects cdk8s-stateful/cluster=kafka",
        "PodMonitor kafka-steward selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=steward",
        "PrometheusRule kafka",
        "Role kafka-secrets",
        "Role kafka-steward",
        "RoleBinding kafka-secrets",
        "RoleBinding kafka-steward",
        "Service kafka selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker",
        "Service kafka-broker-0 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=0",
        "Service kafka-broker-1 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=1",
        "Service kafka-broker-7 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=7",
        "Service kafka-controller selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=controller",
        "Service kafka-external-0 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=0",
        "Service kafka-external-1 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=1",
        "Service kafka-external-7 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=7",
        "Service kafka-nodes-0 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=0",
        "Service kafka-nodes-1 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=1",
        "Service kafka-nodes-7 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=7",
        "ServiceAccount kafka-secrets",
        "ServiceAccount kafka-steward",
        "StatefulSet kafka-broker-0 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=0; Parallel; service kafka-broker-0; claim data-0 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=0 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}; claim data-1 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=0 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"5Gi"}},"storageClassName":"essd"}",
        "StatefulSet kafka-broker-1 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=1; Parallel; service kafka-broker-1; claim data-0 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=1 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}; claim data-1 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=1 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"5Gi"}},"storageClassName":"essd"}",
        "StatefulSet kafka-broker-7 selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=7; Parallel; service kafka-broker-7; claim data-0 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=7 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}; claim data-1 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=broker,cdk8s-stateful/member=7 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"5Gi"}},"storageClassName":"essd"}",
        "StatefulSet kafka-controller selects cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=controller; Parallel; service kafka-controller; claim data-0 cdk8s-stateful/cluster=kafka,cdk8s-stateful/component=controller {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}",
      ]
    `);
    const { clusterId, founders } = JSON.parse(find(objects, 'ConfigMap', 'kafka-config').data['gate.json']);
    expect({ clusterId, founders }).toMatchInlineSnapshot(`
      {
        "clusterId": "YpQxryluWTm4R8mgD0Lang",
        "founders": [
          {
            "directoryId": "c5Q-QYocXqObK2ErKYQeVA",
            "host": "kafka-controller-3000.kafka-controller.data.svc.cluster.local",
            "id": 3000,
            "port": 9093,
          },
          {
            "directoryId": "PCBIgH4aUYy3oNlA2_wD1Q",
            "host": "kafka-controller-3001.kafka-controller.data.svc.cluster.local",
            "id": 3001,
            "port": 9093,
          },
          {
            "directoryId": "3PpEgQJuV_aAAZxQDcWXGQ",
            "host": "kafka-controller-3002.kafka-controller.data.svc.cluster.local",
            "id": 3002,
            "port": 9093,
          },
        ],
      }
    `);
  });

  it('does not depend on where the construct lies, nor on the names of its parents', () => {
    const at = (chartId: string, parents: string[]) =>
      renderedBelow(chartId, parents, (scope) => new KafkaCluster(scope, 'kafka', { ...full }));
    expect(at('renamed', ['a', 'b'])).toEqual(at('stack', []));
  });

  it('gives every cluster an id of its own', () => {
    const id = (props: Partial<KafkaClusterProps>, environment: EnvironmentProps = {}) =>
      settings(kafka(props, environment).objects()).clusterId;
    const own = 'p8fFEbKGQ22B6M_Da_vCBw';
    expect(id({ clusterId: own })).toBe(own);
    expect(id({}, { name: 'a' })).not.toBe(id({}, { name: 'b' }));
    expect(id({}, { name: 'a' })).toBe(id({ brokers: 5 }, { name: 'a' }));
  });
});
