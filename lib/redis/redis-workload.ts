import type { k8s } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import type { Environment } from '../core/environment';
import { merge } from '../core/merge';
import { objectLabels, selectorLabels } from '../core/names';
import { renderPlacement } from '../core/placement';
import { bytesOf } from '../core/quantity';
import { containerSecurity } from '../core/security';
import { confirmAnnotations, renderStorage, type VolumeModel } from '../core/storage';
import { RENDERED } from '../steward/settings';
import { redisConf, sentinelConf } from './redis-config';
import { exporterContainer } from './redis-exporter';
import { gateSettings, SENTINEL_SCRIPTS, serverScripts } from './redis-files';
import type { RedisModel, RedisShardModel } from './redis-model';
import { headlessName, PORTS, sentinelHeadlessName, sentinelHost, serverHost } from './redis-names';
import { SHARD_LABEL } from './redis-network';
import { podSpec, type RedisContext, type RestoreParts, resourcesOf } from './redis-pod';
import type { RedisSentinelModel } from './redis-sentinel-model';

type Labels = Record<string, string>;

const GIB = 1024 ** 3;

/** What a server's own container has: the scripts of a replication hold writes back, as the user steward. */
const SERVER_SECRETS = {
  standalone: ['tls'],
  replication: ['tls', 'steward'],
  cluster: ['tls', 'internal'],
} as const;

/** Labels that select the servers of a shard; elsewhere than in a Redis Cluster, all servers. */
export function shardSelector({ name, topology }: RedisModel, { index }: RedisShardModel): Labels {
  const servers = selectorLabels(name, 'server');
  return topology === 'cluster' ? { ...servers, [SHARD_LABEL]: String(index) } : servers;
}

/** Labels of the objects of a shard. */
export function shardLabels(model: RedisModel, shard: RedisShardModel): Labels {
  return { ...objectLabels('redis', model.name, 'server'), ...shardSelector(model, shard) };
}

/** The StatefulSet of a shard. Nothing in its template follows from the other shards, so that none restarts for another. */
export function serverStatefulSet(
  model: RedisModel,
  shard: RedisShardModel,
  context: RedisContext,
  restore?: RestoreParts,
): k8s.KubeStatefulSetProps {
  const { topology, props } = model;
  const { environment } = context;
  const selector = shardSelector(model, shard);
  const template: k8s.PodTemplateSpec = {
    metadata: {
      labels: shardLabels(model, shard),
      // What CONFIG SET changes is changed by the steward, and what the gate is told matters at the next start.
      annotations: { 'cdk8s-stateful/config-hash': contentHash(redisConf(model)) },
    },
    spec: podSpec(model, context, {
      data: model.data,
      gate: 'gate',
      host: serverHost(model, '$(POD_NAME)'),
      graceSeconds: graceSeconds(model),
      placement: placementOf(model, environment, selector),
      restore,
      secrets: SERVER_SECRETS[topology],
      containers: (mounts, env) => [
        serverContainer(model, context.images.server, mounts, env),
        ...(context.images.exporter ? [exporterContainer(model, context)] : []),
      ],
    }),
  };
  const set = statefulSet(model, {
    name: shard.set,
    serviceName: headlessName(model),
    replicas: shard.members.length,
    data: model.data,
    selector,
    labels: shardLabels(model, shard),
    template: props.podOverrides ? merge(template, props.podOverrides) : template,
  });
  const further = topology === 'cluster' ? shardAnnotations(model, shard, environment) : {};
  return {
    ...set,
    metadata: { ...set.metadata, annotations: withFurther(set.metadata?.annotations, further) },
  };
}

/** The StatefulSet of the Sentinels. */
export function sentinelStatefulSet(
  model: RedisModel,
  sentinel: RedisSentinelModel,
  context: RedisContext,
): k8s.KubeStatefulSetProps {
  const selector = selectorLabels(model.name, 'sentinel');
  const labels = objectLabels('redis', model.name, 'sentinel');
  const template: k8s.PodTemplateSpec = {
    metadata: { labels, annotations: { 'cdk8s-stateful/config-hash': contentHash(sentinelConf(model)) } },
    spec: podSpec(model, context, {
      data: sentinel.data,
      gate: 'sentinel-gate',
      host: sentinelHost(model, '$(POD_NAME)'),
      graceSeconds: 30,
      placement: renderPlacement(context.environment, sentinel.placement, selector),
      secrets: ['tls'],
      containers: (mounts, env) => [sentinelContainer(sentinel, context.images.server, mounts, env)],
    }),
  };
  return statefulSet(model, {
    name: sentinel.set,
    serviceName: sentinelHeadlessName(model),
    replicas: sentinel.members.length,
    data: sentinel.data,
    selector,
    labels,
    template: sentinel.podOverrides ? merge(template, sentinel.podOverrides) : template,
  });
}

