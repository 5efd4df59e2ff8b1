import { App, Chart, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  Credentials,
  listImages,
  ObjectStore,
  Storage,
  ZooKeeperCluster,
  type ZooKeeperClusterProps,
} from '../../lib';
import { everything } from '../support/every-prop';
import { DNS, tcp } from '../support/network';
import { ensemble, namesOf, podOf, type Rendered, rendered, storage } from '../support/rendering';
import { frozenOf, renderedBelow } from '../support/upgrade-guard';

const GI = Size.gibibytes;
const user = Credentials.existing('user');
const to = ObjectStore.s3({ bucket: 'b', credentials: Credentials.existing('s3') });
const full: Partial<ZooKeeperClusterProps> = {
  voters: 3,
  observers: 1,
  storage: { data: { size: GI(20), initialSize: GI(10) }, transactionLog: GI(5) },
  tls: { clients: 'optional' },
  authentication: {
    superUser: Credentials.generated(),
    clients: [Credentials.external('app')],
    quorum: user,
    reconfigurers: ['ops'],
  },
  memberServices: true,
  backup: { schedule: '0 3 * * *', to },
  restore: { from: to, snapshot: '20260101T000000Z-snapshot.100' },
};

describe('an ensemble', () => {
  it('is these objects without a steward', () => {
    expect(namesOf(ensemble({ operations: 'none' }).objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap zk-config",
        "ConfigMap zk-program",
        "ConfigMap zk-scripts",
        "NetworkPolicy zk",
        "PodDisruptionBudget zk",
        "Service zk",
        "Service zk-headless",
        "StatefulSet zk",
      ]
    `);
  });

  it('is these by default', () => {
    expect(namesOf(ensemble().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap zk-config",
        "ConfigMap zk-program",
        "ConfigMap zk-scripts",
        "ConfigMap zk-secrets",
        "Deployment zk-steward",
        "Job zk-secrets-<hash>",
        "NetworkPolicy zk",
        "NetworkPolicy zk-secrets",
        "NetworkPolicy zk-steward",
        "PodDisruptionBudget zk",
        "Role zk-secrets",
        "Role zk-steward",
        "RoleBinding zk-secrets",
        "RoleBinding zk-steward",
        "Service zk",
        "Service zk-headless",
        "ServiceAccount zk-secrets",
        "ServiceAccount zk-steward",
        "StatefulSet zk",
      ]
    `);
  });

  it('is these with everything on', () => {
    expect(namesOf(ensemble(full, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate zk-tls",
        "ConfigMap zk-config",
        "ConfigMap zk-program",
        "ConfigMap zk-scripts",
        "ConfigMap zk-secrets",
        "CronJob zk-backup",
        "Deployment zk-steward",
        "ExternalSecret zk-client",
        "Job zk-secrets-<hash>",
        "NetworkPolicy zk",
        "NetworkPolicy zk-backup",
        "NetworkPolicy zk-secrets",
        "NetworkPolicy zk-steward",
        "PersistentVolumeClaim data-zk-1",
        "PersistentVolumeClaim data-zk-2",
        "PersistentVolumeClaim data-zk-3",
        "PersistentVolumeClaim data-zk-4",
        "PodDisruptionBudget zk",
        "PodMonitor zk",
        "PodMonitor zk-steward",
        "PrometheusRule zk",
        "Role zk-secrets",
        "Role zk-steward",
        "RoleBinding zk-secrets",
        "RoleBinding zk-steward",
        "Service zk",
        "Service zk-headless",
        "Service zk-member-1",
        "Service zk-member-2",
        "Service zk-member-3",
        "Service zk-member-4",
        "ServiceAccount zk-secrets",
        "ServiceAccount zk-steward",
        "StatefulSet zk",
      ]
    `);
  });

  it('lies in the namespace of its chart and carries labels', () => {
    for (const { kind, metadata } of ensemble(full, everything).objects()) {
      expect(metadata, kind).toMatchObject({
        namespace: 'data',
        labels: { 'cdk8s-stateful/cluster': 'zk', 'app.kubernetes.io/name': 'zookeeper' },
      });
    }
  });

  it('says what it is to others', () => {
    const { cluster } = ensemble({ authentication: { clients: [user, Credentials.generated()] } });
    expect(cluster.name).toBe('zk');
    expect(cluster.endpoints.map(String)).toEqual(['zk.data.svc.cluster.local:2181']);
    expect(cluster.connectString('/orders')).toBe('zk.data.svc.cluster.local:2181/orders');
    expect(cluster.clientCredentials).toEqual([
      { secretName: 'user', usernameKey: 'username', passwordKey: 'password' },
      { secretName: 'zk-client-2', usernameKey: 'username', passwordKey: 'password' },
    ]);
  });

  it('holds its DNS domain in every name', () => {
    const objects = ensemble(
      { memberServices: true, tls: {} },
      { ...everything, clusterDomain: 'example.org' },
    ).objects();
    expect(JSON.stringify(objects)).not.toContain('cluster.local');
    expect(JSON.stringify(objects)).toContain('zk-1.zk-headless.data.svc.example.org');
  });

  it('pulls every image from the registry of its environment', () => {
    const { chart } = ensemble(full, { ...everything, images: { registry: 'r.io', pullSecret: 'harbor' } });
    expect(listImages(chart.node.root as App).map(({ upstream }) => upstream)).toEqual([
      'node:22-bookworm-slim',
      'zookeeper:3.9.5',
      'rclone/rclone:1.75.2',
    ]);
    for (const { image } of listImages(chart.node.root as App)) expect(image).toMatch(/^r\.io\//);
    for (const object of rendered(chart))
      if (podOf(object))
        expect(podOf(object).spec.imagePullSecrets, object.kind).toEqual([{ name: 'harbor' }]);
  });

  it('renders no Secret, whatever its credentials are', () => {
    expect(
      ensemble(full, everything)
        .objects()
        .filter(({ kind }) => kind === 'Secret'),
    ).toEqual([]);
  });

  it('gives each program of a pod the variables that its volumes need', () => {
    const shared = {
      ...full,
      storage: { data: Storage.nfs('nfs', '/x'), transactionLog: Storage.existingClaim('logs') },
    };
    const { initContainers, containers } = podOf(ensemble(shared, everything).find('StatefulSet', 'zk')).spec;
    expect(initContainers.map(({ name }: { name: string }) => name)).toEqual(['restore', 'gate']);
    for (const { name, env, volumeMounts } of [...initContainers, ...containers]) {
      expect(volumeMounts, name).toContainEqual({
        name: 'data',
        mountPath: '/data',
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
  const PEERS = {
    podSelector: { matchLabels: { 'cdk8s-stateful/cluster': 'zk', 'cdk8s-stateful/component': 'server' } },
  };
  const policyOf = (props: Partial<ZooKeeperClusterProps>, environment = {}) =>
    ensemble(props, environment).find('NetworkPolicy', 'zk').spec;

  it.each([
    ['steward', 'steward'],
    ['none', 'provision'],
  ] as const)(
    'lets members and, with operations %s, the %s in, and members and DNS out',
    (operations, component) => {
      const other = {
        podSelector: {
          matchLabels: { 'cdk8s-stateful/cluster': 'zk', 'cdk8s-stateful/component': component },
        },
      };
      expect(policyOf({ operations })).toEqual({
        podSelector: PEERS.podSelector,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          { from: [PEERS], ports: tcp(2181, 2888, 3888) },
          { from: [other], ports: tcp(2181) },
        ],
        egress: [{ to: [PEERS], ports: tcp(2181, 2888, 3888) }, DNS],
      });
    },
  );

  it('opens plain text to nobody where TLS is required', () => {
    expect(JSON.stringify(policyOf({ tls: { secret: 's' } }))).not.toContain('2181');
  });

  it('lets Prometheus scrape, from its namespace, where there is one', () => {
    const [, , ...doors] = policyOf(
      {},
      { monitoring: 'prometheus-operator', monitoringNamespace: { team: 'sre' } },
    ).ingress;
    expect(doors).toEqual([
      { from: [{ namespaceSelector: { matchLabels: { team: 'sre' } } }], ports: tcp(7000) },
    ]);
    const [, , anywhere] = policyOf({}, { monitoring: 'prometheus-operator' }).ingress;
    expect(anywhere.from).toEqual([{ namespaceSelector: {} }]);
  });

  it('lets backups in to the AdminServer, and a restore out to its store', () => {
    const [, , door] = policyOf({ backup: { schedule: '@daily', to } }).ingress;
    expect(door.ports).toEqual(tcp(8080));
    const from = ObjectStore.s3({ bucket: 'b', endpoint: 'http://minio:9000', credentials: user });
    expect(policyOf({ restore: { from, snapshot: 't-snapshot.1' } }).egress[2]).toEqual({ ports: tcp(9000) });
  });

  it('certifies every name that a member is called by', () => {
    const { dnsNames } = ensemble({ tls: {}, memberServices: true, observers: 1 }, everything).find(
      'Certificate',
      'zk-tls',
    ).spec;
    const services = ['zk', ...[1, 2, 3, 4].map((id) => `zk-member-${id}`)];
    expect([...dnsNames].sort()).toEqual(
      [
        ...[1, 2, 3, 4].map((id) => `zk-${id}.zk-headless.data.svc.cluster.local`),
        'zk-headless.data.svc.cluster.local',
        ...services.flatMap((name) => [name, `${name}.data.svc`, `${name}.data.svc.cluster.local`]),
        'localhost',
      ].sort(),
    );
  });

  it('finds members that are not ready, and sends clients to those that are', () => {
    const { find } = ensemble();
    expect(find('Service', 'zk-headless').spec).toMatchObject({
      clusterIP: 'None',
      publishNotReadyAddresses: true,
    });
    expect(find('Service', 'zk').spec).toEqual({
      selector: PEERS.podSelector.matchLabels,
      ports: [{ name: 'client', port: 2181, targetPort: 2181, protocol: 'TCP' }],
    });
  });
});

describe('monitoring', () => {
  it('is rendered where there is an operator for it, with alerts on this ensemble alone', () => {
    expect(
      namesOf(ensemble().objects()).filter((name) => /^(Pod|Prom)\w+(Monitor|Rule) /.test(name)),
    ).toEqual([]);
    const { find } = ensemble({ backup: { schedule: '@daily', to } }, everything);
    const { rules } = find('PrometheusRule', 'zk').spec.groups[0];
    expect(rules.map(({ alert }: { alert: string }) => alert).sort()).toEqual([
      'ZooKeeperBackupFailing',
      'ZooKeeperFollowersNotSynced',
      'ZooKeeperMemberDown',
      'ZooKeeperNoLeader',
      'ZooKeeperNotSettled',
      'ZooKeeperOutstandingRequests',
      'ZooKeeperStewardDown',
      'ZooKeeperVolumeFilling',
    ]);
    for (const { alert, expr } of rules) {
      expect(expr, alert).toContain('namespace="data"');
      expect(expr, alert).toContain('zk');
    }
    const ports = podOf(find('StatefulSet', 'zk')).spec.containers[0].ports.map(
      ({ name }: { name: string }) => name,
    );
    expect(ports).toContain(find('PodMonitor', 'zk').spec.podMetricsEndpoints[0].port);
  });
});

describe('the servers', () => {
  it('are started and replaced by the steward, which owns their number', () => {
    const { spec, metadata } = ensemble({ voters: 5, observers: 2, firstId: 11 }).find('StatefulSet', 'zk');
    expect(spec).toMatchObject({
      ordinals: { start: 11 },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
    });
    expect(spec).not.toHaveProperty('replicas');
    expect(metadata.annotations).toEqual({
      'cdk8s-stateful/rendered': expect.stringMatching(/^[0-9a-f]{10}$/),
    });
  });

  it('start side by side and are replaced one after the other where there is no steward', () => {
    const props = { voters: 5, observers: 2, firstId: 11, operations: 'none' } as const;
    const { spec, metadata } = ensemble(props).find('StatefulSet', 'zk');
    expect(metadata).not.toHaveProperty('annotations');
    expect(spec).toMatchObject({
      replicas: 7,
      ordinals: { start: 11 },
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      minReadySeconds: 5,
    });
  });

  it('have time to load a large snapshot, and to be missed before they are killed', () => {
    const [{ startupProbe, livenessProbe, readinessProbe, lifecycle }] = podOf(
      ensemble().find('StatefulSet', 'zk'),
    ).spec.containers;
    const command = (script: string) => ({ exec: { command: [`/scripts/${script}`] } });
    expect(startupProbe).toEqual({
      ...command('alive.sh'),
      timeoutSeconds: 5,
      periodSeconds: 2,
      failureThreshold: 450,
    });
    expect(livenessProbe).toEqual({
      ...command('alive.sh'),
      timeoutSeconds: 5,
      periodSeconds: 10,
      failureThreshold: 6,
    });
    expect(readinessProbe).toEqual({
      ...command('ready.sh'),
      timeoutSeconds: 5,
      periodSeconds: 5,
      failureThreshold: 2,
    });
    expect(lifecycle).toEqual({ preStop: command('stop.sh') });
  });

  it('find every script that they run in the ConfigMap', () => {
    const { find } = ensemble(full, everything);
    const scripts = Object.keys(find('ConfigMap', 'zk-scripts').data);
    const used = [
      ...JSON.stringify([find('StatefulSet', 'zk'), find('CronJob', 'zk-backup')]).matchAll(
        /\/scripts\/([\w-]+\.sh)/g,
      ),
    ];
    expect([...new Set(used.map(([, script]) => script))].sort()).toEqual(scripts.sort());
  });
});

describe('backups', () => {
  it('never run twice at a time, nor forever', () => {
    const { spec } = ensemble({ backup: { schedule: '0 3 * * *', to } }).find('CronJob', 'zk-backup');
    expect(spec).toMatchObject({
      schedule: '0 3 * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
    });
    expect(spec.jobTemplate.spec).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 3600 });
  });

  const source = (restore: Partial<NonNullable<ZooKeeperClusterProps['restore']>>) => {
    const props = { restore: { from: to, snapshot: 't-snapshot.1', ...restore } };
    const [{ env }] = podOf(ensemble(props, { name: 'prod' }).find('StatefulSet', 'zk')).spec.initContainers;
    return env.find(({ name }: { name: string }) => name === 'SOURCE').value;
  };
  const target = (prefix?: string) => {
    const backup = { schedule: '0 3 * * *', to: ObjectStore.s3({ bucket: 'b', prefix, credentials: user }) };
    const [{ env }] = podOf(ensemble({ backup }, { name: 'prod' }).find('CronJob', 'zk-backup')).spec
      .containers;
    return env.find(({ name }: { name: string }) => name === 'TARGET').value;
  };

  it('go to a directory of the cluster unless told otherwise', () => {
    expect(target()).toBe('b/prod/data/zk');
    expect(target('dir')).toBe('b/dir');
  });

  it('are looked for where they went, or in the directory that is named', () => {
    const elsewhere = ObjectStore.s3({ bucket: 'b', prefix: 'dir', credentials: user });
    expect(source({})).toBe('b/prod/data/zk/t-snapshot.1');
    expect(source({ snapshot: 'staging/data/zk/t-snapshot.1' })).toBe('b/staging/data/zk/t-snapshot.1');
    expect(source({ from: elsewhere })).toBe('b/dir/t-snapshot.1');
  });
});

describe('claims', () => {
  const claims = (objects: Rendered[]) => objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const templates = (objects: Rendered[]) =>
    objects.flatMap(({ kind, spec }) => (kind === 'StatefulSet' ? (spec.volumeClaimTemplates ?? []) : []));

  it('are left to the template until they grow', () => {
    const objects = ensemble({ storage: { data: GI(10) } }).objects();
    expect(claims(objects)).toEqual([]);
    expect(templates(objects).map(({ spec }) => spec.resources.requests.storage)).toEqual(['10Gi']);
  });

  it('are rendered with their new size beside a template that stays as it was', () => {
    const before = ensemble({ storage: { data: GI(10), transactionLog: GI(5) } }).objects();
    const after = ensemble({
      storage: { data: { size: GI(20), initialSize: GI(10) }, transactionLog: GI(5) },
      voters: 3,
      observers: 1,
    }).objects();
    expect(templates(after)).toEqual(templates(before));
    expect(
      claims(after).map(({ metadata, spec }) => `${metadata.name} ${spec.resources.requests.storage}`),
    ).toEqual([1, 2, 3, 4].map((id) => `data-zk-${id} 20Gi`));
    for (const { metadata } of claims(after)) expect(Object.keys(metadata.annotations ?? {})).not.toEqual([]);
  });

  it('outlive the set and its scale', () => {
    const { spec } = ensemble().find('StatefulSet', 'zk');
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
  });
});

describe('upgrade guard', () => {
  it('keeps names, selectors, serviceName and claim templates', () => {
    expect(frozenOf(ensemble(full, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate zk-tls",
        "ConfigMap zk-config",
        "ConfigMap zk-program",
        "ConfigMap zk-scripts",
        "ConfigMap zk-secrets",
        "CronJob zk-backup",
        "Deployment zk-steward selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=steward",
        "ExternalSecret zk-client",
        "Job zk-secrets-<hash>",
        "NetworkPolicy zk selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server",
        "NetworkPolicy zk-backup selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=backup",
        "NetworkPolicy zk-secrets selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=secrets",
        "NetworkPolicy zk-steward selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=steward",
        "PersistentVolumeClaim data-zk-1",
        "PersistentVolumeClaim data-zk-2",
        "PersistentVolumeClaim data-zk-3",
        "PersistentVolumeClaim data-zk-4",
        "PodDisruptionBudget zk selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server",
        "PodMonitor zk selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server",
        "PodMonitor zk-steward selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=steward",
        "PrometheusRule zk",
        "Role zk-secrets",
        "Role zk-steward",
        "RoleBinding zk-secrets",
        "RoleBinding zk-steward",
        "Service zk selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server",
        "Service zk-headless selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server",
        "Service zk-member-1 selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server,statefulset.kubernetes.io/pod-name=zk-1",
        "Service zk-member-2 selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server,statefulset.kubernetes.io/pod-name=zk-2",
        "Service zk-member-3 selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server,statefulset.kubernetes.io/pod-name=zk-3",
        "Service zk-member-4 selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server,statefulset.kubernetes.io/pod-name=zk-4",
        "ServiceAccount zk-secrets",
        "ServiceAccount zk-steward",
        "StatefulSet zk selects cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server; Parallel; service zk-headless; claim data cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}; claim datalog cdk8s-stateful/cluster=zk,cdk8s-stateful/component=server {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"5Gi"}},"storageClassName":"essd"}",
      ]
    `);
  });

  it('does not depend on where the construct lies, nor on the names of its parents', () => {
    const at = (chartId: string, parents: string[]) =>
      renderedBelow(chartId, parents, (scope) => new ZooKeeperCluster(scope, 'zk', { storage, ...full }));
    expect(at('renamed', ['a', 'b'])).toEqual(at('stack', []));
  });

  it('does not depend on the id when it has a name', () => {
    const app = new App();
    const [a, b] = ['one', 'two'].map((id) => {
      const chart = new Chart(app, id, { namespace: 'data' });
      new ZooKeeperCluster(chart, id, { storage, name: 'zk' });
      return rendered(chart);
    });
    expect(b).toEqual(a);
  });

  it('lets a growing ensemble keep the founders, ids and addresses of its members', () => {
    const gate = (props: Partial<ZooKeeperClusterProps>) =>
      JSON.parse(ensemble(props).find('ConfigMap', 'zk-config').data['gate.json']);
    const before = gate({ voters: 3, firstId: 11 });
    const after = gate({ voters: 5, founders: 3, firstId: 11, observers: 1 });
    expect(before.founders).toEqual([11, 12, 13]);
    expect(after.founders).toEqual(before.founders);
    expect(after.members.slice(0, 3)).toEqual(before.members);
    expect(after.members.map(({ id, role }: { id: number; role: string }) => `${id} ${role}`)).toEqual([
      '11 participant',
      '12 participant',
      '13 participant',
      '14 participant',
      '15 participant',
      '16 observer',
    ]);
  });
});

describe('disruption budget', () => {
  it.each([
    [3, 0, 1],
    [5, 0, 1],
    [7, 0, 2],
    [3, 4, 1],
  ])('lets a drain of %i voters and %i observers take %i', (voters, observers, maxUnavailable) => {
    const { spec } = ensemble({ voters, observers }).find('PodDisruptionBudget', 'zk');
    expect(spec).toMatchObject({ maxUnavailable, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('is left out where it could only block', () => {
    expect(
      ensemble({ voters: 1 }, { durability: 'development' })
        .objects()
        .filter(({ kind }) => kind === 'PodDisruptionBudget'),
    ).toEqual([]);
  });
});
