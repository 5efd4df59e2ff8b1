import { setTimeout as delay } from 'node:timers/promises';

/** How long something is asked, and what is no reason to stop. */
export interface Asking {
  /** @default 30 000 */
  readonly timeoutMs?: number;
  /** Whether after such an error it is asked again. @default none */
  readonly bears?: (error: unknown) => boolean;
}

/**
 * Asks until the answer is as it should be: what servers tell one another arrives after a moment.
 * @throws Error with the last answer, when it takes too long
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  so: (answer: T) => unknown,
  { timeoutMs = 30_000, bears = () => false }: Asking = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let seen: unknown;
    try {
      const answer = await ask();
      if (so(answer)) return answer;
      seen = answer;
    } catch (error) {
      if (!bears(error)) throw error;
      seen = error;
    }
    if (Date.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${shown(seen)}`);
    await delay(100);
  }
}

function shown(seen: unknown): string {
  if (seen instanceof Error) return seen.message;
  return JSON.stringify(seen, (_, value) => (value instanceof Map ? [...value] : value));
}
