import { Chart, Duration, Size } from 'cdk8s';
import { Cpu, Deployment, EmptyDirMedium, Probe, Secret, Volume } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import {
  imageFor,
  RedisCluster,
  type RedisClusterProps,
  type RedisConnection,
  type RedisDeployment,
  RedisReplication,
  type RedisReplicationProps,
  RedisVersion,
} from '../../lib';
import { closeNetwork, restrict } from './closed-deployment';

/** Props of `ShopStack`. */
export interface ShopStackProps {
  /** The store of sessions, of which none may be lost. */
  readonly sessions: RedisReplicationProps;
  /** The cache of catalog pages, which can be made again. */
  readonly catalog: RedisClusterProps;
  /** Pods of each application. */
  readonly replicas: number;
}

/**
 * A shop that keeps sessions in a master with replicas, and catalog pages in a Redis Cluster. Its applications count what they
 * see with redis-cli, where real ones have the client library of their language.
 */
export class ShopStack extends Chart {
  constructor(scope: Construct, props: ShopStackProps) {
    super(scope, 'shop', { namespace: 'shop' });
    const sessions = new RedisReplication(this, 'sessions', props.sessions);
    const catalog = new RedisCluster(this, 'catalog', props.catalog);
    const checkout = this.application('checkout', props.replicas);
    const access = sessions.grantAccess(checkout, { keys: ['session:*'], mode: 'master' });
    this.run(checkout, sessions, access, ['incr', 'session:checkouts']);
    const browser = this.application('browser', props.replicas);
    const cached = catalog.grantAccess(browser, { keys: ['page:*'] });
    this.run(browser, catalog, cached, ['set', 'page:front', 'fresh', 'ex', '60']);
  }

  private application(name: string, replicas: number): Deployment {
    return new Deployment(this, name, {
      metadata: { name },
      replicas,
      securityContext: { user: 999, group: 999 },
    });
  }

  /** Sends a command every ten seconds. */
  private run(
    deployment: Deployment,
    redis: RedisDeployment,
    { env, mode, endpoints, files, tls, user = deployment.name }: RedisConnection,
    command: readonly string[],
  ): void {
    const [{ host, port }] = endpoints;
    const cli = [
      ...['redis-cli', '-h', host, '-p', String(port), '--user', user],
      ...(mode === 'cluster' ? ['-c'] : []),
      ...(tls ? ['--tls'] : []),
      ...(files ? ['--cacert', `${files.directory}/ca.crt`] : []),
    ];
    const container = deployment.addContainer({
      name: deployment.name,
      image: imageFor(this, RedisVersion.REDIS_8_2.image),
      command: [...cli, '-r', '-1', '-i', '10', ...command],
      envVariables: { ...env, REDISCLI_AUTH: env.REDIS_PASSWORD },
      readiness: Probe.fromCommand([...cli, 'ping'], {
        periodSeconds: Duration.seconds(20),
        timeoutSeconds: Duration.seconds(5),
      }),
      liveness: Probe.fromCommand(['redis-cli', '--version'], { periodSeconds: Duration.seconds(60) }),
      resources: {
        cpu: { request: Cpu.millis(10) },
        memory: { request: Size.mebibytes(32), limit: Size.mebibytes(32) },
      },
    });
    container.mount(
      '/tmp',
      Volume.fromEmptyDir(deployment, 'tmp', 'tmp', { medium: EmptyDirMedium.DEFAULT }),
    );
    if (files) {
      const { secretName, items, directory } = files;
      const secret = Secret.fromSecretName(deployment, 'keys-secret', secretName);
      const keys = Volume.fromSecret(deployment, 'keys', secret, {
        name: 'keys',
        items: Object.fromEntries(items.map(({ key, path }) => [key, { path }])),
      });
      container.mount(directory, keys, { readOnly: true });
    }
    restrict(deployment);
    closeNetwork(deployment, redis);
  }
}
