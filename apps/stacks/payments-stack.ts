import { Chart, Duration, Size } from 'cdk8s';
import { ConfigMap, Cpu, Deployment, EmptyDirMedium, EnvValue, Probe, Volume } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { imageFor, type KafkaCluster, type KafkaGrantOptions, KafkaVersion } from '../../lib';
import { closeNetwork, restrict } from './closed-deployment';

/** Props of `PaymentsStack`. */
export interface PaymentsStackProps {
  readonly kafka: KafkaCluster;
  readonly replicas: number;
  /** How it logs in, where the cluster asks for that. @default - as the cluster's defaults say */
  readonly access?: Pick<KafkaGrantOptions, 'credentials' | 'ca'>;
}

/** An application that reads the orders. */
export class PaymentsStack extends Chart {
  constructor(scope: Construct, props: PaymentsStackProps) {
    super(scope, 'payments', { namespace: 'payments' });
    const deployment = new Deployment(this, 'payments', {
      metadata: { name: 'payments' },
      replicas: props.replicas,
      securityContext: { user: 1000, group: 1000 },
    });
    const { env, properties } = props.kafka.grantAccess(deployment, { consume: ['orders'], ...props.access });
    const settings = { ...properties, 'group.id': 'payments', 'auto.offset.reset': 'earliest' };
    const config = new ConfigMap(this, 'client', {
      metadata: { name: 'payments-client' },
      data: {
        'client.properties': Object.entries(settings)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      },
    });
    const container = deployment.addContainer({
      name: 'payments',
      image: imageFor(this, KafkaVersion.V4_2.image),
      command: ['/opt/kafka/bin/kafka-console-consumer.sh'],
      args: [
        ...['--bootstrap-server', '$(KAFKA_BOOTSTRAP_SERVERS)', '--topic', 'orders'],
        ...['--consumer.config', '/client/client.properties'],
      ],
      envVariables: {
        ...env,
        LOG_DIR: EnvValue.fromValue('/tmp'),
        KAFKA_HEAP_OPTS: EnvValue.fromValue('-Xmx128m'),
      },
      readiness: Probe.fromCommand(['grep', '-q', connected(props.kafka), '/proc/net/tcp', '/proc/net/tcp6']),
      liveness: Probe.fromCommand(['pgrep', '-f', 'ConsoleConsumer'], {
        periodSeconds: Duration.seconds(30),
      }),
      resources: {
        cpu: { request: Cpu.millis(50) },
        memory: { request: Size.mebibytes(320), limit: Size.mebibytes(320) },
      },
    });
    container.mount('/tmp', Volume.fromEmptyDir(this, 'tmp', 'tmp', { medium: EmptyDirMedium.DEFAULT }));
    container.mount('/client', Volume.fromConfigMap(this, 'client-volume', config), { readOnly: true });
    restrict(deployment);
    closeNetwork(deployment, props.kafka);
  }
}

/** How Linux lists an established connection to a broker: the port in hexadecimal digits, then the state. */
function connected({ endpoints: [{ port }] }: KafkaCluster): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `;
}
