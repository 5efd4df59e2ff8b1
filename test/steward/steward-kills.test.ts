import { describe, expect, it } from 'vitest';
import { type Death, FakeWorld, type Manifests } from './fake-world';

const ONE: Manifests = { parts: ['voter'], revision: 'zk-a' };
const THREE: Manifests = { parts: ['voter', 'voter', 'voter'], revision: 'zk-a' };
const FIVE: Manifests = { ...THREE, parts: [...THREE.parts, 'voter', 'observer'] };
const anew = (manifests: Manifests): Manifests => ({ ...manifests, revision: 'zk-b' });

interface Procedure {
  readonly begin: () => FakeWorld;
  /** Steps of a steward that lives; for the order see next-step. */
  readonly steps: readonly string[];
}

/** A settled cluster, changed. */
const from = (manifests: Manifests, change: (world: FakeWorld) => void) => () => {
  const world = FakeWorld.settled(manifests);
  change(world);
  return world;
};

const procedures: Record<string, Procedure> = {
  'forms alone': { begin: () => new FakeWorld(ONE), steps: ['mark-formed'] },
  'forms together': {
    begin: () => new FakeWorld({ ...THREE, founders: [1, 2, 3] }),
    steps: ['scale 3', 'mark-formed'],
  },
  rolls: {
    begin: from(THREE, (world) => world.apply(anew(THREE))),
    steps: ['restart 3', 'restart 2', 'restart 1'],
  },
  'rolls five': {
    begin: from(FIVE, (world) => world.apply(anew(FIVE))),
    steps: [5, 4, 3, 2, 1].map((id) => `restart ${id}`),
  },
  grows: {
    begin: from(ONE, (world) => world.apply(THREE)),
    steps: ['scale 2', 'scale 3', 'admit 2 voter', 'admit 3 voter'],
  },
  shrinks: {
    begin: from(THREE, (world) => world.apply(ONE)),
    steps: ['dismiss 3', 'scale 2', 'dismiss 2', 'scale 1'],
  },
  'grows and rolls': {
    begin: from(ONE, (world) => world.apply(anew(THREE))),
    steps: ['scale 2', 'scale 3', 'admit 2 voter', 'admit 3 voter', 'restart 1'],
  },
  'replaces a revision that fails': {
    begin: from(THREE, (world) => {
      world.bad.add('zk-b');
      world.apply(anew(THREE));
      world.pods.delete(3);
      for (let time = 0; time < 3; time++) world.tick();
      world.apply({ ...THREE, revision: 'zk-c' });
    }),
    steps: ['restart 3', 'restart 2', 'restart 1'],
  },
  'gives a member its place back that somebody took': {
    begin: from(THREE, (world) => world.membership.delete(2)),
    steps: ['admit 2 voter'],
  },
  'makes room for a member whose pod somebody took': {
    begin: from(THREE, (world) => {
      world.replicas = 2;
      world.tick();
    }),
    steps: ['scale 3'],
  },
  'makes an observer of a voter': {
    begin: from(THREE, (world) => world.apply({ ...THREE, parts: ['voter', 'voter', 'observer'] })),
    steps: ['admit 3 observer'],
  },
  provisions: {
    begin: from(ONE, (world) => {
      world.provisioned = false;
    }),
    steps: ['provision'],
  },
};

describe.each(Object.entries(procedures))('%s', (_, { begin, steps }) => {
  it('and does nothing else', async () => {
    const world = begin();
    await world.run();
    expect(world.steps).toEqual(steps);
    expect(world.wrong).toEqual([]);
  });

  it('whenever a steward dies', async () => {
    const whole = begin();
    await whole.run();
    for (let at = 1; at <= whole.calls; at++) {
      for (const when of ['before', 'after'] as const) await survives(begin(), { at, when });
    }
  });
});

async function survives(world: FakeWorld, death: Death): Promise<void> {
  const told = `dies ${death.when} call ${death.at}`;
  world.death = death;
  await world.run().catch((error) => {
    throw new Error(`${told}: ${error.message}; steps: ${world.steps}`);
  });
  expect(world.wrong, told).toEqual([]);
  expect(world.marks, told).toBe(1);
}
