import type { LabelSelector } from './label-selector';
import type { Metadata } from './manifest';

/** A port number or the name of one. */
export type PortReference = number | string;

/** An entry of a volume that takes single keys. */
export interface KeyToPath {
  readonly key: string;
  readonly path: string;
}

/** Where a ConfigMap or Secret is named. */
export interface NamedSource {
  readonly name?: string;
  readonly optional?: boolean;
  readonly items?: readonly KeyToPath[];
}

/** The parts of a volume that name other objects. */
export interface Volume {
  readonly name: string;
  readonly configMap?: NamedSource;
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: { readonly volumeClaimTemplate?: { readonly spec?: ClaimSpec } };
  readonly projected?: {
    readonly sources?: readonly { readonly configMap?: NamedSource; readonly secret?: NamedSource }[];
  };
}

/** The part of a claim that names its StorageClass. */
export interface ClaimSpec {
  readonly storageClassName?: string;
}

/** A reference to one key of a ConfigMap or Secret. */
export interface KeyReference {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

/** A probe or hook that may name a port. */
export interface Handler {
  readonly httpGet?: { readonly port: PortReference };
  readonly tcpSocket?: { readonly port: PortReference };
}

/** A port that a container declares. */
export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

/** The parts of a container that the rules look at. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  /** `Always` makes an init container a sidecar, which runs beside the others. */
  readonly restartPolicy?: string;
  readonly ports?: readonly ContainerPort[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly configMapKeyRef?: KeyReference; readonly secretKeyRef?: KeyReference };
  }[];
  readonly envFrom?: readonly { readonly configMapRef?: NamedSource; readonly secretRef?: NamedSource }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly subPath?: string }[];
  readonly livenessProbe?: Handler;
  readonly readinessProbe?: Handler;
  readonly startupProbe?: Handler;
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler };
}

/** The parts of a pod that the rules look at. */
export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly serviceAccountName?: string;
  readonly topologySpreadConstraints?: readonly {
    readonly topologyKey: string;
    readonly labelSelector?: LabelSelector;
  }[];
}

/** What a workload makes its pods from. */
export interface PodTemplate {
  readonly metadata?: Metadata;
  readonly spec?: PodSpec;
}

/** Init containers first, in the order in which they run. */
export function containersOf(spec: PodSpec | undefined): readonly Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}

/** Containers that run at the same time: the ordinary ones and the sidecars. */
export function runningContainersOf(spec: PodSpec | undefined): readonly Container[] {
  const sidecars = (spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...sidecars, ...(spec?.containers ?? [])];
}
