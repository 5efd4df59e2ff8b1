import { parse } from 'yaml';

/** Settings of a file of properties, or of YAML with its levels joined by `.`. */
export function settingsIn(file: string, text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  return file.endsWith('.yaml') ? flat(parse(text)) : properties(text);
}

function properties(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
}

function flat(value: unknown, prefix = ''): Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { [prefix]: Array.isArray(value) ? value.join(',') : String(value) };
  }
  const entries = Object.entries(value).map(([key, item]) => flat(item, prefix ? `${prefix}.${key}` : key));
  return Object.assign({}, ...entries);
}

/** A setting that is not the same before and after. */
export interface SettingChange {
  readonly key: string;
  readonly from?: string;
  readonly to?: string;
}

/** What differs, in the order of the names. */
export function settingChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): SettingChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => ({ key, from: before[key], to: after[key] }));
}
