import type { Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import { k8s as kube } from 'cdk8s-plus-27';
import type { Environment } from './environment';
import type { Finding } from './problem';
import { bytesOf, quantityOf } from './quantity';

/** A volume that is claimed for each member. */
export interface ClaimOptions {
  /** Size of the volume. Growing it is raising this number, see `initialSize`. */
  readonly size: Size;
  /**
   * Size that the cluster was created with, once `size` has been raised. A StatefulSet's claim template can never
   * change, so it keeps this size while the claims themselves are rendered with the new one.
   * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
   * @default - `size`
   */
  readonly initialSize?: Size;
  /** Storage role, resolved to a StorageClass by the environment. @default 'standard' */
  readonly role?: string;
  /** StorageClass by name, instead of a role. @default - from the role */
  readonly storageClass?: string;
}

/** A volume that is not claimed per member; made by the functions of `Storage`. */
export type OtherVolume =
  | { readonly kind: 'emptyDir'; readonly sizeLimit?: Size; readonly medium?: 'Memory' }
  | { readonly kind: 'nfs'; readonly server: string; readonly path: string }
  | { readonly kind: 'existingClaim'; readonly claimName: string };

/** What a prop for storage takes: a size, a claim with options, or another kind of volume. */
export type StorageInput = Size | ClaimOptions | OtherVolume;

/** Kinds of storage beside a plain size. */
export const Storage = {
  /** A scratch directory that is lost with its pod; not for data in production. */
  emptyDir(options: { sizeLimit?: Size; medium?: 'Memory' } = {}): OtherVolume {
    return { kind: 'emptyDir', ...options };
  },
  /**
   * An NFS share; each member gets a directory of its own, named after its pod. Where the Pod Security Standard
   * "restricted" is enforced, pods may not name a share: make a claim of it and use `existingClaim`.
   */
  nfs(server: string, path: string): OtherVolume {
    return { kind: 'nfs', server, path };
  },
  /** A claim that exists already; each member gets a directory of its own, so with several it must be ReadWriteMany. */
  existingClaim(claimName: string): OtherVolume {
    return { kind: 'existingClaim', claimName };
  },
};

/** A checked volume. */
export type VolumeModel =
  | OtherVolume
  | (Required<Pick<ClaimOptions, 'size' | 'initialSize'>> & { kind: 'claim'; storageClass?: string });

/** What keeps the data of a member: its claims, volumes that outlive every claim, or nothing that outlives its pod. */
export type DataKeeper = 'claims' | 'shared' | 'scratch';

/** What keeps what is written to these volumes. */
export function dataKeeper(volumes: readonly VolumeModel[]): DataKeeper {
  if (volumes.some(({ kind }) => kind === 'emptyDir')) return 'scratch';
  return volumes.every(({ kind }) => kind === 'claim') ? 'claims' : 'shared';
}

/** Whether what is written to these volumes outlives the pod. */
export function keepsData(volumes: readonly VolumeModel[]): boolean {
  return dataKeeper(volumes) !== 'scratch';
}

function isSize(input: StorageInput): input is Size {
  return 'toKibibytes' in input;
}

/**
 * Resolves a storage prop in an environment, with what is wrong with it. An emptyDir is wrong in production, unless whoever
 * runs such a member has chosen to lose its data (`mayLoseData`).
 */
export function resolveStorage(
  name: string,
  input: StorageInput,
  environment: Environment,
  { mayLoseData = false }: { readonly mayLoseData?: boolean } = {},
): { volume: VolumeModel; findings: Finding[] } {
  if (!isSize(input) && 'kind' in input)
    return { volume: input, findings: mayLoseData ? [] : checkOther(name, input, environment) };
  const options: ClaimOptions = isSize(input) ? { size: input } : input;
  const findings: Finding[] = [];
  const role = options.role ?? 'standard';
  const roles = environment.props.storage ?? {};
  if (!options.storageClass && role !== 'standard' && !roles[role]) {
    const known = Object.keys(roles).sort().join(', ') || 'none';
    findings.push({
      code: 'core/storage',
      message:
        `volume ${name}: the environment "${environment.name}" has no storage role "${role}" (it has: ${known}); ` +
        'add the role to its storage, use another role or name a storageClass',
    });
  }
  const initialSize = options.initialSize ?? options.size;
  if (bytesOf(options.size) <= 0) {
    findings.push({
      code: 'core/storage',
      message: `volume ${name}: size ${quantityOf(options.size)} holds nothing; give a size such as Size.gibibytes(20)`,
    });
  } else if (bytesOf(options.size) < bytesOf(initialSize)) {
    findings.push({
      code: 'core/storage',
      message:
        `volume ${name}: size ${quantityOf(options.size)} is smaller than the ${quantityOf(initialSize)} that its founders ` +
        `were created with, and a volume cannot shrink; set size to at least ${quantityOf(initialSize)}`,
    });
  }
  const volume = {
    kind: 'claim' as const,
    size: options.size,
    initialSize,
    storageClass: options.storageClass ?? roles[role],
  };
  return { volume, findings };
}

function checkOther(name: string, volume: OtherVolume, environment: Environment): Finding[] {
  if (volume.kind !== 'emptyDir' || !environment.isProduction) return [];
  return [
    {
      code: 'core/storage',
      message:
        `volume ${name}: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the ` +
        "environment durability: 'development'",
    },
  ];
}

/** How a volume appears in a pod. */
export interface RenderedVolume {
  /** Claim template of the StatefulSet, for claimed volumes. */
  readonly template?: k8s.KubePersistentVolumeClaimProps;
  /** Volume of the pod, for all others. */
  readonly volume?: k8s.Volume;
  /** Directory for the member in a shared volume; needs the variable POD_NAME. */
  readonly subPathExpr?: string;
}

/** Renders a volume called `name`. */
export function renderStorage(
  name: string,
  volume: VolumeModel,
  labels: Record<string, string>,
): RenderedVolume {
  switch (volume.kind) {
    case 'claim':
      return {
        template: { metadata: { name, labels }, spec: claimSpec(volume.initialSize, volume.storageClass) },
      };
    case 'emptyDir':
      return {
        volume: {
          name,
          emptyDir: {
            medium: volume.medium,
            sizeLimit: volume.sizeLimit && kube.Quantity.fromString(quantityOf(volume.sizeLimit)),
          },
        },
      };
    case 'nfs':
      return {
        volume: { name, nfs: { server: volume.server, path: volume.path } },
        subPathExpr: '$(POD_NAME)',
      };
    case 'existingClaim':
      return {
        volume: { name, persistentVolumeClaim: { claimName: volume.claimName } },
        subPathExpr: '$(POD_NAME)',
      };
  }
}

/** Spec of a ReadWriteOnce claim. */
export function claimSpec(size: Size, storageClassName?: string): k8s.PersistentVolumeClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    storageClassName,
    resources: { requests: { storage: kube.Quantity.fromString(quantityOf(size)) } },
  };
}

