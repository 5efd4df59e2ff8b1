import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Broker,
  BrokerFacts,
  BrokerServer,
  BrokerStep,
  Partition,
} from '../../../lib/kafka/steward/facts';
import { nextBrokerStep } from '../../../lib/kafka/steward/next-broker-step';
import { randomWay } from './broker-model';

const server: fc.Arbitrary<BrokerServer> = fc.constantFrom<BrokerServer[]>(
  ...Array<BrokerServer>(6).fill({ state: 'serving' }),
  { state: 'starting' },
  { state: 'gate', disk: 'data' },
  { state: 'silent', reason: 'no answer' },
);

const is = (chance: number): fc.Arbitrary<boolean> => fc.nat(99).map((number) => number < chance);

/** Mostly well, so that there is something to do besides waiting; `harm` is how much of it is not, in percent. */
const brokerOf = (id: number, harm: number, old: number): fc.Arbitrary<Broker> =>
  fc
    .record({
      wanted: fc.constantFrom<Broker['wanted'][]>('staying', 'staying', 'staying', 'leaving', undefined),
      set: is(100 - harm),
      replicas: is(100 - harm),
      pod: is(100 - harm),
      server: fc
        .tuple(is(harm), server)
        .map(([harmed, like]) => (harmed ? like : { state: 'serving' as const })),
      ...{ old: is(old), ready: is(100 - harm), terminating: is(harm), broken: is(harm), stalled: is(harm) },
      registered: is(90),
      failed: is(harm / 4),
    })
    .map(({ wanted, set, replicas, pod, old: outdated, ready, terminating, ...rest }): Broker => {
      const serves = pod && rest.server.state === 'serving';
      return {
        id,
        wanted,
        set: set && (wanted || pod) ? { replicas: replicas ? 1 : 0 } : undefined,
        pod: pod
          ? {
              ...{
                name: `kafka-broker-${id}-0`,
                uid: `uid-${id}`,
                revision: outdated ? 'a' : 'b',
                terminating,
              },
              outdated: outdated ? 'it runs revision a, and b was applied' : undefined,
              ready: ready && rest.server.state !== 'gate',
              broken: rest.broken && !terminating && !serves ? 'CrashLoopBackOff' : undefined,
              stalled: rest.stalled && !ready,
            }
          : undefined,
        server: pod ? rest.server : { state: 'silent', reason: 'it has no pod' },
        registered: rest.registered || serves,
        failedDirectories: rest.failed ? ['/data/0/kafka'] : [],
      };
    });

const partitionOf = (index: number, size: number): fc.Arbitrary<Partition> =>
  fc
    .record({
      replicas: fc.shuffledSubarray([...Array(size).keys(), 9], {
        minLength: 1,
        maxLength: Math.min(3, size),
      }),
      out: fc.array(fc.nat(2), { maxLength: 1 }),
      late: is(30),
      min: fc.constantFrom(1, 1, 2, 2, 3),
      moves: is(10),
      led: is(95),
    })
    .map(({ replicas, out, late, min, moves, led }): Partition => {
      const adding = moves && replicas.length > 1 ? replicas.slice(-1) : [];
      const lost = [...(late ? out.map((at) => replicas[at]) : []), ...adding, 9];
      const isr = replicas.filter((id) => !lost.includes(id));
      return {
        ...{ topic: `t${index}`, partition: 0, replicas, isr, adding, bytes: 1, minInSync: min },
        removing: adding.length > 0 ? replicas.slice(0, 1) : [],
        leader: led ? (isr[0] ?? -1) : -1,
      };
    });

const anyFacts: fc.Arbitrary<BrokerFacts> = fc
  .record({
    size: fc.integer({ min: 1, max: 5 }),
    harm: fc.constantFrom(0, 2, 10, 30),
    old: fc.constantFrom(0, 50),
  })
  .chain(({ size, harm, old }) =>
    fc.record({
      unapplied: fc.constantFrom(...Array<undefined>(9).fill(undefined), 'not yet'),
      known: fc.constant(true),
      brokers: fc.tuple(...Array.from({ length: size }, (_, id) => brokerOf(id, harm, old))),
      partitions: fc.tuple(...Array.from({ length: size }, (_, index) => partitionOf(index, size))),
      activeController: fc.option(fc.nat(4), { nil: undefined }),
      quorum: fc.option(
        fc.constantFrom({ voters: [0, 1, 2], caughtUp: [0, 1, 2] }, { voters: [0, 1, 2], caughtUp: [0, 1] }),
        { nil: undefined, freq: 2 },
      ),
      throttled: fc.boolean(),
      calm: is(harm === 0 ? 50 : 0),
      reassignment: fc.record({
        throttle: fc.constant(1),
        concurrency: fc.constantFrom(1, 10),
        automatic: fc.boolean(),
      }),
      unprovisioned: fc.constantFrom(undefined, undefined, undefined, 'topic orders is missing'),
      provisionFailed: fc.constantFrom(undefined, 'no such config'),
      upgrade: fc.constantFrom(undefined, { name: 'metadata.version', from: 27, to: 29, says: '4.2-IV1' }),
      staleCertificates: fc.constantFrom([], [], [], [1]),
    }),
  )
  .map(({ calm, ...facts }): BrokerFacts => {
    const known = facts.brokers.some(({ server: { state } }) => state === 'serving');
    if (!known) return { ...facts, known, partitions: [] };
    if (!calm) return facts;
    const partitions = facts.partitions.map((each) => {
      const replicas = each.replicas.some((id) => id !== 9) ? each.replicas.filter((id) => id !== 9) : [0];
      return { ...each, replicas, isr: replicas, leader: replicas[0], adding: [], removing: [] };
    });
    const brokers = facts.brokers.map((broker) => ({ ...broker, wanted: 'staying' as const }));
    return { ...facts, brokers, partitions, throttled: false };
  });

