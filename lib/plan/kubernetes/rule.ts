import { describe } from '../identity';
import type { Effect, FieldChange, Manifest, ObjectChange, Rendering } from '../types';

/** What is planned as a whole. */
export interface Context {
  readonly before: Rendering;
  readonly after: Rendering;
}

/** An object that is in both renderings, and differs. */
export interface Changed {
  readonly object: string;
  readonly before: Manifest;
  readonly after: Manifest;
  readonly fields: readonly FieldChange[];
  readonly context: Context;
}

/** An object that is in one rendering only. */
export interface Whole {
  readonly object: string;
  readonly manifest: Manifest;
  readonly context: Context;
}

/** An effect; on the object itself, where no other is named. */
export type Draft = Omit<Effect, 'object'> & { readonly object?: string };

/** What changes of some fields do, judged together. */
export interface FieldRule {
  /** Paths; what is below them belongs to them. The empty string: every field that no rule before took. */
  readonly at: readonly string[];
  readonly judge: (fields: readonly FieldChange[], changed: Changed) => Draft[];
}

/** What is known of a kind. Fields that no rule takes are reported as unknown. */
export interface KindRules {
  readonly created?: (whole: Whole) => Draft[];
  readonly deleted: (whole: Whole) => Draft[];
  /** The first rule that names a field takes it. */
  readonly changed: readonly FieldRule[];
  /** What follows from the change as a whole, whichever fields it is of. */
  readonly also?: (changed: Changed) => Draft[];
  /** What to call the fields that no rule takes; none of them where nothing has to be said. @default - each by its path */
  readonly unknown?: (fields: readonly FieldChange[]) => readonly string[];
}

/** Whether a path is `at` or below it. */
export function isAt(path: string, at: string): boolean {
  if (at === '' || path === at) return true;
  return path.startsWith(at) && (path[at.length] === '.' || path[at.length] === '[');
}

/** A rule that judges each field for itself. */
export function each(
  at: readonly string[],
  judge: (field: FieldChange, changed: Changed) => Draft | Draft[] | undefined,
): FieldRule {
  return {
    at,
    judge: (fields, changed) =>
      fields.flatMap((field) => {
        const draft = judge(field, changed) ?? [];
        return (Array.isArray(draft) ? draft : [draft]).map((one) => ({ ...valuesOf(field), ...one }));
      }),
  };
}

function valuesOf({ path, from, to }: FieldChange): Pick<Draft, 'field' | 'from' | 'to'> {
  return {
    field: path,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** What all effects that come of several fields name: the first of them. */
export function first(fields: readonly FieldChange[]): Pick<Draft, 'field' | 'from' | 'to'> {
  return valuesOf(fields[0]);
}

/** A rule for fields that the API server lets nobody change. */
export function immutable(
  at: readonly string[],
  instead = 'delete the object and create it anew, or keep the field',
): FieldRule {
  return each(at, (field, { object }) => refused(field, object, instead));
}

/** The API server's refusal of one field. */
export function refused(field: FieldChange, object: string, instead: string, why = 'cannot change'): Draft {
  return {
    verdict: 'refused',
    what: `the API server refuses the change of ${object}: ${shown(field)} ${why}`,
    instead,
    ...valuesOf(field),
  };
}

/** A rule for fields that are taken up while everything runs on. */
export function live(at: readonly string[], means: (object: string) => string): FieldRule {
  return {
    at,
    judge: (fields, { object }) => [
      { verdict: 'applied-live', what: `${means(object)}: ${listed(fields)}`, ...first(fields) },
    ],
  };
}

const LONG = 60;

/** A value as a message shows it; undefined where it is too long to be read. */
export function text(value: unknown): string | undefined {
  if (value === undefined) return 'none';
  const short = typeof value === 'string' ? value : JSON.stringify(value);
  if (short === '') return '""';
  return short.length > LONG || short.includes('\n') ? undefined : short;
}

/** A change as a message shows it: `spec.replicas 3 -> 5`. */
export function shown({ path, from, to }: FieldChange): string {
  const [before, after] = [text(from), text(to)];
  if (from === undefined) return after === undefined ? `${path} (new)` : `${path} (new: ${after})`;
  if (to === undefined) return before === undefined ? `${path} (removed)` : `${path} (removed: ${before})`;
  return before === undefined || after === undefined ? path : `${path} ${before} -> ${after}`;
}

const FEW = 3;

/** Some changes as a message shows them: the first few, and how many more. */
export function listed(fields: readonly FieldChange[], show = shown): string {
  const more = fields.length > FEW ? [`${fields.length - FEW} more`] : [];
  return enumerate([...fields.slice(0, FEW).map(show), ...more]);
}

/** `a, b and c`. */
export function enumerate(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** Some objects or names as a message shows them: the first few, and how many more. */
export function few(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return enumerate([
    ...unique.slice(0, FEW),
    ...(unique.length > FEW ? [`${unique.length - FEW} more`] : []),
  ]);
}

/** `1 pod`, `3 pods`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The one object of a change that came or went. */
export function wholeOf({ before, after }: ObjectChange, context: Context): Whole {
  const manifest = (after ?? before) as Manifest;
  return { object: describe(manifest), manifest, context };
}
