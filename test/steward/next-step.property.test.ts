import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts, Member, MemberPod, Part, Server, Step } from '../../lib/steward/facts';
import { nextStep } from '../../lib/steward/next-step';
import { randomWay } from './next-step-model';

/** How a member may be, all but its place. */
interface Condition {
  readonly listed: Part | 'as wanted' | undefined;
  readonly pod: 'none' | 'runs' | 'ends';
  readonly outdated: boolean;
  readonly ready: boolean;
  readonly broken: boolean;
  readonly stalled: boolean;
  readonly server: 'silent' | 'gate' | 'empty' | 'waiting' | 'behind' | 'synced';
}

const condition: fc.Arbitrary<Condition> = fc.record({
  listed: fc.constantFrom<(Part | undefined)[]>('voter', 'voter', 'voter', 'observer', undefined),
  pod: fc.constantFrom('runs', 'runs', 'runs', 'runs', 'none', 'ends'),
  outdated: fc.boolean(),
  ready: fc.boolean(),
  broken: fc.boolean(),
  stalled: fc.boolean(),
  server: fc.constantFrom(
    'synced',
    'synced',
    'synced',
    'synced',
    'behind',
    'waiting',
    'gate',
    'empty',
    'silent',
  ),
});

/** Mostly well, so that there is something to do besides waiting. */
const well = (outdated: fc.Arbitrary<boolean>, listed: fc.Arbitrary<Condition['listed']>) =>
  fc.record({
    listed,
    pod: fc.constant('runs' as const),
    outdated,
    ready: fc.constant(true),
    broken: fc.constant(false),
    stalled: fc.constant(false),
    server: fc.constant('synced' as const),
  });
const anywhere = fc.constantFrom<Condition['listed'][]>(
  'voter',
  'voter',
  'voter',
  'voter',
  'observer',
  undefined,
);
const conditions: fc.Arbitrary<Condition[]> = fc
  .constantFrom(
    fc.oneof({ weight: 1, arbitrary: condition }, { weight: 3, arbitrary: well(fc.boolean(), anywhere) }),
    fc.oneof(
      { weight: 1, arbitrary: condition },
      { weight: 9, arbitrary: well(fc.constant(false), fc.constant('as wanted')) },
    ),
  )
  .chain((each) => fc.array(each, { minLength: 1, maxLength: 7 }));

const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    voters: fc.constantFrom(1, 3, 5),
    observers: fc.nat(2),
    conditions,
    firstId: fc.constantFrom(0, 1, 5),
    leader: fc.nat(6),
    quorum: fc.constantFrom(true, true, true, false),
    remembers: fc.boolean(),
    formed: fc.constantFrom(true, true, false),
    founders: fc.constantFrom(1, 3),
    replicas: fc.constantFrom(undefined, undefined, undefined, 1, 2, 3, 4, 5, 6, 7),
    provisioned: fc.constantFrom(true, true, true, false),
    provisionFailed: fc.constantFrom(undefined, 'no such user'),
    unapplied: fc.constantFrom(...Array<undefined>(9).fill(undefined), 'not yet'),
  })
  .map((given): Facts => {
    const { voters, observers, conditions: like, firstId, quorum: wish, remembers, ...rest } = given;
    const all = Array.from({ length: Math.max(voters + observers, like.length) }, (_, index) => {
      const wanted: Part | undefined =
        index < voters ? 'voter' : index < voters + observers ? 'observer' : undefined;
      const { listed, ...is } = like.at(index) ?? { listed: undefined };
      return { id: firstId + index, wanted, ...is, listed: listed === 'as wanted' ? wanted : listed };
    });
    const leaders = all.filter(
      ({ listed, pod, server }) => listed === 'voter' && pod !== 'none' && server === 'synced',
    );
    const leader = wish ? leaders[rest.leader % Math.max(1, leaders.length)]?.id : undefined;
    const quorum = leader !== undefined;
    const members = all
      .map((each): Member => {
        const server = serverOf(each, leader);
        const listed = quorum || remembers ? each.listed : undefined;
        return { id: each.id, wanted: each.wanted, listed, pod: podOf(each), server };
      })
      .filter(({ wanted, listed, pod }) => wanted || listed || pod);
    const { formed, replicas, provisioned, provisionFailed, unapplied } = rest;
    return {
      members,
      quorum,
      formed,
      firstId,
      unapplied,
      provisioned,
      provisionFailed: provisioned ? undefined : provisionFailed,
      founders: Array.from({ length: rest.founders }, (_, index) => firstId + index),
      replicas: replicas ?? like.length,
    };
  });

