import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DirectoryState } from './facts';
import { type DiskOwner, ownership } from './meta-properties';

/** What the gate itself keeps in every directory. Kafka looks at directories there, and at files that it knows. */
interface Notes {
  readonly clusterId: string;
  readonly id: number;
  /** Directories that the server was let start with, so that one which is empty later is known to be lost. */
  readonly directories: readonly string[];
  /** Founders that have stated an empty disk since this one's was. */
  readonly seenEmpty: readonly number[];
}

const NOTES = 'gate.json';
const METADATA = '__cluster_metadata-0';
/** What a format that was broken off leaves behind: `meta.properties` is the last file that it writes. */
const UNFINISHED = /^(bootstrap\.checkpoint|0{20}-0{10}\.checkpoint|meta\.properties\.tmp)/;

/** A server's data directories, as its gate reads and prepares them. */
export class KafkaDisk {
  constructor(
    private readonly directories: readonly string[],
    private readonly owner: DiskOwner,
  ) {}

  /** The state of each directory. */
  read(): DirectoryState[] {
    const used = new Set(this.allNotes().flatMap((notes) => notes.directories));
    return this.directories.map((directory): DirectoryState => {
      const meta = join(directory, 'meta.properties');
      if (existsSync(meta)) {
        const reason = ownership(meta, readFileSync(meta, 'utf8'), this.owner);
        return reason ? { state: 'foreign', reason } : { state: 'data' };
      }
      const reason = strangerIn(directory);
      if (reason) return { state: 'foreign', reason };
      return { state: used.has(directory) ? 'lost' : 'empty' };
    });
  }

  /** Founders whose empty disks were stated, kept over restarts of the gate; they go with the disk. */
  get seenEmpty(): ReadonlySet<number> {
    return new Set(this.notes(this.directories[0])?.seenEmpty);
  }

  /** Keeps that founders have stated empty disks. */
  rememberEmpty(founders: readonly number[]): void {
    const seen = this.seenEmpty;
    if (founders.every((id) => seen.has(id))) return;
    const [first] = this.directories;
    const seenEmpty = [...new Set([...seen, ...founders])].sort((a, b) => a - b);
    this.write(first, { directories: this.notes(first)?.directories ?? [], seenEmpty });
  }

  /** Replicas that are there, as `topic-partition`. */
  replicas(): Set<string> {
    return new Set(this.directories.flatMap(namesIn).filter((name) => /-\d+$/.test(name)));
  }

  /** Clears away what an unfinished format has left, and notes with which directories the server starts. */
  prepare(action: 'start' | 'founder' | 'joiner'): void {
    const seenEmpty = action === 'founder' ? [...this.seenEmpty] : [];
    for (const directory of this.directories) {
      if (!existsSync(join(directory, 'meta.properties'))) {
        for (const name of namesIn(directory)) {
          if (name === METADATA || UNFINISHED.test(name)) {
            rmSync(join(directory, name), { recursive: true, force: true });
          }
        }
      }
      this.write(directory, { directories: this.directories, seenEmpty });
    }
  }

  private allNotes(): Notes[] {
    return this.directories.map((directory) => this.notes(directory)).filter((notes) => notes !== undefined);
  }

  private notes(directory: string): Notes | undefined {
    const file = join(directory, NOTES);
    if (!existsSync(file)) return undefined;
    const notes = JSON.parse(readFileSync(file, 'utf8')) as Notes;
    const { clusterId, id } = this.owner;
    return notes.clusterId === clusterId && notes.id === id ? notes : undefined;
  }

  private write(directory: string, notes: Pick<Notes, 'directories' | 'seenEmpty'>): void {
    const { clusterId, id } = this.owner;
    mkdirSync(directory, { recursive: true });
    writeAtomically(join(directory, NOTES), `${JSON.stringify({ clusterId, id, ...notes })}\n`);
  }
}

/** Why a directory without `meta.properties` must not be taken for an empty one. */
function strangerIn(directory: string): string | undefined {
  const own = namesIn(directory).filter((name) => !name.startsWith(NOTES) && name !== 'lost+found');
  const data = own.filter((name) =>
    name === METADATA
      ? namesIn(join(directory, METADATA)).some((file) => !UNFINISHED.test(file))
      : !UNFINISHED.test(name) && name !== '.lock',
  );
  if (data.length > 0) {
    return (
      `${directory} has no meta.properties, and yet it holds ${some(data)}; it is not formatted over data: restore ` +
      'meta.properties, or empty the volume to let the server start over from the others'
    );
  }
  const volume = dirname(directory);
  const beside = namesIn(volume).filter(
    (name) => name !== basename(directory) && name !== 'lost+found' && !name.startsWith('.'),
  );
  if (beside.length === 0) return undefined;
  return `the volume at ${volume} is new to this server, and yet it holds ${some(beside)}; mount an empty volume, or the right one`;
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

function some(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
}

/** Writes a file so that it is there as a whole or not at all, even after a power cut. */
function writeAtomically(file: string, text: string): void {
  const aside = `${file}.new`;
  const descriptor = openSync(aside, 'w');
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(aside, file);
}
