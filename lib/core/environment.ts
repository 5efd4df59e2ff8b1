import type { IConstruct } from 'constructs';
import type { ImageSettings } from './images';

/** A cert-manager issuer. */
export interface IssuerReference {
  /** @default 'ClusterIssuer' */
  readonly kind?: 'Issuer' | 'ClusterIssuer';
  readonly name: string;
  /** API group of an external issuer. @default 'cert-manager.io' */
  readonly group?: string;
}

/** An External Secrets store. */
export interface SecretStoreReference {
  /** @default 'ClusterSecretStore' */
  readonly kind?: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
}

/** Storage roles and the StorageClass that plays each role in this place. */
export interface StorageClasses {
  /** Class of ordinary volumes. @default - the cluster's default StorageClass */
  readonly standard?: string;
  /** Class of low-latency volumes. @default - no such storage here */
  readonly fast?: string;
  readonly [role: string]: string | undefined;
}

/** A dedicated group of nodes. */
export interface DedicatedNodes {
  /** Labels that such nodes carry. @default - none */
  readonly labels?: Record<string, string>;
  /** Taints on them that stateful members tolerate. @default - none */
  readonly taints?: readonly { key: string; value?: string; effect?: 'NoSchedule' | 'NoExecute' }[];
}

/** What is true of one place that clusters are deployed to. Everything is optional. */
export interface EnvironmentProps {
  /** Name of the environment, used in messages and by apps for file names. @default 'default' */
  readonly name?: string;
  /**
   * `production` makes host anti-affinity hard and refuses what may lose data or availability; `development` lets
   * small clusters share nodes. @default 'production'
   */
  readonly durability?: 'development' | 'production';
  /** DNS domain of the Kubernetes cluster. @default 'cluster.local' */
  readonly clusterDomain?: string;
  /** Zones that nodes exist in, values of `topology.kubernetes.io/zone`. @default - not known; spread is soft */
  readonly zones?: readonly string[];
  /** StorageClass for each storage role. @default - the cluster's default class, no `fast` role */
  readonly storage?: StorageClasses;
  /** Node labels that mean fast local disks, used by `placement.ssd`. @default - none */
  readonly ssdNodeLabels?: Record<string, string>;
  /** Nodes kept for stateful members. @default - none; members run anywhere */
  readonly dedicatedNodes?: DedicatedNodes;
  /** Private registry, pull secret and digests. @default - images are pulled from upstream */
  readonly images?: ImageSettings;
  /** cert-manager issuer used where TLS is switched on. @default - none; TLS needs a Secret */
  readonly certificates?: { readonly issuer: IssuerReference };
  /** External Secrets store used by `Credentials.external`. @default - none */
  readonly secretStore?: SecretStoreReference;
  /** Monitoring stack whose objects are rendered. @default - none */
  readonly monitoring?: 'prometheus-operator';
  /** Pods that may scrape metrics ports, as a namespace label selector. @default - any namespace */
  readonly monitoringNamespace?: Record<string, string>;
  /** GitOps controller whose guards against pruning are rendered. @default - those of both */
  readonly gitops?: 'argo-cd' | 'flux';
  /** Objects that exist in the cluster without being part of the app: Secrets, ConfigMaps and so on. @default - none */
  readonly existing?: readonly {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  }[];
}

const ENVIRONMENT = Symbol.for('cdk8s-stateful.Environment');

/** Facts about a place, attached to a construct and found by everything below it. */
export class Environment {
  /** Makes `props` the environment of `scope` and all that is below it. */
  static attach(scope: IConstruct, props: EnvironmentProps): Environment {
    const environment = new Environment(props);
    Object.defineProperty(scope, ENVIRONMENT, { value: environment, configurable: true });
    return environment;
  }

  /** The nearest environment above `scope`; one of defaults when nothing is attached. */
  static of(scope: IConstruct): Environment {
    for (let at: IConstruct | undefined = scope; at; at = at.node.scope) {
      const found = (at as { [ENVIRONMENT]?: Environment })[ENVIRONMENT];
      if (found) return found;
    }
    return Environment.attach(scope.node.root, {});
  }

  readonly name: string;
  readonly durability: 'development' | 'production';
  readonly clusterDomain: string;

  private constructor(readonly props: EnvironmentProps) {
    this.name = props.name ?? 'default';
    this.durability = props.durability ?? 'production';
    this.clusterDomain = props.clusterDomain ?? 'cluster.local';
  }

  get isProduction(): boolean {
    return this.durability === 'production';
  }
}
