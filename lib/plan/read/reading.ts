import type { Manifest, Rendering } from '../types';
import { hideSecret } from './secret';
import { type OtherDocument, type ParsedDocuments, readManifests } from './yaml';

/** A rendering, and what was found beside its objects. */
export interface Reading extends Rendering {
  /** Where it is from, for people: `dist`, `HEAD:dist`, `the cluster of context prod`. */
  readonly name: string;
  /** Documents that are no objects of Kubernetes. */
  readonly others: readonly OtherDocument[];
  /** What could not be read, in words. */
  readonly unread: readonly string[];
}

/** A file with its path below what was read, with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

// Written by cdk8s-cli beside what it validates.
const METADATA = 'construct-metadata.json';

/** Whether a file is read, by its name. */
export function isManifestFile(path: string): boolean {
  const parts = path.split('/');
  const name = parts[parts.length - 1];
  if (name === METADATA || parts.some((part) => part.startsWith('.') || part === 'node_modules'))
    return false;
  return /\.(ya?ml|json)$/.test(name);
}

/** Objects of files; the stack of each is the path of its file without the extension. */
export function readFiles(name: string, files: readonly SourceFile[], known?: ParsedDocuments): Reading {
  const objects: { stack: string; manifest: Manifest }[] = [];
  const others: OtherDocument[] = [];
  for (const { path, text } of files) {
    const content = readManifests(text, path, known);
    const stack = path.replace(/(\.k8s)?\.(ya?ml|json)$/, '');
    for (const manifest of content.manifests) objects.push({ stack, manifest: hideSecret(manifest) });
    others.push(...content.others);
  }
  return { name, objects, others, unread: [] };
}
