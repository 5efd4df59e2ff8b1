import { isDeepStrictEqual } from 'node:util';
import { complete } from './defaults';
import { differences } from './fields';
import { describe, isBuiltIn, keyOf, typeOf } from './identity';
import type { FieldChange, Manifest, ObjectChange, Rendering } from './types';

type Entry = Rendering['objects'][number];

/** Objects of a rendering, those of lists on their own. */
export function objectsOf(rendering: Rendering): Entry[] {
  return rendering.objects.flatMap((entry) => {
    const { stack, manifest } = entry;
    if (!/List$/.test(manifest.kind) || !Array.isArray(manifest.items)) return [entry];
    return objectsOf({
      objects: manifest.items.map((item: Manifest) => ({ stack, manifest: item })),
    });
  });
}

/** Objects by what makes them the same one; of two that are the same, the last is applied last. */
function byIdentity(entries: readonly Entry[]): Map<string, Entry> {
  return new Map(
    entries
      .filter(({ manifest }) => manifest.metadata?.name !== undefined)
      .map((entry) => [keyOf(entry.manifest), entry]),
  );
}

const HIDDEN = '(hidden)';

/** Nobody should read a Secret in a plan. */
function withoutSecrets(fields: FieldChange[]): FieldChange[] {
  const hide = (value: unknown) => (value === undefined ? undefined : HIDDEN);
  return fields.map((field) =>
    /^data\b/.test(field.path) ? { path: field.path, from: hide(field.from), to: hide(field.to) } : field,
  );
}

/** The fields in which two manifests of one object mean something different. */
export function fieldChanges(before: Manifest, after: Manifest): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const options = { type: typeOf(after), builtIn: isBuiltIn(after) };
  const fields = differences(complete(before), complete(after), options);
  return options.type === 'Secret' ? withoutSecrets(fields) : fields;
}

/** The objects that differ, by identity: another name or namespace is another object. */
export function compare(before: Rendering, after: Rendering): ObjectChange[] {
  const [old, now] = [byIdentity(objectsOf(before)), byIdentity(objectsOf(after))];
  const changes: ObjectChange[] = [];
  for (const key of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const [from, to] = [old.get(key), now.get(key)];
    const fields = from && to ? fieldChanges(from.manifest, to.manifest) : [];
    if (from && to && fields.length === 0) continue;
    const stack = (to ?? from)?.stack;
    changes.push({
      ...(stack === undefined ? {} : { stack }),
      ...(from ? { before: from.manifest } : {}),
      ...(to ? { after: to.manifest } : {}),
      fields,
    });
  }
  return changes;
}

/** Objects that cannot be told apart from others, because they have no name, in words. */
export function unnamed(before: Rendering, after: Rendering): string[] {
  const known = new Set(objectsOf(before).map(({ manifest }) => JSON.stringify(manifest)));
  return objectsOf(after)
    .filter(({ manifest }) => manifest.metadata?.name === undefined && !known.has(JSON.stringify(manifest)))
    .map(
      ({ manifest }) =>
        `${describe(manifest)}: it has no name, so it cannot be compared; an object with generateName is ` +
        'made anew whenever somebody creates it',
    );
}

/** Objects that are rendered more than once and differ, in words: nobody knows which of them is applied last. */
export function repeated(after: Rendering): string[] {
  const seen = new Map<string, Manifest>();
  const found = new Set<string>();
  for (const { manifest } of objectsOf(after)) {
    if (manifest.metadata?.name === undefined) continue;
    const known = seen.get(keyOf(manifest));
    if (known && fieldChanges(known, manifest).length > 0)
      found.add(
        `${describe(manifest)}: it is rendered more than once, and differently; the last one is what is compared`,
      );
    seen.set(keyOf(manifest), manifest);
  }
  return [...found];
}
