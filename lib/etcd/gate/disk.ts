import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { type Files, renameForGood } from '../../steward/files';
import { readWal, type Wal } from '../disk/wal';
import { agreedVoters } from '../disk/wal-voters';
import type { EtcdDisk } from './facts';
import { MemberNotes } from './notes';
import { type DiskPlaces, diskPlaces } from './places';
import type { EtcdGatePaths, EtcdGateSettings } from './settings';

/** A log that etcd would not get along with, either. */
interface Unreadable {
  readonly why: string;
}

/** A member's volumes, as its gate reads and prepares them. Any step may be the last one before a crash. */
export class EtcdDiskFiles {
  readonly places: DiskPlaces;
  private readonly notes: MemberNotes;
  private log: Wal | Unreadable | undefined | 'unread' = 'unread';
  private voters: ReadonlySet<bigint> | undefined;

  constructor(
    private readonly settings: EtcdGateSettings,
    paths: EtcdGatePaths,
    private readonly id: number,
    private readonly fs: Files = nodeFs,
  ) {
    this.places = diskPlaces(paths, settings);
    this.notes = new MemberNotes(settings, paths, id, fs);
  }

  /** The state of the disk, for the decision. */
  read(): EtcdDisk {
    const { owner } = this.notes;
    if (owner) {
      const reason = `this volume belongs to ${owner}, and this is ${this.self}; mount the right volume`;
      return { state: 'foreign', reason };
    }
    if (this.isTaking()) return { state: 'founding', restored: true };
    const log = this.readLog();
    const facts = log && !('why' in log) ? factsOf(log) : {};
    const strange = log && this.otherToken();
    if (strange) return { state: 'foreign', reason: strange, ...facts };
    if (log && this.isBlank(log)) return { state: 'founding', restored: this.hasRestored };
    const reason = log ? this.whatIsMissing(log) : this.whatIsGone();
    if (reason) return { state: 'lost', reason, ...facts };
    if (log) return { state: 'data', ...facts, ...this.company(facts.memberId) };
    return { state: this.notes.valid?.founding ? 'founding' : 'empty', restored: this.hasRestored };
  }

  /** Asked only where it matters: whether there are others takes all of the log. */
  private company(id: bigint | undefined): { alone?: boolean } {
    if (!this.settings.forceNewCluster) return {};
    this.voters ??= agreedVoters(this.places.log) ?? new Set();
    return { alone: this.voters.size === 1 && this.voters.has(id as bigint) };
  }

  private get self(): string {
    return `member ${this.id} of ${this.settings.cluster}`;
  }

  /**
   * Whether a founder ended between making its log and writing down who founds. It has neither voted nor acknowledged
   * anything, and etcd would wait for ever for others to tell it who they are, who may wait alike.
   */
  private isBlank(log: Wal | Unreadable): boolean {
    if ('why' in log || !this.notes.valid?.founding) return false;
    return log.newest.index === 0n && log.hardState.term === 0n;
  }

  private otherToken(): string | undefined {
    const { token, restore } = this.settings;
    const notes = this.notes.all;
    // Once a restored cluster has come to life, nobody needs to say any more what it was restored from.
    if (!notes || notes.token === token || (notes.restore && !restore)) return undefined;
    const what = restore ? 'a backup is restored into empty volumes only' : 'mount the right volume';
    return `this volume has data of the cluster "${notes.token}", and this is "${token}"; ${what}`;
  }

  /** What there ought to be beside a write-ahead log. */
  private whatIsMissing(log: Wal | Unreadable): string | undefined {
    if ('why' in log) return `its write-ahead log cannot be read (${log.why})`;
    const apart = this.whatIsApart();
    if (apart) return apart;
    return this.fs.existsSync(this.places.database)
      ? undefined
      : 'the database that belongs to its write-ahead log is gone';
  }

  /** What there must have been, where there is no write-ahead log. */
  private whatIsGone(): string | undefined {
    const { fs, places, notes } = this;
    if (this.settings.walVolume && holdsLog(fs, join(places.member, 'wal'))) {
      return 'its write-ahead log is on the data volume, and has a volume of its own now';
    }
    // etcd makes its database first and then the log: without one nothing was ever acknowledged.
    if (fs.existsSync(places.member) && notes.all?.volumes) return this.whatIsApart();
    if (!notes.valid?.founding || fs.existsSync(places.data) || this.hasRestored) return undefined;
    return 'the data that this member stored is gone';
  }

  private whatIsApart(): string | undefined {
    const { walVolume } = this.settings;
    const { all, pair } = this.notes;
    if (all?.volumes === pair) {
      return walVolume && !pair ? 'its volumes were never used together' : undefined;
    }
    if (!all?.volumes) return "the data volume is not the one that belongs to this member's write-ahead log";
    return walVolume
      ? "the write-ahead log's volume is not the one that belongs to this member's data"
      : "the volume of the write-ahead log that belongs to this member's data is not mounted";
  }

  private readLog(): Wal | Unreadable | undefined {
    // Nobody but this gate changes it while the server is down, and it may be long.
    if (this.log === 'unread') this.log = this.fs.existsSync(this.places.log) ? this.parseLog() : undefined;
    return this.log;
  }

  private parseLog(): Wal | Unreadable | undefined {
    if (!holdsLog(this.fs, this.places.log)) return undefined;
    try {
      return readWal(this.places.log);
    } catch (error) {
      // A disk that does not answer may be well again later; what stands on one that does will not change.
      if ((error as NodeJS.ErrnoException).code) throw error;
      return { why: (error as Error).message };
    }
  }

