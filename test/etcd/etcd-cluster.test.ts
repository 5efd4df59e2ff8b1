import { type App, Chart, Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  Credentials,
  EtcdCluster,
  type EtcdClusterProps,
  EtcdVersion,
  listImages,
  ObjectStore,
  Storage,
  validateApp,
} from '../../lib';
import { everything } from '../support/every-prop';
import { schemaProblems } from '../support/kubernetes-schema';
import { DNS, tcp } from '../support/network';
import { restrictedProblems } from '../support/pod-security';
import { chartIn, nameOf, namesOf, podOf, type Rendered, rendered } from '../support/rendering';
import { frozenOf, renderedBelow } from '../support/upgrade-guard';
import { etcd } from './rendering';

const GI = Size.gibibytes;
const to = ObjectStore.s3({ bucket: 'b', credentials: Credentials.existing('s3') });
const full: Partial<EtcdClusterProps> = {
  storage: { data: { size: GI(20), initialSize: GI(10) }, wal: GI(5) },
  tls: {},
  authentication: {
    root: Credentials.generated(),
    users: [
      { credentials: Credentials.external('app'), name: 'app', roles: ['reader'] },
      { name: 'ops', roles: ['root'] },
    ],
    roles: { reader: [{ access: 'read', prefix: '' }] },
  },
  backup: { schedule: '0 3 * * *', to, rehearsal: { schedule: '@weekly' } },
};

const SERVERS = { 'cdk8s-stateful/cluster': 'etcd', 'cdk8s-stateful/component': 'server' };
const pods = (component: string) => ({
  podSelector: { matchLabels: { ...SERVERS, 'cdk8s-stateful/component': component } },
});
const podSpec = (props?: Partial<EtcdClusterProps>, environment = {}) =>
  podOf(etcd(props, environment).find('StatefulSet', 'etcd')).spec;
const gateOf = (props?: Partial<EtcdClusterProps>) =>
  JSON.parse(etcd(props).find('ConfigMap', 'etcd-config').data['gate.json']);
function settingsOf(objects: readonly Rendered[]) {
  const deployment = objects.find(({ metadata }) => metadata.name === 'etcd-steward' && metadata);
  const steward = objects.find((one) => one.kind === 'Deployment') ?? deployment;
  const { env } = podOf(steward as Rendered).spec.containers[0];
  return JSON.parse(env.find(({ name }: { name: string }) => name === 'SETTINGS').value);
}

