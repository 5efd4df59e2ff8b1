import { randomUUID } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { basename, join } from 'node:path';
import { type Files, writeAtomically } from '../../steward/files';
import type { Disk } from '../../steward/gate';
import { formatServer, type Membership, parseMembership, type ServerEntry } from '../wire/servers';
import type { GatePaths, GateSettings } from './settings';
import { holdsData, removeUnless, snapshotZxid } from './volume-files';

/** What the gate itself keeps on the data volume. */
interface MemberRecord {
  readonly cluster: string;
  readonly id: number;
  /** The same word on both volumes, so that a transaction log that was lost or exchanged is noticed. */
  readonly volumes?: string;
  /** Members that have stated an empty disk since this one's was. */
  readonly seenEmpty: readonly number[];
  /** Whether it may found; of no meaning any more once there is data. */
  readonly founding: boolean;
}

const DYNAMIC = 'zoo.cfg.dynamic';

/** A member's volumes, as its gate reads and prepares them. Any step may be the last one before a crash. */
export class MemberDisk {
  private readonly recordFile: string;
  private readonly pairFile: string;
  private readonly configDirectory: string;
  private readonly logDirectory: string;
  private record: MemberRecord | undefined;

  constructor(
    private readonly settings: GateSettings,
    private readonly paths: GatePaths,
    private readonly id: number,
    private readonly fs: Files = nodeFs,
  ) {
    this.recordFile = join(paths.data, 'member.json');
    this.pairFile = join(paths.log, 'member.json');
    this.configDirectory = join(paths.data, 'conf');
    this.logDirectory = settings.transactionLogVolume ? paths.log : paths.data;
    this.record = this.json<MemberRecord>(this.recordFile);
  }

  /** The state of the disk, for the decision. */
  read(): Disk {
    const foreign = this.foreign();
    if (foreign) return { state: 'foreign', reason: foreign };
    const { snapshots, logs } = this.holds();
    const { servers, version } = this.membership();
    // Whatever the marks say: a disk without data was only ever allowed to found if ZooKeeper has not yet used it.
    if (!snapshots && !logs && !version) return { state: this.record?.founding ? 'founding' : 'empty' };
    const reason = this.whatIsMissing(snapshots, logs);
    if (reason) return { state: 'lost', reason };
    return { state: 'data', version: version ?? 0n, members: servers.map((server) => server.id) };
  }

  private foreign(): string | undefined {
    const { record, settings, id } = this;
    const myid = join(this.paths.data, 'myid');
    const owner = record?.id ?? (this.fs.existsSync(myid) ? Number(this.text(myid)) : id);
    if (owner === id && (record?.cluster ?? settings.cluster) === settings.cluster) return undefined;
    const whose = `member ${owner} of ${record?.cluster ?? settings.cluster}`;
    return `this volume belongs to ${whose}, and this is member ${id} of ${settings.cluster}; mount the right volume`;
  }

  private whatIsMissing(snapshots: boolean, logs: boolean): string | undefined {
    const { record, settings } = this;
    const pair = settings.transactionLogVolume
      ? this.json<{ volumes: string }>(this.pairFile)?.volumes
      : undefined;
    if (!snapshots && logs && settings.transactionLogVolume && record?.volumes !== pair) {
      return "the data volume is not the one that belongs to this member's transaction log";
    }
    if (!snapshots && logs) return 'there are transactions without the snapshot that they continue';
    if (!snapshots) return 'the data that this member stored is gone';
    if (record?.volumes === pair) return undefined;
    if (!record) return "the data volume is not the one that belongs to this member's transaction log";
    return settings.transactionLogVolume
      ? "the transaction log volume is not the one that belongs to this member's data"
      : "the transaction log volume that belongs to this member's data is not mounted";
  }

  private holds(): { snapshots: boolean; logs: boolean } {
    return holdsData(this.fs, join(this.paths.data, 'version-2'), join(this.logDirectory, 'version-2'));
  }

  /** Members whose empty disks were stated, kept over restarts of the gate. */
  get seenEmpty(): ReadonlySet<number> {
    return new Set(this.record?.seenEmpty);
  }

