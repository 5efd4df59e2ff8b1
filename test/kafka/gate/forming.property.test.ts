import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideStart } from '../../../lib/kafka/gate/decide';
import type { Peer, StartFacts } from '../../../lib/kafka/gate/facts';

const IDS = [0, 1, 2] as const;

/** A founder: its disk, and the process that runs on it. */
interface Founder {
  formatted: undefined | 'founder' | 'joiner';
  seenEmpty: Set<number>;
  /** Last commit that it has. */
  log: number;
  runs: 'nothing' | 'gate' | 'server';
}

const fresh = (): Founder => ({ formatted: undefined, seenEmpty: new Set(), log: 0, runs: 'nothing' });

/** Three founders, whom anything may happen to at any time. */
class World {
  readonly all = IDS.map(fresh);
  formed = false;
  committed = 0;

  get voting(): Founder[] {
    return this.all.filter(({ runs, formatted }) => runs === 'server' && formatted === 'founder');
  }

  /** One round of a gate, to which some of the others do not answer, and which may see the mark late. */
  poll(id: number, silent: readonly number[], seesMark: boolean, breaksOff: boolean): void {
    const own = this.all[id];
    if (own.runs !== 'gate') return;
    const peers = new Map(
      IDS.filter((other) => other !== id).map((other) => [other, this.answer(other, silent)]),
    );
    const formed = this.formed && seesMark;
    if (!formed && !own.formatted) {
      for (const [other, peer] of peers) {
        if (peer.state === 'gate' && peer.disk === 'empty') own.seenEmpty.add(other);
      }
    }
    const quorum = this.voting.length > 1 && silent.length === 0;
    const decision = decideStart({ ...this.factsOf(id, peers, formed), ...(quorum && { voters: VOTERS }) });
    if (decision.action === 'wait') return;
    if (decision.action === 'format' && breaksOff) {
      own.runs = 'nothing';
      return;
    }
    if (decision.action === 'format') own.formatted = decision.as;
    if (decision.action === 'start' || own.formatted === 'joiner') own.seenEmpty.clear();
    own.runs = 'server';
  }

  /** The voters that run elect one of them, and commit something. Gives whether they know all that was committed. */
  commit(without: number): boolean {
    const electing = this.voting.filter((_, index) => this.voting.length < 3 || index !== without);
    if (electing.length < 2) return true;
    const knows = Math.max(...electing.map(({ log }) => log)) >= this.committed;
    this.committed += 1;
    for (const each of electing) each.log = this.committed;
    return knows;
  }

  crash(id: number): void {
    this.all[id].runs = 'nothing';
  }

  /** A disk is lost. What nobody has any more is not to be had back. */
  wipe(id: number): void {
    this.all[id] = fresh();
    this.committed = Math.max(...this.all.map(({ log }) => log));
  }

  private answer(id: number, silent: readonly number[]): Peer {
    const { runs, formatted, seenEmpty } = this.all[id];
    if (runs === 'nothing' || silent.includes(id)) return { state: 'silent', reason: 'silent' };
    if (runs === 'server') return { state: 'running' };
    return { state: 'gate', disk: formatted ? 'data' : 'empty', seenEmpty: [...seenEmpty] };
  }

  private factsOf(id: number, peers: ReadonlyMap<number, Peer>, formed: boolean): StartFacts {
    return {
      cluster: 'kafka',
      id,
      roles: { broker: false, controller: true },
      zookeeper: false,
      keepsData: true,
      formed,
      directories: [{ state: this.all[id].formatted ? 'data' : 'empty' }],
      founders: VOTERS,
      controllers: IDS,
      brokers: [],
      served: false,
      peers,
      seenEmpty: this.all[id].seenEmpty,
    };
  }
}

const VOTERS = IDS.map((id) => ({ id, directoryId: `dir-${id}` }));

// Mostly everybody answers.
const silence = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.subarray([...IDS]) },
);
const which = fc.constantFrom(...IDS);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constant('poll' as const), which, silence, fc.boolean()),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant('gate' as const), which) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('commit' as const), which) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('crash' as const), which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('wipe' as const), which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('break' as const), which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('mark' as const), which) },
);

describe('founders', () => {
  it('never elect a leader that has not got what was committed, whatever is lost', () => {
    let commits = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const world = new World();
        for (const id of IDS) world.all[id].runs = 'gate';
        for (const [what, id, silent, seesMark] of steps) {
          const founder = world.all[id];
          if (what === 'gate' && founder.runs === 'nothing') founder.runs = 'gate';
          if (what === 'poll') world.poll(id, silent, seesMark, false);
          if (what === 'break') world.poll(id, [], true, true);
          if (what === 'crash') world.crash(id);
          if (what === 'wipe') world.wipe(id);
          if (what === 'mark') world.formed ||= world.committed > 0;
          if (what === 'commit') {
            const before = world.committed;
            expect(world.commit(id)).toBe(true);
            commits += world.committed - before;
          }
        }
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(commits).toBeGreaterThan(1_000);
  });

  it('form the quorum whatever went before, as long as no disk was lost', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const [what, id, silent] of steps) {
          if (what === 'gate' && world.all[id].runs === 'nothing') world.all[id].runs = 'gate';
          if (what === 'poll') world.poll(id, silent, false, false);
          if (what === 'break') world.poll(id, [], false, true);
          if (what === 'crash') world.crash(id);
        }
        for (let round = 0; round < 4; round += 1) {
          for (const id of IDS) {
            if (world.all[id].runs === 'nothing') world.all[id].runs = 'gate';
            world.poll(id, [], false, false);
          }
        }
        expect(world.voting).toHaveLength(3);
      }),
      { numRuns: 5_000, seed: 7 },
    );
  });
});
