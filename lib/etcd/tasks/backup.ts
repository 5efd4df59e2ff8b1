import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EtcdClient } from '../api/etcd-client';
import type { Address } from '../api/types';
import { Keys } from '../steward/keys';
import { compareWith, countKeys, DataDiffers, type Patience } from './compare';
import { type Candidate, inOrder, nameOf, problemOf, whyNot } from './members';
import type { EtcdBackupFacts, EtcdBackupSettings } from './settings';
import { takeSnapshot } from './take-snapshot';

type Log = (line: Record<string, unknown>) => void;

/** Where things are, and how long they may take. */
export interface BackupOptions {
  /** Directory of mounted Secrets. @default '/secrets' */
  readonly secrets?: string;
  /** For a member that is behind the snapshot. @default - ten times, a second apart */
  readonly patience?: Patience;
  /** How long a member may take to say how it is. @default 5000 */
  readonly statusMs?: number;
}

// Counting and hashing take a member seconds for each gigabyte.
const ANSWER_MS = 300_000;
const STALL_MS = 60_000;

/**
 * Takes a snapshot of one member, checks it against what another member and the cluster say, and leaves it in the directory as
 * `snapshot.db`, with what is known of it in `snapshot.json`, and the file `name` last.
 * https://etcd.io/docs/v3.6/op-guide/recovery/#snapshotting-the-keyspace
 */
export async function runBackup(log: Log, options: BackupOptions = {}): Promise<void> {
  const settings = JSON.parse(process.env.BACKUP ?? '{}') as EtcdBackupSettings;
  // An earlier run in the same pod may have got this far and not further.
  for (const file of ['name', 'snapshot.json', 'snapshot.db', 'partial'])
    rmSync(join(settings.directory, file), { force: true });
  const { candidates, problems } = await askAll(settings, options);
  if (candidates.length === 0) throw new Error(`no member can be backed up: ${problems.join('; ')}`);
  for (const candidate of candidates) {
    try {
      log({ backup: 'verified', ...(await backUp(candidate, candidates, settings, options)) });
      return;
    } catch (error) {
      if (error instanceof DataDiffers) throw error;
      const reason = problemOf(candidate.name, error);
      problems.push(reason);
      log({ backup: 'failed', reason });
    }
  }
  throw new Error(problems.join('; '));
}

/** Members that can be backed up, best first, and what is the matter with the others. */
async function askAll(
  settings: EtcdBackupSettings,
  options: BackupOptions,
): Promise<{ candidates: Candidate[]; problems: string[] }> {
  const clients = clientsOf(settings, options);
  const ask = async (address: Address): Promise<Candidate | string> => {
    const name = nameOf(address);
    try {
      const status = await clients(address, options.statusMs ?? 5_000).status();
      const why = whyNot(status);
      return why ? `${name}: ${why}` : { name, member: clients(address, ANSWER_MS), status };
    } catch (error) {
      return problemOf(name, error);
    }
  };
  const found = await Promise.all(settings.members.map(ask));
  return {
    candidates: inOrder(found.filter((each) => typeof each !== 'string')),
    problems: found.filter((each) => typeof each === 'string'),
  };
}

/** Makes clients by their address and the time that one question may take. */
function clientsOf({ tls, authentication }: EtcdBackupSettings, { secrets }: BackupOptions) {
  const keys = new Keys(
    { tls, authentication: authentication ? { users: [], roles: {} } : undefined },
    secrets,
  );
  return (address: Address, timeoutMs: number) =>
    new EtcdClient(address, { ...keys.transport(), timeoutMs }, () => keys.login());
}

async function backUp(
  candidate: Candidate,
  candidates: readonly Candidate[],
  { directory }: EtcdBackupSettings,
  { patience = { tries: 10, pauseMs: 1_000 } }: BackupOptions,
): Promise<Record<string, unknown>> {
  const { name: member, status } = candidate;
  const partial = join(directory, 'partial');
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const { facts: snapshot, sha256 } = await takeSnapshot(candidate, partial, STALL_MS);
  // Where it stands alone, its word on what it sent is still one more look at the file.
  const others = candidates.filter((each) => each !== candidate);
  const witnesses = others.length > 0 ? others : [candidate];
  const { hashKv, ...compared } = await compareWith(witnesses, snapshot, member, patience);
  const counted = await countKeys(candidate, snapshot);
  const facts: EtcdBackupFacts = {
    name: `${time}-${snapshot.revision}.db`,
    clusterId: status.clusterId.toString(16),
    version: status.version,
    bytes: snapshot.bytes,
    sha256,
    revision: Number(snapshot.revision),
    keys: counted ?? snapshot.keys,
    hashKv,
  };
  renameSync(partial, join(directory, 'snapshot.db'));
  writeFileSync(join(directory, 'snapshot.json'), `${JSON.stringify(facts, null, 2)}\n`);
  writeFileSync(join(directory, 'name'), facts.name);
  const note =
    counted === undefined ? { note: 'its revision was compacted before its keys were counted' } : {};
  return { member, ...facts, ...compared, ...note };
}
