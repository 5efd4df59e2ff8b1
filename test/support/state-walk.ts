import fc from 'fast-check';
import { expect } from 'vitest';
import type { StateModel } from './state-search';

/**
 * Walks random ways, on which nothing that must never be may come about, and from whose ends members find their way to
 * serving together without faults. `patience` is the number of steps that they may take for that.
 */
export function walkRandomly<State>(
  model: StateModel<State>,
  keyOf: (state: State) => string,
  { numRuns, patience }: { readonly numRuns: number; readonly patience: number },
): void {
  const turns = fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 20, maxLength: 120 });
  fc.assert(
    fc.property(turns, fc.infiniteStream(fc.nat()), (walk, more) => {
      let state = model.initial();
      for (const [pick, calm] of walk) {
        const steps = model.steps(state).filter((step) => !model.hopeless(step.to) && !(calm && step.fault));
        if (steps.length === 0) continue;
        state = steps[pick % steps.length].to;
        expect(model.violation(state)).toBeUndefined();
      }
      const stream = more[Symbol.iterator]();
      expect(settles(state, (count) => (stream.next().value as number) % count)).toBe(true);
    }),
    { numRuns },
  );

  /** Goes on without faults until all serve, or nothing changes any more. */
  function settles(from: State, choose: (count: number) => number): boolean {
    let state = from;
    for (let turn = 0; turn < patience; turn++) {
      if (model.isGoal(state)) return true;
      const here = keyOf(state);
      const steps = model.steps(state).filter((step) => !step.fault && keyOf(step.to) !== here);
      if (steps.length === 0) return false;
      state = steps[choose(steps.length)].to;
    }
    return false;
  }
}
