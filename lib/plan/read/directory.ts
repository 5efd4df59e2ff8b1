import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { isManifestFile, type Reading, readFiles, type SourceFile } from './reading';
import type { OtherDocument, ParsedDocuments } from './yaml';

/**
 * Manifests of all files of YAML and JSON below a directory, or of one file.
 * @throws where a file cannot be parsed
 */
export function readDirectory(path: string, known?: ParsedDocuments): Reading {
  if (!statSync(path).isDirectory()) {
    return readFiles(path, [{ path: basename(path), text: readFileSync(path, 'utf8') }], known);
  }
  const files: SourceFile[] = [];
  const links: OtherDocument[] = [];
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const below = relative(path, file).split(sep).join('/');
    if (!isManifestFile(below)) continue;
    if (entry.isFile()) files.push({ path: below, text: readFileSync(file, 'utf8') });
    else if (entry.isSymbolicLink())
      links.push({
        place: below,
        text: readlinkSync(file),
        why: 'is a symbolic link, which is not followed',
      });
  }
  const reading = readFiles(path, files.sort(byPath), known);
  return { ...reading, others: [...reading.others, ...links] };
}

/** The order of files in a rendering, wherever it is read from. */
export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
