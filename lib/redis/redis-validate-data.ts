import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import { bytesOf, mebibytesOf, quantityOf } from '../core/quantity';
import type { VolumeModel } from '../core/storage';
import { VOLUME_TIMES } from './redis-memory';
import type { RedisModel } from './redis-model';

const MIB = 1024 ** 2;
/** Less than this holds no server. */
const LEAST_MEMORY = 64;
/** Share of the memory that has to be left for everything that is not counted in maxmemory. */
const LEAST_LEFT = 0.1;

/** What is wrong with memory, eviction, persistence and volumes. */
export function checkData(model: RedisModel, environment: Environment): Finding[] {
  return [
    ...checkMemory(model),
    ...checkEviction(model),
    ...checkPersistence(model, environment),
    ...checkVolume(model),
  ];
}

const finding = (what: string, message: string): Finding => ({ code: `redis/${what}`, message });

function checkMemory({ memory, maxmemory, props }: RedisModel): Finding[] {
  const [limit, data] = [mebibytesOf(memory), mebibytesOf(maxmemory)];
  if (limit < LEAST_MEMORY)
    return [
      finding(
        'memory',
        `memory: ${quantityOf(memory)}; give at least ${LEAST_MEMORY}Mi, as a server takes some before it holds anything`,
      ),
    ];
  if (props.maxmemory === undefined) return [];
  if (data < 1)
    return [
      finding(
        'memory',
        `maxmemory: ${quantityOf(maxmemory)} holds nothing; give at least 1Mi, or leave it out`,
      ),
    ];
  const most = Math.floor(limit * (1 - LEAST_LEFT));
  const needed = Math.ceil(data / (1 - LEAST_LEFT));
  const remedy = `lower maxmemory to ${most}Mi or less, or raise memory to ${needed}Mi`;
  if (data >= limit)
    return [
      finding(
        'memory',
        `maxmemory: ${quantityOf(maxmemory)} is not below memory, ${quantityOf(memory)}, at which a server is killed with all that it holds; ${remedy}`,
      ),
    ];
  if (data > most)
    return [
      finding(
        'memory',
        `maxmemory: ${quantityOf(maxmemory)} leaves ${limit - data}Mi of ${quantityOf(memory)} for pages that a fork copies, for replicas that catch up and for fragmentation, and a tenth is the least; ${remedy}`,
      ),
    ];
  return [];
}

function checkEviction({ use, maxmemoryPolicy: policy, persistence, props }: RedisModel): Finding[] {
  if (use !== 'store' || policy === 'noeviction' || props.allowEviction) return [];
  const kept = persistence === 'none' ? '' : `, although persistence '${persistence}' keeps what is written`;
  return [
    finding(
      'eviction',
      `maxmemoryPolicy: '${policy}' removes keys of a store without a word once maxmemory is reached${kept}; use 'noeviction', give use: 'cache', or say so by allowEviction: true`,
    ),
  ];
}

function checkPersistence({ use, persistence, props }: RedisModel, environment: Environment): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push(finding('persistence', message));
  if (persistence === 'none' && use === 'store' && environment.isProduction)
    found(
      "persistence: 'none' in production loses all of a store when its servers restart together; use 'aof', or give use: 'cache'",
    );
  if (props.save && !persistence.includes('rdb'))
    found(
      `save: snapshots are taken with persistence 'rdb' or 'aof+rdb', and it is '${persistence}'; leave one of them out`,
    );
  if (props.appendfsync && !persistence.includes('aof'))
    found(
      `appendfsync: a log is kept with persistence 'aof' or 'aof+rdb', and it is '${persistence}'; leave one of them out`,
    );
  if (props.save?.length === 0)
    found("save: no snapshot is ever taken; give a point, or persistence 'none' or 'aof'");
  for (const { after, changes } of props.save ?? []) {
    const seconds = after.toSeconds({ integral: false });
    if (!Number.isInteger(seconds) || seconds < 1 || !Number.isInteger(changes) || changes < 1)
      found(
        `save: ${changes} changes after ${after.toHumanString()}; give a whole number of changes and whole seconds, each from 1`,
      );
  }
  return findings;
}

/** Bytes of a volume, where they are known. */
function sizeOf(volume: VolumeModel): number | undefined {
  if (volume.kind === 'claim') return bytesOf(volume.size);
  return volume.kind === 'emptyDir' && volume.sizeLimit ? bytesOf(volume.sizeLimit) : undefined;
}

const WHY = {
  none: 'a copy that a replica is sent',
  rdb: 'a snapshot and the one that takes its place',
  aof: 'the log, what is written meanwhile, and the rewrite that takes its place',
  'aof+rdb': 'the log, its rewrite, a snapshot and the one that takes its place',
} as const;

function checkVolume({ data, maxmemory, persistence, props }: RedisModel): Finding[] {
  const needed = Math.ceil((bytesOf(maxmemory) * VOLUME_TIMES[persistence]) / MIB);
  if (props.storage === undefined) {
    if (persistence === 'none') return [];
    return [
      finding(
        'storage',
        `storage: persistence '${persistence}' writes to a volume, and there is none; give a size of at least ${needed}Mi, or persistence: 'none'`,
      ),
    ];
  }
  const size = sizeOf(data);
  // What holds nothing at all was told already.
  if (size === undefined || size <= 0 || size >= needed * MIB) return [];
  const fitting = Math.floor(size / VOLUME_TIMES[persistence] / MIB);
  const times =
    VOLUME_TIMES[persistence] === 1 ? 'maxmemory' : `${VOLUME_TIMES[persistence]} times maxmemory`;
  return [
    finding(
      'storage',
      `storage: ${Math.floor(size / MIB)}Mi is less than ${needed}Mi, ${times}: ${WHY[persistence]}; raise storage, or lower maxmemory to ${fitting}Mi`,
    ),
  ];
}
