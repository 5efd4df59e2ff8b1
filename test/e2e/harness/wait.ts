/** Milliseconds in a second, for deadlines. */
export const SECOND = 1000;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Tries `condition` until it no longer throws and gives its value. What it throws says what is still missing.
 * @throws Error after `deadlineMs`, with what was missing last and what `report` tells
 */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  condition: () => Promise<T>,
  report: () => Promise<string> = async () => '',
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await condition();
    } catch (error) {
      if (performance.now() > end) {
        const missing = (error as Error).message;
        throw new Error(`${what}: not within ${deadlineMs / SECOND} s; ${missing}\n${await report()}`, {
          cause: error,
        });
      }
    }
    await sleep(500);
  }
}

/** Says what is missing, for `eventually`. */
export function missing(what: string): never {
  throw new Error(what);
}