type Check = (step: never, facts: BrokerFacts) => void;

const checks = new Map<BrokerStep['step'], Check[]>();

/** What is true of every step of one kind. */
function always<K extends BrokerStep['step']>(
  kind: K,
  check: (step: Extract<BrokerStep, { step: K }>, facts: BrokerFacts) => void,
): void {
  checks.set(kind, [...(checks.get(kind) ?? []), check]);
}

const find = ({ brokers }: BrokerFacts, id: number): Broker => {
  const broker = brokers.find((each) => each.id === id);
  if (!broker) throw new Error(`no broker is ${id}`);
  return broker;
};
const holds = ({ partitions }: BrokerFacts, id: number): boolean =>
  partitions.some(({ replicas, adding }) => [...replicas, ...adding].includes(id));
const isWell = ({ set, pod, server: { state }, failedDirectories }: Broker): boolean =>
  state === 'serving' &&
  !!set?.replicas &&
  !!pod?.ready &&
  !pod.terminating &&
  failedDirectories.length === 0;
const staying = ({ brokers }: BrokerFacts): Broker[] => brokers.filter(({ wanted }) => wanted === 'staying');

// Restarts only an outdated pod, by its uid, and none that recovers its logs.
always('restart-broker', (step, facts) => {
  const {
    wanted,
    pod,
    server: { state },
  } = find(facts, step.id);
  expect(wanted).toBeDefined();
  expect(pod).toMatchObject({ uid: step.uid, terminating: false, outdated: expect.any(String) });
  if (state === 'starting') expect(pod?.broken).toBeDefined();
});

// Takes no partition below its minimum that can do without the broker.
always('restart-broker', (step, facts) => {
  const target = find(facts, step.id);
  if (target.server.state !== 'serving') return;
  for (const { replicas, adding, isr, minInSync } of facts.partitions) {
    if (!replicas.includes(step.id) || replicas.length - adding.length <= minInSync) continue;
    const left = isr.filter((id) => {
      const broker = facts.brokers.find((each) => each.id === id);
      return id !== step.id && broker?.server.state === 'serving' && !broker.pod?.terminating;
    });
    expect(left.length).toBeGreaterThanOrEqual(minInSync);
  }
});

// Restarts a broker that is well only while every other one is, and a majority of voters is in step without it.
always('restart-broker', (step, facts) => {
  const target = find(facts, step.id);
  if (!isWell(target)) return;
  const others = staying(facts).filter(({ id }) => id !== step.id);
  expect(others.filter((broker) => !isWell(broker))).toEqual([]);
  const { quorum } = facts;
  if (quorum?.voters.includes(step.id)) {
    const left = quorum.caughtUp.filter((id) => id !== step.id);
    expect(left.length).toBeGreaterThan(quorum.voters.length / 2);
  }
});

// Stops only a broker that leaves and holds nothing, and starts what is needed.
always('scale-broker', (step, facts) => {
  const { wanted, set } = find(facts, step.id);
  expect(set?.replicas).toBe(1 - step.replicas);
  if (step.replicas === 1) return expect(wanted === 'staying' || holds(facts, step.id)).toBe(true);
  expect(wanted).toBe('leaving');
  expect(holds(facts, step.id)).toBe(false);
  expect(facts.quorum?.voters ?? []).not.toContain(step.id);
});

// Unregisters only who holds nothing and does not run.
always('unregister', (step, facts) => {
  const {
    wanted,
    pod,
    server: { state },
    registered,
  } = find(facts, step.id);
  expect(wanted).not.toBe('staying');
  expect({ pod, registered, holds: holds(facts, step.id) }).toEqual({ registered: true, holds: false });
  expect(state).not.toBe('serving');
});

