import { partitionName } from '../wire/partition-name';
import type { Admin, ConfigChange, ConfigEntry } from '../wire/types';
import type { ThrottledReplicas } from './batch';
import type { Move, Partition } from './facts';
import { THROTTLED_FOLLOWERS, THROTTLED_LEADERS, type TopicSettings } from './topic-settings';

/** Bytes a second that a broker sends and takes for replicas that are being moved. */
const RATES = ['leader.replication.throttled.rate', 'follower.replication.throttled.rate'] as const;
/** Requests under way at a time. */
const AT_ONCE = 8;

/** What is needed of the cluster. */
export type MovesAdmin = Pick<Admin, 'describeConfigs' | 'alterConfigs' | 'reassign'>;

/** Brokers that send or take anything for these moves. */
export function involved(moves: readonly Move[], partitions: readonly Partition[]): Set<number> {
  const before = new Map(partitions.map((each) => [partitionName(each), each.replicas]));
  return new Set(moves.flatMap((move) => [...move.replicas, ...(before.get(partitionName(move)) ?? [])]));
}

/** Sets the throttle, then moves: the first byte is throttled, too. */
export async function beginMoves(
  admin: MovesAdmin,
  moves: readonly Move[],
  throttle: {
    readonly rate: number;
    readonly brokers: readonly number[];
    readonly lists: ReadonlyMap<string, ThrottledReplicas>;
  },
  settings: ReadonlyMap<string, TopicSettings>,
): Promise<void> {
  const rates = RATES.map((name): ConfigChange => [name, String(throttle.rate)]);
  // The rates first: by them it is seen that moves are under way.
  await each(throttle.brokers, (id) => admin.alterConfigs({ type: 'broker', name: String(id) }, rates));
  await each([...throttle.lists], async ([topic, { leaders, followers }]) => {
    const present = settings.get(topic)?.throttled;
    if (present?.leaders === leaders && present.followers === followers) return;
    await admin.alterConfigs({ type: 'topic', name: topic }, [
      [THROTTLED_LEADERS, leaders || undefined],
      [THROTTLED_FOLLOWERS, followers || undefined],
    ]);
  });
  await admin.reassign(moves.map((move) => (move.cancels ? { ...move, replicas: undefined } : move)));
}

/** Takes the throttle off topics, then off these brokers: while a broker has a rate, it is known that this is not done. */
export async function endMoves(
  admin: MovesAdmin,
  brokers: readonly number[],
  settings: ReadonlyMap<string, TopicSettings>,
): Promise<void> {
  const throttled = [...settings].filter(([, { throttled }]) => throttled.leaders || throttled.followers);
  await each(throttled, ([topic]) =>
    admin.alterConfigs({ type: 'topic', name: topic }, [
      [THROTTLED_LEADERS, undefined],
      [THROTTLED_FOLLOWERS, undefined],
    ]),
  );
  await each(brokers, async (id) => {
    const found = ratesOf(await configsOf(admin, id));
    if (found.length === 0) return;
    await admin.alterConfigs(
      { type: 'broker', name: String(id) },
      found.map((name) => [name, undefined]),
    );
  });
}

/** Brokers among these that have a throttle of their own. */
export async function throttledBrokers(admin: MovesAdmin, brokers: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  await each(brokers, async (id) => {
    // One that has just stopped cannot be asked; what it has is seen when it is back.
    const entries = await configsOf(admin, id).catch(() => []);
    if (ratesOf(entries).length > 0) found.push(id);
  });
  return found.sort((a, b) => a - b);
}

async function configsOf(admin: MovesAdmin, id: number): Promise<readonly ConfigEntry[]> {
  const name = String(id);
  return (await admin.describeConfigs([{ type: 'broker', name }], RATES)).get(name) ?? [];
}

const ratesOf = (entries: readonly ConfigEntry[]): string[] =>
  RATES.filter((rate) => entries.some(({ name, source }) => name === rate && source === 'broker'));

async function each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map(act));
  }
}
