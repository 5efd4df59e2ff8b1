import type { Manifest } from '../types';
import { keysOf } from './list-keys';

type Fields = { readonly [key: string]: unknown };

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What applying takes a live object for: those fields that the manifest names, or that were applied before and would be
 * removed. All else (defaults, status, what controllers and webhooks add) stays as it is whatever is applied.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function asApplied(live: Manifest, wanted?: Manifest): Manifest {
  const { apiVersion, kind } = live;
  const applied = appliedFields(live);
  const { metadata, ...rest } = new Projection(applied !== undefined).of(live, wanted, applied) as {
    metadata?: Fields;
  };
  // One that names no namespace goes to that of the kubeconfig.
  const { name, namespace } = (wanted ?? live).metadata;
  const identity = namespace === undefined ? { name } : { name, namespace };
  const { namespace: _, ...others } = withoutAdded(metadata);
  const fields = { ...rest, apiVersion, kind, metadata: { ...others, ...identity } };
  return (wanted?.status === undefined ? fields : { ...fields, status: wanted.status }) as Manifest;
}

/** Whether somebody applied it, rather than a controller or a program made it. */
export function wasApplied(live: Manifest): boolean {
  return live.metadata.ownerReferences === undefined && appliedFields(live) !== undefined;
}

function withoutAdded(metadata: Fields = {}): Fields {
  const { managedFields: _, annotations, ...rest } = metadata;
  if (!isMap(annotations) || !(LAST_APPLIED in annotations)) return metadata;
  const { [LAST_APPLIED]: __, ...others } = annotations;
  return { ...rest, annotations: others };
}

/** What was applied, client-side or server-side; undefined where nobody did. */
function appliedFields(live: Manifest): unknown {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  const lastApplied = text === undefined ? undefined : (JSON.parse(text) as unknown);
  const managed = (live.metadata.managedFields ?? []) as {
    operation: string;
    subresource?: string;
    fieldsV1?: Fields;
  }[];
  return managed
    .filter(({ operation, subresource }) => operation === 'Apply' && subresource === undefined)
    .reduce<unknown>((sum, { fieldsV1 }) => both(sum, owned(live, fieldsV1 ?? {})), lastApplied);
}

/** The part of a value that `fieldsV1` names. */
function owned(value: unknown, fields: Fields): unknown {
  const parts = Object.entries(fields).filter(([key]) => key !== '.');
  if (parts.length === 0) return value;
  if (Array.isArray(value)) {
    return parts.flatMap(([key, inner]) => {
      if (key.startsWith('v:')) return [JSON.parse(key.slice(2)) as unknown];
      const identity = Object.entries(JSON.parse(key.slice(2)) as Fields);
      const item = value.find((each) => isMap(each) && identity.every(([name, is]) => each[name] === is));
      return isMap(item)
        ? [{ ...(owned(item, inner as Fields) as Fields), ...Object.fromEntries(identity) }]
        : [];
    });
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(
    parts
      .map(([key, inner]) => [key.slice(2), inner] as const)
      .filter(([key]) => key in value)
      .map(([key, inner]) => [key, owned(value[key], inner as Fields)]),
  );
}

/** Of lists, entries that nobody named are dropped only where it is known what was applied. */
class Projection {
  constructor(private readonly known: boolean) {}

  of(live: unknown, wanted: unknown, applied: unknown): unknown {
    if (Array.isArray(live)) return this.list(live, listOf(wanted), listOf(applied));
    if (!isMap(live)) return live;
    const a = isMap(wanted) ? wanted : {};
    const b = isMap(applied) ? applied : {};
    const kept = Object.keys(live).filter((key) => key in a || key in b);
    const same = Object.keys(a).filter((key) => !(key in live) && meansNothing(a[key], key));
    return {
      ...Object.fromEntries(kept.map((key) => [key, this.of(live[key], a[key], b[key])])),
      ...Object.fromEntries(same.map((key) => [key, a[key]])),
    };
  }

  private list(live: readonly unknown[], wanted: readonly unknown[], applied: readonly unknown[]): unknown[] {
    const keys = keysOf(live, wanted, applied);
    return live.flatMap((item, index) => {
      const find = (list: readonly unknown[]) =>
        keys === undefined ? list[index] : list.find((other) => keys(other) === keys(item));
      const [a, b] = [find(wanted), find(applied)];
      if (a !== undefined || b !== undefined) return [this.of(item, a, b)];
      return keys !== undefined && this.known ? [] : [item];
    });
  }
}

/** What the API server leaves out when it is given. */
function meansNothing(value: unknown, key: string): boolean {
  if (value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return (
    isMap(value) &&
    Object.keys(value).length === 0 &&
    /(^labels|^annotations|^data|Labels|nodeSelector)$/.test(key)
  );
}

function both(a: unknown, b: unknown): unknown {
  if (a === undefined || b === undefined) return a ?? b;
  if (Array.isArray(a) && Array.isArray(b)) {
    const keys = keysOf(a, b) ?? JSON.stringify;
    const find = (list: readonly unknown[], item: unknown) =>
      list.find((other) => keys(other) === keys(item));
    return [
      ...a.map((item) => both(item, find(b, item))),
      ...b.filter((item) => find(a, item) === undefined),
    ];
  }
  if (!isMap(a) || !isMap(b)) return b;
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, both(a[key], b[key])]),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