type Is = Partial<Omit<Condition, 'listed'>> & { readonly id: number; readonly listed?: Part };

function podOf({ id, pod, ...is }: Is): MemberPod | undefined {
  if (!pod || pod === 'none') return undefined;
  return {
    name: `zk-${id}`,
    uid: `uid-${id}`,
    revision: is.outdated ? 'zk-a' : 'zk-b',
    outdated: is.outdated ? 'it runs revision a, and b was applied' : undefined,
    ready: is.ready ?? false,
    terminating: pod === 'ends',
    broken: is.broken && !is.ready && pod === 'runs' ? 'CrashLoopBackOff' : undefined,
    stalled: (is.stalled ?? false) && !is.ready,
  };
}

function serverOf({ id, listed, pod, server }: Is, leader: number | undefined): Server {
  const state = pod && pod !== 'none' ? (server ?? 'silent') : 'silent';
  switch (state) {
    case 'silent':
      return { state, reason: 'no answer' };
    case 'gate':
    case 'empty':
      return { state: 'gate', disk: state === 'gate' ? 'data' : 'empty' };
    case 'waiting':
      return { state };
    default: {
      if (leader === undefined) return { state: 'waiting' };
      const role = id === leader ? 'leader' : listed === 'voter' ? 'follower' : 'observer';
      return { state: 'serving', role, synced: state === 'synced', lag: state === 'synced' ? 0 : 3 };
    }
  }
}

const isSynced = ({ server }: Member): boolean => server.state === 'serving' && server.synced;

/** A member that has everything and whose pod nobody takes. */
const isSolid = (facts: Facts, member: Member): boolean =>
  isSynced(member) && !!member.pod && !member.pod.terminating && member.id < facts.firstId + facts.replicas;

const isWell = (facts: Facts, member: Member): boolean => isSolid(facts, member) && !!member.pod?.ready;

/** Whether a majority of the voters is solid. */
function hasMajority(facts: Facts, members: readonly Member[] = facts.members): boolean {
  const voters = members.filter(({ listed }) => listed === 'voter');
  return voters.filter((member) => isSolid(facts, member)).length > voters.length / 2;
}

/** The members with one of them changed. */
const withChange = ({ members }: Facts, id: number, change: Partial<Member>): Member[] =>
  members.map((member) => (member.id === id ? { ...member, ...change } : member));

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

/** Runs a check on what is decided for many facts, whenever it is a step of one kind. */
function always<K extends Step['step']>(
  kind: K,
  check: (step: Extract<Step, { step: K }>, facts: Facts) => void,
): void {
  let times = 0;
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const step = nextStep(frozen(facts));
      if (step.step !== kind) return;
      times++;
      check(step as Extract<Step, { step: K }>, facts);
    }),
    { numRuns: 2_500 },
  );
  // A check of what hardly ever comes up would say nothing.
  expect(times).toBeGreaterThan(10);
}

const find = (facts: Facts, id: number): Member => {
  const member = facts.members.find((each) => each.id === id);
  if (!member) throw new Error(`nobody is ${id}`);
  return member;
};