/** Whether the claims have outgrown their template, so that they are rendered as objects of their own. */
export function hasGrown(volume: VolumeModel): boolean {
  return volume.kind === 'claim' && bytesOf(volume.size) > bytesOf(volume.initialSize);
}

/** Claims that have outgrown the template, which can never change: one for each pod of the StatefulSet. */
export function grownClaims(
  name: string,
  volume: VolumeModel,
  podNames: readonly string[],
  labels: Record<string, string>,
  environment: Environment,
): k8s.KubePersistentVolumeClaimProps[] {
  if (volume.kind !== 'claim' || !hasGrown(volume)) return [];
  return podNames.map((pod) => ({
    metadata: { name: `${name}-${pod}`, labels, annotations: keepAnnotations(environment) },
    spec: claimSpec(volume.size, volume.storageClass),
  }));
}

/** Annotations that keep the environment's GitOps controller from deleting an object that holds data. */
export function keepAnnotations(environment: Environment): Record<string, string> {
  const { gitops } = environment.props;
  return {
    ...(gitops === 'flux' ? {} : { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' }),
    ...(gitops === 'argo-cd' ? {} : { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }),
  };
}

/** Annotations that make the environment's GitOps controller ask somebody, or leave it alone, before an object that has data goes. */
export function confirmAnnotations(environment: Environment): Record<string, string> {
  const { gitops } = environment.props;
  return {
    ...(gitops === 'flux' ? {} : { 'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm' }),
    ...(gitops === 'argo-cd' ? {} : { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }),
  };
}
