import { byKey, listsAreSets, orderCounts } from './list-keys';
import { quantity } from './quantity';
import type { FieldChange } from './types';

/** Fields whose entries, whatever their names are, hold quantities. */
const OF_QUANTITIES = new Set([
  ...['capacity', 'default', 'defaultRequest', 'hard', 'limits', 'max', 'maxLimitRequestRatio', 'min'],
  ...['overhead', 'podFixed', 'requests', 'scopedResources'],
]);
const QUANTITIES = new Set(['averageValue', 'divisor', 'sizeLimit']);

/** Fields that take a number or a string: `"8080"` is 8080 there. */
const INT_OR_STRING = new Set(['targetPort', 'port', 'maxUnavailable', 'minAvailable', 'maxSurge']);

/** Fields in which nothing inside is not the same as no such field. */
const EMPTY_COUNTS = new Set([
  ...['emptyDir', 'selector', 'podSelector', 'namespaceSelector', 'labelSelector', 'objectSelector'],
  ...['projected', 'volumeAttributes'],
]);

/** Maps of which a person wants to know the entries, even if the map itself is new or gone. */
const EACH_COUNTS = new Set([
  ...['annotations', 'binaryData', 'data', 'hard', 'labels', 'limits', 'matchLabels', 'nodeSelector'],
  ...['parameters', 'requests', 'resources'],
]);

/** Where false, 0 or the empty string is what a missing field means; elsewhere a pod would be another one. */
const ZERO_IS_ABSENT = new Set([
  ...['hostIPC', 'hostNetwork', 'hostPID', 'hostPort', 'initialDelaySeconds', 'medium', 'minReadySeconds'],
  ...['paused', 'publishNotReadyAddresses', 'readOnly', 'stdin', 'stdinOnce', 'subPath', 'tty', 'value'],
]);

/** Something that has fields. */
export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How the difference of one kind is to be told. */
export interface FieldOptions {
  /** Kind and group, such as `StatefulSet.apps`. */
  readonly type: string;
  /** Whether Kubernetes itself defines the kind, so that its conventions hold. */
  readonly builtIn: boolean;
}

class Differences {
  readonly found: FieldChange[] = [];
  private readonly names: string[] = [];
  private readonly sets: boolean;

  constructor(private readonly options: FieldOptions) {
    this.sets = listsAreSets(options.type);
  }

  walk(path: string, from: unknown, to: unknown): void {
    if (from === to) return;
    const [before, after] = [this.present(from), this.present(to)];
    if (before === undefined && after === undefined) return;
    if (Array.isArray(before ?? []) && Array.isArray(after ?? [])) this.lists(path, before, after);
    else if (this.mapsAre(before, after)) this.maps(path, (before ?? {}) as Fields, (after ?? {}) as Fields);
    else if (!this.sameScalar(before, after)) this.found.push({ path, from: before, to: after });
  }

  maps(path: string, from: Fields, to: Fields): void {
    for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
      this.names.push(name);
      this.walk(path === '' ? segment(name) : join(path, name), from[name], to[name]);
      this.names.pop();
    }
  }

  private lists(path: string, from: unknown, to: unknown): void {
    const [before, after] = [(from ?? []) as unknown[], (to ?? []) as unknown[]];
    if (this.sets) {
      if (inOneOrder(before) !== inOneOrder(after)) this.found.push({ path, from, to });
      return;
    }
    const { type, builtIn } = this.options;
    const [old, now] = builtIn
      ? [byKey(this.names, type, before), byKey(this.names, type, after)]
      : [undefined, undefined];
    if (old && now) this.keyed(path, old, now);
    else if (before.length === after.length) {
      before.forEach((entry, index) => {
        this.walk(`${path}[${index}]`, entry, after[index]);
      });
    } else this.found.push({ path, from, to });
  }

  private keyed(path: string, from: Map<string, unknown>, to: Map<string, unknown>): void {
    for (const key of new Set([...from.keys(), ...to.keys()]))
      this.walk(`${path}[${key}]`, from.get(key), to.get(key));
    if (!orderCounts(this.options.type)) return;
    const [before, after] = [
      [...from.keys()].filter((key) => to.has(key)),
      [...to.keys()].filter((key) => from.has(key)),
    ];
    if (before.join('\n') !== after.join('\n')) this.found.push({ path, from: before, to: after });
  }

  /** A value, or undefined where it says as much as no value. */
  private present(value: unknown): unknown {
    if (value === undefined || value === null) return undefined;
    if (!this.options.builtIn) return value;
    const name = this.names[this.names.length - 1];
    if (value === false || value === 0 || value === '')
      return ZERO_IS_ABSENT.has(name) && !this.inData() ? undefined : value;
    const empty = typeof value === 'object' && Object.keys(value).length === 0;
    return empty && !EMPTY_COUNTS.has(name) ? undefined : value;
  }

  /** Whether two values are told apart by what is in them; of maps that come or go, where each entry counts for itself. */
  private mapsAre(before: unknown, after: unknown): boolean {
    if (isFields(before) && isFields(after)) return true;
    const name = this.names[this.names.length - 1];
    return this.options.builtIn && EACH_COUNTS.has(name) && (isFields(before) || isFields(after));
  }

  private inData(): boolean {
    return this.names[0] === 'data' || this.names[0] === 'metadata';
  }

  private sameScalar(from: unknown, to: unknown): boolean {
    if (from === to) return true;
    if (from === undefined || to === undefined || !this.options.builtIn || this.inData()) return false;
    const name = this.names[this.names.length - 1];
    if (INT_OR_STRING.has(name) && String(from) === String(to)) return true;
    if (!QUANTITIES.has(name) && !OF_QUANTITIES.has(this.names[this.names.length - 2])) return false;
    const [before, after] = [quantity(from), quantity(to)];
    return before !== undefined && before === after;
  }
}

function segment(name: string): string {
  return /^[\w-]+$/.test(name) ? name : `[${name}]`;
}

function join(path: string, name: string): string {
  const next = segment(name);
  return next.startsWith('[') ? path + next : `${path}.${next}`;
}

/** A value as text in which the order of lists and fields says nothing. */
function inOneOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneOrder).sort().join(',')}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value).filter((name) => value[name] !== undefined && value[name] !== null);
  return `{${fields
    .sort()
    .map((name) => `${JSON.stringify(name)}:${inOneOrder(value[name])}`)
    .join(',')}}`;
}

/**
 * The fields in which two manifests differ, sorted by path. Entries of lists are compared as Kubernetes merges them, and what
 * means the same is no difference.
 */
export function differences(from: Fields, to: Fields, options: FieldOptions): FieldChange[] {
  const all = new Differences(options);
  all.maps('', from, to);
  return all.found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
