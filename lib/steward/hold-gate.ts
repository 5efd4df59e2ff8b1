import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const POLL_MS = 500;
/** How often a reason that lasts is logged. */
const REPEAT_MS = 30_000;

/** What every run of a gate needs. */
export interface AnyGateRun {
  readonly paths: { readonly config: string };
  readonly log: (line: Record<string, unknown>) => void;
  /**
   * How long it waits before it looks again, in milliseconds.
   * @default 500
   */
  readonly pollMs?: number;
  /**
   * Stops waiting.
   * @default - waits for ever
   */
  readonly signal?: AbortSignal;
}

/** What a gate has decided. Each action but `wait` and `refuse` lets the server start. */
export interface AnyDecision {
  readonly action: string;
  readonly reason?: string;
}

/** Why a server is held back. */
export type Waiting<D> = Extract<D, { readonly action: 'wait' }>;

/** As what a server may start. */
export type Starting<D> = Exclude<D, { readonly action: 'wait' | 'refuse' }>;

/** The gate of a server under one state of its settings. */
export interface Gate<D extends AnyDecision> {
  /** What the server is called in the log. */
  readonly subject: Readonly<Record<string, string | number>>;
  /** Whether the server may start, by how everything is now. */
  decide(): Promise<D>;
  /** Tells others why it waits. */
  wait(decision: Waiting<D>): void | Promise<void>;
  /** Leaves everything ready for the server. */
  start(decision: Starting<D>): void | Promise<void>;
  /** Answers nobody any more. */
  close(): void | Promise<void>;
}

/** Settings of a gate as they are mounted now, and the text that they were read from. */
export function readGateSettings<S>({ config }: AnyGateRun['paths']): {
  readonly told: string;
  readonly settings: S;
} {
  const told = readText(config);
  return { told, settings: JSON.parse(told) as S };
}

/**
 * Holds a server back until it may start.
 * @throws Error when it never may
 */
export async function holdGate<S, D extends AnyDecision>(
  run: AnyGateRun,
  gateUnder: (settings: S) => Gate<D> | Promise<Gate<D>>,
): Promise<D> {
  for (;;) {
    const { told, settings } = readGateSettings<S>(run.paths);
    const gate = await gateUnder(settings);
    try {
      const decision = await decided(run, gate, told);
      if (decision) return decision;
    } finally {
      await gate.close();
    }
    // Whoever waits may wait for a change of what it is told, such as a list of members that is longer.
    run.log({ gate: 'again', ...gate.subject, reason: 'the settings have changed' });
  }
}

/** Decides again and again until the server may start; undefined when the settings have changed. */
async function decided<D extends AnyDecision>(
  { paths, log, pollMs, signal }: AnyGateRun,
  gate: Gate<D>,
  told: string,
): Promise<D | undefined> {
  let logged = { reason: '', at: 0 };
  for (;;) {
    const decision = await gate.decide();
    if (decision.action === 'refuse') throw new Error(decision.reason);
    if (decision.action !== 'wait') {
      await gate.start(decision as Starting<D>);
      return decision;
    }
    await gate.wait(decision as Waiting<D>);
    const { reason = '' } = decision;
    if (reason !== logged.reason || Date.now() - logged.at >= REPEAT_MS) {
      logged = { reason, at: Date.now() };
      log({ gate: 'wait', ...gate.subject, reason });
    }
    if (signal?.aborted) return decision;
    await new Promise((resolve) => setTimeout(resolve, pollMs ?? POLL_MS));
    if (readText(paths.config) !== told) return undefined;
  }
}

function readText(config: string): string {
  return readFileSync(join(config, 'gate.json'), 'utf8');
}