  /** Members whose empty disks were stated, kept over restarts of the gate. */
  get seenEmpty(): ReadonlySet<number> {
    return new Set(this.notes.valid?.seenEmpty);
  }

  /** Keeps that others have stated empty disks, as long as this one is empty itself. */
  rememberEmpty(ids: readonly number[]): void {
    const { seenEmpty } = this;
    if (ids.every((id) => seenEmpty.has(id))) return;
    const { state } = this.read();
    if (state !== 'empty' && state !== 'founding') return;
    this.notes.add({ seenEmpty: [...new Set([...seenEmpty, ...ids])].sort((a, b) => a - b) });
  }

  /** Starts on what is there. */
  prepareStart(): void {
    this.notes.settle();
    this.tidy();
  }

  /** Starts as a founder: on nothing, or on the backup that lies there. */
  prepareFounding(restored: boolean): void {
    if (restored) {
      this.takeRestored();
      return;
    }
    // What a server left that ended before it had a log.
    for (const rest of this.rests()) this.fs.rmSync(rest, { recursive: true, force: true });
    this.fs.mkdirSync(this.places.data, { recursive: true, mode: 0o700 });
    this.notes.pairUp({ founding: true });
  }

  /** Starts with nothing, in a place of its own: what is there goes first, the log before anything else. */
  prepareJoin(): void {
    const { fs, places, notes } = this;
    // First of all: without its data this disk must not look like that of a founder.
    notes.settle();
    const [last, ...first] = [...places.aside].reverse();
    for (const aside of first) this.setAside(places.log, aside);
    this.setAside(places.data, last);
    this.log = 'unread';
    this.tidy();
    fs.mkdirSync(places.data, { recursive: true, mode: 0o700 });
    notes.pairUp({});
  }

  private setAside(directory: string, aside: string): void {
    if (!this.fs.existsSync(directory)) return;
    this.fs.rmSync(aside, { recursive: true, force: true });
    renameForGood(this.fs, directory, aside);
  }

  /** Notes that what lies in `restored` is whole, as whoever restored it has ended well, if it is what was asked for. */
  confirmRestored(expected: Pick<Wal, 'memberId' | 'clusterId'>): void {
    const { fs, places, settings } = this;
    if (!settings.restore || !fs.existsSync(places.restored) || this.hasRestored) return;
    const { state } = this.read();
    if (state !== 'empty' && state !== 'founding') return;
    if (!fs.existsSync(join(places.restored, 'member', 'snap', 'db'))) return;
    if (!holdsLog(fs, places.restoredLog)) return;
    const { memberId, clusterId } = readWal(places.restoredLog);
    if (memberId !== expected.memberId || clusterId !== expected.clusterId) return;
    this.notes.add({ restored: settings.restore });
  }

  /** Removes what lies in `restored` unless all of it is known to be there. */
  dropUnconfirmed(): void {
    if (this.hasRestored || this.isTaking()) return;
    for (const directory of [this.places.restoredLog, this.places.restored]) {
      this.fs.rmSync(directory, { recursive: true, force: true });
    }
  }

  private get hasRestored(): boolean {
    const { restore } = this.settings;
    const { fs, notes, places } = this;
    const known = restore !== undefined && notes.valid?.restored === restore;
    return known && fs.existsSync(places.restored) && holdsLog(fs, places.restoredLog);
  }

  /** Whether it was broken off while it took into use what was restored: all of it is there, in the old place or the new. */
  private isTaking(): boolean {
    const { fs, notes, places } = this;
    if (!notes.valid?.taking || !fs.existsSync(places.restored)) return false;
    return holdsLog(fs, places.restoredLog) || (this.settings.walVolume && holdsLog(fs, places.log));
  }

  private takeRestored(): void {
    const { fs, places } = this;
    this.notes.pairUp({ founding: true, taking: true });
    if (this.settings.walVolume && holdsLog(fs, places.restoredLog)) {
      fs.rmSync(places.log, { recursive: true, force: true });
      renameForGood(fs, places.restoredLog, places.log);
    }
    fs.rmSync(places.data, { recursive: true, force: true });
    // From here on it is this member's data.
    renameForGood(fs, places.restored, places.data);
    this.log = 'unread';
    fs.rmSync(places.download, { recursive: true, force: true });
  }

  private rests(): string[] {
    const { fs, places } = this;
    const below = fs.existsSync(places.data)
      ? fs.readdirSync(places.data).map((name) => join(places.data, name))
      : [];
    return this.settings.walVolume ? [places.log, `${places.log}.tmp`, ...below] : below;
  }

  private tidy(): void {
    const { aside, restored, restoredLog, download, log } = this.places;
    for (const directory of [...aside, restored, restoredLog, download, `${log}.tmp`]) {
      this.fs.rmSync(directory, { recursive: true, force: true });
    }
  }
}

const factsOf = ({ memberId, clusterId, newest }: Wal): Partial<EtcdDisk> => ({
  memberId,
  clusterId,
  ...newest,
});

/** Whether etcd would take it for a log, that is, start on it rather than make a new one. */
function holdsLog(fs: Files, directory: string): boolean {
  return fs.existsSync(directory) && fs.readdirSync(directory).some((name) => name.endsWith('.wal'));
}
