import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Environment } from '../core/environment';
import { imageFor, pullSecrets } from '../core/images';
import { monitoring } from '../core/monitoring';
import { objectLabels, type SelectorLabels, selectorLabels } from '../core/names';
import { closed, dnsEgress, scraping } from '../core/network';
import type { EnvironmentVariable } from '../core/object-store';
import { reportFindings } from '../core/problem';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from '../core/security';
import { SelectablePods } from '../core/selectable-pods';
import { CLIENT_FILES, clientEgress, clientFiles } from './kafka-client-files';
import type { IKafkaCluster, KafkaConnection, KafkaGrantOptions } from './kafka-connection';

const { IntOrString, Quantity } = k8s;

const EXPORTER_IMAGE = 'danielqsj/kafka-exporter:v1.9.0';
const EXPORTER_PORT = 9308;
const SECRETS = '/secrets/kafka';

/** Props of `KafkaExporter`. */
export interface KafkaExporterProps
  extends Pick<KafkaGrantOptions, 'user' | 'listener' | 'credentials' | 'certificate' | 'ca'> {
  /** Cluster that it tells of. */
  readonly cluster: IKafkaCluster;
  /** Its image. @default 'danielqsj/kafka-exporter:v1.9.0' */
  readonly image?: string;
}

/**
 * A kafka-exporter: offsets and lag by partition, where the steward's own metrics sum them up. It may describe everything
 * and read no record. Its image is not among those that this library's end-to-end tests run.
 * https://github.com/danielqsj/kafka_exporter
 */
export class KafkaExporter extends SelectablePods {
  readonly name: string;
  /** Labels that select its pod; they never change. */
  readonly selectorLabels: SelectorLabels;

  protected readonly namespace: string;

  constructor(scope: Construct, id: string, props: KafkaExporterProps) {
    super(scope, id);
    const { cluster, image = EXPORTER_IMAGE, ...use } = props;
    this.name = `${cluster.name}-exporter`;
    this.namespace = Chart.of(this).namespace ?? 'default';
    this.selectorLabels = selectorLabels(cluster.name, 'exporter');
    const labels = objectLabels('kafka', cluster.name, 'exporter');
    const connection = cluster.grantAccess(this, {
      user: this.name,
      ...use,
      acls: [
        { resource: 'topic', operations: ['Describe'] },
        { resource: 'group', operations: ['Describe'] },
        { resource: 'cluster', operations: ['Describe'] },
      ],
    });
    if (connection.saslMechanism === 'OAUTHBEARER') {
      const message =
        'exporter: it cannot log in by OAUTHBEARER; name a listener with another authentication';
      reportFindings(this, [{ code: 'kafka/exporter', message }]);
    }
    const metadata = { name: this.name, labels };
    const scraped = scraping(Environment.of(this), EXPORTER_PORT);
    const policy = closed(metadata, this.selectorLabels, {
      ingress: scraped.length > 0 ? scraped : undefined,
      egress: [clientEgress(cluster, connection, this.namespace), dnsEgress],
    });
    new ApiObject(this, 'network', k8s.KubeNetworkPolicy.manifest(policy));
    const spec: k8s.DeploymentSpec = {
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: this.selectorLabels },
      template: { metadata: { labels }, spec: this.pod(imageFor(this, image), connection) },
    };
    new ApiObject(this, 'deployment', k8s.KubeDeployment.manifest({ metadata, spec }));
    monitoring(this, { name: this.name, labels, selector: this.selectorLabels, port: 'metrics' });
  }

  private pod(image: string, connection: KafkaConnection): k8s.PodSpec {
    const sources = clientFiles(connection);
    const memory = Quantity.fromString('128Mi');
    const probe = (rest: k8s.Probe): k8s.Probe => ({
      httpGet: { path: '/healthz', port: IntOrString.fromString('metrics') },
      ...rest,
    });
    return {
      ...podBasics,
      imagePullSecrets: pullSecrets(Environment.of(this)),
      securityContext: podSecurity(HELPER_USER),
      containers: [
        {
          name: 'exporter',
          image,
          args: flags(connection),
          env: login(connection),
          ports: [{ name: 'metrics', containerPort: EXPORTER_PORT }],
          resources: { requests: { cpu: Quantity.fromString('20m'), memory }, limits: { memory } },
          securityContext: containerSecurity,
          livenessProbe: probe({ periodSeconds: 30, failureThreshold: 4 }),
          readinessProbe: probe({ periodSeconds: 10 }),
          volumeMounts:
            sources.length > 0 ? [{ name: 'kafka', mountPath: SECRETS, readOnly: true }] : undefined,
        },
      ],
      volumes:
        sources.length > 0 ? [{ name: 'kafka', projected: { sources, defaultMode: 0o440 } }] : undefined,
    };
  }
}

/** The exporter takes a login by flags alone; Kubernetes fills the variables in. */
function flags({
  endpoints,
  saslMechanism,
  credentials,
  securityProtocol,
  ca,
  clientCertificate,
}: KafkaConnection) {
  return [
    ...endpoints.map((endpoint) => `--kafka.server=${endpoint}`),
    // What it speaks without: Kafka 4 has left that behind.
    '--kafka.version=3.6.0',
    ...(saslMechanism && credentials
      ? [
          '--sasl.enabled',
          `--sasl.mechanism=${saslMechanism.toLowerCase().replace('sha-', 'sha')}`,
          '--sasl.username=$(USERNAME)',
          '--sasl.password=$(PASSWORD)',
        ]
      : []),
    ...(securityProtocol.endsWith('SSL') ? ['--tls.enabled'] : []),
    ...(ca ? [`--tls.ca-file=${SECRETS}/${CLIENT_FILES.ca}`] : []),
    ...(clientCertificate
      ? [
          `--tls.cert-file=${SECRETS}/${CLIENT_FILES.certificate}`,
          `--tls.key-file=${SECRETS}/${CLIENT_FILES.key}`,
        ]
      : []),
  ];
}

function login({ credentials }: KafkaConnection): EnvironmentVariable[] | undefined {
  if (!credentials) return undefined;
  const from = (key: string) => ({ secretKeyRef: { name: credentials.secretName, key } });
  return [
    { name: 'USERNAME', valueFrom: from(credentials.usernameKey) },
    { name: 'PASSWORD', valueFrom: from(credentials.passwordKey) },
  ];
}
