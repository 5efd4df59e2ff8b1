import type { Cause, Phase } from './facts';
import type { Status } from './status';

/** What is done next, whatever the system. */
export interface Decision {
  readonly phase: Phase;
  /** `wait` and `rest` change nothing. */
  readonly step: string;
  readonly why: string;
  /** Of a wait, why as a word for metrics, and what a person has to do. */
  readonly cause?: Cause;
  readonly todo?: string;
}

/** A decision to change nothing for now. */
export interface Wait extends Decision {
  readonly step: 'wait';
  readonly cause: Cause;
}

/** A step of waiting. */
export const wait = (phase: Phase, cause: Cause, why: string, todo?: string): Wait => ({
  phase,
  step: 'wait',
  cause,
  why,
  todo,
});

/** A cluster in a steward's charge: how it is looked at, what is decided from that, and how it is done. */
export interface Charge<F, S extends Decision> {
  /** Looks at everything; `fresh`: as it is now, and not as it was known a moment ago. */
  gather(fresh: boolean): Promise<F>;
  /** The one next step that is safe, or why nothing is. */
  decide(facts: F): S;
  /** Takes a step; `mayGoOn` throws when the lease has run out meanwhile. */
  carryOut(facts: F, step: S, mayGoOn: () => void): Promise<void>;
  /** Does what is due now and then while there is nothing else to do. */
  rest(): Promise<void>;
  /** A step in words: what it does, and why. */
  sentence(step: S): string;
  /** Reason of the Event that tells of a step. */
  reason(step: S): string;
  /** What people are told. */
  status(facts: F, step: S): Status;
  /** What Prometheus is told of the members, in its exposition format. */
  samples(facts: F): string;
}

/** Whether a step changes something. */
export function isAction(step: Decision): boolean {
  return step.step !== 'wait' && step.step !== 'rest';
}
