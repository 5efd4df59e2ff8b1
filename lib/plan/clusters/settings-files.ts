import { parse } from 'yaml';

/** Settings of a file of properties, of YAML with its levels joined by `.`, or of one like redis.conf. */
export function settingsIn(file: string, text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  if (file.endsWith('.conf')) return words(text);
  return file.endsWith('.yaml') ? flat(parse(text)) : properties(text);
}

function properties(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
}

/** Lines of a key and words; a key of several lines has all of them. */
function words(text: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [, key, value] of text.matchAll(/^((?:sentinel )?[^\s#]+)[ \t]*(.*)$/gm)) {
    const one = value.trim().replace(/^"(.*)"$/, '$1');
    settings[key] = settings[key] === undefined ? one : `${settings[key]}, ${one}`;
  }
  return settings;
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
