import { ApiObject, Chart, Duration, Size } from 'cdk8s';
import { Cpu, Deployment, EmptyDirMedium, EnvValue, Probe, Secret, Volume } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Environment, imageFor, type ZooKeeperCluster, ZooKeeperVersion } from '../../lib';
import { closeNetwork, restrict } from './closed-deployment';

// Follows the znode that holds the application's configuration; a real application does the same by its client library.
const FOLLOW = `
while true; do echo "get /"; sleep 10; done |
  zkCli.sh -server "$ZOOKEEPER_CONNECT" 2>&1 | while read -r line; do
    echo "$line"
    touch /tmp/alive
    if [[ $line == *"(CONNECTED)"* ]]; then touch /tmp/connected; fi
    if [[ $line == *"(CONNECTING)"* || $line == *ConnectionLoss* ]]; then rm -f /tmp/connected; fi
  done
`;

/** Props of `OrdersStack`. */
export interface OrdersStackProps {
  readonly zookeeper: ZooKeeperCluster;
  readonly replicas: number;
}

/** An application that keeps its configuration in ZooKeeper, below `/orders`. */
export class OrdersStack extends Chart {
  constructor(scope: Construct, props: OrdersStackProps) {
    super(scope, 'orders', { namespace: 'orders' });
    const deployment = new Deployment(this, 'orders', {
      metadata: { name: 'orders' },
      replicas: props.replicas,
      securityContext: { user: 1000, group: 1000 },
    });
    const connection = props.zookeeper.grantAccess(deployment, { chroot: '/orders' });
    const javaProperties = { ...connection.javaProperties, ...(connection.ca && this.clientCertificate()) };
    const container = deployment.addContainer({
      name: 'orders',
      image: imageFor(this, ZooKeeperVersion.V3_9_5.image),
      command: ['bash', '-c', FOLLOW],
      envVariables: {
        ...connection.env,
        ZOO_LOG_DIR: EnvValue.fromValue('/tmp'),
        CLIENT_JVMFLAGS: EnvValue.fromValue(
          ['-Xmx96m', ...Object.entries(javaProperties).map(([key, value]) => `-D${key}=${value}`)].join(' '),
        ),
      },
      readiness: Probe.fromCommand(['test', '-e', '/tmp/connected'], { periodSeconds: Duration.seconds(5) }),
      liveness: Probe.fromCommand(['bash', '-c', '[[ $(find /tmp/alive -mmin -2) ]]'], {
        initialDelaySeconds: Duration.seconds(60),
      }),
      resources: {
        cpu: { request: Cpu.millis(50) },
        memory: { request: Size.mebibytes(256), limit: Size.mebibytes(256) },
      },
    });
    container.mount('/tmp', Volume.fromEmptyDir(this, 'tmp', 'tmp', { medium: EmptyDirMedium.DEFAULT }));
    if (connection.ca) {
      container.mount(
        '/tls',
        Volume.fromSecret(this, 'tls', Secret.fromSecretName(this, 'tls-secret', 'orders-zookeeper'), {
          name: 'tls',
        }),
        { readOnly: true },
      );
    }

    restrict(deployment);
    closeNetwork(deployment, props.zookeeper);
  }

  /** A certificate of its own, by which the ensemble knows the application. */
  private clientCertificate(): Record<string, string> {
    const issuer = Environment.of(this).props.certificates?.issuer;
    new ApiObject(this, 'certificate', {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'orders-zookeeper' },
      spec: {
        secretName: 'orders-zookeeper',
        dnsNames: ['orders.orders.svc'],
        privateKey: { algorithm: 'ECDSA', size: 256, encoding: 'PKCS8', rotationPolicy: 'Always' },
        usages: ['digital signature', 'client auth'],
        additionalOutputFormats: [{ type: 'CombinedPEM' }],
        issuerRef: { group: 'cert-manager.io', kind: issuer?.kind ?? 'ClusterIssuer', name: issuer?.name },
      },
    });
    return {
      'zookeeper.ssl.keyStore.location': '/tls/tls-combined.pem',
      'zookeeper.ssl.trustStore.location': '/tls/ca.crt',
    };
  }
}