/** A StatefulSet whose pods the steward starts and replaces, where there is one. */
function statefulSet(
  model: RedisModel,
  set: {
    readonly name: string;
    readonly serviceName: string;
    readonly replicas: number;
    readonly data: VolumeModel;
    readonly selector: Labels;
    readonly labels: Labels;
    readonly template: k8s.PodTemplateSpec;
  },
): k8s.KubeStatefulSetProps {
  const { steward } = model;
  const { template: claim } = renderStorage('data', set.data, set.selector);
  const spec: k8s.StatefulSetSpec = {
    serviceName: set.serviceName,
    // The steward owns the number and restarts servers itself, replicas first.
    replicas: steward ? undefined : set.replicas,
    podManagementPolicy: 'Parallel',
    minReadySeconds: 5,
    revisionHistoryLimit: 10,
    updateStrategy: { type: steward ? 'OnDelete' : 'RollingUpdate' },
    persistentVolumeClaimRetentionPolicy: claim ? { whenDeleted: 'Retain', whenScaled: 'Retain' } : undefined,
    selector: { matchLabels: set.selector },
    template: set.template,
    volumeClaimTemplates: claim ? [claim] : undefined,
  };
  // What the steward is told beside belongs to the same rendering.
  const annotations = steward ? { [RENDERED]: contentHash({ spec, gate: gateSettings(model) }) } : undefined;
  return { metadata: { name: set.name, labels: set.labels, annotations }, spec };
}

function withFurther(own: Labels | undefined, further: Labels): Labels | undefined {
  const all = { ...own, ...further };
  return Object.keys(all).length > 0 ? all : undefined;
}

/** What keeps a shard from going before it has been emptied, and where nobody else keeps an order, one after the other. */
function shardAnnotations(
  { steward, keepsData, shards }: RedisModel,
  shard: RedisShardModel,
  environment: Environment,
): Labels {
  const wave = shards.indexOf(shard) + 1;
  const waves = !steward && environment.props.gitops !== 'flux';
  return {
    ...(waves ? { 'argocd.argoproj.io/sync-wave': String(wave) } : {}),
    ...(keepsData ? confirmAnnotations(environment) : {}),
  };
}

/** The servers of a shard away from one another, and all of a Redis Cluster evenly over the hosts. */
function placementOf({ name, topology, props }: RedisModel, environment: Environment, selector: Labels) {
  const placement = renderPlacement(environment, props.placement ?? {}, selector);
  if (topology !== 'cluster' || props.placement?.spread === 'none') return placement;
  const evenly = {
    topologyKey: 'kubernetes.io/hostname',
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorLabels(name, 'server') },
  };
  const constraints = [...(placement.topologySpreadConstraints ?? []), evenly];
  return { ...placement, topologySpreadConstraints: constraints };
}

/** A master hands over, and whoever takes snapshots writes one more: some ten seconds a GiB. */
function graceSeconds({ memory }: RedisModel): number {
  return 90 + Math.ceil((bytesOf(memory) / GIB) * 15);
}

const exec = (file: string): k8s.ExecAction => ({ command: [`/scripts/${file}`] });

function serverContainer(
  model: RedisModel,
  image: string,
  volumeMounts: k8s.VolumeMount[],
  env: k8s.EnvVar[],
): k8s.Container {
  const scripts = serverScripts(model);
  const { topology, memory, cpu } = model;
  return {
    name: 'redis',
    image,
    command: [`/scripts/${scripts.start}`],
    env,
    ports: [
      { name: 'redis', containerPort: PORTS.server },
      ...(topology === 'cluster' ? [{ name: 'bus', containerPort: PORTS.bus }] : []),
    ],
    resources: resourcesOf(memory, cpu),
    securityContext: containerSecurity,
    // After a crash it may wait until another is master, and killing it then only starts that over.
    startupProbe: { exec: exec(scripts.alive), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 450 },
    livenessProbe: { exec: exec(scripts.alive), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    readinessProbe: { exec: exec(scripts.ready), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    lifecycle: scripts.stop ? { preStop: { exec: exec(scripts.stop) } } : undefined,
    volumeMounts,
  };
}

function sentinelContainer(
  { memory }: RedisSentinelModel,
  image: string,
  volumeMounts: k8s.VolumeMount[],
  env: k8s.EnvVar[],
): k8s.Container {
  const { start, ready, alive } = SENTINEL_SCRIPTS;
  return {
    name: 'sentinel',
    image,
    command: [`/scripts/${start}`],
    env,
    ports: [{ name: 'sentinel', containerPort: PORTS.sentinel }],
    resources: resourcesOf(memory, '20m'),
    securityContext: containerSecurity,
    livenessProbe: { exec: exec(alive), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    readinessProbe: { exec: exec(ready), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    volumeMounts,
  };
}
