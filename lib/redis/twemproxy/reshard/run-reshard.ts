import { setTimeout as delay } from 'node:timers/promises';
import type { Hold } from '../../../steward/kubernetes/lease';
import { Reshard, type ReshardRun } from './reshard';

/** The lease by which one process moves keys at a time. */
export interface MovingLease {
  tryHold(): Promise<Hold>;
  holds(marginMs: number): boolean;
  release(): Promise<void>;
}

const EVERY_MS = 5_000;
/** So many times longer at most, where keys were moved in vain again and again: each try reads all of them. */
const LONGER = 12;
/** More than a step takes between two times that it asks whether it is alone. */
const MARGIN_MS = 3_000;

/** Moves keys until they are where the layout has them. What fails is tried again; what has to wait says why. */
export async function runReshard(
  run: Omit<ReshardRun, 'alone'>,
  lease: MovingLease,
  everyMs = EVERY_MS,
): Promise<void> {
  let said: string | undefined;
  const tell = (reason: string) => {
    if (reason !== said) run.log({ reshard: 'waits', because: reason });
    said = reason;
  };
  const renew = () =>
    lease.tryHold().then(
      (hold) => (hold.held ? undefined : hold.reason),
      (error: Error) => error.message,
    );
  const alone = () => {
    if (!lease.holds(MARGIN_MS)) throw new Error('the lease has run out: somebody else may move keys');
  };
  const renewal = setInterval(renew, everyMs);
  const reshard = new Reshard({ ...run, alone });
  try {
    for (;;) {
      const problem = await renew();
      try {
        if (problem !== undefined) throw new Error(problem);
        if (await reshard.step()) break;
        continue;
      } catch (error) {
        tell((error as Error).message);
      }
      await delay(everyMs * Math.min(1 + reshard.attempts, LONGER));
    }
    run.log({ reshard: 'done' });
  } finally {
    clearInterval(renewal);
    reshard.close();
    await lease.release().catch(() => undefined);
  }
}
