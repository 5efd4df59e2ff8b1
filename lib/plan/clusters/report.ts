import type { Effect, FieldChange, Manifest, ObjectChange } from '../types';
import { title } from './side';

/** Says whether a field is meant. */
export type Fields = (path: string) => boolean;

/** Below this path, or at it. */
export const under =
  (prefix: string): Fields =>
  (path) =>
    path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);

/** At this entry of a map, which names its keys in one way or another. */
export const entry =
  (map: string, key: string): Fields =>
  (path) =>
    [`${map}.${key}`, `${map}[${key}]`, `${map}["${key}"]`].includes(path);

/** What is found out of a cluster, and which changes were looked at. */
export class Report {
  readonly effects: Effect[] = [];
  readonly unknown: string[] = [];
  private readonly taken = new Map<ObjectChange, Fields[] | 'all'>();
  private readonly settled = new Set<string>();

  constructor(readonly changes: readonly ObjectChange[]) {}

  tell(effect: Effect): void {
    this.effects.push(effect);
  }

  /** The change of an object of this kind and name, if there is one. */
  change(kind: string, name: string): ObjectChange | undefined {
    return this.changes.find((change) => {
      const object = objectOf(change);
      return object.kind === kind && object.metadata.name === name;
    });
  }

  /** Plain rules are not to judge these fields, or without fields the whole object. */
  take(change: ObjectChange | undefined, ...fields: Fields[]): void {
    if (!change) return;
    const before = this.taken.get(change);
    if (fields.length === 0) this.taken.set(change, 'all');
    else if (before !== 'all') this.taken.set(change, [...(before ?? []), ...fields]);
  }

  /** Fields of a change that nobody has taken yet. */
  left(change: ObjectChange): FieldChange[] {
    const taken = this.taken.get(change);
    if (taken === 'all') return [];
    return change.fields.filter(({ path }) => !taken?.some((fields) => fields(path)));
  }

  isTaken(change: ObjectChange): boolean {
    return this.taken.get(change) === 'all';
  }

  /** Notes that a setting, such as `gate.founders`, was looked at. */
  settle(...settings: string[]): void {
    for (const setting of settings) this.settled.add(setting);
  }

  isSettled(setting: string): boolean {
    return this.settled.has(setting);
  }

  /** What plain rules are to judge. */
  rest(): ObjectChange[] {
    return this.changes.flatMap((change) => {
      if (this.isTaken(change)) return [];
      if (!change.before || !change.after) return [change];
      const fields = this.left(change);
      return fields.length > 0 ? [{ ...change, fields }] : [];
    });
  }
}

/** The object of a change, as it will be where it stays. */
export function objectOf({ before, after }: ObjectChange): Manifest {
  return (after ?? before) as Manifest;
}

export const titleOf = (change: ObjectChange): string => title(objectOf(change));
