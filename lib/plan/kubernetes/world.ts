import { KnownObjects } from '../../core/lint/known-objects';
import type { LabelSelector } from '../../core/lint/label-selector';
import type { RenderedObject } from '../../core/lint/manifest';
import { containersOf } from '../../core/lint/pod';
import { PodIndex, type Workload } from '../../core/lint/pod-index';
import { podReferences } from '../../core/lint/pod-references';
import { objectsOf } from '../compare';
import { describe, keyOf, namespaceOf, typeOf } from '../identity';
import type { Manifest, Rendering } from '../types';

/** How pods get at a ConfigMap or Secret. */
export type Access = 'environment' | 'files' | 'frozen-files' | 'other';

/** A workload and how its pods get at something. */
export interface Reader {
  readonly workload: Workload;
  readonly access: Access;
}

/** One rendering, by what its objects have to do with each other. */
export class World {
  private static readonly made = new WeakMap<Rendering, World>();

  /** What a rendering says, made once. */
  static of(rendering: Rendering): World {
    const world = World.made.get(rendering) ?? new World(rendering);
    World.made.set(rendering, world);
    return world;
  }

  readonly objects: readonly Manifest[];
  readonly pods: PodIndex;
  private readonly known: KnownObjects;
  private readonly byKey: ReadonlyMap<string, Manifest>;
  private readonly byType = new Map<string, Manifest[]>();
  private readonly byNamespace = new Map<string, Manifest[]>();
  private readonly needed = new Map<string, Workload[]>();

  private constructor(rendering: Rendering) {
    this.objects = objectsOf(rendering)
      .map(({ manifest }) => manifest)
      .filter(({ metadata }) => metadata?.name !== undefined);
    const rendered: RenderedObject[] = this.objects.map((manifest) => ({ path: '', manifest }));
    this.pods = PodIndex.of(rendered);
    this.known = new KnownObjects(rendered, {});
    this.byKey = new Map(this.objects.map((manifest) => [keyOf(manifest), manifest]));
    for (const manifest of this.objects) {
      append(this.byType, typeOf(manifest), manifest);
      append(this.byNamespace, `${typeOf(manifest)}/${namespaceOf(manifest)}`, manifest);
    }
    for (const workload of this.pods.workloads) {
      for (const { kind, name } of podReferences(workload.pod))
        append(this.needed, `${kind}/${workload.namespace}/${name}`, workload);
    }
  }

  /** The same object in this rendering. */
  same(manifest: Manifest): Manifest | undefined {
    return this.byKey.get(keyOf(manifest));
  }

  /** Objects of a kind, such as `Service` or `StorageClass.storage.k8s.io`. */
  all(type: string): readonly Manifest[] {
    return this.byType.get(type) ?? [];
  }

  /** Objects of a kind in a namespace. */
  in(namespace: string, type: string): readonly Manifest[] {
    return this.byNamespace.get(`${type}/${namespace}`) ?? [];
  }

  /** Whether an object exists once everything is applied, also because something else makes it. */
  has(kind: string, namespace: string, name: string): boolean {
    return this.known.has(kind, namespace, name);
  }

  /** Workloads whose pods do not start without an object. */
  needing(manifest: Manifest): readonly Workload[] {
    const key = `${manifest.kind}/${namespaceOf(manifest)}/${manifest.metadata.name}`;
    return [...new Set(this.needed.get(key) ?? [])];
  }

  /** Workloads whose pods read a ConfigMap or Secret, and how. */
  readers(manifest: Manifest): Reader[] {
    return this.pods.in(namespaceOf(manifest)).flatMap((workload) => {
      const access = accessOf(workload, manifest.kind, manifest.metadata.name);
      return access ? [{ workload, access }] : [];
    });
  }

  /** Workloads whose pods a selector selects. */
  selected(namespace: string, selector: LabelSelector | undefined): readonly Workload[] {
    return this.pods.select(namespace, selector).filter((workload) => replicasOf(manifestOf(workload)) !== 0);
  }
}

/** The manifest of a workload. */
export function manifestOf(workload: Workload): Manifest {
  return workload.object.manifest as Manifest;
}

/** A workload as messages name it. */
export function nameOfWorkload(workload: Workload): string {
  return describe(manifestOf(workload));
}

/** How many pods a workload has; undefined where somebody else decides. */
export function replicasOf(manifest: Manifest): number | undefined {
  const { replicas } = (manifest.spec ?? {}) as { readonly replicas?: number };
  return typeof replicas === 'number' ? replicas : undefined;
}

function accessOf({ pod }: Workload, kind: string, name: string): Access | undefined {
  const [ref, envFrom] =
    kind === 'Secret'
      ? (['secretKeyRef', 'secretRef'] as const)
      : (['configMapKeyRef', 'configMapRef'] as const);
  const containers = containersOf(pod);
  const asEnvironment = containers.some(
    ({ env, envFrom: sources }) =>
      env?.some(({ valueFrom }) => valueFrom?.[ref]?.name === name) ||
      sources?.some((source) => source[envFrom]?.name === name),
  );
  if (asEnvironment) return 'environment';
  const volumes = (pod.volumes ?? []).filter(({ configMap, secret, projected }) =>
    kind === 'Secret'
      ? secret?.secretName === name || projected?.sources?.some((source) => source.secret?.name === name)
      : configMap?.name === name || projected?.sources?.some((source) => source.configMap?.name === name),
  );
  if (volumes.length > 0) {
    const mounts = containers
      .flatMap(({ volumeMounts }) => volumeMounts ?? [])
      .filter((mount) => volumes.some((volume) => volume.name === mount.name));
    return mounts.some((mount) => mount.subPath) ? 'frozen-files' : 'files';
  }
  const pulls = (pod as { imagePullSecrets?: { name?: string }[] }).imagePullSecrets;
  return kind === 'Secret' && pulls?.some((secret) => secret.name === name) ? 'other' : undefined;
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
