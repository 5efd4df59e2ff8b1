import { ApiObject, Chart } from 'cdk8s';
import { type INetworkPolicyPeer, k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { certificate } from '../core/certificates';
import { budget } from '../core/disruption';
import { Endpoint } from '../core/endpoint';
import { Environment } from '../core/environment';
import { imageFor } from '../core/images';
import { monitoring } from '../core/monitoring';
import {
  checkNamespace,
  objectLabels,
  type SelectorLabels,
  selectorLabels,
  serviceHost,
} from '../core/names';
import { reportFindings } from '../core/problem';
import { NODE_IMAGE } from '../core/programs';
import { SelectablePods } from '../core/selectable-pods';
import { Steward } from '../core/steward';
import { grownClaims } from '../core/storage';
import { RENDERED } from '../steward/settings';
import { EtcdAccess } from './etcd-access';
import { etcdAlerts } from './etcd-alerts';
import type { EtcdConnection, EtcdGrantOptions, IEtcdCluster } from './etcd-connection';
import { EtcdCredentials } from './etcd-credentials';
import { etcdDashboard } from './etcd-dashboard';
import {
  backupNames,
  configMaps,
  programMap,
  SHARED_PROGRAM,
  STEWARD_PROGRAM,
  stewardProgramMap,
  stewardSettings,
} from './etcd-files';
import { type EtcdEndpointsProps, ImportedEtcdCluster } from './etcd-imported';
import { jobObjects } from './etcd-jobs';
import { completeEtcd, type EtcdModel } from './etcd-model';
import { MOST_MEMBERS, memberName, PORTS, SECRETS } from './etcd-names';
import {
  clientNames,
  clientService,
  FOR_STEWARD,
  headlessService,
  peerNames,
  serverPolicy,
} from './etcd-network';
import type { EtcdClusterProps } from './etcd-props';
import { restoreParts } from './etcd-restore';
import { scriptsConfigMap } from './etcd-scripts';
import { checkEtcd } from './etcd-validate';
import { type EtcdContext, loginItems, secretVolume, statefulSet } from './etcd-workload';

const SYSTEM = 'etcd';
const RCLONE_IMAGE = 'rclone/rclone:1.75.2';

/** A cluster of etcd: one StatefulSet of members, all of which vote, with all that belongs to it. */
export class EtcdCluster extends SelectablePods implements IEtcdCluster {
  /** A cluster that exists elsewhere, by its addresses. */
  static fromEndpoints(scope: Construct, id: string, props: EtcdEndpointsProps): IEtcdCluster {
    return new ImportedEtcdCluster(scope, id, props);
  }

  /** Name of the cluster, and of its StatefulSet and Service. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  /** The StatefulSet, for JSON patches with the names of the wire. */
  readonly statefulSet: ApiObject;
  /** Labels that select the members' pods; they never change. */
  readonly selectorLabels: SelectorLabels;
  /** Ports that consumers are let in on, in the shape in which cdk8s-plus asks workloads for theirs. */
  readonly containers: readonly { readonly ports: readonly { readonly number: number }[] }[];

  protected readonly namespace: string;
  private readonly model: EtcdModel;
  private readonly access: EtcdAccess;

  constructor(scope: Construct, id: string, props: EtcdClusterProps) {
    super(scope, id);
    const environment = Environment.of(this);
    const { namespace } = Chart.of(this);
    const { model, findings } = completeEtcd(props.name ?? id, namespace ?? 'default', props, environment);
    reportFindings(this, [...checkNamespace(namespace), ...findings, ...checkEtcd(model, environment)]);

    this.name = model.name;
    this.model = model;
    this.namespace = model.namespace;
    this.selectorLabels = selectorLabels(model.name, 'server');
    this.containers = [{ ports: [{ number: PORTS.client }] }];
    this.endpoints = [new Endpoint(serviceHost(model, model.name), PORTS.client)];

    const labels = objectLabels(SYSTEM, model.name, 'server');
    const selector = this.selectorLabels;
    const credentials = new EtcdCredentials(this, model);
    const context: EtcdContext = {
      environment,
      labels,
      selector,
      images: {
        server: imageFor(this, props.image ?? model.version.image),
        node: imageFor(this, props.nodeImage ?? NODE_IMAGE),
        restore: props.restore && imageFor(this, props.restore.image ?? RCLONE_IMAGE),
        backup: props.backup && imageFor(this, props.backup.image ?? RCLONE_IMAGE),
      },
      ...this.certificates(labels),
      credentials,
    };
    for (const file of configMaps(model, labels))
      this.object(file.id, k8s.KubeConfigMap.manifest(file.props));
    const scripts = scriptsConfigMap(model, labels);
    if (scripts) this.object('scripts', k8s.KubeConfigMap.manifest(scripts));
    this.object('headless', k8s.KubeService.manifest(headlessService(model, labels, selector)));
    this.object('client', k8s.KubeService.manifest(clientService(model, labels, selector)));
    this.object(
      'network',
      k8s.KubeNetworkPolicy.manifest(serverPolicy(model, environment, labels, selector)),
    );
    const disruption = budget(model.name, labels, selector, model.members.length);
    if (disruption) this.object('budget', k8s.KubePodDisruptionBudget.manifest(disruption));
    this.grownClaims(labels);
    const servers = statefulSet(model, context, restoreParts(model, context));
    this.statefulSet = this.object('servers', k8s.KubeStatefulSet.manifest(servers));
    for (const job of jobObjects(model, context)) this.object(job.id, job.manifest);
    this.access = new EtcdAccess(this, model, {
      endpoints: this.endpoints,
      selector,
      labels,
      ca: context.tlsSecret ? { secretName: context.tlsSecret, key: 'ca.crt' } : undefined,
      credentials,
    });
    if (model.steward) this.steward(context, servers.metadata?.annotations?.[RENDERED] ?? '');
    monitoring(this, { name: model.name, labels, selector, port: 'metrics', alerts: etcdAlerts(model) });
    if (environment.props.monitoring) this.dashboard(labels);
  }

  grantAccess(consumer: INetworkPolicyPeer, options: EtcdGrantOptions = {}): EtcdConnection {
    return this.access.grant(consumer, options);
  }

  private object(id: string, manifest: ConstructorParameters<typeof ApiObject>[2]): ApiObject {
    return new ApiObject(this, id, manifest);
  }

  /** The certificate that clients see, which has no common name: the gateway shows it, and etcd would take that for a user. */
  private certificates(labels: Record<string, string>): Pick<EtcdContext, 'tlsSecret' | 'peerSecret'> {
    const { model } = this;
    const { clients, peers } = model.tls;
    const made = (id: string, name: string, source: typeof peers, dnsNames: string[]) =>
      source && certificate(this, id, { source, name: `${model.name}-${name}`, labels, dnsNames });
    return {
      tlsSecret: made('certificate', 'tls', clients, clientNames(model)),
      peerSecret: made('peer-certificate', 'peer-tls', peers, peerNames(model)),
    };
  }

  private grownClaims(labels: Record<string, string>): void {
    const { model } = this;
    const environment = Environment.of(this);
    const pods = model.members.map((member) => member.name);
    const claims = [
      ...grownClaims('data', model.data, pods, labels, environment),
      ...(model.wal ? grownClaims('wal', model.wal, pods, labels, environment) : []),
    ];
    for (const claim of claims)
      this.object(claim.metadata?.name ?? '', k8s.KubePersistentVolumeClaim.manifest(claim));
  }

  private steward({ tlsSecret, peerSecret, credentials }: EtcdContext, rendered: string): void {
    const { model, access } = this;
    const { root } = credentials;
    const count = Math.max(MOST_MEMBERS, model.members.length);
    new Steward(this, 'steward', {
      system: SYSTEM,
      cluster: this.name,
      settings: () => stewardSettings(model, rendered, access.wanted()),
      image: model.props.nodeImage,
      program: {
        configMap: stewardProgramMap(model),
        file: STEWARD_PROGRAM,
        shared: { configMap: programMap(model), files: [SHARED_PROGRAM] },
      },
      sets: [this.name],
      // Those that should exist, and those of a larger cluster before.
      members: Array.from({ length: count }, (_, id) => memberName(model, id)),
      server: { labels: this.selectorLabels, ports: FOR_STEWARD },
      backups: backupNames(model),
      tlsSecret,
      volumes: () => {
        const users = access.userFiles();
        return [
          // It tells by the authority who has to restart for a new one, and needs no key for that.
          ...(peerSecret ? [at(SECRETS.peer, secretVolume('peer', peerSecret, [item('ca.crt')]))] : []),
          ...(root ? [at(SECRETS.root, secretVolume('root', root.secretName, loginItems(root)))] : []),
          ...(users.length > 0
            ? [at(SECRETS.users, { name: 'users', projected: { sources: users, defaultMode: 0o440 } })]
            : []),
        ];
      },
    });
  }

  private dashboard(labels: Record<string, string>): void {
    const metadata = { name: `${this.name}-dashboard`, labels: { ...labels, grafana_dashboard: '1' } };
    const data = { 'etcd.json': `${JSON.stringify(etcdDashboard(), null, 2)}\n` };
    this.object('dashboard', k8s.KubeConfigMap.manifest({ metadata, data }));
  }
}

function at(
  mountPath: string,
  volume: k8s.Volume,
): { readonly volume: k8s.Volume; readonly mountPath: string } {
  return { volume, mountPath };
}

function item(key: string): k8s.KeyToPath {
  return { key, path: key };
}
