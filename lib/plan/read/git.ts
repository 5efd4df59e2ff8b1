import { existsSync, statSync } from 'node:fs';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { byPath } from './directory';
import { isManifestFile, type Reading, readFiles, type SourceFile } from './reading';
import { run } from './run';
import type { OtherDocument, ParsedDocuments } from './yaml';

/** A tree or a file of a git revision. */
export interface GitTree {
  /** As `HEAD:dist`. */
  readonly name: string;
  /** Repository, as a directory to run git in. */
  readonly at: string;
  /** Missing where the revision has no such path. */
  readonly id?: string;
}

/**
 * What a revision holds at the place of a directory, or, of `revision:path`, at that path of its repository.
 * @returns undefined where git knows no such revision there
 */
export async function findTree(revision: string, directory: string): Promise<GitTree | undefined> {
  if (revision.startsWith('-')) return undefined;
  const target = resolve(directory);
  let at = target;
  while (!existsSync(at) || !statSync(at).isDirectory()) at = dirname(at);
  const [commit] = revision.split(':');
  if ((await idOf(at, `${commit}^{commit}`)) === undefined) return undefined;
  if (revision.includes(':')) return { name: revision, at, id: await idOf(at, revision) };
  const below = relative(at, target).split(sep).join('/');
  return { name: `${revision}:${directory}`, at, id: await idOf(at, `${revision}:./${below}`) };
}

async function idOf(at: string, object: string): Promise<string | undefined> {
  const { status, stdout } = await run('git', ['-C', at, 'rev-parse', '--verify', '--quiet', object]);
  return status === 0 ? stdout.toString('utf8').trim() : undefined;
}

/** Manifests of all files of YAML and JSON of a tree. */
export async function readTree(tree: GitTree, known?: ParsedDocuments): Promise<Reading> {
  const { name, at, id } = tree;
  if (id === undefined)
    return { ...readFiles(name, []), unread: [`there is no ${name}: all is taken as new`] };
  const git = async (args: string[], input?: string): Promise<Buffer> => {
    const { status, stdout, stderr } = await run('git', ['-C', at, ...args], input);
    if (status !== 0) throw new Error(`git ${args[0]} of ${name} failed: ${stderr.trim()}`);
    return stdout;
  };
  if ((await git(['cat-file', '-t', id])).toString().trim() === 'blob') {
    const text = (await git(['cat-file', 'blob', id])).toString('utf8');
    return readFiles(name, [{ path: basename(name.slice(name.indexOf(':') + 1)), text }], known);
  }
  const entries = (await git(['ls-tree', '-r', '-z', '--full-tree', id]))
    .toString('utf8')
    .split('\0')
    .map((entry) => /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(entry))
    .filter((match) => match !== null)
    .map(([, mode, object, path]) => ({ mode, object, path }))
    .filter(({ path }) => isManifestFile(path))
    .sort(byPath);
  const texts = contentsOf(
    await git(['cat-file', '--batch'], entries.map(({ object }) => `${object}\n`).join('')),
  );
  const files: SourceFile[] = [];
  const links: OtherDocument[] = [];
  for (const [index, { mode, path }] of entries.entries()) {
    const text = texts[index];
    if (mode !== '120000') files.push({ path, text });
    else links.push({ place: path, text, why: 'is a symbolic link, which is not followed' });
  }
  const reading = readFiles(name, files, known);
  return { ...reading, others: [...reading.others, ...links] };
}

/** Contents in the output of `git cat-file --batch`: a line with the size, the bytes, a line break. */
function contentsOf(batch: Buffer): string[] {
  const contents: string[] = [];
  for (let at = 0; at < batch.length; ) {
    const end = batch.indexOf('\n', at);
    const size = Number(batch.toString('utf8', at, end).split(' ')[2]);
    contents.push(batch.toString('utf8', end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return contents;
}
