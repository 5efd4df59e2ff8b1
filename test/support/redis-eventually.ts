import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is as it should be: what servers tell one another arrives after a moment. */
export async function eventually<T>(
  ask: () => Promise<T>,
  so: (answer: T) => unknown,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (so(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not seen: ${JSON.stringify(answer)}`);
    await delay(50);
  }
}
