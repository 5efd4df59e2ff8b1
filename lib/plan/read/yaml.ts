import { parseDocument, type ScalarTag } from 'yaml';
import type { Manifest } from '../types';

/** A document that is no object of Kubernetes. */
export interface OtherDocument {
  /** As `prod/values.yaml:3`. */
  readonly place: string;
  readonly text: string;
  /** As `has no kind`. */
  readonly why: string;
}

/** What a file holds. */
export interface FileContent {
  readonly manifests: readonly Manifest[];
  readonly others: readonly OtherDocument[];
}

type Parsed = { readonly value: unknown } | { readonly error: string; readonly line: number };

/** Documents by their text: most of two renderings is the same, and parsing takes longer than all else. */
export type ParsedDocuments = Map<string, Parsed>;

/**
 * Objects of a file of YAML or JSON, those of a `List` one by one.
 * @throws with the file and the line, where it is neither
 */
export function readManifests(text: string, file: string, known: ParsedDocuments = new Map()): FileContent {
  const manifests: Manifest[] = [];
  const others: OtherDocument[] = [];
  let line = 1;
  // Lines of a block scalar are indented, so that this separates documents wherever it begins a line.
  for (const document of text.split(/^---(?=\s|$)/m)) {
    const result = parse(document, known);
    if ('error' in result) throw new Error(`${file}:${line + result.line - 1}: ${result.error}`);
    for (const value of itemsOf(result.value)) {
      const why = whyNot(value);
      if (why === undefined) manifests.push(withoutNothing(value as Manifest));
      else others.push({ place: `${file}:${line + leadingLines(document)}`, text: document.trim(), why });
    }
    line += document.split('\n').length - 1;
  }
  return { manifests, others };
}

/** `0o17`, which YAML 1.2 has and kubectl takes, too. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0o[0-7]+$/,
  resolve: (text) => Number(text),
};

/** As kubectl reads it: YAML 1.1, where `0644` is octal and `on` is a boolean, but times and dates are text. */
function parse(text: string, known: ParsedDocuments): Parsed {
  const found = known.get(text);
  if (found) return found;
  const document = parseDocument(text, {
    schema: 'yaml-1.1',
    merge: true,
    uniqueKeys: false,
    customTags: (tags) => [OCTAL, ...tags.filter((tag) => typeof tag === 'string' || !isTime(tag))],
  });
  const [error] = document.errors;
  const result: Parsed = error
    ? {
        error: error.message.split('\n')[0].replace(/ at line \d+, column \d+:$/, ''),
        line: error.linePos?.[0].line ?? 1,
      }
    : { value: document.toJS() };
  known.set(text, result);
  return result;
}

/** Templates leave `annotations:` with nothing behind it, which the API server takes for none. */
function withoutNothing(manifest: Manifest): Manifest {
  const entries = Object.entries(manifest.metadata);
  if (entries.every(([, value]) => value !== null)) return manifest;
  const metadata = Object.fromEntries(entries.filter(([, value]) => value !== null));
  return { ...manifest, metadata: metadata as Manifest['metadata'] };
}

function isTime({ tag, format }: { readonly tag: string; readonly format?: string }): boolean {
  return format === 'TIME' || tag === 'tag:yaml.org,2002:timestamp';
}

function itemsOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [value];
}

function leadingLines(document: string): number {
  return document.slice(0, document.search(/\S|$/)).split('\n').length - 1;
}

function whyNot(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no map';
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  if (typeof apiVersion !== 'string' || apiVersion === '') return 'has no apiVersion';
  if (typeof kind !== 'string' || kind === '') return 'has no kind';
  const { name, generateName } = (metadata ?? {}) as { name?: unknown; generateName?: unknown };
  return typeof (name ?? generateName) === 'string' ? undefined : 'has no metadata.name';
}