  /** Keeps that `peer` has stated an empty disk, as long as this one is empty itself. */
  rememberEmpty(peer: number): void {
    if (this.seenEmpty.has(peer)) return;
    const { state } = this.read();
    if (state !== 'empty' && state !== 'founding') return;
    this.save({ seenEmpty: [...this.seenEmpty, peer].sort((a, b) => a - b) });
  }

  private save(change: Partial<MemberRecord>): void {
    const before = this.record ?? {
      cluster: this.settings.cluster,
      id: this.id,
      seenEmpty: [],
      founding: false,
    };
    const record = { ...before, ...change };
    writeAtomically(this.fs, this.recordFile, `${JSON.stringify(record)}\n`);
    this.record = record;
  }

  /** Makes the two volumes a pair, which they may become only while they hold no data. */
  private pairUp(change: Partial<MemberRecord>): void {
    const volumes = this.settings.transactionLogVolume ? randomUUID() : undefined;
    if (volumes) writeAtomically(this.fs, this.pairFile, `${JSON.stringify({ volumes })}\n`);
    this.save({ ...change, volumes });
  }

  /** The membership that the server last knew: the file that its zoo.cfg names. */
  private membership(): Membership {
    const file = this.dynamicFile();
    if (!file || !this.fs.existsSync(file)) return { servers: [], version: undefined };
    const version = /\.dynamic\.([0-9a-f]+)$/.exec(file)?.[1];
    const membership = parseMembership(this.text(file));
    return {
      servers: membership.servers,
      version: membership.version ?? (version ? BigInt(`0x${version}`) : undefined),
    };
  }

  private dynamicFile(): string | undefined {
    const file = join(this.configDirectory, 'zoo.cfg');
    if (!this.fs.existsSync(file)) return undefined;
    const named = /^\s*dynamicConfigFile\s*=\s*(.*?)\s*$/m.exec(this.text(file))?.[1];
    return named && join(this.configDirectory, basename(named));
  }

  /** Starts on what is there, with the static configuration as it is wanted now. */
  prepareStart(): void {
    const file = this.dynamicFile();
    if (!file) throw new Error(`${join(this.configDirectory, 'zoo.cfg')} names no dynamicConfigFile`);
    this.save({ founding: false, seenEmpty: [] });
    const known = this.text(file);
    const bare = withoutClients(known);
    if (bare !== known) writeAtomically(this.fs, file, bare);
    this.writeStatic(file);
    this.fs.rmSync(join(this.paths.data, 'restore'), { recursive: true, force: true });
  }

  /** The snapshot of a backup that this member is to found with. */
  toRestore(): string | undefined {
    const { restore } = this.settings;
    if (!restore) return undefined;
    const file = join(this.paths.data, 'restore', basename(restore));
    if (this.fs.existsSync(file)) return file;
    throw new Error(
      `the backup "${basename(restore)}" is not in ${join(this.paths.data, 'restore')}, and nothing empty is founded in its place; ` +
        'let the restore container download it again',
    );
  }

  /** Starts as a founder: on nothing, or on the snapshot of a backup. */
  prepareFounding(): void {
    const { members, founders, quorumPort, electionPort } = this.settings;
    const restored = this.toRestore();
    const servers = members
      .filter((member) => founders.includes(member.id) || member.role === 'observer')
      .map(({ id, host }) => {
        const role = founders.includes(id) ? ('participant' as const) : ('observer' as const);
        return { id, host, role, quorumPort, electionPort };
      });
    this.writeConfiguration({ servers, version: undefined });
    this.allowVote(restored);
  }

  /** Starts under the membership of a serving peer: as the member that it lists, or else as an observer, a guest. */
  prepareJoin(membership: Membership, disk: 'keep' | 'empty' | 'founding'): void {
    const listed = membership.servers.some((server) => server.id === this.id);
    if (disk === 'empty' && this.read().state === 'lost') this.setAside();
    if (disk !== 'founding') {
      this.fs.rmSync(join(this.paths.data, 'initialize'), { force: true });
      this.fs.rmSync(join(this.logDirectory, 'initialize'), { force: true });
    }
    // Without a version any real membership replaces what is written here, and an empty disk does not look used.
    const servers = listed ? membership.servers : [...membership.servers, this.guest()];
    const knows = listed && disk === 'keep';
    this.writeConfiguration({ servers, version: knows ? membership.version : undefined });
    if (disk === 'keep') this.save({ founding: false, seenEmpty: [] });
    else if (disk === 'empty') this.pairUp({});
    else this.allowVote(undefined);
  }

