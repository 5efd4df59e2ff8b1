import { LABEL_PREFIX } from '../../core/names';
import { stewardName } from '../../steward/settings';
import { namespaceOf } from '../identity';
import type { Manifest, Rendering } from '../types';
import { settingsIn } from './settings-files';

/** What the manifests of one state say of a cluster. */
export interface Side {
  /** Everything that carries its label, in its namespace. */
  readonly objects: readonly Manifest[];
  /** StatefulSets by name. */
  readonly sets: ReadonlyMap<string, Manifest>;
  /** Deployment of its steward; undefined where it has none. */
  readonly steward?: Manifest;
  /** What the steward is told. */
  readonly settings: Json;
  /** What gates are told. */
  readonly gate: Json;
  /** Files of its ConfigMap `<name>-config`. */
  readonly files: Readonly<Record<string, string>>;
  /** Settings in one of these files; none where it is missing. */
  read(file: string): Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: settings of each system are their own
export type Json = Readonly<Record<string, any>>;

/** Reads what a rendering says of one cluster. */
export function sideOf(rendering: Rendering, name: string, namespace: string | undefined): Side {
  const objects = rendering.objects
    .map(({ manifest }) => manifest)
    .filter(
      (manifest) =>
        manifest.metadata.labels?.[`${LABEL_PREFIX}/cluster`] === name &&
        namespaceOf(manifest) === (namespace ?? 'default'),
    );
  const steward = find(objects, 'Deployment', stewardName(name));
  const files = (find(objects, 'ConfigMap', `${name}-config`)?.data ?? {}) as Record<string, string>;
  const read = new Map<string, Record<string, string>>();
  return {
    objects,
    sets: new Map(
      objects.filter(({ kind }) => kind === 'StatefulSet').map((set) => [set.metadata.name, set]),
    ),
    steward,
    settings: toldIn(steward),
    gate: parse(files['gate.json']),
    files,
    read: (file) => {
      const settings = read.get(file) ?? settingsIn(file, files[file]);
      read.set(file, settings);
      return settings;
    },
  };
}

/** An object of a kind and a name. */
export function find(objects: readonly Manifest[], kind: string, name: string): Manifest | undefined {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

/** What the programs of a pod's template are told as variable SETTINGS, by the first container that has it. */
export function toldIn(workload: Manifest | undefined): Json {
  const containers: { env?: { name: string; value?: string }[] }[] =
    workload?.spec?.template?.spec?.containers ?? [];
  const variables = containers.flatMap(({ env = [] }) => env);
  return parse(variables.find(({ name }) => name === 'SETTINGS')?.value);
}

function parse(text: string | undefined): Json {
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

/** `StatefulSet shop/etcd`. */
export function title({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;
}
