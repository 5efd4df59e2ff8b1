import { checkSchedule } from '../core/cron';
import type { Environment } from '../core/environment';
import { checkClusterName } from '../core/names';
import { checkPlacement } from '../core/placement';
import type { Finding } from '../core/problem';
import { bytesOf, quantityOf } from '../core/quantity';
import type { VolumeModel } from '../core/storage';
import type { EtcdModel } from './etcd-model';
import { MOST_MEMBERS } from './etcd-names';
import { checkBackups } from './etcd-validate-backup';
import { checkAuthentication, checkTls } from './etcd-validate-security';
import { checkConfiguration, checkVersions } from './etcd-validate-versions';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Room of the write-ahead log beside the database: segments of 64 MB, five of which are kept, and one that is laid out ahead. */
const WAL_ROOM = 512 * MIB;

/** The longest that etcd permits, in milliseconds. */
const MAX_ELECTION = 50_000;

/** Everything that is wrong with a cluster as it was asked for. */
export function checkEtcd(model: EtcdModel, environment: Environment): Finding[] {
  const { props, members } = model;
  const all = [
    ...checkClusterName(model.name),
    ...checkVersions(model),
    ...checkMembers(model, environment),
    ...checkQuota(model),
    ...checkVolumes(model),
    ...checkCpu(model),
    ...checkTimes(model),
    ...checkPlacement(environment, props.placement ?? {}, members.length),
    ...checkTls(model, environment),
    ...checkAuthentication(model, environment),
    ...checkConfiguration(model),
    ...checkUpkeep(model),
    ...checkBackups(model, environment),
  ];
  // What is wrong with both certificates is said once.
  return [...new Map(all.map((one) => [one.message, one])).values()];
}

const finding = (what: string, message: string): Finding => ({ code: `etcd/${what}`, message });

function checkMembers({ props }: EtcdModel, environment: Environment): Finding[] {
  const { members = 3, founders = members } = props;
  const findings: Finding[] = [];
  const sizes = [1, 3, 5, MOST_MEMBERS];
  if (!sizes.includes(members)) {
    const even =
      members > 0 && members % 2 === 0 ? ' (an even number tolerates no more failures than one less)' : '';
    const why = members > MOST_MEMBERS ? ' (every write waits for a majority)' : even;
    findings.push(
      finding(
        'members',
        `members: ${members}; a cluster has 1, 3, 5 or 7 members${why}; choose one of these`,
      ),
    );
  }
  if (!sizes.includes(founders) && founders !== members)
    findings.push(
      finding(
        'founders',
        `founders: ${founders}; give the number of members that the cluster was formed with: 1, 3, 5 or 7`,
      ),
    );
  if (environment.isProduction && members === 1)
    findings.push(
      finding(
        'members',
        `members: 1 in production stops with its only member; use 3, or give the environment "${environment.name}" durability: 'development'`,
      ),
    );
  return findings;
}

function checkQuota({ quota, memory, props }: EtcdModel): Finding[] {
  const [size, limit] = [bytesOf(quota), bytesOf(memory)];
  const text = quantityOf(quota);
  if (size < 64 * MIB)
    return [
      finding('quota', `quota: ${text}; give at least 64Mi, as the file of an empty database grows to some`),
    ];
  const findings: Finding[] = [];
  if (size > 8 * GIB && !props.allowLargeQuota)
    findings.push(
      finding(
        'quota',
        `quota: ${text} is more than the 8Gi that etcd is made for: starting, defragmenting and restoring take minutes; lower it, or say so by allowLargeQuota: true`,
      ),
    );
  const needed = Math.ceil((size * 1.25) / MIB) + 256;
  if (limit < needed * MIB) {
    const fitting = Math.floor((limit / MIB - 256) / 1.25);
    const lower = fitting >= 64 ? ` or lower quota to ${fitting}Mi` : '';
    findings.push(
      finding(
        'memory',
        `memory: ${quantityOf(memory)} cannot hold a database of ${text}, which is mapped into it (a quarter and 256Mi more for the index of its keys and for requests); raise memory to ${needed}Mi${lower}`,
      ),
    );
  }
  return findings;
}

