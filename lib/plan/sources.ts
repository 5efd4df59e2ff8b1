import { existsSync } from 'node:fs';
import { namespaceOf } from './identity';
import { places } from './places';
import { readCluster } from './read/cluster';
import { readDirectory } from './read/directory';
import { findTree, readTree } from './read/git';
import { type Reading, readFiles } from './read/reading';
import { readStandardInput } from './read/standard-input';
import type { ParsedDocuments } from './read/yaml';

/** What a plan compares. */
export interface PlanSources {
  /**
   * What is there now: a directory or a file, a git revision (of which the directory of `to` is read, unless it says
   * `revision:path`), `-` for the standard input, or `cluster` for what runs.
   * @default - what is committed, `HEAD`
   */
  readonly from?: string;
  /** What is to be applied: the same, without `cluster`. @default 'dist' */
  readonly to?: string;
  /** Namespace of objects that name none, as `kubectl --namespace` has it. @default - the namespace `default` */
  readonly namespace?: string;
  /** Context of the kubeconfig, with `cluster`. @default - its current one */
  readonly context?: string;
}

/** Both sides, as they are compared. */
export interface BothSides {
  readonly before: Reading;
  readonly after: Reading;
}

const DIRECTORY = 'dist';

/**
 * Reads both sides; of a git revision in `from`, the directory `committed`.
 * @throws where one cannot be read, or where nothing is to be applied
 */
export async function readSources(
  { from = 'HEAD', to = DIRECTORY, context, namespace }: PlanSources,
  committed: string = to,
): Promise<BothSides> {
  if (to === 'cluster')
    throw new Error('--to cluster: a cluster can only be what is there now; say --from cluster');
  if (context !== undefined && from !== 'cluster')
    throw new Error('--context tells which cluster is read: say --from cluster as well');
  if (from === '-' && to === '-') throw new Error('only one of --from and --to can be the standard input');
  const known: ParsedDocuments = new Map();
  const after = inNamespace(await readOne('--to', to, DIRECTORY, known), namespace);
  if (after.objects.length === 0)
    throw new Error(`--to ${to}: there are no manifests in ${after.name}; render them first`);
  if (from !== 'cluster') {
    return { before: inNamespace(await readOne('--from', from, committed, known), namespace), after };
  }
  const environments = places(after, after).map(({ name }) => name);
  if (environments.length > 1) {
    throw new Error(
      `--to ${to}: the same objects are in ${environments.join(', ')}, which are different clusters; ` +
        `name the directory of the one that is read, such as --to ${to}/${environments[0]}`,
    );
  }
  return readCluster(after, context);
}

async function readOne(
  option: string,
  source: string,
  directory: string,
  known: ParsedDocuments,
): Promise<Reading> {
  if (source === '-')
    return readFiles('the standard input', [{ path: 'stdin.yaml', text: await readStandardInput() }], known);
  if (existsSync(source)) return readDirectory(source, known);
  // The directory of a revision on the other side is its path, unless that is none.
  const tree = await findTree(source, pathOf(directory));
  if (tree) return readTree(tree, known);
  throw new Error(
    `${option} ${source}: there is neither such a directory nor such a git revision; ` +
      'in a shallow clone, fetch it first',
  );
}

/** What `helm template` and the like leave to whoever applies it. */
function inNamespace(reading: Reading, namespace: string | undefined): Reading {
  if (namespace === undefined) return reading;
  const objects = reading.objects.map(({ stack, manifest }) => {
    const { metadata } = manifest;
    if (metadata.namespace !== undefined || namespaceOf(manifest) === '') return { stack, manifest };
    return { stack, manifest: { ...manifest, metadata: { ...metadata, namespace } } };
  });
  return { ...reading, objects };
}

function pathOf(source: string): string {
  if (existsSync(source)) return source;
  const colon = source.indexOf(':');
  return colon > 0 ? source.slice(colon + 1) : DIRECTORY;
}