describe('a cluster', () => {
  it('is these objects without a steward', () => {
    expect(namesOf(etcd({ operations: 'none' }).objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap etcd-config",
        "ConfigMap etcd-program",
        "NetworkPolicy etcd",
        "PodDisruptionBudget etcd",
        "Service etcd",
        "Service etcd-headless",
        "StatefulSet etcd",
      ]
    `);
  });

  it('is these by default', () => {
    expect(namesOf(etcd().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap etcd-config",
        "ConfigMap etcd-program",
        "ConfigMap etcd-steward-program",
        "Deployment etcd-steward",
        "NetworkPolicy etcd",
        "NetworkPolicy etcd-steward",
        "PodDisruptionBudget etcd",
        "Role etcd-steward",
        "RoleBinding etcd-steward",
        "Service etcd",
        "Service etcd-headless",
        "ServiceAccount etcd-steward",
        "StatefulSet etcd",
      ]
    `);
  });

  it('is these with everything on', () => {
    expect(namesOf(etcd(full, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate etcd-peer-tls",
        "Certificate etcd-tls",
        "ConfigMap etcd-config",
        "ConfigMap etcd-dashboard",
        "ConfigMap etcd-program",
        "ConfigMap etcd-scripts",
        "ConfigMap etcd-secrets",
        "ConfigMap etcd-steward-program",
        "CronJob etcd-backup",
        "CronJob etcd-rehearsal",
        "Deployment etcd-steward",
        "ExternalSecret etcd-user-app",
        "Job etcd-secrets-<hash>",
        "NetworkPolicy etcd",
        "NetworkPolicy etcd-backup",
        "NetworkPolicy etcd-rehearsal",
        "NetworkPolicy etcd-secrets",
        "NetworkPolicy etcd-steward",
        "PersistentVolumeClaim data-etcd-0",
        "PersistentVolumeClaim data-etcd-1",
        "PersistentVolumeClaim data-etcd-2",
        "PodDisruptionBudget etcd",
        "PodMonitor etcd",
        "PodMonitor etcd-steward",
        "PrometheusRule etcd",
        "Role etcd-secrets",
        "Role etcd-steward",
        "RoleBinding etcd-secrets",
        "RoleBinding etcd-steward",
        "Service etcd",
        "Service etcd-headless",
        "ServiceAccount etcd-secrets",
        "ServiceAccount etcd-steward",
        "StatefulSet etcd",
      ]
    `);
  });

  it('lies in the namespace of its chart and carries labels', () => {
    for (const { kind, metadata } of etcd(full, everything).objects()) {
      expect(metadata, kind).toMatchObject({
        namespace: 'data',
        labels: { 'cdk8s-stateful/cluster': 'etcd', 'app.kubernetes.io/name': 'etcd' },
      });
    }
  });

  it('has nothing wrong with it as a whole', () => {
    for (const props of [{}, { operations: 'none' } as const, full]) {
      const existing = ['s3', 'mine'].map((name) => ({ kind: 'Secret', name }));
      const { chart, objects } = etcd(props, { ...everything, existing });
      expect(validateApp(chart.node.root as App)).toEqual([]);
      expect(objects().flatMap(schemaProblems)).toEqual([]);
    }
  });

  it('satisfies the Pod Security Standard "restricted"', () => {
    for (const object of etcd(full, everything).objects())
      expect(restrictedProblems(object), nameOf(object)).toEqual([]);
  });

  it('says what it is to others', () => {
    const { cluster } = etcd();
    expect(cluster.name).toBe('etcd');
    expect(cluster.endpoints.map(String)).toEqual(['etcd.data.svc.cluster.local:2379']);
  });

  it('holds its DNS domain in every name', () => {
    const text = JSON.stringify(etcd(full, { ...everything, clusterDomain: 'example.org' }).objects());
    expect(text).not.toContain('cluster.local');
    expect(text).toContain('etcd-0.etcd-headless.data.svc.example.org');
  });

  it('pulls every image from the registry of its environment', () => {
    const { chart } = etcd(full, { ...everything, images: { registry: 'r.io', pullSecret: 'harbor' } });
    expect(listImages(chart.node.root as App).map(({ upstream }) => upstream)).toEqual([
      'gcr.io/etcd-development/etcd:v3.6.14',
      'node:22-bookworm-slim',
      'rclone/rclone:1.75.2',
    ]);
    for (const { image } of listImages(chart.node.root as App)) expect(image).toMatch(/^r\.io\//);
    for (const object of rendered(chart))
      if (podOf(object))
        expect(podOf(object).spec.imagePullSecrets, object.kind).toEqual([{ name: 'harbor' }]);
  });

  it('renders no Secret, whatever its credentials are', () => {
    const kinds = etcd(full, everything)
      .objects()
      .map(({ kind }) => kind);
    expect(kinds).not.toContain('Secret');
  });

  it('gives each program of a pod the variables that its volumes need', () => {
    const shared = {
      storage: { data: Storage.nfs('nfs', '/x'), wal: Storage.existingClaim('logs') },
      restore: { from: to, snapshot: '20260101T000000Z-1042.db' },
    };
    const { initContainers, containers } = podSpec(shared, everything);
    const all = [...initContainers, ...containers];
    expect(all.map(({ name }: { name: string }) => name)).toEqual([
      'prepare',
      'download',
      'restore',
      'gate',
      'etcd',
    ]);
    for (const { name, env, volumeMounts } of all) {
      for (const [volume, mountPath] of [
        ['data', '/var/lib/etcd'],
        ['wal', '/var/lib/etcd-wal'],
      ])
        expect(volumeMounts, name).toContainEqual({
          name: volume,
          mountPath,
          subPathExpr: '$(POD_NAME)',
        });
      expect(env, name).toContainEqual({
        name: 'POD_NAME',
        valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
      });
    }
  });
});

describe('the network', () => {
  const policyOf = (props: Partial<EtcdClusterProps> = {}, environment = {}) =>
    etcd(props, environment).find('NetworkPolicy', 'etcd').spec;

  it('lets members and the steward in, and members and DNS out', () => {
    expect(policyOf()).toEqual({
      podSelector: { matchLabels: SERVERS },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [pods('server')], ports: tcp(2379, 2380, 2381, 9099) },
        { from: [pods('steward')], ports: tcp(2379, 2381, 9099) },
      ],
      egress: [{ to: [pods('server')], ports: tcp(2379, 2380, 2381, 9099) }, DNS],
    });
  });

  it('lets members alone in where there is no steward', () => {
    expect(policyOf({ operations: 'none' }).ingress).toHaveLength(1);
  });

  it('lets Prometheus scrape, from its namespace, where there is one', () => {
    const environment = { monitoring: 'prometheus-operator', monitoringNamespace: { team: 'sre' } };
    expect(policyOf({}, environment).ingress[2]).toEqual({
      from: [{ namespaceSelector: { matchLabels: { team: 'sre' } } }],
      ports: tcp(2381),
    });
  });

  it('lets backups in as clients, and a restore out to its store', () => {
    expect(policyOf({ backup: { schedule: '@daily', to } }).ingress[2]).toEqual({
      from: [pods('backup')],
      ports: tcp(2379),
    });
    const from = ObjectStore.s3({
      bucket: 'b',
      endpoint: 'http://minio:9000',
      credentials: Credentials.existing('s3'),
    });
    const snapshot = '20260101T000000Z-1042.db';
    expect(policyOf({ restore: { from, snapshot } }).egress[2]).toEqual({ ports: tcp(9000) });
    expect(policyOf({ restore: { from: Storage.nfs('nfs', '/x'), snapshot } }).egress).toHaveLength(2);
  });

  it('opens to the steward what it opens to members', () => {
    expect(etcd().find('NetworkPolicy', 'etcd-steward').spec.egress[0]).toEqual({
      to: [pods('server')],
      ports: tcp(2379, 2381, 9099),
    });
  });

  it('certifies every name by which clients call members, and those of members among themselves', () => {
    const { find } = etcd({ tls: { dnsNames: ['etcd.example.com'] } }, everything);
    // Also those of members that leave, until the steward has taken them out.
    const hosts = [0, 1, 2, 3, 4, 5, 6].map((id) => `etcd-${id}.etcd-headless.data.svc.cluster.local`);
    const tls = find('Certificate', 'etcd-tls').spec;
    expect(tls.dnsNames).toEqual([
      ...hosts,
      'etcd.data.svc.cluster.local',
      'etcd.data.svc',
      'etcd.data',
      'etcd',
      'localhost',
      'etcd.example.com',
    ]);
    // The gateway shows this certificate, and etcd would take a common name in it for a user.
    expect(tls).not.toHaveProperty('commonName');
    expect(tls.usages).toEqual(expect.arrayContaining(['server auth', 'client auth']));
    const peers = find('Certificate', 'etcd-peer-tls').spec;
    expect(peers.dnsNames).toEqual([...hosts, 'etcd-headless.data.svc.cluster.local']);
    expect(tls.dnsNames).not.toContain('etcd-headless.data.svc.cluster.local');
    const { 'peer-transport-security': demanded } = parse(find('ConfigMap', 'etcd-config').data['etcd.yaml']);
    expect(peers.dnsNames).toEqual(expect.arrayContaining(demanded['allowed-hostname']));
  });

  it('takes certificates as they are given', () => {
    const secrets = (tls: EtcdClusterProps['tls']) => {
      const { volumes } = podSpec({ tls }, everything);
      return Object.fromEntries(
        volumes.flatMap(({ name, secret }: { name: string; secret?: { secretName: string } }) =>
          secret ? [[name, secret.secretName]] : [],
        ),
      );
    };
    expect(secrets({})).toEqual({ tls: 'etcd-tls', peer: 'etcd-peer-tls' });
    expect(secrets({ secret: 'mine' })).toEqual({ tls: 'mine', peer: 'mine' });
    expect(secrets({ secret: 'mine', peers: { secret: 'other' } })).toEqual({ tls: 'mine', peer: 'other' });
    expect(secrets({ secret: 'mine', peers: {} })).toEqual({ tls: 'mine', peer: 'etcd-peer-tls' });
    expect(secrets({ clients: false })).toEqual({ peer: 'etcd-peer-tls' });
    expect(secrets({ peers: false })).toEqual({ tls: 'etcd-tls' });
  });

  it('finds members that are not ready, and sends clients to those that are', () => {
    const { find } = etcd();
    expect(find('Service', 'etcd-headless').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
    expect(find('Service', 'etcd').spec).toEqual({
      selector: SERVERS,
      ports: [{ name: 'client', port: 2379, targetPort: 2379, protocol: 'TCP' }],
    });
  });
});

describe('monitoring', () => {
  it('is rendered where there is an operator for it, with alerts on this cluster alone', () => {
    const monitoring = /^(Pod|Prom)\w+(Monitor|Rule) |dashboard/;
    expect(namesOf(etcd().objects()).filter((name) => monitoring.test(name))).toEqual([]);
    const { find } = etcd({ backup: { schedule: '@daily', to } }, everything);
    const { rules } = find('PrometheusRule', 'etcd').spec.groups[0];
    expect(rules.length).toBeGreaterThan(3);
    for (const { alert, expr } of rules) {
      expect(expr, alert).toContain('namespace="data"');
      expect(expr, alert).toContain('etcd');
    }
    const ports = podOf(find('StatefulSet', 'etcd')).spec.containers[0].ports;
    expect(ports).toContainEqual({ name: 'metrics', containerPort: 2381 });
    expect(find('PodMonitor', 'etcd').spec.podMetricsEndpoints[0]).toMatchObject({ port: 'metrics' });
    const dashboard = JSON.parse(find('ConfigMap', 'etcd-dashboard').data['etcd.json']);
    expect(dashboard).toMatchObject({ uid: 'cdk8s-stateful-etcd', title: 'etcd' });
  });
});

describe('the servers', () => {
  it('are started and replaced by the steward, which owns their number', () => {
    const { spec, metadata } = etcd({ members: 5 }).find('StatefulSet', 'etcd');
    expect(spec).toMatchObject({ podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } });
    expect(spec).not.toHaveProperty('replicas');
    expect(metadata.annotations).toEqual({
      'cdk8s-stateful/rendered': expect.stringMatching(/^[0-9a-f]{10}$/),
    });
  });

  it('start side by side and are replaced one after the other where there is no steward', () => {
    const { spec, metadata } = etcd({ members: 5, operations: 'none' }).find('StatefulSet', 'etcd');
    expect(metadata).not.toHaveProperty('annotations');
    expect(spec).toMatchObject({
      replicas: 5,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      minReadySeconds: 5,
    });
  });

  it('run as the image has them, with the file that their gate has written', () => {
    const [server] = podSpec().containers;
    expect(server.command).toEqual(['/usr/local/bin/etcd', '--config-file=/run/etcd/etcd.yaml']);
    expect(server).not.toHaveProperty('args');
    expect(server).not.toHaveProperty('lifecycle');
    expect(JSON.stringify(server)).not.toContain('exec');
    expect(server.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('tell their health on a port of their own, and have time to defragment before they are killed', () => {
    const [{ startupProbe, livenessProbe, readinessProbe }] = podSpec().containers;
    const get = (path: string) => ({ httpGet: { path, port: 'metrics' }, timeoutSeconds: 5 });
    expect(startupProbe).toEqual({ ...get('/livez'), periodSeconds: 2, failureThreshold: 450 });
    expect(livenessProbe).toEqual({ ...get('/livez'), periodSeconds: 10, failureThreshold: 18 });
    expect(readinessProbe).toEqual({ ...get('/readyz'), periodSeconds: 5, failureThreshold: 2 });
    const large = podSpec({ quota: GI(8), storage: { data: GI(20) } }).containers[0];
    expect(large.livenessProbe.failureThreshold).toBe(54);
  });

  it.each([
    [{}, '3584Mi', '3225MiB'],
    [{ quota: GI(8), storage: { data: GI(20) } }, '12800Mi', '11520MiB'],
    [{ quota: Size.mebibytes(65) }, '610Mi', '549MiB'],
    [{ memory: GI(4) }, '4Gi', '3686MiB'],
  ])('of %j have %s, of which Go keeps to %s', (props: Partial<EtcdClusterProps>, memory, goMemLimit) => {
    const [{ resources, env }] = podSpec(props).containers;
    expect(resources).toEqual({ requests: { cpu: '250m', memory }, limits: { memory } });
    expect(env).toContainEqual({ name: 'GOMEMLIMIT', value: goMemLimit });
  });

  it('have an etcdctl that works, for whoever comes by kubectl exec', () => {
    const env = (props: Partial<EtcdClusterProps>) =>
      Object.fromEntries(
        podSpec(props, everything)
          .containers[0].env.filter(({ name }: { name: string }) => name.startsWith('ETCDCTL_'))
          .map(({ name, value }: { name: string; value: string }) => [name, value]),
      );
    expect(env({})).toEqual({ ETCDCTL_ENDPOINTS: 'http://localhost:2379' });
    expect(env({ tls: { clientAuthentication: 'none' } })).toEqual({
      ETCDCTL_ENDPOINTS: 'https://localhost:2379',
      ETCDCTL_CACERT: '/secrets/tls/ca.crt',
    });
    expect(env({ tls: {} })).toEqual({
      ETCDCTL_ENDPOINTS: 'https://localhost:2379',
      ETCDCTL_CACERT: '/secrets/tls/ca.crt',
      ETCDCTL_CERT: '/secrets/tls/tls.crt',
      ETCDCTL_KEY: '/secrets/tls/tls.key',
    });
    // etcd reads variables of its own and would warn of one that it does not know.
    expect(JSON.stringify(podSpec(full, everything).containers[0].env)).not.toContain('"ETCD_');
  });

  it('have the keys that they need, and the gate those of members alone', () => {
    const {
      initContainers: [gate],
      containers: [server],
      volumes,
    } = podSpec(full, everything);
    const secrets = ({ volumeMounts }: { volumeMounts: { mountPath: string; readOnly?: boolean }[] }) =>
      volumeMounts.filter(({ mountPath, readOnly }) => readOnly && mountPath.startsWith('/secrets/'));
    expect(secrets(server).map(({ mountPath }) => mountPath)).toEqual([
      '/secrets/tls',
      '/secrets/peer',
      '/secrets/token',
    ]);
    expect(secrets(gate).map(({ mountPath }) => mountPath)).toEqual(['/secrets/peer']);
    expect(volumes).toContainEqual({
      name: 'token',
      secret: {
        secretName: 'etcd-token',
        defaultMode: 0o440,
        items: [{ key: 'password', path: 'password' }],
      },
    });
  });

  it('restart for what etcd reads, and not for what only the next gate reads', () => {
    const template = (props: Partial<EtcdClusterProps>) => JSON.stringify(podSpec(props)).length;
    const hash = (props: Partial<EtcdClusterProps>) =>
      podOf(etcd(props).find('StatefulSet', 'etcd')).metadata.annotations['cdk8s-stateful/config-hash'];
    expect(hash({ logLevel: 'debug' })).not.toBe(hash({}));
    for (const props of [{ members: 5 }, { founders: 1 }]) {
      expect(hash(props)).toBe(hash({}));
      expect(template(props)).toBe(template({}));
    }
  });

  it('restart for a new cluster that is forced, which is for their gates to decide', () => {
    const hash = (props: Partial<EtcdClusterProps>) =>
      podOf(etcd(props).find('StatefulSet', 'etcd')).metadata.annotations['cdk8s-stateful/config-hash'];
    expect(hash({ forceNewCluster: { member: 0, confirm: 'cafe' } })).not.toBe(hash({}));
  });
});

describe('the gate', () => {
  it('is told who there is', () => {
    expect(gateOf()).toEqual({
      cluster: 'etcd',
      members: [0, 1, 2].map((id) => ({
        id,
        name: `etcd-${id}`,
        host: `etcd-${id}.etcd-headless.data.svc.cluster.local`,
      })),
      founders: [0, 1, 2],
      token: 'test/data/etcd',
      peerTls: false,
      peerPort: 2380,
      clientTls: false,
      clientPort: 2379,
      metricsPort: 2381,
      version: '3.6.14',
      walVolume: false,
      operations: 'steward',
      keepsData: true,
    });
  });

  it('is told of volumes, TLS, and who is to do what', () => {
    const development = { durability: 'development' } as const;
    const gate = (props: Partial<EtcdClusterProps>) =>
      JSON.parse(etcd(props, development).find('ConfigMap', 'etcd-config').data['gate.json']);
    expect(gate({ tls: { secret: 's', clients: false } })).toMatchObject({ peerTls: true, clientTls: false });
    expect(gate({ tls: { secret: 's', peers: false } })).toMatchObject({ peerTls: false, clientTls: true });
    expect(gate({ storage: { data: GI(10), wal: GI(1) } })).toMatchObject({ walVolume: true });
    expect(gate({ storage: { data: Storage.emptyDir() } })).toMatchObject({ keepsData: false });
    expect(gate({ storage: { data: GI(10), wal: Storage.emptyDir() } })).toMatchObject({ keepsData: false });
    expect(gate({ operations: 'none', forceNewCluster: { member: 1, confirm: 'cafe' } })).toMatchObject({
      operations: 'none',
      forceNewCluster: { member: 1, confirm: 'cafe' },
    });
  });

  it('knows what is restored by another token', () => {
    const snapshot = '20260101T000000Z-1042.db';
    const token = (restore: Partial<NonNullable<EtcdClusterProps['restore']>>) =>
      gateOf({ restore: { from: to, snapshot, ...restore } }).token;
    expect(token({})).toBe(`test/data/etcd/${snapshot}`);
    expect(token({ snapshot: `prod/data/other/${snapshot}` })).toBe(`test/data/etcd/${snapshot}`);
    expect(token({ token: 'mine' })).toBe('mine');
  });

  it('keeps founders and addresses while the cluster grows', () => {
    const [before, after] = [gateOf(), gateOf({ members: 5, founders: 3 })];
    expect(after.founders).toEqual(before.founders);
    expect(after.members.slice(0, 3)).toEqual(before.members);
    expect(after.members).toHaveLength(5);
  });
});

describe('the steward', () => {
  it('is told what the members should be', () => {
    const { objects, find } = etcd();
    expect(settingsOf(objects())).toEqual({
      cluster: 'etcd',
      sets: ['etcd'],
      namespace: 'data',
      rendered: find('StatefulSet', 'etcd').metadata.annotations?.['cdk8s-stateful/rendered'],
      selector: SERVERS,
      labels: expect.objectContaining({ 'cdk8s-stateful/component': 'steward' }),
      members: [0, 1, 2].map((id) => ({ id, part: 'voter' })),
      founders: [0, 1, 2],
      data: 'claims',
      host: 'etcd-{id}.etcd-headless.data.svc.cluster.local',
      memberName: 'etcd-{id}',
      clientPort: 2379,
      peerPort: 2380,
      metricsPort: 2381,
      tls: false,
      peerTls: false,
      version: '3.6.14',
      quota: 2 * 1024 ** 3,
      defragmentation: { fragmentation: 0.5, minimum: 100 * 1024 ** 2 },
    });
  });

  it('is told what else to do', () => {
    const settings = (props: Partial<EtcdClusterProps>) => settingsOf(etcd(props).objects());
    expect(settings({ version: EtcdVersion.V3_5_33 })).toMatchObject({ version: '3.5.33' });
    expect(settings({ backup: { schedule: Duration.hours(1), to } })).toMatchObject({
      backups: ['etcd-backup'],
    });
    expect(settings({ defragmentation: false })).not.toHaveProperty('defragmentation');
    expect(settings({ defragmentation: { schedule: '0 3 * * 0' } }).defragmentation).toMatchObject({
      schedule: '0 3 * * 0',
    });
    expect(settings({ authentication: {} }).authentication).toEqual({ users: [], roles: {} });
    expect(settings({ storage: { data: Storage.nfs('nfs', '/x') } })).toMatchObject({ data: 'shared' });
  });

  it('knows another rendering by everything that is told beside the pods', () => {
    const of = (props: Partial<EtcdClusterProps>) =>
      etcd(props).find('StatefulSet', 'etcd').metadata.annotations?.['cdk8s-stateful/rendered'];
    const all = [{}, { members: 5 }, { founders: 1 }, { forceNewCluster: { member: 0, confirm: 'a' } }];
    expect(new Set(all.map(of)).size).toBe(all.length);
  });

  it('may restart members, and those of the largest cluster before', () => {
    const rules = etcd().find('Role', 'etcd-steward') as unknown as {
      rules: { resources: string[]; resourceNames?: string[] }[];
    };
    expect(rules.rules.find(({ resources }) => resources[0] === 'pods/eviction')?.resourceNames).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((id) => `etcd-${id}`),
    );
  });

  it('has the authority of members without their key', () => {
    const { spec } = podOf(etcd(full, everything).find('Deployment', 'etcd-steward'));
    expect(spec.volumes).toContainEqual({
      name: 'peer',
      secret: {
        secretName: 'etcd-peer-tls',
        defaultMode: 0o440,
        items: [{ key: 'ca.crt', path: 'ca.crt' }],
      },
    });
    const paths = spec.containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(paths).toEqual(['/program', '/secrets/tls', '/secrets/peer', '/secrets/root', '/secrets/users']);
  });
});

describe('claims', () => {
  const claims = (objects: Rendered[]) => objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const templates = (objects: Rendered[]) =>
    objects.flatMap(({ kind, spec }) => (kind === 'StatefulSet' ? (spec.volumeClaimTemplates ?? []) : []));

  it('are left to the template until they grow', () => {
    const objects = etcd().objects();
    expect(claims(objects)).toEqual([]);
    expect(templates(objects).map(({ spec }) => spec.resources.requests.storage)).toEqual(['10Gi']);
  });

  it('are rendered with their new size beside a template that stays as it was', () => {
    const before = etcd({ storage: { data: GI(10), wal: GI(5) } }).objects();
    const storage = { data: { size: GI(20), initialSize: GI(10) }, wal: { size: GI(6), initialSize: GI(5) } };
    const after = etcd({ storage }).objects();
    expect(templates(after)).toEqual(templates(before));
    expect(
      claims(after).map(({ metadata, spec }) => `${metadata.name} ${spec.resources.requests.storage}`),
    ).toEqual([
      ...[0, 1, 2].map((id) => `data-etcd-${id} 20Gi`),
      ...[0, 1, 2].map((id) => `wal-etcd-${id} 6Gi`),
    ]);
    for (const { metadata } of claims(after)) expect(Object.keys(metadata.annotations ?? {})).not.toEqual([]);
  });

  it('outlive the set and its scale', () => {
    const { spec } = etcd().find('StatefulSet', 'etcd');
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
  });
});

describe('upgrade guard', () => {
  it('keeps names, selectors, serviceName and claim templates', () => {
    expect(frozenOf(etcd(full, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate etcd-peer-tls",
        "Certificate etcd-tls",
        "ConfigMap etcd-config",
        "ConfigMap etcd-dashboard",
        "ConfigMap etcd-program",
        "ConfigMap etcd-scripts",
        "ConfigMap etcd-secrets",
        "ConfigMap etcd-steward-program",
        "CronJob etcd-backup",
        "CronJob etcd-rehearsal",
        "Deployment etcd-steward selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=steward",
        "ExternalSecret etcd-user-app",
        "Job etcd-secrets-<hash>",
        "NetworkPolicy etcd selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server",
        "NetworkPolicy etcd-backup selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=backup",
        "NetworkPolicy etcd-rehearsal selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=rehearsal",
        "NetworkPolicy etcd-secrets selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=secrets",
        "NetworkPolicy etcd-steward selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=steward",
        "PersistentVolumeClaim data-etcd-0",
        "PersistentVolumeClaim data-etcd-1",
        "PersistentVolumeClaim data-etcd-2",
        "PodDisruptionBudget etcd selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server",
        "PodMonitor etcd selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server",
        "PodMonitor etcd-steward selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=steward",
        "PrometheusRule etcd",
        "Role etcd-secrets",
        "Role etcd-steward",
        "RoleBinding etcd-secrets",
        "RoleBinding etcd-steward",
        "Service etcd selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server",
        "Service etcd-headless selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server",
        "ServiceAccount etcd-secrets",
        "ServiceAccount etcd-steward",
        "StatefulSet etcd selects cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server; Parallel; service etcd-headless; claim data cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}; claim wal cdk8s-stateful/cluster=etcd,cdk8s-stateful/component=server {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"5Gi"}},"storageClassName":"essd"}",
      ]
    `);
  });

  it('does not depend on where the construct lies, nor on the names of its parents', () => {
    const at = (chartId: string, parents: string[]) =>
      renderedBelow(
        chartId,
        parents,
        (scope) => new EtcdCluster(scope, 'etcd', { storage: { data: GI(10) }, ...full }),
      );
    expect(at('renamed', ['a', 'b'])).toEqual(at('stack', []));
  });

  it('does not depend on the id when it has a name', () => {
    const [a, b] = ['one', 'two'].map((id) => {
      const chart = new Chart(chartIn().node.root, id, { namespace: 'data' });
      new EtcdCluster(chart, id, { storage: { data: GI(10) }, allowPlainText: true, name: 'etcd' });
      return rendered(chart);
    });
    expect(b).toEqual(a);
  });
});

describe('disruption budget', () => {
  it.each([
    [3, 1],
    [5, 1],
    [7, 2],
  ])('lets a drain of %i members take %i', (members, maxUnavailable) => {
    const { spec } = etcd({ members }).find('PodDisruptionBudget', 'etcd');
    expect(spec).toMatchObject({ maxUnavailable, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('is left out where it could only block', () => {
    const objects = etcd({ members: 1 }, { durability: 'development' }).objects();
    expect(objects.map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
  });
});
