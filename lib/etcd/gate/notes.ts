import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Files, writeAtomically } from '../../steward/files';
import type { EtcdGatePaths, EtcdGateSettings } from './settings';

/** What the gate itself keeps on the data volume, beside etcd's directory. */
export interface Notes {
  readonly cluster: string;
  readonly id: number;
  /** Token of the cluster, and the backup that it was formed from. */
  readonly token: string;
  readonly restore?: string;
  /** The same word on both volumes, so that one which was lost or exchanged is noticed. */
  readonly volumes?: string;
  /** Members that have stated an empty disk since this one's was. */
  readonly seenEmpty: readonly number[];
  /** Whether it may found; of no meaning any more once there is data. */
  readonly founding: boolean;
  /** Backup that lies in `restored` as a whole. */
  readonly restored?: string;
  /** Whether `restored` is being taken into use. */
  readonly taking?: boolean;
}

/** The notes on a member's volumes. */
export class MemberNotes {
  private readonly file: string;
  private readonly pairFile: string;
  private known: Notes | undefined;

  constructor(
    private readonly settings: EtcdGateSettings,
    paths: EtcdGatePaths,
    private readonly id: number,
    private readonly fs: Files,
  ) {
    this.file = join(paths.data, 'gate.json');
    this.pairFile = join(paths.wal, 'gate.json');
    this.known = this.read<Notes>(this.file);
  }

  /** What stands on the data volume, whosever it is. */
  get all(): Notes | undefined {
    return this.known;
  }

  /** The notes that an empty disk may go by: of this cluster, and of both of these volumes. */
  get valid(): Notes | undefined {
    const { known, settings } = this;
    return known?.token === settings.token && (!known.volumes || known.volumes === this.pair)
      ? known
      : undefined;
  }

  /** Whose volume it is, if not this member's. */
  get owner(): string | undefined {
    const { known, settings, id } = this;
    if (!known || (known.id === id && known.cluster === settings.cluster)) return undefined;
    return `member ${known.id} of ${known.cluster}`;
  }

  /** The word on the volume of the write-ahead log; undefined: there is none, or no such volume. */
  get pair(): string | undefined {
    return this.settings.walVolume ? this.read<{ volumes: string }>(this.pairFile)?.volumes : undefined;
  }

  /** Keeps something more about an empty disk. */
  add(change: Partial<Notes>): void {
    this.write({ ...(this.valid ?? this.fresh()), ...change });
  }

  /** Makes the two volumes a pair, which they may become only while they hold no data. */
  pairUp(change: Partial<Notes>): void {
    const { fs, pair } = this;
    const volumes = this.settings.walVolume ? (pair ?? randomUUID()) : undefined;
    if (volumes !== pair) writeAtomically(fs, this.pairFile, `${JSON.stringify({ volumes })}\n`);
    this.add({ ...change, volumes });
  }

  /** Forgets all that an empty disk might go by, and keeps whose it is and what it belongs to. */
  settle(): void {
    const { restore = this.known?.restore, ...fresh } = this.fresh();
    const { volumes } = this.known ?? {};
    this.write({ ...fresh, restore, volumes });
  }

  private fresh(): Notes {
    const { cluster, token, restore } = this.settings;
    return { cluster, id: this.id, token, restore, seenEmpty: [], founding: false };
  }

  private write(notes: Notes): void {
    const text = JSON.stringify(notes);
    if (text === JSON.stringify(this.known)) return;
    writeAtomically(this.fs, this.file, `${text}\n`);
    this.known = notes;
  }

  private read<T>(file: string): T | undefined {
    if (!this.fs.existsSync(file)) return undefined;
    try {
      return JSON.parse(this.fs.readFileSync(file, 'utf8')) as T;
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(
        `${file} cannot be read (${why}); empty the volume to let the member start over from the others`,
      );
    }
  }
}
