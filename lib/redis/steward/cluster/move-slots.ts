import { isRedisError } from '../../wire/errors';
import type { Redis, Reply, Word } from '../../wire/types';
import type { SlotMove } from './cluster-facts';
import { given, ownEntry, viewOf } from './cluster-observe';
import { type Handing, handSomeKeys, TwoValues } from './hand-keys';
import { slotsIn } from './slots';

/** What a move needs beside the two masters. */
export interface Moving extends Handing {
  readonly from: string;
  readonly to: string;
  /** Whether the target has replicas, one of which must have what it was handed before more follows. */
  readonly replicated: boolean;
}

/** Who moves slots, and who is told. */
export interface Movers {
  movingOf(move: SlotMove): Moving;
  /** All other masters: they would hear of it in a moment, and clients ask them now. */
  othersOf(move: SlotMove): readonly Redis[];
}

/** Whether there is time for more; throws when it has to stop at once. */
type MayGoOn = () => boolean;

/** How long slots are moved before everything is looked at again, in milliseconds: the lease must last. */
const STRETCH_MS = 2_500;
/** How long a replica may take to catch up, in milliseconds. */
const CATCH_UP_MS = 3_000;
/** Slots that are open at once: a node writes its nodes.conf for each time that it is told something. */
const AT_ONCE = 32;

/**
 * Moves slots with their keys, as many as there is time for. Each is served all the while: by the source what has not gone yet,
 * and by the target everything else. It can be broken off anywhere, and goes on when it is done again.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#live-resharding
 * @param mayGoOn throws when it has to stop
 * @throws Error that names the slots that could not be moved, once all others were
 */
export async function moveSlots(
  moves: readonly SlotMove[],
  movers: Movers,
  mayGoOn: () => void,
  now: () => number = () => performance.now(),
): Promise<void> {
  const until = now() + STRETCH_MS;
  const hasTime = () => {
    mayGoOn();
    return now() < until;
  };
  const failures: string[] = [];
  for (const move of moves) {
    const moving = movers.movingOf(move);
    const slots = await stillToMove(move.slots, moving);
    for (let first = 0; first < slots.length && hasTime(); first += AT_ONCE) {
      const { moved, failed } = await moveSome(slots.slice(first, first + AT_ONCE), moving, hasTime);
      await tell(movers.othersOf(move), moved, move.to);
      failures.push(...failed);
    }
  }
  if (failures.length > 0) throw new Error(failures.join('; '));
}

/** Those that the source has, and not the target already. */
async function stillToMove(
  slots: readonly number[],
  { source, target, from, to }: Moving,
): Promise<number[]> {
  const [mine, theirs] = await Promise.all([viewOf(source), viewOf(target)]);
  if (mine.id !== from || theirs.id !== to) throw new Error('one of the two masters is another node now');
  const [had, got] = [mine, theirs].map((view) => new Set(slotsIn(ownEntry(view).slots)));
  const lost = slots.filter((slot) => !had.has(slot) && !got.has(slot));
  if (lost.length > 0) throw new Error(`neither of the two masters has slot ${lost[0]} any more`);
  return slots.filter((slot) => had.has(slot));
}

async function moveSome(
  slots: readonly number[],
  moving: Moving,
  hasTime: MayGoOn,
): Promise<{ readonly moved: readonly number[]; readonly failed: readonly string[] }> {
  const { source, target, from, to } = moving;
  // In this order: who is asked by a client that the source has sent must know what it is about.
  const there = await counted(target, slots, 'IMPORTING', from);
  // No key of them comes into being at the source any more.
  const here = await counted(source, slots, 'MIGRATING', to);
  const moved: number[] = [];
  const failed: string[] = [];
  for (const [at, slot] of slots.entries()) {
    try {
      if (here[at] === 0 || (await handKeys({ slot, fresh: there[at] === 0 }, moving, hasTime))) {
        moved.push(slot);
      }
    } catch (error) {
      // What is wrong with a key of one slot keeps no other from being moved.
      if (!isRedisError(error) && !(error instanceof TwoValues)) throw error;
      failed.push(`slot ${slot}: ${error.message}`);
    }
  }
  // In this order: the source goes on sending clients there until it knows whose the slot is.
  for (const reply of await target.pipeline(setSlots(moved, 'NODE', to))) given(reply);
  for (const reply of await source.pipeline(setSlots(moved, 'NODE', to))) heard(reply);
  return { moved, failed };
}

/** Says of slots that they are on their way, and gives how many keys of each there are. */
async function counted(
  redis: Redis,
  slots: readonly number[],
  way: 'IMPORTING' | 'MIGRATING',
  id: string,
): Promise<number[]> {
  const counts = slots.map((slot) => ['CLUSTER', 'COUNTKEYSINSLOT', slot]);
  const replies = (await redis.pipeline([...setSlots(slots, way, id), ...counts])).map(given);
  return replies.slice(slots.length).map(Number);
}

/** Gives whether there are none left. */
async function handKeys(
  on: Parameters<typeof handSomeKeys>[0],
  moving: Moving,
  hasTime: MayGoOn,
): Promise<boolean> {
  while (hasTime()) {
    if (!(await handSomeKeys(on, moving))) return true;
    if (moving.replicated) await replicated(moving.target);
  }
  return false;
}

/** Waits until a replica has everything that its master has now: the source has it no more. */
async function replicated(target: Redis): Promise<void> {
  const [, replicas] = await target.pipeline([['PING'], ['WAIT', 1, CATCH_UP_MS]]);
  if (Number(given(replicas)) > 0) return;
  throw new Error(`no replica of ${target.address.host} has caught up within ${CATCH_UP_MS} ms`);
}

async function tell(others: readonly Redis[], slots: readonly number[], to: string): Promise<void> {
  // Whoever does not hear it here hears it from the target.
  if (slots.length > 0) {
    await Promise.allSettled(others.map((other) => other.pipeline(setSlots(slots, 'NODE', to))));
  }
}

function setSlots(slots: readonly number[], ...words: readonly Word[]): Word[][] {
  return slots.map((slot) => ['CLUSTER', 'SETSLOT', slot, ...words]);
}

/** The target may have told the source before, which may be a replica since, if that was its last slot. */
function heard(reply: Reply | Error): void {
  if (reply instanceof Error && !/only with (masters|primaries)/.test(reply.message)) throw reply;
}
