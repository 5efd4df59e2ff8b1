import type { Redis } from '../../wire/types';
import { type BareView, ownEntry } from './cluster-observe';
import { SLOTS, slotsIn } from './slots';

/** How long it is taken for granted that nothing has changed where nothing shows it, in milliseconds. */
const EVERY_MS = 60_000;
/** Questions that are asked at once. */
const BATCH = 4_096;

interface Known {
  /** Who was what when it was looked for. */
  readonly masters: string;
  readonly at: number;
  readonly slots: readonly number[];
}

/** Slots of which nodes have keys without having the slots. All slots are counted seldom, as that takes a while. */
export class Strays {
  private readonly known = new Map<string, Known>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Those of a node; none of a replica, which has what its master has, and of one without keys. */
  async of(pod: string, redis: Redis, view: BareView, keys: number): Promise<readonly number[]> {
    const own = ownEntry(view);
    if (own.role === 'replica' || keys === 0) {
      this.known.delete(pod);
      return [];
    }
    const mine = new Set(slotsIn(own.slots));
    const masters = view.nodes
      .filter(({ role }) => role === 'master')
      .map(({ id }) => id)
      .sort()
      .join();
    const last = this.known.get(pod);
    const now = this.now();
    // It takes a failover, or a person, to leave keys behind.
    const recent = last !== undefined && last.masters === masters && now - last.at < EVERY_MS;
    const suspects = recent
      ? [...last.slots, ...view.importing.map(({ slot }) => slot)]
      : Array.from({ length: SLOTS }, (_, slot) => slot);
    const slots = await withKeys(
      redis,
      [...new Set(suspects)].filter((slot) => !mine.has(slot)).sort((a, b) => a - b),
    );
    this.known.set(pod, { masters, at: recent ? last.at : now, slots });
    return slots;
  }
}

/** Those slots of which a node has keys. */
export async function withKeys(redis: Redis, slots: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (let first = 0; first < slots.length; first += BATCH) {
    const batch = slots.slice(first, first + BATCH);
    const counts = await redis.pipeline(batch.map((slot) => ['CLUSTER', 'COUNTKEYSINSLOT', slot]));
    found.push(
      ...batch.filter((_, at) => {
        const count = counts[at];
        if (count instanceof Error) throw count;
        return Number(count) > 0;
      }),
    );
  }
  return found;
}
