import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KubernetesError } from '../../lib/steward/kubernetes/client';
import { Metrics } from '../../lib/steward/metrics';

import { FakeWorld, type Manifests, type Parts } from './fake-world';

const ONE: Manifests = { parts: ['voter'], revision: 'zk-a' };
const THREE: Manifests = { parts: ['voter', 'voter', 'voter'], revision: 'zk-a' };
const ANEW: Manifests = { ...THREE, revision: 'zk-b' };
const BUDGET = "Cannot evict pod as it would violate the pod's disruption budget.";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Work = ReturnType<FakeWorld['steward']>;

let metrics: Metrics;

function work(world: FakeWorld, parts: Partial<Parts> = {}): Work {
  metrics = new Metrics('zk', () => performance.now() / 1_000);
  return world.steward({ metrics, ...parts });
}

/** Laps one after the other, of a second and more each. */
async function laps(world: FakeWorld, steward: Work, count = 1): Promise<void> {
  for (let lap = 0; lap < count; lap++) {
    const over = world.lap(steward);
    await vi.advanceTimersByTimeAsync(1_500);
    await over;
  }
}

const failing = (call: string, error: Error) => (name: string) => {
  if (name === call) throw error;
};

describe('the lease', () => {
  it('keeps everybody off who does not hold it', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ANEW);
    world.holder = 'another';
    const steward = work(world);
    expect(await steward.lap()).toBe(2_000);
    await laps(world, steward, 3);
    const doing = 'another steward, another, looks after this cluster';
    expect(steward.state).toEqual({ settled: false, doing });
    expect(world.log).toEqual([{ steward: 'standby', reason: doing }]);
    expect([world.steps, world.statuses, world.events]).toEqual([[], [], []]);
    world.holder = undefined;
    await laps(world, steward);
    expect(world.steps).toEqual(['restart 3']);
  });

  it('must last for an action', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ANEW);
    const asked: number[] = [];
    const holds = (margin: number) => asked.push(margin) < 0;
    const steward = work(world, { lease: { ...world.lease, holds } });
    await laps(world, steward);
    expect(world.steps).toEqual([]);
    expect(asked).toEqual([10_000, 5_000]);
  });

  it('must last for a pod to go after its member was dismissed', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ONE);
    world.membership.delete(3);
    let spread = false;
    world.before = (call) => {
      spread ||= call === 'spread';
    };
    const steward = work(world, { lease: { ...world.lease, holds: () => !spread } });
    await laps(world, steward);
    expect(spread).toBe(true);
    expect(world.steps).toEqual([]);
  });
});

