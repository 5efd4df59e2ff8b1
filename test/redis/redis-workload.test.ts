import { Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../lib';
import { type RedisClusterProps, type RedisReplicationProps, RedisVersion } from '../../lib/redis';
import { everything } from '../support/every-prop';
import { podOf, type Rendered } from '../support/rendering';
import { cluster, FULL, replication, SERVERS, standalone } from './rendering';

const GI = Size.gibibytes;
const set = (props?: Partial<RedisReplicationProps>, environment = {}) =>
  replication(props, environment).find('StatefulSet', 'redis');
const podSpec = (props?: Partial<RedisReplicationProps>, environment = {}) =>
  podOf(set(props, environment)).spec;

describe('the servers', () => {
  it('are started and replaced by the steward, which owns their number', () => {
    for (const name of ['redis', 'redis-sentinel']) {
      const { spec, metadata } = replication().find('StatefulSet', name);
      expect(spec).toMatchObject({ podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } });
      expect(spec).not.toHaveProperty('replicas');
      expect(metadata.annotations).toEqual({
        'cdk8s-stateful/rendered': expect.stringMatching(/^[0-9a-f]{10}$/),
      });
    }
  });

  it('start side by side and are replaced one after the other where there is no steward', () => {
    const { find } = replication({ replicas: 4, sentinels: { count: 5 }, operations: 'none' });
    for (const name of ['redis', 'redis-sentinel']) {
      const { spec, metadata } = find('StatefulSet', name);
      expect(metadata).not.toHaveProperty('annotations');
      expect(spec).toMatchObject({
        replicas: 5,
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
        minReadySeconds: 5,
      });
    }
  });

  it.each([
    [RedisVersion.REDIS_8_2, 'redis:8.2', 'redis-server', 'redis-cli'],
    [RedisVersion.VALKEY_9_1, 'valkey/valkey:9.1', 'valkey-server', 'valkey-cli'],
  ])('run the programs of their release by scripts: %j', (version, image, server, cli) => {
    const [container] = podSpec({ version }).containers;
    expect(container).toMatchObject({ image, command: ['/scripts/start.sh'] });
    expect(container).not.toHaveProperty('args');
    expect(container.env).toEqual(
      expect.arrayContaining([
        { name: 'SERVER', value: server },
        { name: 'CLI', value: cli },
        { name: 'HOST', value: '$(POD_NAME).redis-headless.data.svc.cluster.local' },
        { name: 'TLS_ARGS', value: '' },
      ]),
    );
  });

  it('have their clients speak TLS, with a certificate where one is demanded', () => {
    const args = (tls: RedisReplicationProps['tls']) =>
      podSpec({ tls }, everything).containers[0].env.find(({ name }: { name: string }) => name === 'TLS_ARGS')
        .value;
    expect(args({})).toBe('--tls --cacert /secrets/tls/ca.crt');
    expect(args({ clientAuthentication: 'need' })).toBe(
      '--tls --cacert /secrets/tls/ca.crt --cert /secrets/tls/tls.crt --key /secrets/tls/tls.key',
    );
  });

  it('find every script that they are to run in the ConfigMap of scripts', () => {
    for (const { objects, find } of [standalone(), replication(), cluster()]) {
      const { data } = find('ConfigMap', 'redis-scripts');
      const named = objects()
        .filter(({ kind }) => kind === 'StatefulSet')
        .flatMap((one) => [...JSON.stringify(one).matchAll(/\/scripts\/([\w-]+\.sh)/g)])
        .map(([, file]) => file);
      expect(Object.keys(data).sort()).toEqual([...new Set(named)].sort());
      for (const [file, text] of Object.entries(data)) expect(text, file).toMatch(/^#!\/bin\/sh\n/);
    }
  });

  it('hand the role of the master over before they stop, where somebody can take it', () => {
    const stop = (object: Rendered) => podOf(object).spec.containers[0].lifecycle?.preStop.exec.command;
    expect(stop(set())).toEqual(['/scripts/stop.sh']);
    expect(stop(cluster().find('StatefulSet', 'redis-1'))).toEqual(['/scripts/cluster-stop.sh']);
    expect(stop(standalone().find('StatefulSet', 'redis'))).toBeUndefined();
  });

  it('have time to end that grows with their memory', () => {
    const grace = (memory: Size) => podSpec({ memory }).terminationGracePeriodSeconds;
    expect([grace(Size.mebibytes(512)), grace(GI(1)), grace(GI(4))]).toEqual([98, 105, 150]);
  });

  it('request the memory that they are limited to', () => {
    expect(podSpec({ memory: GI(4), cpu: '2', storage: GI(20) }).containers[0].resources).toEqual({
      requests: { cpu: '2', memory: '4Gi' },
      limits: { memory: '4Gi' },
    });
  });

  it('are told their health by scripts, and given time to learn what they may start as', () => {
    const [{ startupProbe, livenessProbe, readinessProbe }] = podSpec().containers;
    expect(startupProbe).toEqual({
      exec: { command: ['/scripts/alive.sh'] },
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: 450,
    });
    expect(livenessProbe.exec.command).toEqual(['/scripts/alive.sh']);
    expect(readinessProbe.exec.command).toEqual(['/scripts/ready.sh']);
    const [node] = podOf(cluster().find('StatefulSet', 'redis-0')).spec.containers;
    expect(node.readinessProbe.exec.command).toEqual(['/scripts/cluster-ready.sh']);
  });

  it('have the keys and passwords that they need, and their gates all', () => {
    const secrets = ({ volumeMounts }: { volumeMounts: { mountPath: string; readOnly?: boolean }[] }) =>
      volumeMounts
        .filter(({ mountPath }) => mountPath.startsWith('/secrets/'))
        .map(({ mountPath }) => mountPath);
    const look = (object: Rendered) => {
      const { initContainers, containers } = podOf(object).spec;
      return { gate: secrets(initContainers[0]), server: secrets(containers[0]) };
    };
    const gate = ['/secrets/tls', '/secrets/internal', '/secrets/steward'];
    expect(look(standalone(FULL, everything).find('StatefulSet', 'redis'))).toEqual({
      gate,
      server: ['/secrets/tls'],
    });
    const replicated = replication(FULL, everything);
    expect(look(replicated.find('StatefulSet', 'redis'))).toEqual({
      gate,
      server: ['/secrets/tls', '/secrets/steward'],
    });
    expect(look(replicated.find('StatefulSet', 'redis-sentinel'))).toEqual({
      gate,
      server: ['/secrets/tls'],
    });
    expect(look(cluster(FULL, everything).find('StatefulSet', 'redis-0'))).toEqual({
      gate,
      server: ['/secrets/tls', '/secrets/internal'],
    });
  });

  it('know a password and, while it is still valid, the one before', () => {
    const { volumes } = podSpec({
      credentials: { steward: Credentials.existing('mine', { password: 'secret' }) },
    });
    expect(volumes).toContainEqual({
      name: 'steward',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: 'mine', items: [{ key: 'secret', path: 'password' }] } },
          {
            secret: {
              name: 'mine',
              items: [{ key: 'previous-secret', path: 'previous-password' }],
              optional: true,
            },
          },
        ],
      },
    });
  });

  it('restart for what is read at the start, and not for what is set live or read by the next gate', () => {
    const chosen = { maxmemory: Size.mebibytes(300) };
    const template = (props: Partial<RedisReplicationProps>) =>
      JSON.stringify(podOf(set({ ...chosen, ...props })));
    expect(template({ configuration: { databases: 1 } })).not.toBe(template({}));
    for (const props of [
      { replicas: 4 },
      { founders: 1 },
      { maxmemory: Size.mebibytes(600) },
      { persistence: 'rdb' },
      { configuration: { hz: 50 } },
      { sentinels: { count: 5 } },
    ] as const)
      expect(template(props), JSON.stringify(props)).toBe(template({}));
  });

  it('are told apart by their shards, whose templates say nothing of one another', () => {
    const labels = { ...SERVERS, 'cdk8s-stateful/shard': '1' };
    const { spec } = cluster().find('StatefulSet', 'redis-1');
    expect(spec.selector).toEqual({ matchLabels: labels });
    expect(spec.template.metadata.labels).toMatchObject(labels);
    const template = (shards: RedisClusterProps['shards']) =>
      JSON.stringify(podOf(cluster({ shards }).find('StatefulSet', 'redis-1')));
    expect(template(5)).toBe(template(3));
    expect(template({ ids: [1, 7, 8] })).toBe(template(3));
  });

  it('are never two of a shard on one host, spread over zones, and a Redis Cluster evenly over hosts', () => {
    const labelSelector = { matchLabels: { ...SERVERS, 'cdk8s-stateful/shard': '2' } };
    const of = (props: Partial<RedisClusterProps>) =>
      podOf(cluster(props, everything).find('StatefulSet', 'redis-2')).spec;
    const { affinity, topologySpreadConstraints } = of({});
    expect(affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
      { topologyKey: 'kubernetes.io/hostname', labelSelector },
    ]);
    expect(topologySpreadConstraints).toEqual([
      {
        topologyKey: 'topology.kubernetes.io/zone',
        maxSkew: 1,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector,
      },
      {
        topologyKey: 'kubernetes.io/hostname',
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: SERVERS },
      },
    ]);
    expect(of({ placement: { spread: 'none' } })).not.toHaveProperty('topologySpreadConstraints');
  });

  it('of a Redis Cluster are guarded from going before they are emptied, unless they keep nothing', () => {
    const annotations = (props: Partial<RedisClusterProps>, environment = {}) =>
      Object.keys(
        cluster(props, environment).find('StatefulSet', 'redis-1').metadata.annotations ?? {},
      ).sort();
    const [argo, flux] = ['argocd.argoproj.io/sync-options', 'kustomize.toolkit.fluxcd.io/prune'];
    const own = 'cdk8s-stateful/rendered';
    expect(annotations({})).toEqual([argo, own, flux]);
    expect(annotations({}, { gitops: 'argo-cd' })).toEqual([argo, own]);
    expect(annotations({}, { gitops: 'flux' })).toEqual([own, flux]);
    expect(annotations({ use: 'cache', storage: undefined })).toEqual([own]);
    expect(annotations({ operations: 'none' })).toEqual([argo, 'argocd.argoproj.io/sync-wave', flux]);
  });

  it('have an exporter beside them where there is monitoring, or where one is asked for', () => {
    const names = (props: Partial<RedisReplicationProps>, environment = {}) =>
      podSpec(props, environment).containers.map(({ name }: { name: string }) => name);
    expect(names({})).toEqual(['redis']);
    expect(names({}, everything)).toEqual(['redis', 'exporter']);
    expect(names({ exporter: {} })).toEqual(['redis', 'exporter']);
    expect(names({ exporter: false }, everything)).toEqual(['redis']);
    const sentinels = podOf(replication({}, everything).find('StatefulSet', 'redis-sentinel')).spec
      .containers;
    expect(sentinels).toHaveLength(1);
  });
});

describe('the Sentinels', () => {
  it('run the same image as Sentinels, with a volume and memory of their own', () => {
    const { spec } = replication().find('StatefulSet', 'redis-sentinel');
    const { initContainers, containers } = spec.template.spec;
    expect(initContainers[0].command).toEqual(['node', '/program/redis-gate.mjs', 'sentinel-gate']);
    expect(containers).toMatchObject([
      {
        name: 'sentinel',
        image: 'redis:8.2',
        command: ['/scripts/sentinel-start.sh'],
        ports: [{ containerPort: 26379 }],
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '64Mi' } },
        readinessProbe: { exec: { command: ['/scripts/sentinel-ready.sh'] } },
        livenessProbe: { exec: { command: ['/scripts/sentinel-alive.sh'] } },
      },
    ]);
    expect(spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('1Gi');
    expect(spec.serviceName).toBe('redis-sentinel-headless');
  });
});
