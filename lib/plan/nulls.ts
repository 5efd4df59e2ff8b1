import { isBuiltIn } from './identity';
import type { Manifest, Rendering } from './types';

/** What a manifest may say in one place. */
type Value = unknown;

/** A value without fields that are null; the same one, if it has none. */
function without(value: Value, entries: boolean): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return list(value, entries);
  let copy: Record<string, Value> | undefined;
  for (const name of Object.keys(value)) {
    const inner = (value as Record<string, Value>)[name];
    const next = inner === null ? undefined : without(inner, entries);
    if (next === inner) continue;
    copy ??= { ...value } as Record<string, Value>;
    if (next === undefined) delete copy[name];
    else copy[name] = next;
  }
  return copy ?? value;
}

function list(values: readonly Value[], entries: boolean): readonly Value[] {
  let same = true;
  const next: Value[] = [];
  for (const value of values) {
    if (entries && (value === null || value === undefined)) same = false;
    else {
      const kept = without(value, entries);
      if (kept !== value) same = false;
      next.push(kept);
    }
  }
  return same ? values : next;
}

/**
 * A rendering in which fields that are null are absent, as the API server takes them: templates leave `annotations:` with
 * nothing behind it. What an entry of a list that is null means to a kind of somebody else, nobody knows, so it stays.
 */
export function withoutNulls(rendering: Rendering): Rendering {
  let same = true;
  const objects = rendering.objects.map((entry) => {
    const manifest = without(entry.manifest, isBuiltIn(entry.manifest)) as Manifest;
    if (manifest === entry.manifest) return entry;
    same = false;
    return { ...entry, manifest };
  });
  return same ? rendering : { ...rendering, objects };
}
