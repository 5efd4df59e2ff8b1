import { nextClusterStep } from '../../../../lib/redis/steward/cluster/next-cluster-step';
import { type Bad, type Commit, type Faults, type Scenario, walk } from './cluster-model';

/** Commits like `2 2 2l 1`: three shards of two servers, the last of which leaves, with revision 1. */
export const commits = (...lines: string[]): Commit[] =>
  lines.map((line) => {
    const words = line.split(' ');
    return { shards: words.slice(0, -1).join(' '), revision: Number(words.at(-1)) };
  });

const SOME: Faults = { kill: 1, wipe: 1, cut: 1, crash: 1 };
const of = (given: Omit<Scenario, 'decide'>): Scenario => ({
  faults: SOME,
  decide: nextClusterStep,
  ...given,
});
const failing = (how: Bad, ...last: string[]): Scenario =>
  of({ commits: commits('2 2 2 0', '2 2 2 2 1', ...last), bad: { 1: how } });

export const SCENARIOS = {
  forming: of({ fresh: true, commits: commits('2 2 2 0'), faults: {} }),
  formingUnderFaults: of({ fresh: true, commits: commits('2 2 2 0') }),
  forming3: of({ fresh: true, commits: commits('1 1 1 0', '2 2 2 0'), faults: { kill: 2, cut: 1 } }),
  healing: of({ commits: commits('2 2 2 0'), faults: { kill: 3, wipe: 2, crash: 2, cut: 1, reset: 1 } }),
  rolling: of({ commits: commits('2 2 2 0', '2 2 2 1') }),
  rollingOnes: of({ commits: commits('1 1 1 0', '1 1 1 1'), faults: { kill: 1, cut: 1, crash: 1 } }),
  growing: of({ commits: commits('2 2 2 0', '2 2 2 2 1') }),
  growingReplicas: of({ commits: commits('1 2 1 0', '2 2 2 1'), faults: { kill: 1, cut: 1, reset: 1 } }),
  shrinking: of({ commits: commits('2 2 2 2 0', '2 2 2 2l 0'), faults: { ...SOME, reset: 1 } }),
  shrinkingReplicas: of({ commits: commits('2 2 2 0', '1 2 1 1', '2 2 1 1'), faults: { ...SOME, reset: 1 } }),
  andBack: of({ commits: commits('2 2 2 2 0', '2 2 2 2l 0', '2 2 2 2 1'), faults: { ...SOME, reset: 1 } }),
  swapping: of({ commits: commits('2 2 2 0', '2l 2 2 2 1', '- 2 2 2 1') }),
  dropping: of({ commits: commits('2 2 2 2 0', '2 2 2 1', '2 2 2 2l 1'), faults: { ...SOME, reset: 1 } }),
  ones: of({ commits: commits('1 1 1 0', '1 1 1 1 1', '1 1 1 1l 1'), faults: { kill: 1, cut: 1, reset: 1 } }),
  crashing: failing('crashes'),
  crashingAndMended: failing('crashes', '2 2 2 2 2'),
  hangingAndMended: failing('hangs', '2 2 2 2 2'),
  unreadyAndMended: failing('unready', '2 2 2 2 2'),
  laggingAndMended: failing('lags', '2 2 2 2 2'),
  unreadyAndReverted: failing('unready', '2 2 2 0'),
  cache: of({
    ...{ keepsData: false, commits: commits('2 2 2 0', '2 2 2 1', '2 2 2 2 1') },
    faults: { kill: 2, cut: 1, crash: 1 },
  }),
  cacheForming: of({
    ...{ keepsData: false, fresh: true, commits: commits('2 2 2 0', '2 2 2 1') },
    faults: { kill: 2, cut: 1, crash: 1 },
  }),
  cacheOfOnes: of({
    ...{ keepsData: false, commits: commits('1 1 1 0', '1 1 1 1 0') },
    faults: { kill: 3, cut: 1, crash: 1 },
  }),
  everything: of({
    ...{
      slots: 12,
      slotsAtATime: 3,
      commits: commits('2 1 2 0', '2l 2 2 2 1', '2 1 1 2l 2'),
      bad: { 1: 'unready' },
    },
    faults: { kill: 2, wipe: 2, cut: 2, crash: 2, reset: 1 },
  }),
} satisfies Record<string, Scenario>;

/** Walks a scenario many ways; says of the first that goes wrong what happened there. */
export function walkAll(scenario: Scenario, from: number, times: number): { rests: number; waits: number } {
  const ends = { rests: 0, waits: 0 };
  for (let seed = from; seed < from + times; seed++) {
    // Nodes that know at once where others are, and hear of everything at once, have it easier, and are walked faster.
    const easier = { looksUp: seed % 2 === 0, instant: seed % 3 === 0 };
    const { step } = walk({ ...easier, ...scenario }, seed * 7919, 20 + (seed % 5) * 10);
    if (step === 'rest') ends.rests++;
    else ends.waits++;
  }
  return ends;
}
