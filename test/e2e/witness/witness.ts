/** What a witness found out. */
export interface Numbers {
  /** Records whose write was acknowledged. */
  readonly acknowledged: number;
  /** Records read back at the end; those whose outcome was unknown may be among them. */
  readonly found: number;
  /** Acknowledged records that were not found, or not as they were written. */
  readonly lost: number;
  /** Longest time without an acknowledged write, in milliseconds. */
  readonly longestGapMs: number;
  /** All times without an acknowledged write of more than 250 milliseconds together. */
  readonly gapsMs: number;
  /** The lost ones. */
  readonly missing: readonly number[];
  /**
   * The same of records that the system acknowledged before it had copied them, where it does so and the others were waited
   * for. Of these a fault may lose some, which is told and not held against it.
   */
  readonly atOnce?: Omit<Numbers, 'atOnce'>;
}

/**
 * A client that writes numbered records all the time. A write without a clear answer counts as neither acknowledged nor
 * lost.
 */
export interface Witness {
  /** Resolves when the first writes have been acknowledged. */
  start(): Promise<void>;
  /** Resolves when writes have been acknowledged that began after this call: the system works again. */
  writesAgain(deadlineSeconds: number): Promise<void>;
  /** Ends the writing and reads everything back. */
  stop(): Promise<Numbers>;
}
