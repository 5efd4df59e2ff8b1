import { join } from 'node:path';
import { type Files, writeAtomically } from '../../steward/files';
import type { RedisGatePaths, RedisGateSettings } from './settings';

/** What a gate itself keeps on a server's volume, in `gate.json`. */
export interface Notes {
  readonly cluster: string;
  readonly pod: string;
  /** Pods that have stated an empty disk since this one's was. */
  readonly seenEmpty: readonly string[];
  /** Whether the server has been let start on this volume, so that what is there is all that it has stored. */
  readonly started: boolean;
}

/** The notes on a volume. */
export class ServerNotes {
  private readonly file: string;
  private known: Notes | undefined;

  constructor(
    private readonly settings: Pick<RedisGateSettings, 'cluster'>,
    paths: Pick<RedisGatePaths, 'data'>,
    private readonly pod: string,
    private readonly fs: Files,
  ) {
    this.file = join(paths.data, 'gate.json');
    this.known = this.read();
  }

  /** Whose volume it is, if not this server's. */
  get owner(): string | undefined {
    const { known, settings, pod } = this;
    if (!known || (known.pod === pod && known.cluster === settings.cluster)) return undefined;
    return `${known.pod} of ${known.cluster}`;
  }

  get seenEmpty(): readonly string[] {
    return this.known?.seenEmpty ?? [];
  }

  get started(): boolean {
    return this.known?.started ?? false;
  }

  add(change: Partial<Notes>): void {
    const { cluster } = this.settings;
    const notes: Notes = {
      ...(this.known ?? { cluster, pod: this.pod, seenEmpty: [], started: false }),
      ...change,
    };
    const text = JSON.stringify(notes);
    if (text === JSON.stringify(this.known)) return;
    writeAtomically(this.fs, this.file, `${text}\n`);
    this.known = notes;
  }

  private read(): Notes | undefined {
    if (!this.fs.existsSync(this.file)) return undefined;
    try {
      return JSON.parse(this.fs.readFileSync(this.file, 'utf8')) as Notes;
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(
        `${this.file} cannot be read (${why}); empty the volume to let the server start over from the others`,
      );
    }
  }
}