/** Bytes of a volume, where they are known. */
function sizeOf(volume: VolumeModel): number | undefined {
  if (volume.kind === 'claim') return bytesOf(volume.size);
  return volume.kind === 'emptyDir' && volume.sizeLimit ? bytesOf(volume.sizeLimit) : undefined;
}

function checkVolumes({ quota, data, wal }: EtcdModel): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push(finding('storage', message));
  const mib = (bytes: number) => Math.ceil(bytes / MIB);
  const copies = 2 * bytesOf(quota);
  const needed = copies + (wal ? 0 : WAL_ROOM);
  const size = sizeOf(data);
  if (size !== undefined && size > 0 && size < needed) {
    const log = wal
      ? ''
      : `, and ${mib(WAL_ROOM)}Mi for the write-ahead log, unless that has a volume of its own`;
    const fitting = Math.floor((size - (wal ? 0 : WAL_ROOM)) / 2 / MIB);
    const lower = fitting >= 64 ? ` or lower quota to ${fitting}Mi` : '';
    found(
      `storage.data: ${mib(size)}Mi is less than ${mib(needed)}Mi: ${mib(copies)}Mi for a database of ${quantityOf(quota)} and its copy while it is defragmented or restored${log}; raise storage.data${lower}`,
    );
  }
  const log = wal && sizeOf(wal);
  if (log !== undefined && log > 0 && log < WAL_ROOM)
    found(
      `storage.wal: ${mib(log)}Mi is less than ${mib(WAL_ROOM)}Mi, which its segments of 64 MB need; raise it, or leave it out`,
    );
  return findings;
}

function checkCpu({ props }: EtcdModel): Finding[] {
  if (props.cpu === undefined || /^(\d+m|\d+(\.\d{1,3})?)$/.test(props.cpu)) return [];
  const message = `cpu: "${props.cpu}" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")`;
  return [finding('cpu', message)];
}

function checkTimes({ heartbeatInterval, electionTimeout }: EtcdModel): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push(finding('timing', message));
  for (const [what, given] of Object.entries({ heartbeatInterval, electionTimeout })) {
    if (!Number.isInteger(given) || given < 1) found(`${what}: ${given} ms; give whole milliseconds from 1`);
  }
  if (findings.length > 0) return findings;
  if (electionTimeout < 5 * heartbeatInterval)
    found(
      `electionTimeout: ${electionTimeout} ms is less than five heartbeats of ${heartbeatInterval} ms, one of which may be late; give at least ${5 * heartbeatInterval} ms, better ${10 * heartbeatInterval}`,
    );
  if (electionTimeout > MAX_ELECTION)
    found(`electionTimeout: ${electionTimeout} ms; etcd takes at most ${MAX_ELECTION}`);
  return findings;
}

/** What etcd and the steward do on their own. */
function checkUpkeep({ compaction, steward, props }: EtcdModel): Finding[] {
  const findings: Finding[] = [];
  if (
    compaction?.mode === 'revision' &&
    !(Number.isInteger(compaction.retention) && compaction.retention >= 1)
  )
    findings.push(
      finding(
        'compaction',
        `compaction.retention: ${compaction.retention}; give a whole number of revisions from 1`,
      ),
    );
  if (compaction?.mode === 'periodic' && compaction.retention.toMilliseconds({ integral: false }) < 60_000)
    findings.push(
      finding(
        'compaction',
        `compaction.retention: ${compaction.retention.toHumanString()}; give at least a minute`,
      ),
    );
  const { defragmentation } = props;
  if (!defragmentation) return findings;
  const { fragmentation = 0.5, schedule } = defragmentation;
  if (!(fragmentation >= 0.1 && fragmentation < 1))
    findings.push(
      finding(
        'defragmentation',
        `defragmentation.fragmentation: ${fragmentation}; give a share from 0.1 to below 1, such as 0.5`,
      ),
    );
  if (schedule !== undefined)
    findings.push(...checkSchedule('etcd/defragmentation', 'defragmentation.schedule', schedule));
  if (!steward)
    findings.push(
      finding(
        'defragmentation',
        "defragmentation: with operations: 'none' nobody does it, but you with etcdctl defrag; leave one of them out",
      ),
    );
  return findings;
}
