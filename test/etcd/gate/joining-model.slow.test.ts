import { describe, expect, it } from 'vitest';
import { decideStart } from '../../../lib/etcd/gate/decide';
import type { EtcdDecision, EtcdGateFacts } from '../../../lib/etcd/gate/facts';
import { walkRandomly } from '../../support/state-walk';
import { keyOf, Model, type Scenario, search } from './joining-model';

const ENOUGH = 300_000;
const same = (size: number) => Array.from({ length: size }, (_, id) => id);
const of = (size: number, founders: number, losses = 1): Scenario => ({
  size,
  founders: same(founders),
  writes: 1,
  losses,
  decide: decideStart,
});
const changed = (scenario: Scenario, decide: (facts: EtcdGateFacts) => EtcdDecision): Scenario => ({
  ...scenario,
  decide,
});

describe('gates, servers and somebody who invites, in every state that they can reach', () => {
  it.each<[string, Scenario, number]>([
    ['one founder', of(1, 1), 20],
    ['one founder that grows to two', of(2, 1), 1_000],
    ['one founder that grows to three', of(3, 1), 40_000],
    ['two founders', of(2, 2), 300],
    ['two founders that grow to three', of(3, 2), 20_000],
    ['three founders', of(3, 3), 60_000],
  ])(
    '%s: lose nothing, never split, and find their way',
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
      'the word of one founder is enough',
      changed(of(3, 3), (facts) =>
        decideStart({ ...facts, seenEmpty: new Set(facts.seenEmpty.size > 0 ? [0, 1, 2] : []) }),
      ),
      /would serve without acknowledged writes|starts empty as the founder that it was/,
    ],
    [
      'the word of the founders alone is enough',
      changed(of(3, 1), (facts) =>
        decideStart({ ...facts, members: [...new Set([...facts.founders.keys(), facts.self])] }),
      ),
      /would serve|starts empty as the founder that it was/,
    ],
    [
      'a founder takes up its old place again',
      changed(of(3, 3), (facts) => {
        const decision = decideStart(facts);
        return decision.action === 'wait' && decision.lost ? { action: 'found', restored: false } : decision;
      }),
      /would serve without acknowledged writes|starts empty as the founder that it was/,
    ],
    [
      'a founder goes ahead although another may not have heard of it',
      changed(of(3, 3), (facts) => {
        const peers = [...facts.peers].map(
          ([id, peer]) =>
            [
              id,
              peer.state === 'gate' ? { ...peer, hasSeen: [0, 1, 2] } : { state: 'running' as const },
            ] as const,
        );
        const live = [...facts.peers.values()].some(({ state }) => state === 'serving');
        return decideStart(live ? facts : { ...facts, peers: new Map(peers) });
      }),
      /no way on without another fault|would serve/,
    ],
    [
      'nobody is told that a disk is lost',
      changed(of(3, 3), (facts) => {
        const decision = decideStart(facts);
        return decision.action === 'wait' ? { ...decision, lost: false } : decision;
      }),
      /no way on without another fault/,
    ],
    [
      'a late founder waits to be invited',
      changed(of(3, 3), (facts) => {
        const decision = decideStart(facts);
        const served = [...facts.peers.values()].some(({ state }) => state === 'serving');
        return decision.action === 'found' && served ? { action: 'wait', reason: 'late' } : decision;
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

describe('gates, servers and somebody who invites, on random ways', () => {
  it.each<[string, Scenario]>([
    ['three founders that lose three disks', of(3, 3, 3)],
    ['five founders', { ...of(5, 5, 4), writes: 3 }],
    ['three founders that grow to five', { ...of(5, 3, 4), writes: 3 }],
    ['one founder that grows to four', { ...of(4, 1, 3), writes: 2 }],
  ])(
    '%s: lose nothing, never split, and find their way',
    (_, scenario) => {
      walkRandomly(new Model(scenario), keyOf, { numRuns: 100, patience: 3_000 });
    },
    ENOUGH,
  );
});