describe('nextStep, whatever it is given', () => {
  it('restarts only an outdated pod, by its uid, and never takes the majority', () => {
    always('restart', (step, facts) => {
      const target = find(facts, step.id);
      expect(target.pod).toMatchObject({ uid: step.uid, terminating: false, outdated: expect.any(String) });
      const voters = facts.members.filter(({ listed }) => listed === 'voter');
      if (target.listed === 'voter' && voters.length === 1) return;
      const after = withChange(facts, step.id, { server: { state: 'silent', reason: 'it restarts' } });
      if (hasMajority(facts)) expect(hasMajority(facts, after)).toBe(true);
      if (target.server.state === 'serving') expect(hasMajority(facts, after)).toBe(true);
    });
  });

  it('restarts a member that is well only while every other one is, observers first, the leader last', () => {
    always('restart', (step, facts) => {
      const target = find(facts, step.id);
      if (!target.pod?.ready) return;
      const others = facts.members.filter(({ id, wanted }) => wanted && id !== step.id);
      expect(others.filter((member) => !isWell(facts, member))).toEqual([]);
      const waiting = others.filter(({ pod }) => pod?.outdated);
      if (target.server.state === 'serving' && target.server.role === 'leader') expect(waiting).toEqual([]);
      if (target.listed === 'voter')
        expect(waiting.filter(({ listed }) => listed === 'observer')).toEqual([]);
    });
  });

  it('replaces what is outdated and broken before anything that is well', () => {
    always('restart', (step, facts) => {
      const broken = facts.members.filter(
        ({ wanted, pod, server }) => wanted && pod?.broken && pod.outdated && server.state !== 'serving',
      );
      if (broken.length > 0) expect(find(facts, step.id).pod?.broken).toBeDefined();
    });
  });

  it('admits only who is wanted and well, makes observers, and leaves a majority that stays in step', () => {
    always('admit', (step, facts) => {
      const member = find(facts, step.id);
      expect(facts.quorum).toBe(true);
      expect(member.wanted).toBe(step.as);
      expect(member.listed).not.toBe(step.as);
      if (member.listed !== 'voter') expect(isWell(facts, member)).toBe(true);
      expect(hasMajority(facts, withChange(facts, step.id, { listed: step.as }))).toBe(true);
    });
  });

  it('dismisses only who is wanted no more, from a majority that stays in step', () => {
    always('dismiss', (step, facts) => {
      const member = find(facts, step.id);
      expect(facts.quorum).toBe(true);
      expect(member.wanted).toBeUndefined();
      expect(member.listed).toBeDefined();
      expect(hasMajority(facts, withChange(facts, step.id, { listed: undefined }))).toBe(true);
    });
  });

  it('takes one pod at a time, and none of a member; gives one at a time, except to members', () => {
    always('scale', (step, facts) => {
      const { replicas, firstId, members, quorum } = facts;
      expect(step.replicas).not.toBe(replicas);
      if (step.replicas < replicas) {
        expect(step.replicas).toBe(replicas - 1);
        const gone = members.find(({ id }) => id === firstId + step.replicas);
        expect(gone?.listed ?? gone?.wanted).toBeUndefined();
      } else if (quorum) {
        const listed = members.filter((member) => member.listed).map(({ id }) => id - firstId + 1);
        expect(step.replicas).toBeLessThanOrEqual(Math.max(replicas + 1, ...listed));
      }
    });
  });

  it('marks a cluster as formed only when all founders that are and stay members have the data', () => {
    always('mark-formed', (_, facts) => {
      expect(facts).toMatchObject({ formed: false, quorum: true });
      const founders = facts.members.filter(
        ({ id, wanted, listed }) => wanted && listed && facts.founders.includes(id),
      );
      expect(founders.filter((member) => !isSynced(member))).toEqual([]);
    });
  });

  it('rests only when everything is as it is wanted', () => {
    always('rest', (_, facts) => {
      expect(facts).toMatchObject({ formed: true, quorum: true, provisioned: true, unapplied: undefined });
      const wanted = facts.members.filter((member) => member.wanted);
      expect(facts.members.filter(({ listed, wanted: as }) => listed !== as)).toEqual([]);
      expect(wanted.filter((member) => !isWell(facts, member) || member.pod?.outdated)).toEqual([]);
      expect(facts.replicas).toBe(wanted.length);
      expect(facts.members).toHaveLength(wanted.length);
    });
  });

  it('says what to do when a wanted member cannot run, and why it waits in any case', () => {
    always('wait', (step, facts) => {
      expect(step.why).not.toBe('');
      const broken = facts.members.some(({ wanted, pod }) => wanted && pod?.broken && !pod.outdated);
      if (broken && ['member', 'quorum'].includes(step.cause)) expect(step.todo).toBeDefined();
    });
  });

  it('does nothing before the manifests are applied, and without a quorum only makes room and replaces', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const step = nextStep(facts);
        if (facts.unapplied) expect(step).toMatchObject({ step: 'wait', cause: 'apply' });
        if (facts.quorum) return;
        expect(['wait', 'scale', 'restart']).toContain(step.step);
        if (step.step === 'scale') expect(step.replicas).toBeGreaterThan(facts.replicas);
        if (step.step === 'restart') expect(find(facts, step.id).pod?.ready).toBe(false);
      }),
      { numRuns: 2_500 },
    );
  });
});

describe('a cluster of up to seven and its steward, on random ways', () => {
  it('keeps its majority and ends as it is wanted', () => {
    fc.assert(randomWay(nextStep), { numRuns: 100 });
  });
});
