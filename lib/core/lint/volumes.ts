import type { KnownObjects } from './known-objects';
import type { Manifest } from './manifest';
import { claimTemplatesOf, configKeysOf, nameOf, namespaceOf, podTemplateOf } from './manifest';
import type { PodSpec, Volume } from './pod';
import { containersOf } from './pod';
import { quoted } from './quoted';

/** Files in a volume made from a ConfigMap of the app; undefined where they are not known. */
function filesOf(volume: Volume | undefined, namespace: string, known: KnownObjects): string[] | undefined {
  const source = volume?.configMap;
  const config = source?.name && !source.optional ? known.configMap(namespace, source.name) : undefined;
  return config && (source?.items?.map((item) => item.path) ?? configKeysOf(config));
}

function mountFaults(manifest: Manifest, pod: PodSpec, known: KnownObjects): string[] {
  const volumes = new Map((pod.volumes ?? []).map((volume) => [volume.name, volume]));
  const names = new Set([...volumes.keys(), ...claimTemplatesOf(manifest).map(nameOf)]);
  return containersOf(pod).flatMap((container) =>
    (container.volumeMounts ?? []).flatMap(({ name, subPath }) => {
      const by = `container "${container.name}" mounts`;
      if (!names.has(name)) {
        return [`${by} volume "${name}", its pod has ${quoted([...names])}; fix the name or add the volume`];
      }
      const files = subPath ? filesOf(volumes.get(name), namespaceOf(manifest), known) : undefined;
      if (!files || files.some((file) => file === subPath || file.startsWith(`${subPath}/`))) return [];
      return [
        `${by} "${subPath}" of volume "${name}", which holds ${quoted(files)}; fix subPath or add the file`,
      ];
    }),
  );
}

/** What is wrong with the volume mounts of an object's pods. */
export function volumeFaults(manifest: Manifest, known: KnownObjects): string[] {
  const pod = podTemplateOf(manifest)?.spec;
  return pod ? mountFaults(manifest, pod, known) : [];
}
