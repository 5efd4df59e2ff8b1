import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { renameForGood, writeAtomically } from '../../steward/files';
import { ServerNotes } from './notes';
import { settingOf } from './redis-conf';
import type { RedisGatePaths, RedisGateSettings } from './settings';

/** What is there, as far as starting depends on it. */
export interface ServerDisk {
  readonly state: 'empty' | 'data';
  /** Whether an AOF is kept and there is one. */
  readonly log: boolean;
  /** Why it must not be used. */
  readonly foreign?: string;
}

/** A server's volume, as its gate reads and prepares it. */
export class ServerFiles {
  readonly notes: ServerNotes;
  private readonly conf: string;

  /** @param wanted settings of the server, which say where it has its files */
  constructor(
    private readonly settings: Pick<RedisGateSettings, 'cluster'>,
    private readonly paths: Pick<RedisGatePaths, 'data'>,
    private readonly pod: string,
    private readonly wanted: string,
  ) {
    this.notes = new ServerNotes(settings, paths, pod, nodeFs);
    this.conf = join(paths.data, 'redis.conf');
  }

  read(): ServerDisk {
    const { notes, paths, pod, settings } = this;
    const log = this.keepsLog && this.hasLog;
    if (notes.owner) {
      const foreign = `this volume belongs to ${notes.owner}, and this is ${pod} of ${settings.cluster}; mount the right volume`;
      return { state: 'data', log, foreign };
    }
    const nodes = nodeFs.existsSync(join(paths.data, 'nodes.conf'));
    const state = this.hasLog || this.hasSnapshot || nodes || notes.started ? 'data' : 'empty';
    return { state, log };
  }

  /** What the server last ran on, as it, or Sentinels, have rewritten it; undefined: it never ran. */
  get lastConf(): string | undefined {
    return nodeFs.existsSync(this.conf) ? nodeFs.readFileSync(this.conf, 'utf8') : undefined;
  }

  /** Keeps that others have stated empty disks, as long as this one is empty itself. */
  rememberEmpty(pods: readonly string[]): void {
    const { seenEmpty } = this.notes;
    if (this.read().state !== 'empty' || pods.every((pod) => seenEmpty.includes(pod))) return;
    this.notes.add({ seenEmpty: [...new Set([...seenEmpty, ...pods])].sort() });
  }

  /** Leaves what the server starts on. */
  prepare(conf: string, acl: (existing: string) => string): void {
    const file = join(this.paths.data, 'users.acl');
    const existing = nodeFs.existsSync(file) ? nodeFs.readFileSync(file, 'utf8') : '';
    writeAtomically(nodeFs, file, acl(existing));
    if (this.keepsLog && !this.hasLog && this.hasSnapshot) this.makeLog();
    writeAtomically(nodeFs, this.conf, conf);
    this.notes.add({ started: true, seenEmpty: [] });
  }

  /**
   * Makes the snapshot the base of an AOF. A server that is told to keep one, and finds none, starts with nothing even where
   * it has a snapshot. https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
   */
  private makeLog(): void {
    const aside = `${this.logDirectory}.new`;
    const base = `${this.logName}.1.base.rdb`;
    nodeFs.rmSync(aside, { recursive: true, force: true });
    nodeFs.mkdirSync(aside, { recursive: true });
    // A second name for the same file: nothing is copied, and saving anew makes another file.
    nodeFs.linkSync(this.snapshot, join(aside, base));
    writeAtomically(nodeFs, join(aside, `${this.logName}.manifest`), `file ${base} seq 1 type b\n`);
    nodeFs.rmSync(this.logDirectory, { recursive: true, force: true });
    renameForGood(nodeFs, aside, this.logDirectory);
  }

  private get keepsLog(): boolean {
    return this.setting('appendonly', 'no') === 'yes';
  }

  private get hasLog(): boolean {
    return nodeFs.existsSync(join(this.logDirectory, `${this.logName}.manifest`));
  }

  private get hasSnapshot(): boolean {
    return nodeFs.existsSync(this.snapshot);
  }

  private get snapshot(): string {
    return join(this.paths.data, this.setting('dbfilename', 'dump.rdb'));
  }

  private get logDirectory(): string {
    return join(this.paths.data, this.setting('appenddirname', 'appendonlydir'));
  }

  private get logName(): string {
    return this.setting('appendfilename', 'appendonly.aof');
  }

  private setting(key: string, otherwise: string): string {
    return settingOf(this.wanted, key)?.[0] ?? otherwise;
  }
}
