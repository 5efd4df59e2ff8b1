import type { AskedServer } from './servers';
import type { RedisBackupSettings } from './settings';

/** What one RDB file is taken of. */
export interface Part {
  readonly shard: number;
  /** Of a Redis Cluster: the slots of its master. */
  readonly slots?: readonly (readonly [number, number])[];
  /** Servers that it may be taken of, the best first. */
  readonly sources: readonly AskedServer[];
}

const ALL_SLOTS = 16_384;

/**
 * What a backup consists of, by what servers say. A snapshot costs a server a fork, and a replica less that clients wait for.
 * @throws Error where something would be missing in it
 */
export function partsOf(
  topology: RedisBackupSettings['topology'],
  asked: readonly AskedServer[],
  problems: readonly string[],
): Part[] {
  if (topology === 'cluster') return clusterParts(asked, problems);
  const masters = asked.filter(({ role }) => role === 'master');
  const [stream] = [...new Set(masters.map(({ replid }) => replid))];
  if (masters.length > 1) {
    const names = masters.map(({ pod }) => pod).join(' and ');
    throw new Error(`${names} both say that they are the master: there is no telling whose data is right`);
  }
  const replicas = asked.filter(({ role, linked }) => role === 'replica' && linked);
  // A replica that is in step with a master that was not asked is as good.
  const fit = stream === undefined ? replicas : replicas.filter(({ replid }) => replid === stream);
  const sources = [...newestFirst(fit), ...masters];
  if (sources.length === 0) throw new Error(`no server can be backed up: ${why(problems)}`);
  return [{ shard: 0, sources }];
}

function clusterParts(asked: readonly AskedServer[], problems: readonly string[]): Part[] {
  const owners = asked.filter(({ cluster }) => cluster?.myself.role === 'master' && hasSlots(cluster.myself));
  const moving = owners.find(
    ({ cluster }) => cluster && cluster.migrating.length + cluster.importing.length > 0,
  );
  if (moving) {
    throw new Error(
      `${moving.pod} is handing slots over or taking some, and keys that move meanwhile may be in no part: wait until slots have been moved`,
    );
  }
  checkSlots(owners, problems);
  return owners
    .map((master): Part => {
      const replicas = asked.filter(
        ({ cluster, role, linked }) =>
          role === 'replica' && linked && cluster?.myself.master === idOf(master),
      );
      const slots = master.cluster?.myself.slots ?? [];
      return { shard: master.shard, slots, sources: [...newestFirst(replicas), master] };
    })
    .sort((one, other) => one.shard - other.shard || firstSlot(one) - firstSlot(other));
}

function checkSlots(owners: readonly AskedServer[], problems: readonly string[]): void {
  const owned = new Map<number, string>();
  for (const { pod, cluster } of owners) {
    for (const [first, last] of cluster?.myself.slots ?? []) {
      for (let slot = first; slot <= last; slot++) {
        const other = owned.get(slot);
        if (other !== undefined) throw new Error(`${other} and ${pod} both say that they have slot ${slot}`);
        owned.set(slot, pod);
      }
    }
  }
  if (owned.size === ALL_SLOTS) return;
  throw new Error(`${ALL_SLOTS - owned.size} slots have no master that can be asked: ${why(problems)}`);
}

/** Which slots were whose, so that two moments can be compared. */
export function layoutOf(parts: readonly Pick<Part, 'shard' | 'slots'>[]): string {
  return parts
    .map(({ shard, slots = [] }) => `${shard}: ${slots.map((range) => range.join('-')).join()}`)
    .join('; ');
}

function newestFirst(servers: readonly AskedServer[]): AskedServer[] {
  return [...servers].sort((one, other) => other.offset - one.offset);
}

function hasSlots({ slots }: { readonly slots: readonly unknown[] }): boolean {
  return slots.length > 0;
}

function idOf({ cluster }: AskedServer): string | undefined {
  return cluster?.myself.id;
}

function firstSlot({ slots = [] }: Part): number {
  return slots[0]?.[0] ?? 0;
}

function why(problems: readonly string[]): string {
  return problems.join('; ') || 'none is in step with a master';
}
