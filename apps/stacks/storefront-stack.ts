import { Chart, Duration, Size } from 'cdk8s';
import { Cpu, Deployment, EmptyDirMedium, Probe, Secret, Volume } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type EtcdCluster, type EtcdGrantOptions, EtcdVersion, imageFor } from '../../lib';
import { closeNetwork, restrict } from './closed-deployment';

const FLAGS = '/flags/';

/** Props of `StorefrontStack`. */
export interface StorefrontStackProps {
  readonly etcd: EtcdCluster;
  readonly replicas: number;
  /** How it logs in, where the cluster asks for that. @default - as the cluster's defaults say */
  readonly access?: Pick<EtcdGrantOptions, 'credentials' | 'ca' | 'login'>;
}

/** An application that follows its feature flags in etcd; a real one does the same by its client library. */
export class StorefrontStack extends Chart {
  constructor(scope: Construct, props: StorefrontStackProps) {
    super(scope, 'storefront', { namespace: 'storefront' });
    const deployment = new Deployment(this, 'storefront', {
      metadata: { name: 'storefront' },
      replicas: props.replicas,
      securityContext: { user: 1000, group: 1000 },
    });
    const { env, files } = props.etcd.grantAccess(deployment, { read: [FLAGS], ...props.access });
    const etcdctl = (...args: string[]) => ['/usr/local/bin/etcdctl', ...args];
    const container = deployment.addContainer({
      name: 'storefront',
      image: imageFor(this, EtcdVersion.V3_6_14.image),
      command: etcdctl('watch', '--prefix', FLAGS),
      envVariables: env,
      readiness: Probe.fromCommand(etcdctl('get', '--prefix', '--keys-only', '--limit=1', FLAGS), {
        periodSeconds: Duration.seconds(20),
        timeoutSeconds: Duration.seconds(6),
      }),
      liveness: Probe.fromCommand(etcdctl('version'), { periodSeconds: Duration.seconds(60) }),
      resources: {
        cpu: { request: Cpu.millis(20) },
        memory: { request: Size.mebibytes(96), limit: Size.mebibytes(96) },
      },
    });
    container.mount('/tmp', Volume.fromEmptyDir(this, 'tmp', 'tmp', { medium: EmptyDirMedium.DEFAULT }));
    if (files) {
      const { secretName, items, directory } = files;
      const secret = Secret.fromSecretName(this, 'keys-secret', secretName);
      const keys = Volume.fromSecret(this, 'keys', secret, {
        name: 'keys',
        items: Object.fromEntries(items.map(({ key, path }) => [key, { path }])),
      });
      container.mount(directory, keys, { readOnly: true });
    }
    restrict(deployment);
    closeNetwork(deployment, props.etcd);
  }
}
