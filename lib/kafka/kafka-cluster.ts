import { ApiObject, Chart } from 'cdk8s';
import { type INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { certificate } from '../core/certificates';
import type { Endpoint } from '../core/endpoint';
import { Environment } from '../core/environment';
import { imageFor } from '../core/images';
import { alertRules } from '../core/monitoring';
import {
  checkNamespace,
  LABEL_PREFIX,
  objectLabels,
  type SelectorLabels,
  selectorLabels,
} from '../core/names';
import { reportFindings } from '../core/problem';
import { NODE_IMAGE } from '../core/programs';
import { SelectablePods } from '../core/selectable-pods';
import { Steward } from '../core/steward';
import { grownClaims } from '../core/storage';
import { reportWarning } from '../core/warnings';
import { RENDERED } from '../steward/settings';
import { KafkaAccess } from './kafka-access';
import { kafkaAlerts } from './kafka-alerts';
import type { IKafkaCluster, KafkaConnection, KafkaGrantOptions } from './kafka-connection';
import { KafkaCredentials } from './kafka-credentials';
import { kafkaDashboard } from './kafka-dashboard';
import { KafkaExporter } from './kafka-exporter';
import {
  configMap,
  configMaps,
  kafkaStewardSettings,
  PROGRAM,
  programMap,
  SHARED,
  statefulSets,
} from './kafka-files';
import { ImportedKafkaCluster, type KafkaEndpointsProps } from './kafka-imported';
import { SECRETS } from './kafka-listener-security';
import type { KafkaServer } from './kafka-members';
import { completeKafka, type KafkaModel } from './kafka-model';
import { FIRST_CONTROLLER, MOST_CONTROLLERS, PORTS } from './kafka-names';
import {
  bootstrapEndpoints,
  bootstrapService,
  brokerService,
  budget,
  certificateNames,
  controllerService,
  externalService,
  scramPorts,
  serverPolicy,
} from './kafka-network';
import type { WorkloadContext } from './kafka-pod';
import type { KafkaClusterProps } from './kafka-props';
import { checkKafka } from './kafka-validate';
import { warningsOf } from './kafka-warnings';
import { brokerLabels, brokerStatefulSet, controllerStatefulSet, guardOf } from './kafka-workload';

const SYSTEM = 'kafka';

/** A Kafka cluster: one StatefulSet of controllers and one for each broker, with all that belongs to it. */
export class KafkaCluster extends SelectablePods implements IKafkaCluster {
  /** A cluster that exists elsewhere, by addresses of its brokers. */
  static fromEndpoints(scope: Construct, id: string, props: KafkaEndpointsProps): IKafkaCluster {
    return new ImportedKafkaCluster(scope, id, props);
  }

  /** Name of the cluster, of its Service, and prefix of everything else. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** The StatefulSet of the controllers, for JSON patches with the names of the wire; undefined where there is none. */
  readonly controllerSet?: ApiObject;
  /** The StatefulSets of the brokers, by id. */
  readonly brokerSets: ReadonlyMap<number, ApiObject>;
  /** Labels that select the brokers' pods; they never change. */
  readonly selectorLabels: SelectorLabels;
  /** Ports that consumers are let in on, in the shape in which cdk8s-plus asks workloads for theirs. */
  readonly containers: readonly { readonly ports: readonly { readonly number: number }[] }[];

  protected readonly namespace: string;
  private readonly model: KafkaModel;
  private readonly access: KafkaAccess;

  constructor(scope: Construct, id: string, props: KafkaClusterProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const { namespace } = Chart.of(this);
    this.name = props.name ?? id;
    this.namespace = namespace ?? 'default';
    this.selectorLabels = selectorLabels(this.name, 'broker');
    const zookeeper = props.metadata?.zookeeper.grantAccess(this, {
      chroot: props.metadata.chroot ?? `/${this.name}`,
    });
    const { model, findings } = completeKafka(this.name, this.namespace, props, environment, zookeeper);
    reportFindings(this, [...checkNamespace(namespace), ...findings, ...checkKafka(model, environment)]);
    for (const warning of warningsOf(model, environment)) reportWarning(this, warning);
    this.model = model;
    this.containers = [{ ports: model.listeners.map(({ port }) => ({ number: port })) }];
    this.endpoints = model.listeners.slice(0, 1).flatMap((listener) => bootstrapEndpoints(model, listener));

    const labels = objectLabels(SYSTEM, this.name, 'server');
    const credentials = new KafkaCredentials(this, model);
    const context: WorkloadContext = {
      environment,
      images: {
        server: imageFor(this, props.image ?? model.version.image),
        node: imageFor(this, props.nodeImage ?? NODE_IMAGE),
      },
      tlsSecret: this.certificate(labels),
      internal: credentials.internal,
      plain: credentials.plain,
      zookeeperCa: zookeeper?.ca,
    };
    for (const file of configMaps(model, labels))
      this.object(file.id, k8s.KubeConfigMap.manifest(file.props));
    const bootstrap = bootstrapService(model, labels);
    if (bootstrap) this.object('bootstrap', k8s.KubeService.manifest(bootstrap));
    this.object('network', k8s.KubeNetworkPolicy.manifest(serverPolicy(model, labels)));
    this.object('budget', k8s.KubePodDisruptionBudget.manifest(budget(model, labels)));
    this.controllerSet = this.controllers(context);
    this.brokerSets = this.brokers(context);
    this.access = new KafkaAccess(this, model, {
      selector: this.selectorLabels,
      labels,
      endpoints: (listener) => bootstrapEndpoints(model, listener),
      ca: context.tlsSecret ? { secretName: context.tlsSecret, key: 'ca.crt' } : undefined,
      credentials,
    });
    if (model.steward) this.steward(context);
    alertRules(this, { name: this.name, labels, alerts: kafkaAlerts(model) });
    if (environment.props.monitoring) this.dashboard(labels);
    if (props.exporter) new KafkaExporter(this, 'exporter', { cluster: this, image: props.exporter.image });
  }

  bootstrapServers(listener?: string): string {
    return this.access.bootstrapServers(listener);
  }

  grantAccess(consumer: INetworkPolicyPeer, options: KafkaGrantOptions = {}): KafkaConnection {
    return this.access.grant(consumer, options);
  }

  private object(id: string, manifest: ConstructorParameters<typeof ApiObject>[2]): ApiObject {
    return new ApiObject(this, id, manifest);
  }

  private certificate(labels: Record<string, string>): string | undefined {
    const { model } = this;
    const { tls } = model.props;
    if (!tls) return undefined;
    return certificate(this, 'certificate', {
      source: tls,
      name: `${this.name}-tls`,
      labels,
      commonName: model.commonName,
      combinedPem: true,
      ...certificateNames(model),
    });
  }

  private controllers(context: WorkloadContext): ApiObject | undefined {
    const { controllers } = this.model;
    if (!controllers) return undefined;
    const labels = objectLabels(SYSTEM, this.name, 'controller');
    const selector = selectorLabels(this.name, 'controller');
    const service = controllerService(controllers.headless, labels, selector);
    this.object('controller-service', k8s.KubeService.manifest(service));
    this.grownClaims(
      controllers,
      controllers.ids.map((id) => `${controllers.set}-${id}`),
      labels,
    );
    const set = controllerStatefulSet(this.model, controllers, context);
    return this.object('controllers', k8s.KubeStatefulSet.manifest(set));
  }

  private brokers(context: WorkloadContext): Map<number, ApiObject> {
    const { model } = this;
    const sets = new Map<number, ApiObject>();
    for (const broker of model.brokers) {
      const { id, pod } = broker;
      const labels = brokerLabels(model, id);
      const service = brokerService(model, broker, labels, guardOf(broker, context.environment));
      this.object(`broker-${id}-service`, k8s.KubeService.manifest(service));
      for (const listener of model.listeners) {
        const external = externalService(model, listener, id, labels);
        if (external) this.object(`broker-${id}-${listener.name}`, k8s.KubeService.manifest(external));
      }
      this.grownClaims(broker, [pod], labels);
      const set = brokerStatefulSet(model, broker, context);
      sets.set(id, this.object(`broker-${id}`, k8s.KubeStatefulSet.manifest(set)));
    }
    return sets;
  }

  private grownClaims(server: KafkaServer, pods: readonly string[], labels: Record<string, string>): void {
    const claims = server.volumes.flatMap((volume, index) =>
      grownClaims(`data-${index}`, volume, pods, labels, Environment.of(this)),
    );
    for (const claim of claims)
      this.object(claim.metadata?.name ?? '', k8s.KubePersistentVolumeClaim.manifest(claim));
  }

  private steward({ tlsSecret, internal }: WorkloadContext): void {
    const { model, access } = this;
    const renderedOf = (set?: ApiObject) => String(set?.metadata.toJson().annotations?.[RENDERED] ?? '');
    new Steward(this, 'steward', {
      system: SYSTEM,
      cluster: this.name,
      settings: () =>
        kafkaStewardSettings(model, access.wanted(), {
          controllers: renderedOf(this.controllerSet),
          broker: (id) => renderedOf(this.brokerSets.get(id)),
        }),
      image: model.props.nodeImage,
      program: {
        configMap: programMap(model),
        file: PROGRAM,
        shared: { configMap: configMap(model), files: [SHARED] },
      },
      sets: statefulSets(model),
      members: this.restartable(),
      server: {
        labels: { [`${LABEL_PREFIX}/cluster`]: this.name },
        ports: [
          PORTS.replication,
          ...(model.quorum.length > 0 ? [PORTS.controller] : []),
          PORTS.gate,
          ...scramPorts(model),
        ],
      },
      tlsSecret,
      // It keeps the state of every partition.
      memory: 160,
      volumes: () => {
        const users = access.passwordFiles();
        const login = internal && { secretName: internal.secretName, defaultMode: 0o440 };
        return [
          ...(login
            ? [{ volume: { name: 'internal', secret: login }, mountPath: `${SECRETS}/internal` }]
            : []),
          ...(users.length > 0
            ? [
                {
                  volume: { name: 'users', projected: { sources: users, defaultMode: 0o440 } },
                  mountPath: `${SECRETS}/users`,
                },
              ]
            : []),
        ];
      },
    });
  }

  /** Pods that the steward may have to restart: those that should exist, and controllers of a larger quorum before. */
  private restartable(): string[] {
    const { controllers, brokers } = this.model;
    const count = Math.max(MOST_CONTROLLERS, controllers?.count ?? 0);
    return [
      ...(controllers
        ? Array.from({ length: count }, (_, index) => `${controllers.set}-${FIRST_CONTROLLER + index}`)
        : []),
      ...brokers.map(({ pod }) => pod),
    ];
  }

  private dashboard(labels: Record<string, string>): void {
    const metadata = { name: `${this.name}-dashboard`, labels: { ...labels, grafana_dashboard: '1' } };
    const data = { 'kafka.json': `${JSON.stringify(kafkaDashboard(), null, 2)}\n` };
    this.object('dashboard', k8s.KubeConfigMap.manifest({ metadata, data }));
  }
}