describe('an action', () => {
  it('is taken on what is, and not on what was known', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ANEW);
    world.tick();
    world.tick();
    for (const id of [1, 2, 3]) world.pods.set(id, { ...world.pods.get(id)!, revision: 'zk-b' });
    const asked: boolean[] = [];
    const cluster: Parts['cluster'] = {
      ...world.cluster,
      objects: (fresh) => {
        asked.push(fresh);
        return world.cluster.objects(fresh);
      },
    };
    const steward = work(world, { cluster });
    await laps(world, steward);
    expect(asked).toEqual([false, true]);
    expect(world.steps).toEqual([]);
    expect(steward.state).toEqual({ settled: true, doing: 'Settled: everything is as the manifests say' });
    await laps(world, steward, 2);
    expect(asked).toEqual([false, true, false, true, false]);
  });

  it('is told of', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ANEW);
    const steward = work(world);
    expect(await steward.lap()).toBe(200);
    const reason = 'zk-3: it runs revision a, and b was applied, 2 more after it';
    expect(world.log).toEqual([{ steward: 'restart', phase: 'Rolling', id: 3, uid: 'uid-3', reason }]);
    expect(world.events).toEqual([`Normal Restarted: restarts member 3: ${reason}`]);
    expect(world.statuses).toMatchObject([
      { phase: 'Rolling', doing: `restarts member 3: ${reason}`, todo: 'nothing' },
    ]);
    expect(steward.state).toEqual({ settled: false, doing: `Rolling: restarts member 3: ${reason}` });
  });

  it('waits for the budget, in the words of the API server, and is not told of again and again', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ANEW);
    world.before = failing('evict', new KubernetesError(BUDGET, 429, 'TooManyRequests'));
    const steward = work(world);
    await laps(world, steward);
    const doing =
      'restarts member 3: zk-3: it runs revision a, and b was applied, 2 more after it, ' +
      `which the PodDisruptionBudget refuses: ${BUDGET}`;
    expect(world.statuses.at(-1)).toMatchObject({ phase: 'Rolling', doing, todo: 'nothing' });
    expect(steward.state).toEqual({ settled: false, doing: `Rolling: ${doing}` });
    const [lines, written] = [world.log.length, world.statuses.length];
    await laps(world, steward, 10);
    expect([world.log.length, world.statuses.length]).toEqual([lines, written]);
    expect(world.events).toEqual([]);
    expect(world.steps).toEqual([]);
    const text = metrics.render();
    expect(text).toMatch(/blocked_seconds_total\{cluster="zk",cause="budget"\} 1[45]\b/);
    expect(text).toContain('failures_total{cluster="zk",what="restart"} 11\n');
    expect(text).not.toContain('step_seconds');
    world.before = () => undefined;
    await laps(world, steward);
    expect(world.steps).toEqual(['restart 3']);
    expect(world.events).toHaveLength(1);
    await laps(world, steward);
    expect(world.statuses.at(-1)).toMatchObject({
      doing: expect.stringMatching(/^waits until every member is well/),
    });
  });

  it('that fails is told of with its error, and tried again', async () => {
    const world = FakeWorld.settled(THREE);
    world.membership.delete(2);
    world.before = failing('admit', new Error('BadVersion: reconfig'));
    const steward = work(world);
    await laps(world, steward, 5);
    const todo = 'It is tried again and again; if it goes on, mend what the error names.';
    const doing =
      'changes the membership: zk-2 is in step and becomes a voter, which failed: BadVersion: reconfig';
    expect(world.statuses.at(-1)).toMatchObject({ phase: 'Growing', doing, todo });
    expect(world.events).toEqual([`Warning Waiting: ${doing}. ${todo}`]);
    expect([world.log.length, world.statuses.length]).toEqual([2, 2]);
    expect(metrics.render()).toContain('failures_total{cluster="zk",what="admit"} 5\n');
    world.before = () => undefined;
    await laps(world, steward, 2);
    expect(world.steps).toEqual(['admit 2 voter']);
    expect(steward.state.settled).toBe(true);
  });
});

