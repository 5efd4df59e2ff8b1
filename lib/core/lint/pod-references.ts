import type { Container, NamedSource, PodSpec, Volume } from './pod';
import { containersOf } from './pod';

/** Something an object needs that has to exist. */
export interface Reference {
  /** Where it is named, as messages show it: `volume "config"`. */
  readonly by: string;
  readonly kind: string;
  readonly name: string;
  /** @default - the namespace of the object that refers */
  readonly namespace?: string;
  /** Keys that have to be in it. */
  readonly keys?: readonly string[];
}

type Source = NamedSource & { readonly key?: string };

function sourceReference(by: string, kind: string, source: Source | undefined): Reference[] {
  if (!source?.name || source.optional) return [];
  const keys = source.key === undefined ? source.items?.map((item) => item.key) : [source.key];
  return [{ by, kind, name: source.name, keys }];
}

function volumeReferences(volume: Volume): Reference[] {
  const by = `volume "${volume.name}"`;
  const { secret, persistentVolumeClaim: claim } = volume;
  const secretSource = secret && { name: secret.secretName, optional: secret.optional };
  return [
    ...sourceReference(by, 'ConfigMap', volume.configMap),
    ...sourceReference(by, 'Secret', secretSource),
    ...(volume.projected?.sources ?? []).flatMap((source) => [
      ...sourceReference(by, 'ConfigMap', source.configMap),
      ...sourceReference(by, 'Secret', source.secret),
    ]),
    ...(claim ? [{ by, kind: 'PersistentVolumeClaim', name: claim.claimName }] : []),
  ];
}

function containerReferences(container: Container): Reference[] {
  const variables = (container.env ?? []).flatMap(({ name, valueFrom }) => {
    const by = `variable ${name} of container "${container.name}"`;
    return [
      ...sourceReference(by, 'ConfigMap', valueFrom?.configMapKeyRef),
      ...sourceReference(by, 'Secret', valueFrom?.secretKeyRef),
    ];
  });
  const sets = (container.envFrom ?? []).flatMap((source) => {
    const by = `envFrom of container "${container.name}"`;
    return [
      ...sourceReference(by, 'ConfigMap', source.configMapRef),
      ...sourceReference(by, 'Secret', source.secretRef),
    ];
  });
  return [...variables, ...sets];
}

/**
 * Everything a pod needs to start, apart from pull Secrets, without which a node merely pulls anonymously.
 */
export function podReferences(pod: PodSpec): Reference[] {
  const account = pod.serviceAccountName;
  return [
    ...(account ? [{ by: 'its pod', kind: 'ServiceAccount', name: account }] : []),
    ...(pod.volumes ?? []).flatMap(volumeReferences),
    ...containersOf(pod).flatMap(containerReferences),
  ];
}
