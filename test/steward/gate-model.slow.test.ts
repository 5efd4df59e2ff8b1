import { describe, expect, it } from 'vitest';
import { decide, type GateFacts, type Peer } from '../../lib/steward/gate';
import { walkRandomly } from '../support/state-walk';
import { keyOf, Model, type Scenario, search } from './gate-model';

const waiting: Peer = { state: 'waiting' };
const ENOUGH = 300_000;
const one: Scenario = { size: 1, founders: [0], memberships: [[0]], writes: 2, decide };
const three: Scenario = { size: 3, founders: [0, 1, 2], memberships: [[0, 1, 2]], writes: 1, decide };
const grown: Scenario = { size: 3, founders: [0], memberships: [[0], [0, 1, 2]], writes: 1, decide };
const changed = (scenario: Scenario, change: (given: GateFacts) => ReturnType<typeof decide>): Scenario => ({
  ...scenario,
  decide: change,
});

describe('a cluster of gates, in every state that it can reach', () => {
  it.each<[string, Scenario, number]>([
    ['of one founder', one, 10],
    ['of three founders', three, 30_000],
    ['of one founder that grows to three', grown, 50_000],
  ])(
    '%s: loses nothing, never splits, and finds its way',
    (_, scenario, least) => {
      const { states, problem } = search(scenario);
      expect(problem).toBeUndefined();
      expect(states).toBeGreaterThan(least);
    },
    ENOUGH,
  );

  // Each of these was, or might be taken for, good enough; the search shows that it sees what is wrong with it.
  it.each<[string, Scenario, RegExp]>([
    [
      'a majority of empty disks is enough',
      changed(three, (given) =>
        decide({ ...given, seenEmpty: new Set(given.seenEmpty.size > 0 ? [0, 1, 2] : []) }),
      ),
      /would serve without acknowledged writes/,
    ],
    [
      'the word of the founders alone is enough',
      changed(grown, (given) => decide({ ...given, members: [...new Set([...given.founders, given.self])] })),
      /would serve without acknowledged writes|would serve apart/,
    ],
    [
      'a founder goes on although another may not have noted its empty disk',
      changed(three, (given) => {
        const peers = [...given.peers].map(
          ([id, peer]) => [id, peer.state === 'silent' ? waiting : peer] as const,
        );
        return decide({ ...given, peers: new Map(peers) });
      }),
      /no way on without another fault/,
    ],
    [
      'a founder that joins gives up its vote until it has caught up',
      changed(three, (given) => {
        const decision = decide(given);
        return decision.action === 'join' && decision.disk === 'founding'
          ? { ...decision, disk: 'empty' }
          : decision;
      }),
      /no way on without another fault/,
    ],
  ])(
    'would show it if %s',
    (_, scenario, what) => {
      expect(search(scenario).problem?.what).toMatch(what);
    },
    ENOUGH,
  );
});

describe('a cluster of gates, on random ways', () => {
  const same = (size: number) => Array.from({ length: size }, (_, id) => id);
  const five: Scenario = { size: 5, founders: same(5), memberships: [same(5)], writes: 3, decide };
  const moving = { ...five, founders: [0, 1, 2], memberships: [[0, 1, 2], same(5), [0, 1, 2], [0]] };
  const replaced = {
    ...five,
    founders: [0, 1, 2],
    memberships: [
      [0, 1, 2],
      [0, 1, 2, 3],
      [1, 2, 3],
      [1, 2, 3, 4],
      [2, 3, 4],
    ],
  };

  it.each<[string, Scenario]>([
    ['of five founders', five],
    ['from three to five, to three, to one', moving],
    ['whose founders are replaced one by one', replaced],
  ])(
    '%s: loses nothing, never splits, and finds its way',
    (_, scenario) => {
      walkRandomly(new Model(scenario), keyOf, { numRuns: 150, patience: 2_000 });
    },
    ENOUGH,
  );
});