describe('what is said', () => {
  it('is written once where nothing changes', async () => {
    const world = FakeWorld.settled(THREE);
    const steward = work(world);
    await laps(world, steward, 40);
    expect(world.statuses).toEqual([
      {
        phase: 'Settled',
        doing: 'everything is as the manifests say',
        todo: 'nothing',
        members: expect.any(String),
        since: expect.any(String),
        written: expect.any(String),
      },
    ]);
    expect(world.events).toEqual(['Normal Settled: everything is as the manifests say']);
    expect(world.log).toHaveLength(1);
  });

  it('is not written at each lap only because a member comes nearer', async () => {
    const world = FakeWorld.settled(ONE);
    world.lag = 9_000;
    world.apply({ ...THREE, parts: ['voter', 'voter'] });
    const steward = work(world);
    await laps(world, steward, 6);
    const [lines, written] = [world.log.length, world.statuses.length];
    for (let lap = 0; lap < 10; lap++) {
      world.lag -= 100;
      await laps(world, steward);
    }
    expect(steward.state.doing).toBe('Growing: joining: zk-2 is 8000 changes behind the leader');
    expect([world.log.length, world.statuses.length]).toEqual([lines, written]);
    await laps(world, steward, 20);
    expect(world.statuses.length).toBe(written + 1);
    expect(world.statuses.at(-1)?.doing).toContain('8000');
  });

  it('is one event a trouble, however long it lasts', async () => {
    const world = FakeWorld.settled(THREE);
    world.bad.add('zk-b');
    world.apply(ANEW);
    const steward = work(world);
    await laps(world, steward, 200);
    expect(world.events).toEqual([
      expect.stringMatching(/^Normal Restarted: restarts member 3/),
      expect.stringMatching(
        /^Warning Waiting: .*zk-3 cannot run: container server: CrashLoopBackOff.*apply a commit/,
      ),
    ]);
    expect(world.steps).toEqual(['restart 3']);
  });

  it('does not keep anything from being done when it cannot be written', async () => {
    const world = FakeWorld.settled(THREE);
    world.apply(ANEW);
    world.before = (call) => {
      if (call === 'writeStatus' || call === 'event') throw new Error('etcdserver: no space');
    };
    const steward = work(world);
    await laps(world, steward, 20);
    expect(world.settled).toBe(true);
    expect(steward.state.settled).toBe(true);
    expect(metrics.render()).toMatch(/failures_total\{cluster="zk",what="status"\} [1-9]/);
    world.before = () => undefined;
    await laps(world, steward);
    expect(world.statuses).toMatchObject([{ phase: 'Settled' }]);
  });
});

describe('trouble', () => {
  it('of Kubernetes is told of once, and passes', async () => {
    const world = FakeWorld.settled(THREE);
    const steward = work(world);
    expect(steward.state).toEqual({ settled: false, doing: 'has not looked yet' });
    await laps(world, steward);
    expect(steward.state.settled).toBe(true);
    world.before = failing('objects', new KubernetesError('the server is shutting down', 503));
    expect(await steward.lap()).toBe(2_000);
    await laps(world, steward, 3);
    const reason = 'look failed: the server is shutting down';
    expect(steward.state).toEqual({ settled: false, doing: reason });
    expect(world.log.slice(1)).toEqual([{ steward: 'error', reason }]);
    expect(metrics.render()).toContain('failures_total{cluster="zk",what="look"} 4\n');
    world.before = () => undefined;
    await laps(world, steward);
    expect(steward.state.settled).toBe(true);
    expect(world.log).toHaveLength(3);
  });

  it('of the system is told of, and passes', async () => {
    const world = FakeWorld.settled(THREE);
    const steward = work(world);
    world.before = failing('look', new Error('the keys cannot be read'));
    await laps(world, steward);
    expect(steward.state.doing).toBe('look failed: the keys cannot be read');
    world.before = () => undefined;
    await laps(world, steward);
    expect(steward.state.settled).toBe(true);
  });

  it('never ends the loop', async () => {
    const world = FakeWorld.settled(THREE);
    const steward = work(world);
    world.before = () => {
      throw new Error('all is lost');
    };
    const before = steward.lastLap;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await steward.lap()).toBe(2_000);
    expect(steward.lastLap - before).toBe(1_000);
  });
});

describe('the mark of a formed cluster', () => {
  const kept = (world: FakeWorld) => {
    let count = 0;
    world.before = (call) => {
      if (call === 'keepFormed') count++;
    };
    return () => count;
  };

  it('is looked after about once a minute while nothing else is to be done', async () => {
    const world = FakeWorld.settled(THREE);
    const count = kept(world);
    await laps(world, work(world), 90);
    expect(count()).toBe(3);
  });

  it('is of no use where no data outlives a pod', async () => {
    const world = FakeWorld.settled(THREE);
    world.settings = { ...world.settings, data: 'scratch' };
    const count = kept(world);
    await laps(world, work(world), 90);
    expect(count()).toBe(0);
  });
});
