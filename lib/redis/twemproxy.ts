import { ApiObject, Chart } from 'cdk8s';
import { type INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { ClusterCredentials } from '../core/cluster-credentials';
import { Consumer } from '../core/consumer';
import { Credentials, type CredentialsReference } from '../core/credentials';
import { Endpoint } from '../core/endpoint';
import { Environment } from '../core/environment';
import { imageFor } from '../core/images';
import { monitoring } from '../core/monitoring';
import { type SelectorLabels, selectorLabels, serviceHost } from '../core/names';
import { allowConsumer } from '../core/network';
import { packageFile } from '../core/package-files';
import { reportFindings } from '../core/problem';
import { NODE_IMAGE } from '../core/programs';
import { SelectablePods } from '../core/selectable-pods';
import type { IRedis } from './redis-connection';
import { TWEMPROXY_PORTS } from './twemproxy/settings';
import { twemproxyAlerts } from './twemproxy-alerts';
import { agentUser, twemproxyLabels } from './twemproxy-config';
import { type ITwemproxy, type TwemproxyConnection, twemproxyConnection } from './twemproxy-connection';
import { completeTwemproxy, type TwemproxyModel, type TwemproxyShardModel } from './twemproxy-model';
import { proxyPolicy, proxyService } from './twemproxy-network';
import type { TwemproxyProps } from './twemproxy-props';
import { TwemproxyReshard } from './twemproxy-reshard';
import { agentRules, CHANGES_CHANNEL, CLIENT_RULES } from './twemproxy-rights';
import type { ITwemproxyShard } from './twemproxy-shard';
import { checkTwemproxy } from './twemproxy-validate';
import {
  proxyBudget,
  proxyDeployment,
  TWEMPROXY_PROGRAM,
  type TwemproxyContext,
  twemproxyProgramMap,
} from './twemproxy-workload';

/**
 * Twemproxy before masters that know nothing of one another: it looks for each key on one of them. A Deployment of the proxy
 * with an agent beside it, and for a store a Job that moves keys when shards come or go.
 * https://github.com/twitter/twemproxy
 */
export class Twemproxy extends SelectablePods implements ITwemproxy {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** Labels that select the proxies' pods; they never change. */
  readonly selectorLabels: SelectorLabels;
  /** The Deployment, for JSON patches with the names of the wire. */
  readonly deployment: ApiObject;

  protected readonly namespace: string;
  private readonly model: TwemproxyModel;
  private readonly password: CredentialsReference;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TwemproxyProps,
  ) {
    super(scope, id);
    const environment = Environment.of(this);
    const { namespace } = Chart.of(this);
    this.name = props.name ?? id;
    this.namespace = namespace ?? 'default';
    this.selectorLabels = selectorLabels(this.name, 'proxy');
    const place = { name: this.name, namespace: this.namespace, clusterDomain: environment.clusterDomain };
    this.endpoints = [new Endpoint(serviceHost(place, this.name), TWEMPROXY_PORTS.clients)];
    const { credentials = Credentials.generated() } = props;
    reportFindings(this, credentials.check('credentials', environment));
    const own = new ClusterCredentials(this, {
      system: 'twemproxy',
      name: this.name,
      nodeImage: props.nodeImage,
    });
    this.password = own.bind(credentials, 'password', 'default');
    const agent = own.bind(Credentials.generated(), 'agent', agentUser(place));
    const { shards, leaving = {} } = props;
    this.model = completeTwemproxy(place, props, {
      shards: this.admit(shards),
      leaving: this.admit(leaving),
    });
    reportFindings(this, checkTwemproxy(this.model, environment, namespace));
    const context: TwemproxyContext = {
      environment,
      images: {
        proxy: imageFor(this, this.model.image),
        node: imageFor(this, props.nodeImage ?? NODE_IMAGE),
      },
      credentials: { password: this.password, agent },
    };
    this.deployment = this.objects(context);
    const peers: INetworkPolicyPeer[] = [this];
    if (this.model.use === 'store') peers.push(new TwemproxyReshard(this, 'reshard', this.model, context));
    for (const shard of [...Object.values(shards), ...Object.values(leaving)])
      for (const peer of peers) this.admitAgent(shard, peer, agent);
  }

  grantAccess(peer: INetworkPolicyPeer): TwemproxyConnection {
    const { model, password } = this;
    const consumer = new Consumer(peer, { ...model, system: 'twemproxy' });
    const provider = {
      ...model,
      labels: twemproxyLabels(model, 'proxy'),
      selector: { ...this.selectorLabels },
    };
    allowConsumer(this, provider, peer, [TWEMPROXY_PORTS.clients]);
    const [there] = consumer.elsewhere;
    if (there) this.bindElsewhere(consumer, there);
    return twemproxyConnection(this, this.endpoints[0], password);
  }

  private objects(context: TwemproxyContext): ApiObject {
    const { model } = this;
    const labels = twemproxyLabels(model, 'proxy');
    const program = { [TWEMPROXY_PROGRAM]: packageFile(`build/steward/${TWEMPROXY_PROGRAM}`) };
    const metadata = { name: twemproxyProgramMap(model), labels };
    new ApiObject(this, 'program', k8s.KubeConfigMap.manifest({ metadata, data: program }));
    new ApiObject(this, 'service', k8s.KubeService.manifest(proxyService(model)));
    const policy = proxyPolicy(model, context.environment);
    new ApiObject(this, 'network', k8s.KubeNetworkPolicy.manifest(policy));
    const budget = proxyBudget(model);
    if (budget) new ApiObject(this, 'budget', k8s.KubePodDisruptionBudget.manifest(budget));
    const { name, selectorLabels: selector } = this;
    monitoring(this, { name, labels, selector, port: 'metrics', alerts: twemproxyAlerts(model) });
    const deployment = k8s.KubeDeployment.manifest(proxyDeployment(model, context));
    return new ApiObject(this, 'deployment', deployment);
  }

  /** Has shards let the proxy in; those that cannot are told of, and left out. */
  private admit(shards: Readonly<Record<string, ITwemproxyShard>>): TwemproxyShardModel[] {
    return Object.entries(shards).flatMap(([name, shard]) => {
      if (typeof shard.admitProxy !== 'function') {
        this.report(whyNoShard(name, shard));
        return [];
      }
      const redis = shard.admitProxy(this, { login: this.password, rules: CLIENT_RULES });
      return [{ name, redis }];
    });
  }

  private admitAgent(shard: ITwemproxyShard, peer: INetworkPolicyPeer, login: CredentialsReference): void {
    if (typeof shard.admitProxy !== 'function') return;
    const { use } = this.model;
    shard.grantAccess(peer, {
      user: agentUser(this),
      credentials: this.existing(login),
      mode: 'master',
      keys: ['*'],
      channels: use === 'store' ? [CHANGES_CHANNEL] : [],
      // Who may only read has keys for reading alone, and keys are to be moved.
      commands: 'readwrite',
      rules: agentRules(use),
    });
  }

  private readonly known = new Map<string, Credentials>();

  /** The same for the same Secret, as those who compare them demand. */
  private existing({ secretName, usernameKey, passwordKey }: CredentialsReference): Credentials {
    const keys = { username: usernameKey, password: passwordKey };
    const found = this.known.get(secretName) ?? Credentials.existing(secretName, keys);
    this.known.set(secretName, found);
    return found;
  }

  private bindElsewhere(consumer: Consumer, there: string): void {
    const { credentials } = this.props;
    if (credentials && !credentials.isGenerated) {
      consumer.bindCredentials(credentials, this.password.secretName, consumer.elsewhere);
      return;
    }
    this.report(
      `the password is generated in the namespace "${this.namespace}", and ${consumer.peer.node.id} is in "${there}", where it ` +
        'cannot be read; give credentials: Credentials.external, which is fetched into both, or Credentials.existing with the ' +
        'name of a Secret that is in both',
    );
  }

  private report(message: string): void {
    reportFindings(this, [{ code: 'twemproxy/access', message }]);
  }
}

/** What plain JavaScript may give, and a cast. */
function whyNoShard(name: string, { name: redis, topology }: IRedis): string {
  const why =
    topology === 'cluster'
      ? 'is a Redis Cluster, whose nodes send clients from one to another, which twemproxy does not know; have clients use the ' +
        'Redis Cluster itself, or give'
      : 'is no master with replicas that is made here; give';
  return `shard "${name}": "${redis}" ${why} a RedisReplication`;
}
