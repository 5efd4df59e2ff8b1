import type { Problem } from '../problem';
import type { Rule } from './context';
import { CREATES_SECRET_ANNOTATION } from './context';
import { KnownObjects } from './known-objects';
import type { Manifest } from './manifest';
import { configKeysOf, namespaceOf, podTemplateOf } from './manifest';
import { objectReferences } from './object-references';
import type { Reference } from './pod-references';
import { podReferences } from './pod-references';
import { quoted } from './quoted';
import { storageClassFaults } from './storage-classes';
import { volumeFaults } from './volumes';

function remedy(kind: string): string {
  return kind === 'Secret'
    ? 'fix the name, add an ExternalSecret or a Certificate that makes it, annotate what makes it with ' +
        `${CREATES_SECRET_ANNOTATION}, or declare it as existing`
    : `fix the name, add the ${kind} or declare it as existing`;
}

function missingKeys({ by, name, keys = [] }: Reference, config: Manifest): string[] {
  const present = configKeysOf(config);
  return keys
    .filter((key) => !present.includes(key))
    .map(
      (key) =>
        `${by} takes "${key}" from ConfigMap "${name}", which has ${quoted(present)}; fix the key or add it`,
    );
}

function referenceFaults(manifest: Manifest, known: KnownObjects): string[] {
  const pod = podTemplateOf(manifest)?.spec;
  const all = [...objectReferences(manifest), ...(pod ? podReferences(pod) : [])];
  if (all.length === 0) return [];
  const reported = new Set<string>();
  return all.flatMap((reference) => {
    const { by, kind, name, namespace = namespaceOf(manifest) } = reference;
    if (known.has(kind, namespace, name)) {
      const config = kind === 'ConfigMap' ? known.configMap(namespace, name) : undefined;
      return config ? missingKeys(reference, config) : [];
    }
    const target = `${kind}/${namespace}/${name}`;
    if (reported.has(target)) return [];
    reported.add(target);
    const where = namespace === '' ? 'the cluster' : `namespace "${namespace}"`;
    return [`${by} refers to ${kind} "${name}", ${where} has none of that name; ${remedy(kind)}`];
  });
}

/**
 * [core/reference] Names of objects, keys, volumes and StorageClasses that do not exist: pods wait for them
 * for ever, traffic goes nowhere, permissions are missing. What is marked optional may be missing.
 */
export const references: Rule = (objects, context) => {
  const known = new KnownObjects(objects, context);
  return objects.flatMap(({ path, manifest }): Problem[] =>
    [
      ...referenceFaults(manifest, known),
      ...volumeFaults(manifest, known),
      ...(context.storageClasses ? storageClassFaults(manifest, known, context.storageClasses) : []),
    ].map((message) => ({ code: 'core/reference', path, message })),
  );
};