// Moves partitions only to brokers that stay and are well, no more at a time than it may, and keeps their copies.
always('reassign', (step, facts) => {
  expect(step.moves.length).toBeGreaterThan(0);
  const changed = /^(back|elsewhere)/.test(step.why);
  const moving = facts.partitions.filter(({ adding, removing }) => adding.length + removing.length > 0);
  if (moving.length > 0) expect(facts.throttled).toBe(true);
  if (!changed) {
    expect(step.moves.length + moving.length).toBeLessThanOrEqual(facts.reassignment.concurrency);
    const held = ({ server: { state }, pod }: Broker) => state === 'serving' && pod?.outdated;
    expect(staying(facts).filter((broker) => !isWell(broker) && !held(broker))).toEqual([]);
  }
  for (const { topic, replicas } of step.moves) {
    const now = facts.partitions.find((each) => each.topic === topic);
    const before = now?.replicas.filter((id) => !now.adding.includes(id)) ?? [];
    expect(replicas).toHaveLength(before.length);
    expect(new Set(replicas).size).toBe(replicas.length);
    const added = replicas.filter((id) => !before.includes(id));
    const unfit = (id: number) => find(facts, id).wanted !== 'staying' || !isWell(find(facts, id));
    expect(added.filter((id) => !now?.adding.includes(id) && unfit(id))).toEqual([]);
    const has = (id: number) => now?.isr.includes(id);
    expect(added.filter((id) => !has(id) && find(facts, id).wanted !== 'staying')).toEqual([]);
  }
});

// Takes no copy away that a partition needs to have a leader, or its minimum in sync.
always('reassign', (step, facts) => {
  for (const { topic, replicas } of step.moves) {
    const { isr, adding, minInSync } = facts.partitions.find((each) => each.topic === topic)!;
    const live = isr.filter((id) =>
      facts.brokers.some((broker) => broker.id === id && broker.server.state === 'serving'),
    );
    const left = live.filter((id) => !adding.includes(id) || replicas.includes(id));
    if (live.length > 0) expect(left.length).toBeGreaterThanOrEqual(Math.min(minInSync, live.length));
  }
});

// Takes the throttle off only while nothing is moved.
always('unthrottle', (_, { throttled, partitions }) => {
  expect(throttled).toBe(true);
  expect(partitions.filter(({ adding, removing }) => adding.length + removing.length > 0)).toEqual([]);
});

// Raises features only when every server is well and up to date.
always('upgrade', (_, facts) => {
  expect(staying(facts).filter((broker) => !isWell(broker) || broker.pod?.outdated)).toEqual([]);
  expect(facts.brokers.filter(({ wanted, pod }) => wanted !== 'staying' && pod)).toEqual([]);
});

// Rests only when everything is as it is wanted.
always('rest', (_, facts) => {
  expect(facts).toMatchObject({
    known: true,
    throttled: false,
    unapplied: undefined,
    upgrade: undefined,
  });
  expect(staying(facts).filter((broker) => !isWell(broker) || broker.pod?.outdated)).toEqual([]);
  const ids = staying(facts).map(({ id }) => id);
  for (const { replicas, isr, adding, removing, leader } of facts.partitions) {
    expect({ adding, removing, out: replicas.filter((id) => !isr.includes(id)) }).toEqual({
      ...{ adding: [], removing: [], out: [] },
    });
    expect(leader).toBeGreaterThanOrEqual(0);
    expect(replicas.filter((id) => !ids.includes(id))).toEqual([]);
  }
  for (const { id, wanted, pod, registered } of facts.brokers) {
    if (wanted !== 'staying') expect({ id, pod, registered }).toEqual({ id, registered: false });
  }
});

// Says why it waits, and what to do where a broker fails on what was applied last.
always('wait', (step, { brokers }) => {
  expect(step.why).not.toBe('');
  const failing = brokers.some(({ wanted, pod }) => wanted === 'staying' && pod?.broken && !pod.outdated);
  if (failing && ['member', 'revision'].includes(step.cause)) expect(step.todo).toBeDefined();
});

describe('nextBrokerStep, whatever it is given', () => {
  it('keeps to all of this', () => {
    const times = new Map([...checks.keys()].map((kind) => [kind, 0]));
    const property = fc.property(anyFacts, (facts) => {
      const step = nextBrokerStep(facts);
      times.set(step.step, (times.get(step.step) ?? 0) + 1);
      for (const check of checks.get(step.step) ?? []) check(step as never, facts);
    });
    fc.assert(property, { numRuns: 4_000, includeErrorInReport: true });
    // A check of what hardly ever comes up would say nothing.
    for (const [kind, count] of times) expect(count, kind).toBeGreaterThan(10);
  });
});

describe('up to five brokers and their steward, on random ways', () => {
  it('keep partitions writable and end as it is wanted', () => {
    fc.assert(randomWay(nextBrokerStep), { numRuns: 60, includeErrorInReport: true });
  });
});
