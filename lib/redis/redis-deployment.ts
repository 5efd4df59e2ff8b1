import { ApiObject, Chart } from 'cdk8s';
import { type INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { certificate } from '../core/certificates';
import type { Endpoint } from '../core/endpoint';
import { Environment } from '../core/environment';
import { imageFor } from '../core/images';
import { alertRules, monitoring } from '../core/monitoring';
import { checkNamespace, LABEL_PREFIX, type SelectorLabels, selectorLabels } from '../core/names';
import { reportFindings } from '../core/problem';
import { NODE_IMAGE } from '../core/programs';
import { SelectablePods } from '../core/selectable-pods';
import { Steward } from '../core/steward';
import { grownClaims, type VolumeModel } from '../core/storage';
import { RENDERED } from '../steward/settings';
import { RedisAccess } from './redis-access';
import { redisAlerts } from './redis-alerts';
import type { IRedis, RedisConnection, RedisGrantOptions } from './redis-connection';
import { RedisCredentials } from './redis-credentials';
import { redisDashboard } from './redis-dashboard';
import { EXPORTER_IMAGE, METRICS_PORT } from './redis-exporter';
import {
  backupNames,
  configMaps,
  programMap,
  SHARED_PROGRAM,
  STEWARD_PROGRAM,
  statefulSets,
  stewardProgramMap,
  stewardSettings,
} from './redis-files';
import { jobObjects } from './redis-jobs';
import type { Completed, RedisModel, RedisShardModel, RedisTopology } from './redis-model';
import { defaultMode } from './redis-modes';
import { type Place, PORTS } from './redis-names';
import {
  certificateNames,
  labelsOf,
  portsForSteward,
  sentinelBudget,
  sentinelPolicy,
  serverPolicy,
  shardBudget,
} from './redis-network';
import { passwordVolume, type RedisContext, secretMounts, secretVolumes } from './redis-pod';
import type { RedisServerProps } from './redis-props';
import { restoreParts } from './redis-restore';
import type { RedisSentinelModel } from './redis-sentinel-model';
import { services } from './redis-services';
import { labelledPods, restartablePods } from './redis-steward-pods';
import { checkRedis } from './redis-validate';
import { sentinelStatefulSet, serverStatefulSet, shardLabels, shardSelector } from './redis-workload';

const SYSTEM = 'redis';
const RCLONE_IMAGE = 'rclone/rclone:1.75.2';

/** What all deployments of Redis are made of; each topology puts it together in its own constructor. */
export abstract class RedisDeployment extends SelectablePods implements IRedis {
  /** Name of the deployment, and prefix of its objects. */
  readonly name: string;
  readonly topology: RedisTopology;
  readonly endpoints: readonly Endpoint[];
  /** Labels that select the servers' pods; they never change. */
  readonly selectorLabels: SelectorLabels;
  /** Ports that consumers are let in on, in the shape in which cdk8s-plus asks workloads for theirs. */
  readonly containers: readonly { readonly ports: readonly { readonly number: number }[] }[];

  protected readonly namespace: string;
  protected readonly model: RedisModel;
  private readonly environment: Environment;
  private readonly context: RedisContext;
  protected readonly access: RedisAccess;
  private readonly sets = new Map<string, ApiObject>();

  constructor(
    scope: Construct,
    id: string,
    props: RedisServerProps,
    complete: (place: Place, environment: Environment) => Completed,
  ) {
    super(scope, id);
    const environment = Environment.of(this);
    const { namespace } = Chart.of(this);
    const place = {
      name: props.name ?? id,
      namespace: namespace ?? 'default',
      clusterDomain: environment.clusterDomain,
    };
    const { model, findings } = complete(place, environment);
    reportFindings(this, [...checkNamespace(namespace), ...findings, ...checkRedis(model, environment)]);
    this.environment = environment;
    this.model = model;
    this.name = place.name;
    this.namespace = place.namespace;
    this.topology = model.topology;
    this.selectorLabels = selectorLabels(this.name, 'server');
    this.containers = [{ ports: [{ number: PORTS.server }] }];
    const tlsSecret = this.certificate();
    const credentials = new RedisCredentials(this, model);
    this.context = {
      environment,
      labels: labelsOf(model, 'server'),
      images: this.images(),
      tlsSecret,
      credentials,
    };
    const ca = tlsSecret ? { secretName: tlsSecret, key: 'ca.crt' } : undefined;
    this.access = new RedisAccess(this, model, { ca, credentials });
    this.endpoints = this.access.endpoints(defaultMode(model.topology));
  }

  grantAccess(consumer: INetworkPolicyPeer, options: RedisGrantOptions = {}): RedisConnection {
    return this.access.grant(consumer, options);
  }

  /** Settings, scripts and programs. */
  protected files(): void {
    const { model, context } = this;
    for (const file of configMaps(model, context.labels))
      this.object(file.id, k8s.KubeConfigMap.manifest(file.props));
  }

  /** Names by which servers and clients find one another, and who may reach them. */
  protected network(): void {
    const { model, environment } = this;
    for (const service of services(model)) this.object(service.id, k8s.KubeService.manifest(service.props));
    this.object('network', k8s.KubeNetworkPolicy.manifest(serverPolicy(model, environment)));
    if (model.sentinel)
      this.object('sentinel-network', k8s.KubeNetworkPolicy.manifest(sentinelPolicy(model)));
  }

  /** The servers of a shard, and what a drain may take of them. */
  protected servers(shard: RedisShardModel, id: string): ApiObject {
    const { model, context } = this;
    const labels = shardLabels(model, shard);
    const budget = shardBudget(shard, labels, shardSelector(model, shard));
    if (budget) this.object(`${id}-budget`, k8s.KubePodDisruptionBudget.manifest(budget));
    this.grownClaims(model.data, shard.members, labels);
    const set = serverStatefulSet(model, shard, context, restoreParts(model, context));
    return this.set(shard.set, this.object(id, k8s.KubeStatefulSet.manifest(set)));
  }

  /** The Sentinels, and what a drain may take of them. */
  protected sentinels(sentinel: RedisSentinelModel): ApiObject {
    const { model, context } = this;
    const budget = sentinelBudget(model);
    if (budget) this.object('sentinels-budget', k8s.KubePodDisruptionBudget.manifest(budget));
    this.grownClaims(sentinel.data, sentinel.members, labelsOf(model, 'sentinel'));
    const set = sentinelStatefulSet(model, sentinel, context);
    return this.set(sentinel.set, this.object('sentinels', k8s.KubeStatefulSet.manifest(set)));
  }

  /** Backups, where they are wanted. */
  protected jobs(): void {
    for (const { id, manifest } of jobObjects(this.model, this.context)) this.object(id, manifest);
  }

  /** Who looks after it all, where somebody is to. */
  protected steward(): void {
    const { model, access, context } = this;
    if (!model.steward) return;
    const renderedOf = (set: string) =>
      String(this.sets.get(set)?.metadata.toJson().annotations?.[RENDERED] ?? '');
    const passwords = secretVolumes(context, 'steward', 'internal');
    new Steward(this, 'steward', {
      system: SYSTEM,
      cluster: this.name,
      settings: () => stewardSettings(model, renderedOf, access.wanted()),
      image: model.props.nodeImage,
      program: {
        configMap: stewardProgramMap(model),
        file: STEWARD_PROGRAM,
        shared: { configMap: programMap(model), files: [SHARED_PROGRAM] },
      },
      sets: statefulSets(model),
      members: restartablePods(model),
      labelled: labelledPods(model),
      server: { labels: { [`${LABEL_PREFIX}/cluster`]: this.name }, ports: portsForSteward(model) },
      backups: backupNames(model),
      tlsSecret: context.tlsSecret,
      volumes: () => {
        const users = access.userFiles();
        const volumes = [...passwords, ...(users.length > 0 ? [passwordVolume('users', users)] : [])];
        const mounts = secretMounts(volumes);
        return volumes.map((volume, index) => ({ volume, mountPath: mounts[index].mountPath }));
      },
    });
  }

  /** What is scraped, alerted on and shown, where the environment has something for it. */
  protected monitoring(): void {
    const { model, name, context, selectorLabels: selector } = this;
    const { labels } = context;
    const alerts = redisAlerts(model);
    if (context.images.exporter) monitoring(this, { name, labels, selector, port: METRICS_PORT, alerts });
    else alertRules(this, { name, labels, alerts });
    if (!this.environment.props.monitoring) return;
    const metadata = { name: `${name}-dashboard`, labels: { ...labels, grafana_dashboard: '1' } };
    const data = { 'redis.json': `${JSON.stringify(redisDashboard(), null, 2)}\n` };
    this.object('dashboard', k8s.KubeConfigMap.manifest({ metadata, data }));
  }

  private object(id: string, manifest: ConstructorParameters<typeof ApiObject>[2]): ApiObject {
    return new ApiObject(this, id, manifest);
  }

  private set(name: string, object: ApiObject): ApiObject {
    this.sets.set(name, object);
    return object;
  }

  private certificate(): string | undefined {
    const { model } = this;
    if (!model.tls) return undefined;
    return certificate(this, 'certificate', {
      source: model.tls,
      name: `${this.name}-tls`,
      labels: labelsOf(model, 'server'),
      dnsNames: certificateNames(model),
    });
  }

  private images(): RedisContext['images'] {
    const { props, version } = this.model;
    const { exporter, backup, restore } = props;
    const exports = exporter !== false && (exporter ?? this.environment.props.monitoring);
    return {
      server: imageFor(this, props.image ?? version.image),
      node: imageFor(this, props.nodeImage ?? NODE_IMAGE),
      exporter: exports ? imageFor(this, exporter?.image ?? EXPORTER_IMAGE) : undefined,
      backup: backup && imageFor(this, backup.image ?? RCLONE_IMAGE),
      restore: restore && imageFor(this, restore.image ?? RCLONE_IMAGE),
    };
  }

  private grownClaims(
    volume: VolumeModel,
    members: readonly { readonly pod: string }[],
    labels: Record<string, string>,
  ): void {
    const pods = members.map(({ pod }) => pod);
    for (const claim of grownClaims('data', volume, pods, labels, this.environment))
      this.object(claim.metadata?.name ?? '', k8s.KubePersistentVolumeClaim.manifest(claim));
  }
}