  private guest(): ServerEntry {
    const { members, quorumPort, electionPort } = this.settings;
    const host = members.find((member) => member.id === this.id)?.host;
    if (!host) throw new Error(`member ${this.id} is not one of those that should exist`);
    return { id: this.id, host, role: 'observer', quorumPort, electionPort };
  }

  /** Lets the server vote although it holds nothing, which `zookeeper.db.autocreate=false` forbids otherwise. */
  private allowVote(restored: string | undefined): void {
    const { fs } = this;
    this.pairUp({ founding: true });
    const directory = join(this.paths.data, 'version-2');
    fs.mkdirSync(directory, { recursive: true });
    const zxid = restored ? snapshotZxid(restored) : 0n;
    // A server that had no vote has written that its epoch is -1, and one that votes on nothing must not claim more.
    fs.rmSync(join(directory, 'currentEpoch'), { force: true });
    removeUnless(fs, join(directory, 'acceptedEpoch'), (epoch) => BigInt(epoch) >= zxid >> 32n);
    // ZooKeeper looks for this file beside its transactions, not beside its snapshots.
    if (!restored) writeAtomically(fs, join(this.logDirectory, 'initialize'), '');
    else fs.renameSync(restored, join(directory, `snapshot.${zxid.toString(16)}`));
  }

  /** Moves out of the way what an unusable disk still holds; one generation is kept for whoever wants to look. */
  private setAside(): void {
    const { fs } = this;
    // First of all: without its data this disk must not look like that of a founder.
    this.save({ founding: false, seenEmpty: [] });
    const { snapshots, logs } = this.holds();
    if (!snapshots && !logs) return;
    for (const directory of new Set([this.paths.data, this.logDirectory])) {
      const current = join(directory, 'version-2');
      if (!fs.existsSync(current)) continue;
      fs.rmSync(join(directory, 'set-aside'), { recursive: true, force: true });
      fs.renameSync(current, join(directory, 'set-aside'));
    }
  }

  /** Writes the membership to start with, in the file that ZooKeeper itself would give it when it has a version. */
  private writeConfiguration({ servers, version }: Membership): void {
    const { fs, configDirectory } = this;
    fs.mkdirSync(configDirectory, { recursive: true });
    // A membership that was proposed to this member and not yet decided must not be forgotten by a voter with data.
    const proposed = `${DYNAMIC}.next`;
    if (!version) fs.rmSync(join(configDirectory, proposed), { force: true });
    const name = version ? `${DYNAMIC}.${version.toString(16)}` : DYNAMIC;
    const file = join(configDirectory, name);
    writeAtomically(fs, file, withoutClients(`${servers.map(formatServer).join('\n')}\n`));
    this.writeStatic(file);
    for (const other of fs.readdirSync(configDirectory)) {
      if (other !== name && other !== 'zoo.cfg' && other !== proposed) {
        fs.rmSync(join(configDirectory, other), { recursive: true, force: true });
      }
    }
  }

  private writeStatic(dynamicFile: string): void {
    const wanted = this.text(join(this.paths.config, 'zoo.cfg'));
    writeAtomically(this.fs, join(this.paths.data, 'myid'), `${this.id}\n`);
    writeAtomically(
      this.fs,
      join(this.configDirectory, 'zoo.cfg'),
      `${wanted.trimEnd()}\ndynamicConfigFile=${dynamicFile}\n`,
    );
  }

  private text(file: string): string {
    return this.fs.readFileSync(file, 'utf8');
  }

  private json<T>(file: string): T | undefined {
    if (!this.fs.existsSync(file)) return undefined;
    try {
      return JSON.parse(this.text(file)) as T;
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(
        `${file} cannot be read (${why}); empty the volume to let the member start over from the others`,
      );
    }
  }
}

/**
 * A dynamic configuration that leaves it to each server's zoo.cfg where it takes clients. Reconfigurations have to say it
 * and ZooKeeper remembers it: once zoo.cfg says something else, a server refuses to start or listens in the old place.
 */
function withoutClients(text: string): string {
  return text.replace(/^(\s*server\.\d+\s*=[^;\n]*);.*$/gm, '$1');
}
