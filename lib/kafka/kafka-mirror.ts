import { ApiObject, Chart, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { contentHash } from '../core/content-hash';
import { Environment } from '../core/environment';
import { imageFor, pullSecrets } from '../core/images';
import { checkJvmMemory, jvmMemory } from '../core/jvm';
import { type DeepPartial, merge } from '../core/merge';
import { checkClusterName, objectLabels, type SelectorLabels, selectorLabels } from '../core/names';
import { closed, dnsEgress, pods, tcp } from '../core/network';
import { reportFindings } from '../core/problem';
import { propertiesText } from '../core/properties-text';
import { quantityOf } from '../core/quantity';
import { containerSecurity, podBasics, podSecurity } from '../core/security';
import { SelectablePods } from '../core/selectable-pods';
import { clientEgress, clientFiles } from './kafka-client-files';
import type { IKafkaCluster, KafkaConnection, KafkaGrantOptions } from './kafka-connection';
import { logging } from './kafka-jvm';
import {
  checkMirror,
  type KafkaMirrorModel,
  MIRROR_PORT,
  MIRROR_SECRETS,
  mirrorProperties,
  POD_IP,
  sourceRights,
  targetRights,
} from './kafka-mirror-config';
import { KafkaVersion } from './kafka-version';

const { IntOrString, Quantity } = k8s;

/** User and group of the official image. */
const KAFKA_USER = 1000;

/** How a mirror uses one of its clusters. */
export interface KafkaMirrorEnd
  extends Pick<KafkaGrantOptions, 'user' | 'listener' | 'credentials' | 'certificate' | 'ca'> {
  /** What it is called in the mirror; that of the source begins the names of mirrored topics. @default - its name */
  readonly alias?: string;
}

/** Props of `KafkaMirror`. */
export interface KafkaMirrorProps {
  /** Name of its Deployment. @default - the construct's id */
  readonly name?: string;
  /** Cluster to copy from. Nothing is written there. */
  readonly from: IKafkaCluster;
  /** Cluster to copy to. */
  readonly to: IKafkaCluster;
  /** Topics to copy; a name that ends with `*` is a prefix. Kafka's own and mirrored ones are left out. */
  readonly topics: readonly string[];
  /**
   * Groups whose offsets are kept up to date on the target, while nobody reads in them there. A name that ends with `*` is
   * a prefix. @default - all
   */
  readonly groups?: readonly string[];
  /** How the source is used. @default - as the user of the mirror's construct id, on the first listener */
  readonly source?: KafkaMirrorEnd;
  /** How the target is used. @default - like the source */
  readonly target?: KafkaMirrorEnd;
  /**
   * Names of mirrored topics: `default` puts the alias of the source and a dot before them, `identity` keeps them, which
   * goes round in circles where two clusters mirror each other. @default 'default'
   */
  readonly policy?: 'default' | 'identity';
  /** Copies of mirrored topics and of MirrorMaker's own. @default -1, as the target does by default */
  readonly replicationFactor?: number;
  /** Processes that share the work. @default 1 */
  readonly replicas?: number;
  /** Most tasks that the work is divided into (`tasks.max`). @default - two for each process */
  readonly tasks?: number;
  /** Memory request and limit. @default Size.gibibytes(1) */
  readonly memory?: Size;
  /** CPU request, as Kubernetes writes it. There is no limit. @default '250m' */
  readonly cpu?: string;
  /** Release, whatever the clusters run. @default KafkaVersion.V4_3 */
  readonly version?: KafkaVersion;
  /** Image instead of the version's. @default - the version's */
  readonly image?: string;
  /** Level of the console log. @default 'INFO' */
  readonly logLevel?: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';
  /**
   * Other settings, such as `refresh.topics.interval.seconds` (600 by default).
   * https://kafka.apache.org/documentation/#mirrorconfigs @default - none
   */
  readonly configuration?: Readonly<Record<string, string | number | boolean>>;
  /** Laid upon the pod template: lists of named things are merged by name, `null` removes. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}

/**
 * Copies topics, and the offsets of groups, from one cluster to another: MirrorMaker 2 in dedicated mode, as a Deployment
 * that remembers nothing itself. https://kafka.apache.org/documentation/#georeplication
 */
export class KafkaMirror extends SelectablePods {
  readonly name: string;
  /** Labels that select its pods; they never change. */
  readonly selectorLabels: SelectorLabels;
  /** The Deployment, for JSON patches with the names of the wire. */
  readonly deployment: ApiObject;

  protected readonly namespace: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KafkaMirrorProps,
  ) {
    super(scope, id);
    this.name = props.name ?? id;
    this.namespace = Chart.of(this).namespace ?? 'default';
    this.selectorLabels = selectorLabels(this.name, 'mirror');
    const model = completeMirror(props);
    const memory = props.memory ?? Size.gibibytes(1);
    reportFindings(this, [
      ...checkClusterName(this.name),
      ...checkMirror(model),
      ...checkJvmMemory('kafka/mirror', memory),
    ]);
    const { alias: _source, ...source } = props.source ?? {};
    const { alias: _target, ...target } = props.target ?? {};
    const connections = {
      source: props.from.grantAccess(this, { ...source, ...sourceRights(model) }),
      target: props.to.grantAccess(this, { ...target, ...targetRights(model) }),
    };
    const labels = objectLabels('kafka', this.name, 'mirror');
    const version = props.version ?? KafkaVersion.V4_3;
    const log = logging({ version, props: { logLevel: props.logLevel } });
    const data = {
      'mirror.properties': propertiesText(mirrorProperties(model, connections)),
      [log.file]: log.text,
    };
    const config = { name: `${this.name}-config`, labels };
    new ApiObject(this, 'config', k8s.KubeConfigMap.manifest({ metadata: config, data }));
    new ApiObject(this, 'network', k8s.KubeNetworkPolicy.manifest(this.policy(labels, connections)));
    const template = this.template(labels, connections, {
      hash: contentHash(data),
      logging: log.options,
      image: imageFor(this, props.image ?? version.image),
      memory,
    });
    this.deployment = new ApiObject(
      this,
      'deployment',
      k8s.KubeDeployment.manifest({
        metadata: { name: this.name, labels },
        spec: {
          replicas: props.replicas ?? 1,
          revisionHistoryLimit: 3,
          selector: { matchLabels: this.selectorLabels },
          template: props.podOverrides ? merge(template, props.podOverrides) : template,
        },
      }),
    );
  }

  private policy(labels: Record<string, string>, connections: Connections): k8s.KubeNetworkPolicyProps {
    const { from, to } = this.props;
    const others = [pods(this.selectorLabels)];
    return closed({ name: this.name, labels }, this.selectorLabels, {
      ingress: [{ from: others, ports: tcp(MIRROR_PORT) }],
      egress: [
        { to: others, ports: tcp(MIRROR_PORT) },
        clientEgress(from, connections.source, this.namespace),
        clientEgress(to, connections.target, this.namespace),
        dnsEgress,
      ],
    });
  }

  private template(
    labels: Record<string, string>,
    connections: Connections,
    { hash, logging: logOptions, image, memory }: TemplateOptions,
  ): k8s.PodTemplateSpec {
    const limit = Quantity.fromString(quantityOf(memory));
    const { heap } = jvmMemory(memory);
    const secrets = (['source', 'target'] as const).flatMap((end) => {
      const sources = clientFiles(connections[end]);
      return sources.length > 0 ? [{ name: end, projected: { sources, defaultMode: 0o440 } }] : [];
    });
    const probe = (rest: k8s.Probe): k8s.Probe => ({
      tcpSocket: { port: IntOrString.fromNumber(MIRROR_PORT) },
      timeoutSeconds: 5,
      ...rest,
    });
    return {
      metadata: { labels, annotations: { 'cdk8s-stateful/config-hash': hash } },
      spec: {
        ...podBasics,
        imagePullSecrets: pullSecrets(Environment.of(this)),
        securityContext: podSecurity(KAFKA_USER),
        containers: [
          {
            name: 'mirror',
            image,
            command: ['/opt/kafka/bin/connect-mirror-maker.sh', '/config/mirror.properties'],
            env: [
              { name: POD_IP, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'KAFKA_HEAP_OPTS', value: `-Xms${heap}m -Xmx${heap}m` },
              { name: 'KAFKA_OPTS', value: '-XX:+ExitOnOutOfMemoryError' },
              { name: 'KAFKA_LOG4J_OPTS', value: logOptions },
              // An empty one would switch the log of the collector on.
              { name: 'KAFKA_GC_LOG_OPTS', value: ' ' },
              { name: 'LOG_DIR', value: '/tmp' },
            ],
            ports: [{ name: 'internal', containerPort: MIRROR_PORT }],
            resources: {
              requests: { cpu: Quantity.fromString(this.props.cpu ?? '250m'), memory: limit },
              limits: { memory: limit },
            },
            securityContext: containerSecurity,
            // The port is open once it has spoken to the target; a cluster that is away for long is no reason to restart.
            startupProbe: probe({ periodSeconds: 5, failureThreshold: 120 }),
            livenessProbe: probe({ periodSeconds: 20, failureThreshold: 6 }),
            readinessProbe: probe({ periodSeconds: 10, failureThreshold: 2 }),
            volumeMounts: [
              { name: 'config', mountPath: '/config', readOnly: true },
              { name: 'tmp', mountPath: '/tmp' },
              ...secrets.map(({ name }) => ({ name, mountPath: MIRROR_SECRETS[name], readOnly: true })),
            ],
          },
        ],
        volumes: [
          { name: 'config', configMap: { name: `${this.name}-config` } },
          { name: 'tmp', emptyDir: {} },
          ...secrets,
        ],
      },
    };
  }
}

interface Connections {
  readonly source: KafkaConnection;
  readonly target: KafkaConnection;
}

interface TemplateOptions {
  readonly hash: string;
  readonly logging: string;
  readonly image: string;
  readonly memory: Size;
}

function completeMirror(props: KafkaMirrorProps): KafkaMirrorModel {
  return {
    source: props.source?.alias ?? props.from.name,
    target: props.target?.alias ?? props.to.name,
    topics: props.topics,
    groups: props.groups ?? ['*'],
    policy: props.policy ?? 'default',
    replicationFactor: props.replicationFactor ?? -1,
    tasks: props.tasks ?? 2 * (props.replicas ?? 1),
    configuration: props.configuration ?? {},
  };
}
