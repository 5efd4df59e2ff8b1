/** The outcome of a promise, or a rejection once it takes too long; what was begun goes on. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nobody has refused, nor answered. */
export class TooLate extends Error {}

/** What is asked for now and then only. A failure leaves what was known, and is not repeated at once either. */
export class NowAndThen<T> {
  private known: T | undefined;
  private at = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly everyMs: number,
    private readonly now: () => number,
  ) {}

  async get(ask: () => Promise<T>): Promise<T | undefined> {
    const now = this.now();
    if (now - this.at < this.everyMs) return this.known;
    this.at = now;
    try {
      this.known = await ask();
    } catch {
      // Told by whoever needs it.
    }
    return this.known;
  }

  /** Replaces what is known, as when it was changed; without a value it is asked for anew. */
  set(value?: T): void {
    this.known = value ?? this.known;
    this.at = value === undefined ? Number.NEGATIVE_INFINITY : this.now();
  }
}
