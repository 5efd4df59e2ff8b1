import { type App, Chart, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { listImages, Storage, validateApp } from '../../lib';
import { RedisReplication, type RedisReplicationProps } from '../../lib/redis';
import { everything } from '../support/every-prop';
import { schemaProblems } from '../support/kubernetes-schema';
import { restrictedProblems } from '../support/pod-security';
import { chartIn, nameOf, namesOf, podOf, type Rendered, rendered } from '../support/rendering';
import { frozenOf, renderedBelow } from '../support/upgrade-guard';
import { cluster, FULL, replication, standalone } from './rendering';

const GI = Size.gibibytes;
const to = FULL.backup.to;
const set = (props?: Partial<RedisReplicationProps>, environment = {}) =>
  replication(props, environment).find('StatefulSet', 'redis');
const podSpec = (props?: Partial<RedisReplicationProps>, environment = {}) =>
  podOf(set(props, environment)).spec;
const shapes = { standalone, replication, cluster };

describe('a deployment', () => {
  it('is these objects as a single server', () => {
    expect(namesOf(standalone().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap redis-config",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "Deployment redis-steward",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis",
        "NetworkPolicy redis-secrets",
        "NetworkPolicy redis-steward",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis",
        "Service redis-headless",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis",
      ]
    `);
  });

  it('is these as a replication', () => {
    expect(namesOf(replication().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap redis-config",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "Deployment redis-steward",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis",
        "NetworkPolicy redis-secrets",
        "NetworkPolicy redis-sentinel",
        "NetworkPolicy redis-steward",
        "PodDisruptionBudget redis",
        "PodDisruptionBudget redis-sentinel",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis",
        "Service redis-headless",
        "Service redis-replicas",
        "Service redis-sentinel",
        "Service redis-sentinel-headless",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis",
        "StatefulSet redis-sentinel",
      ]
    `);
  });

  it('is these as a replication without a steward, and so without Services that follow roles', () => {
    expect(namesOf(replication({ operations: 'none' }).objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap redis-config",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis",
        "NetworkPolicy redis-secrets",
        "NetworkPolicy redis-sentinel",
        "PodDisruptionBudget redis",
        "PodDisruptionBudget redis-sentinel",
        "Role redis-secrets",
        "RoleBinding redis-secrets",
        "Service redis-headless",
        "Service redis-sentinel",
        "Service redis-sentinel-headless",
        "ServiceAccount redis-secrets",
        "StatefulSet redis",
        "StatefulSet redis-sentinel",
      ]
    `);
  });

  it('is these as a Redis Cluster', () => {
    expect(namesOf(cluster().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap redis-config",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "Deployment redis-steward",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis",
        "NetworkPolicy redis-secrets",
        "NetworkPolicy redis-steward",
        "PodDisruptionBudget redis-0",
        "PodDisruptionBudget redis-1",
        "PodDisruptionBudget redis-2",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis",
        "Service redis-headless",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis-0",
        "StatefulSet redis-1",
        "StatefulSet redis-2",
      ]
    `);
  });

  it('is these with everything on', () => {
    expect(namesOf(replication(FULL, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate redis-tls",
        "ConfigMap redis-config",
        "ConfigMap redis-dashboard",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "CronJob redis-backup",
        "Deployment redis-steward",
        "ExternalSecret redis-user-app",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis",
        "NetworkPolicy redis-backup",
        "NetworkPolicy redis-secrets",
        "NetworkPolicy redis-sentinel",
        "NetworkPolicy redis-steward",
        "PersistentVolumeClaim data-redis-0",
        "PersistentVolumeClaim data-redis-1",
        "PersistentVolumeClaim data-redis-2",
        "PodDisruptionBudget redis",
        "PodDisruptionBudget redis-sentinel",
        "PodMonitor redis",
        "PodMonitor redis-steward",
        "PrometheusRule redis",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis",
        "Service redis-headless",
        "Service redis-replicas",
        "Service redis-sentinel",
        "Service redis-sentinel-headless",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis",
        "StatefulSet redis-sentinel",
      ]
    `);
  });

  it.each(Object.entries(shapes))('lies in the namespace of its chart and carries labels: %s', (_, make) => {
    for (const { kind, metadata } of make(FULL, everything).objects()) {
      expect(metadata, kind).toMatchObject({
        namespace: 'data',
        labels: { 'cdk8s-stateful/cluster': 'redis', 'app.kubernetes.io/name': 'redis' },
      });
    }
  });

  it.each(Object.entries(shapes))('has nothing wrong with it as a whole: %s', (_, make) => {
    const existing = ['s3', 'mine'].map((name) => ({ kind: 'Secret', name }));
    for (const props of [{}, { operations: 'none' } as const, FULL]) {
      const { chart, objects } = make(props, { ...everything, existing });
      expect(validateApp(chart.node.root as App)).toEqual([]);
      expect(objects().flatMap(schemaProblems)).toEqual([]);
    }
  });

  it.each(Object.entries(shapes))('satisfies the Pod Security Standard "restricted": %s', (_, make) => {
    for (const object of make(FULL, everything).objects())
      expect(restrictedProblems(object), nameOf(object)).toEqual([]);
  });

  it.each(Object.entries(shapes))('renders no Secret, whatever its credentials are: %s', (_, make) => {
    const kinds = make(FULL, everything)
      .objects()
      .map(({ kind }) => kind);
    expect(kinds).not.toContain('Secret');
  });

  it('says what it is to others', () => {
    expect(standalone().redis).toMatchObject({ name: 'redis', topology: 'standalone' });
    expect(standalone().redis.endpoints.map(String)).toEqual(['redis.data.svc.cluster.local:6379']);
    expect(replication().redis.endpoints.map(String)).toEqual(
      [0, 1, 2].map((id) => `redis-sentinel-${id}.redis-sentinel-headless.data.svc.cluster.local:26379`),
    );
    expect(cluster().redis.endpoints.map(String)).toEqual([
      'redis.data.svc.cluster.local:6379',
      ...[0, 1, 2].map((id) => `redis-${id}-0.redis-headless.data.svc.cluster.local:6379`),
    ]);
  });

  it('holds its DNS domain in every name', () => {
    const text = JSON.stringify(replication(FULL, { ...everything, clusterDomain: 'example.org' }).objects());
    expect(text).not.toContain('cluster.local');
    expect(text).toContain('redis-0.redis-headless.data.svc.example.org');
    expect(text).toContain('redis-sentinel-0.redis-sentinel-headless.data.svc.example.org');
  });

  it('pulls every image from the registry of its environment', () => {
    const place = { ...everything, images: { registry: 'r.io', pullSecret: 'harbor' } };
    const restore = { from: to, backup: '20260101T000000Z' };
    const { chart } = replication({ ...FULL, restore }, place);
    expect(listImages(chart.node.root as App).map(({ upstream }) => upstream)).toEqual([
      'node:22-bookworm-slim',
      'redis:8.2',
      'oliver006/redis_exporter:v1.88.0',
      'rclone/rclone:1.75.2',
    ]);
    for (const { image } of listImages(chart.node.root as App)) expect(image).toMatch(/^r\.io\//);
    for (const object of rendered(chart))
      if (podOf(object))
        expect(podOf(object).spec.imagePullSecrets, object.kind).toEqual([{ name: 'harbor' }]);
  });

  it('gives each program of a pod the variables that its volumes need', () => {
    const shared = { storage: Storage.nfs('nfs', '/x'), restore: { from: to, backup: '20260101T000000Z' } };
    const { initContainers, containers } = podSpec(shared, everything);
    const withData = [...initContainers, ...containers].filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }: { name: string }) => name === 'data'),
    );
    expect(withData.map(({ name }) => name)).toEqual(['prepare', 'download', 'adopt', 'gate', 'redis']);
    for (const { name, env, volumeMounts } of withData) {
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

describe('claims', () => {
  const claims = (objects: Rendered[]) => objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const templates = (objects: Rendered[]) =>
    objects.flatMap(({ kind, spec }) => (kind === 'StatefulSet' ? (spec.volumeClaimTemplates ?? []) : []));

  it('are left to the template until they grow', () => {
    const objects = replication().objects();
    expect(claims(objects)).toEqual([]);
    expect(templates(objects).map(({ spec }) => spec.resources.requests.storage)).toEqual(['10Gi', '1Gi']);
  });

  it('are rendered with their new size beside a template that stays as it was', () => {
    const grown = {
      storage: { size: GI(20), initialSize: GI(10) },
      sentinels: { storage: { size: GI(2), initialSize: GI(1) } },
    };
    const [before, after] = [replication().objects(), replication(grown).objects()];
    expect(templates(after)).toEqual(templates(before));
    const sizes = (objects: Rendered[]) =>
      claims(objects).map(({ metadata, spec }) => `${metadata.name} ${spec.resources.requests.storage}`);
    expect(sizes(after)).toEqual([
      ...[0, 1, 2].map((id) => `data-redis-${id} 20Gi`),
      ...[0, 1, 2].map((id) => `data-redis-sentinel-${id} 2Gi`),
    ]);
    expect(sizes(cluster({ storage: grown.storage }).objects())).toEqual(
      [0, 1, 2].flatMap((id) => [`data-redis-${id}-0 20Gi`, `data-redis-${id}-1 20Gi`]),
    );
    for (const { metadata } of claims(after)) expect(Object.keys(metadata.annotations ?? {})).not.toEqual([]);
  });

  it('outlive the set and its scale', () => {
    for (const name of ['redis', 'redis-sentinel'])
      expect(replication().find('StatefulSet', name).spec.persistentVolumeClaimRetentionPolicy).toEqual({
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      });
  });

  it('are none of a cache that keeps nothing', () => {
    const { spec } = set({ use: 'cache', storage: undefined });
    expect(spec).not.toHaveProperty('volumeClaimTemplates');
    expect(spec.template.spec.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });
});

describe('upgrade guard', () => {
  it('keeps names, selectors, serviceName and claim templates of a replication', () => {
    expect(frozenOf(replication(FULL, everything).objects())).toMatchInlineSnapshot(`
      [
        "Certificate redis-tls",
        "ConfigMap redis-config",
        "ConfigMap redis-dashboard",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "CronJob redis-backup",
        "Deployment redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "ExternalSecret redis-user-app",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "NetworkPolicy redis-backup selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=backup",
        "NetworkPolicy redis-secrets selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=secrets",
        "NetworkPolicy redis-sentinel selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=sentinel",
        "NetworkPolicy redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "PersistentVolumeClaim data-redis-0",
        "PersistentVolumeClaim data-redis-1",
        "PersistentVolumeClaim data-redis-2",
        "PodDisruptionBudget redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "PodDisruptionBudget redis-sentinel selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=sentinel",
        "PodMonitor redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "PodMonitor redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "PrometheusRule redis",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/role=master",
        "Service redis-headless selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "Service redis-replicas selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/role=replica",
        "Service redis-sentinel selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=sentinel",
        "Service redis-sentinel-headless selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=sentinel",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server; Parallel; service redis-headless; claim data cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}",
        "StatefulSet redis-sentinel selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=sentinel; Parallel; service redis-sentinel-headless; claim data cdk8s-stateful/cluster=redis,cdk8s-stateful/component=sentinel {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}},"storageClassName":"essd"}",
      ]
    `);
  });

  it('keeps those of a Redis Cluster', () => {
    const objects = cluster({ ...FULL, backup: undefined, users: undefined }, everything).objects();
    expect(frozenOf(objects)).toMatchInlineSnapshot(`
      [
        "Certificate redis-tls",
        "ConfigMap redis-config",
        "ConfigMap redis-dashboard",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "Deployment redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "NetworkPolicy redis-secrets selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=secrets",
        "NetworkPolicy redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "PersistentVolumeClaim data-redis-0-0",
        "PersistentVolumeClaim data-redis-0-1",
        "PersistentVolumeClaim data-redis-1-0",
        "PersistentVolumeClaim data-redis-1-1",
        "PersistentVolumeClaim data-redis-2-0",
        "PersistentVolumeClaim data-redis-2-1",
        "PodDisruptionBudget redis-0 selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=0",
        "PodDisruptionBudget redis-1 selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=1",
        "PodDisruptionBudget redis-2 selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=2",
        "PodMonitor redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "PodMonitor redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "PrometheusRule redis",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "Service redis-headless selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis-0 selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=0; Parallel; service redis-headless; claim data cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=0 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}",
        "StatefulSet redis-1 selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=1; Parallel; service redis-headless; claim data cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=1 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}",
        "StatefulSet redis-2 selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=2; Parallel; service redis-headless; claim data cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server,cdk8s-stateful/shard=2 {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},"storageClassName":"essd"}",
      ]
    `);
  });

  it('keeps those of a single server', () => {
    expect(frozenOf(standalone().objects())).toMatchInlineSnapshot(`
      [
        "ConfigMap redis-config",
        "ConfigMap redis-program",
        "ConfigMap redis-scripts",
        "ConfigMap redis-secrets",
        "ConfigMap redis-steward-program",
        "Deployment redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "Job redis-secrets-<hash>",
        "NetworkPolicy redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "NetworkPolicy redis-secrets selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=secrets",
        "NetworkPolicy redis-steward selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=steward",
        "Role redis-secrets",
        "Role redis-steward",
        "RoleBinding redis-secrets",
        "RoleBinding redis-steward",
        "Service redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "Service redis-headless selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server",
        "ServiceAccount redis-secrets",
        "ServiceAccount redis-steward",
        "StatefulSet redis selects cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server; Parallel; service redis-headless; claim data cdk8s-stateful/cluster=redis,cdk8s-stateful/component=server {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}}}",
      ]
    `);
  });

  const small = { memory: GI(1), storage: GI(10), allowPlainText: true };

  it('does not depend on where the construct lies, nor on the names of its parents', () => {
    const at = (chartId: string, parents: string[]) =>
      renderedBelow(chartId, parents, (scope) => new RedisReplication(scope, 'redis', { ...small, ...FULL }));
    expect(at('renamed', ['a', 'b'])).toEqual(at('stack', []));
  });

  it('does not depend on the id when it has a name', () => {
    const [a, b] = ['one', 'two'].map((id) => {
      const chart = new Chart(chartIn().node.root, id, { namespace: 'data' });
      new RedisReplication(chart, id, { ...small, name: 'redis' });
      return rendered(chart);
    });
    expect(b).toEqual(a);
  });
});
