import type { FieldChange } from '../types';
import { listed, shown } from './rule';

/** A change below the template of pods, as a reason for a restart: `image of web nginx:1.27 -> nginx:1.28`. */
function reason(field: FieldChange): string {
  const path = field.path
    .replace(/^spec\.(jobTemplate\.spec\.)?template(\.|\[|$)/, '')
    .replace(/^spec(\.|$)/, '');
  const image = /^(?:initContainers|containers)\[([^\]]*)\]\.image$/.exec(path);
  const variable = /^(?:initContainers|containers)\[([^\]]*)\]\.env\[([^\]]*)\]/.exec(path);
  if (image) return shown({ ...field, path: `image of ${image[1]}` });
  if (variable) {
    const [from, to] = [settingOf(field.from), settingOf(field.to)];
    return shown({ path: `variable ${variable[2]} of ${variable[1]}`, from, to });
  }
  return shown({ ...field, path: path === '' ? 'the template' : path });
}

/** What a variable is set to, if it is its entry that changes. */
function settingOf(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const { value, valueFrom } = entry as { readonly value?: string; readonly valueFrom?: unknown };
  return valueFrom === undefined ? (value ?? '') : 'taken from elsewhere';
}

/** Images first, then variables: what a person looks for. */
function rank({ path }: FieldChange): number {
  if (/\.image$/.test(path)) return 0;
  return /\.spec\./.test(path) ? 1 : 2;
}

/** The fields of a template in the order in which a person wants to know them. */
export function ranked(fields: readonly FieldChange[]): FieldChange[] {
  return [...fields].sort((a, b) => rank(a) - rank(b));
}

/** Why pods are made anew. */
export function reasons(fields: readonly FieldChange[]): string {
  return listed(ranked(fields), reason);
}

/** A number of pods, or a share of them, as a number; undefined for what is neither. */
export function share(value: unknown, of: number, round: (number: number) => number): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const percent = /^(\d+)%$/.exec(value);
  if (percent) return round((Number(percent[1]) * of) / 100);
  return /^\d+$/.test(value) ? Number(value) : undefined;
}
