import { setTimeout as delay } from 'node:timers/promises';

/** How long something is tried, and how long to wait in between, in milliseconds. */
export interface Patience {
  readonly forMs: number;
  readonly pauseMs: number;
}

/**
 * What etcd refuses for a while: a member has restarted less than five seconds ago, a learner is not in step yet, or
 * somebody else has just begun to lead.
 */
const NOT_YET = /unhealthy cluster|in sync with leader|leader changed|no leader/;

/**
 * Does something again and again while etcd says that it cannot be done yet. An answer may be lost, so that what failed may
 * have been done all the same: `done` looks.
 */
export async function insist(
  attempt: () => Promise<void>,
  done: () => Promise<boolean>,
  { forMs, pauseMs }: Patience,
): Promise<void> {
  const deadline = performance.now() + forMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (await done().catch(() => false)) return;
      if (!NOT_YET.test((error as Error).message) || performance.now() + pauseMs > deadline) throw error;
    }
    await delay(pauseMs);
  }
}

/** Looks again and again until something is so; false once the time is over. */
export async function becomes(look: () => Promise<boolean>, { forMs, pauseMs }: Patience): Promise<boolean> {
  const deadline = performance.now() + forMs;
  for (;;) {
    if (await look().catch(() => false)) return true;
    if (performance.now() + pauseMs > deadline) return false;
    await delay(pauseMs);
  }
}
