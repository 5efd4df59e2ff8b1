/** What a search through all states has found. */
export interface Found {
  readonly states: number;
  /** A way into a state that must not be, or out of which no way leads to all members serving together. */
  readonly problem?: { readonly what: string; readonly trace: readonly string[] };
}

/** A step; `fault` when nobody can count on it, and progress must not need it. */
export interface Step<State> {
  readonly name: string;
  readonly fault: boolean;
  readonly to: State;
}

/** What members may go through, as far as a search has to know. */
export interface StateModel<State> {
  initial(): State;
  steps(state: State): readonly Step<State>[];
  /** What must never be. */
  violation(state: State): string | undefined;
  /** Whether all members serve together. */
  isGoal(state: State): boolean;
  /** Whether nothing can be asked of anybody any more; such states are left out. */
  hopeless(state: State): boolean;
}

/** Looks at every state that can be reached; states with the same key count as one. */
export function searchStates<State>(
  model: StateModel<State>,
  keyOf: (state: State) => string,
  limit = 2_000_000,
): Found {
  const index = new Map<string, number>([[keyOf(model.initial()), 0]]);
  const from: number[] = [-1];
  const by: string[] = [''];
  const before: number[][] = [[]];
  const goals: number[] = [];
  const trace = (at: number): string[] => (at <= 0 ? [] : [...trace(from[at]), by[at]]);
  for (let queue: [number, State][] = [[0, model.initial()]]; queue.length > 0; ) {
    const next: [number, State][] = [];
    for (const [at, state] of queue) {
      const what = model.violation(state);
      if (what) return { states: index.size, problem: { what, trace: trace(at) } };
      if (model.isGoal(state)) goals.push(at);
      for (const step of model.steps(state)) {
        if (model.hopeless(step.to)) continue;
        const key = keyOf(step.to);
        let to = index.get(key);
        if (to === undefined) {
          to = index.size;
          if (to > limit) throw new Error(`more than ${limit} states`);
          index.set(key, to);
          from.push(at);
          by.push(step.name);
          before.push([]);
          next.push([to, step.to]);
        }
        if (!step.fault) before[to].push(at);
      }
    }
    queue = next;
  }
  // Backwards from where all is well: whatever is not met is stuck for ever.
  const fine = new Uint8Array(index.size);
  const open = [...goals];
  for (const goal of goals) fine[goal] = 1;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const previous of before[at]) {
      if (fine[previous]) continue;
      fine[previous] = 1;
      open.push(previous);
    }
  }
  const stuck = fine.indexOf(0);
  if (stuck < 0) return { states: index.size };
  return { states: index.size, problem: { what: 'no way on without another fault', trace: trace(stuck) } };
}
