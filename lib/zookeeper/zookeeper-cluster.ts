import { ApiObject, Chart } from 'cdk8s';
import { type INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { backupDirectory } from '../core/backup-target';
import { certificate } from '../core/certificates';
import { contentHash } from '../core/content-hash';
import type { CredentialsReference } from '../core/credentials';
import { budget } from '../core/disruption';
import { Endpoint } from '../core/endpoint';
import { Environment } from '../core/environment';
import { imageFor, pullSecrets } from '../core/images';
import { monitoring } from '../core/monitoring';
import {
  checkNamespace,
  objectLabels,
  type SelectorLabels,
  selectorLabels,
  serviceHost,
} from '../core/names';
import { allowConsumer } from '../core/network';
import { reportFindings } from '../core/problem';
import { NODE_IMAGE } from '../core/programs';
import { SelectablePods } from '../core/selectable-pods';
import { Steward } from '../core/steward';
import { grownClaims } from '../core/storage';
import { RENDERED } from '../steward/settings';
import type { Wanted, WantedZnode } from './tasks/znodes';
import { zooKeeperAlerts } from './zookeeper-alerts';
import {
  checkGrant,
  connectionTo,
  type GrantOptions,
  ImportedZooKeeperCluster,
  type IZooKeeperCluster,
  toWireAcl,
  type ZooKeeperConnection,
  type ZooKeeperEndpointsProps,
} from './zookeeper-connection';
import { bindCredentials } from './zookeeper-credentials';
import { configMaps, PROGRAM, programMap, stewardSettings } from './zookeeper-files';
import { backupCronJob, type JobContext, provisionJob, userEnv } from './zookeeper-jobs';
import {
  clientPort,
  completeZooKeeper,
  memberPort,
  PORTS,
  restartable,
  usesTls,
  type ZooKeeperModel,
} from './zookeeper-model';
import {
  certificateNames,
  clientService,
  headlessService,
  jobPolicy,
  memberService,
  memberServiceName,
  serverPolicy,
} from './zookeeper-network';
import type { ZooKeeperClusterProps } from './zookeeper-props';
import { checkZooKeeper } from './zookeeper-validate';
import { statefulSet } from './zookeeper-workload';

const SYSTEM = 'zookeeper';
const RCLONE_IMAGE = 'rclone/rclone:1.75.2';

/** A ZooKeeper ensemble: one StatefulSet of voters and observers, with all that belongs to it. */
export class ZooKeeperCluster extends SelectablePods implements IZooKeeperCluster {
  /** An ensemble that exists elsewhere, by its addresses. */
  static fromEndpoints(scope: Construct, id: string, props: ZooKeeperEndpointsProps): IZooKeeperCluster {
    return new ImportedZooKeeperCluster(scope, id, props);
  }

  /** Name of the ensemble, and of its StatefulSet and Service. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** The StatefulSet, for JSON patches with the names of the wire. */
  readonly statefulSet: ApiObject;
  /** Labels that select the members' pods; they never change. */
  readonly selectorLabels: SelectorLabels;
  /** Ports that consumers are let in on, in the shape in which cdk8s-plus asks workloads for theirs. */
  readonly containers: readonly { readonly ports: readonly { readonly number: number }[] }[];
  /** Where the Secret of each of `authentication.clients` is, for `grantAccess`. */
  readonly clientCredentials: readonly CredentialsReference[];

  protected readonly namespace: string;
  private readonly model: ZooKeeperModel;
  private readonly jobs: JobContext;
  /** Znodes that consumers were given, by path. */
  private readonly znodes = new Map<string, WantedZnode>();

  constructor(scope: Construct, id: string, props: ZooKeeperClusterProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const { namespace } = Chart.of(this);
    const { model, findings } = completeZooKeeper(
      props.name ?? id,
      namespace ?? 'default',
      props,
      environment,
    );
    reportFindings(this, [...checkNamespace(namespace), ...findings, ...checkZooKeeper(model, environment)]);

    this.name = model.name;
    this.model = model;
    this.namespace = model.namespace;
    this.selectorLabels = selectorLabels(model.name, 'server');
    this.containers = [{ ports: [{ number: clientPort(model) }] }];
    this.endpoints = [new Endpoint(serviceHost(model, model.name), clientPort(model))];

    const labels = this.labels('server');
    const selector = this.selectorLabels;
    const credentials = bindCredentials(this, model, SYSTEM);
    this.clientCredentials = credentials.clients;
    const images = {
      server: imageFor(this, props.image ?? model.version.image),
      node: imageFor(this, props.nodeImage ?? NODE_IMAGE),
      rclone: props.restore && imageFor(this, props.restore.image ?? RCLONE_IMAGE),
    };
    const tlsSecret =
      props.tls && usesTls(model)
        ? certificate(this, 'certificate', {
            source: props.tls,
            name: `${model.name}-tls`,
            labels,
            dnsNames: certificateNames(model),
          })
        : undefined;
    this.jobs = {
      labels: this.labels('provision'),
      nodeImage: images.node,
      pullSecrets: pullSecrets(environment),
      superUser: credentials.superUser,
      client: props.authentication?.required ? credentials.clients[0] : undefined,
      tlsSecret,
    };

    for (const file of configMaps(model, labels))
      this.object(file.id, k8s.KubeConfigMap.manifest(file.props));
    this.object('headless', k8s.KubeService.manifest(headlessService(model, labels, selector)));
    this.object('client', k8s.KubeService.manifest(clientService(model, labels, selector)));
    if (props.memberServices) {
      for (const { id: member } of model.members) {
        this.object(
          `member-${member}`,
          k8s.KubeService.manifest(memberService(model, member, labels, selector)),
        );
      }
    }
    this.object(
      'network',
      k8s.KubeNetworkPolicy.manifest(serverPolicy(model, environment, labels, selector)),
    );
    const disruption = budget(model.name, labels, selector, model.voters);
    if (disruption) this.object('budget', k8s.KubePodDisruptionBudget.manifest(disruption));
    this.grownClaims(environment, labels);
    const context = { environment, labels, selector, images, tlsSecret, credentials };
    const servers = statefulSet(model, context);
    this.statefulSet = this.object('servers', k8s.KubeStatefulSet.manifest(servers));
    if (credentials.backup) this.backup(environment, credentials.backup, credentials.backupUser);
    const reconfigurers = props.authentication?.reconfigurers;
    if (model.steward) this.steward(servers.metadata?.annotations?.[RENDERED] ?? '');
    else if (reconfigurers) this.provision('config-acl', { znodes: [], reconfigurers: [...reconfigurers] });
    monitoring(this, { name: model.name, labels, selector, port: 'metrics', alerts: zooKeeperAlerts(model) });
  }

  connectString(chroot = ''): string {
    return `${this.endpoints.join(',')}${chroot}`;
  }

  grantAccess(consumer: INetworkPolicyPeer, options: GrantOptions = {}): ZooKeeperConnection {
    const { model } = this;
    const { memberServices = false, authentication } = model.props;
    const sasl = (authentication?.clients?.length ?? 0) > 0;
    reportFindings(this, checkGrant(options, { memberServices, sasl }));
    this.allow(consumer);
    if (options.chroot) this.ensureZnode(options.chroot, options.acl && toWireAcl(options.acl));
    const tls = model.tls.clients !== 'off';
    const ca = tls && this.jobs.tlsSecret ? { secretName: this.jobs.tlsSecret, key: 'ca.crt' } : undefined;
    const endpoints =
      options.addresses === 'members'
        ? model.members.map(
            ({ id }) => new Endpoint(serviceHost(model, memberServiceName(model, id)), clientPort(model)),
          )
        : this.endpoints;
    return connectionTo(this, { endpoints, tls, ca }, options);
  }

  private object(id: string, manifest: ConstructorParameters<typeof ApiObject>[2]): ApiObject {
    return new ApiObject(this, id, manifest);
  }

  private labels(component: string): Record<string, string> {
    return objectLabels(SYSTEM, this.name, component);
  }

  private grownClaims(environment: Environment, labels: Record<string, string>): void {
    const { members, data, transactionLog } = this.model;
    const pods = members.map(({ id }) => `${this.name}-${id}`);
    const claims = [
      ...grownClaims('data', data, pods, labels, environment),
      ...(transactionLog ? grownClaims('datalog', transactionLog, pods, labels, environment) : []),
    ];
    for (const claim of claims)
      this.object(claim.metadata?.name ?? '', k8s.KubePersistentVolumeClaim.manifest(claim));
  }

  private backup(environment: Environment, keys: CredentialsReference, user?: CredentialsReference): void {
    const { model, selectorLabels: selector } = this;
    const { backup } = model.props;
    if (!backup) return;
    const labels = this.labels('backup');
    const options = {
      target: backup.to.directory(backupDirectory(model, environment)),
      store: backup.to.environment(keys),
      user,
      rcloneImage: imageFor(this, backup.image ?? RCLONE_IMAGE),
    };
    this.object('backup', k8s.KubeCronJob.manifest(backupCronJob(model, options, { ...this.jobs, labels })));
    const policy = jobPolicy(model, 'backup', labels, selector, [PORTS.admin], [backup.to.port]);
    this.object('backup-network', k8s.KubeNetworkPolicy.manifest(policy));
  }

  private steward(rendered: string): void {
    const { model, jobs } = this;
    new Steward(this, 'steward', {
      system: SYSTEM,
      cluster: this.name,
      settings: () => {
        const { reconfigurers } = model.props.authentication ?? {};
        return stewardSettings(model, { znodes: [...this.znodes.values()], reconfigurers }, rendered);
      },
      image: model.props.nodeImage,
      program: { configMap: programMap(model), file: PROGRAM },
      sets: [this.name],
      members: restartable(model).map((id) => `${this.name}-${id}`),
      server: { labels: this.selectorLabels, ports: [memberPort(model)] },
      env: [...userEnv('SUPER', jobs.superUser), ...userEnv('CLIENT', jobs.client)],
      tlsSecret: jobs.tlsSecret,
    });
  }

  /** Has a znode made; two consumers may share one, but not want different ACLs of it. */
  private ensureZnode(path: string, acl: WantedZnode['acl']): void {
    const before = this.znodes.get(path);
    if (before?.acl && acl && contentHash(before.acl) !== contentHash(acl)) {
      const message = `acl: two consumers of ${path} give it different ACLs; give one of them, or the same twice`;
      reportFindings(this, [{ code: 'zookeeper/acl', message }]);
    }
    const znode = { path, acl: acl ?? before?.acl };
    this.znodes.set(path, znode);
    if (!this.model.steward) this.provision(`chroot-${contentHash(znode)}`, { znodes: [znode] });
  }

  private provision(id: string, wanted: Wanted): void {
    if (this.node.tryFindChild(id)) return;
    const { model, jobs, selectorLabels: selector } = this;
    const servers = this.endpoints.map(({ host, port }) => ({ host, port }));
    const job = provisionJob(model, { servers, tls: model.tls.clients !== 'off', ...wanted }, jobs);
    this.object(id, k8s.KubeJob.manifest(job));
    if (this.node.tryFindChild('provision-network')) return;
    const policy = jobPolicy(model, 'provision', jobs.labels, selector, [clientPort(model)]);
    this.object('provision-network', k8s.KubeNetworkPolicy.manifest(policy));
  }

  private allow(consumer: INetworkPolicyPeer): void {
    const { model } = this;
    const ports = [clientPort(model), ...(model.tls.clients === 'optional' ? [PORTS.client] : [])];
    const provider = {
      name: this.name,
      namespace: model.namespace,
      labels: this.labels('server'),
      selector: this.selectorLabels,
    };
    allowConsumer(this, provider, consumer, ports);
  }
}
