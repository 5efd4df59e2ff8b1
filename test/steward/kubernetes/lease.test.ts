import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Kubernetes, KubernetesError } from '../../../lib/steward/kubernetes/client';
import { Lease } from '../../../lib/steward/kubernetes/lease';
import { FakeApiServer } from './fake-api-server';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/ns/leases';
const NAME = 'zk-steward';
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const WALL = Date.parse('2026-01-01T00:00:00Z');

interface Record {
  metadata: { name: string; resourceVersion?: string };
  spec: { holderIdentity: string; acquireTime: string; renewTime: string; leaseTransitions: number };
}

/** Milliseconds of the one true time; machines have clocks of their own. */
let time: number;
let server: FakeApiServer;

beforeEach(async () => {
  time = 0;
  vi.useFakeTimers({ toFake: ['Date'], now: WALL });
  server = await FakeApiServer.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

const pass = (seconds: number) => {
  time += seconds * 1000;
  vi.setSystemTime(WALL + time);
};

/** A process whose clock shows something of its own. */
const contender = (identity: string, clock = 0, durationSeconds?: number) =>
  new Lease(
    new Kubernetes({ server: server.url }),
    { namespace: 'ns', name: NAME, identity, durationSeconds, labels: { app: 'zk' } },
    () => clock + time,
  );

const record = () => server.read<Record>(LEASES, NAME) as Record;

describe('a lease', () => {
  it('is created, and kept by renewing it', async () => {
    const a = contender('a');
    expect(a.holds(0)).toBe(false);
    expect(await a.tryHold()).toEqual({ held: true });
    expect(record()).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: NAME, labels: { app: 'zk' } },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 },
    });
    expect(record().spec.acquireTime).toMatch(MICRO_TIME);
    pass(10);
    expect(await a.tryHold()).toEqual({ held: true });
    expect(record().spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:10.000000Z',
      leaseTransitions: 0,
    });
    pass(10);
    expect(a.holds(0)).toBe(true);
  });

  it('is held for certain only for its duration, less a margin', async () => {
    const a = contender('a', 1e9);
    await a.tryHold();
    pass(12);
    expect([a.holds(2_000), a.holds(3_000)]).toEqual([true, false]);
    pass(3);
    expect(a.holds(0)).toBe(false);
  });

  it.each([
    ['the same time', 0],
    ['a time long past', -1e9],
    ['a time far ahead', 1e9],
  ])('is taken over when it was not renewed for its duration, by a clock that shows %s', async (_, clock) => {
    const [a, b] = [contender('a'), contender('b', clock)];
    await a.tryHold();
    pass(14);
    expect(await b.tryHold()).toEqual({
      held: false,
      holder: 'a',
      reason: 'a holds the lease, for 15 s unless it is renewed',
    });
    await a.tryHold();
    pass(14);
    expect(await b.tryHold()).toMatchObject({ held: false });
    pass(14);
    // The renewal was noticed only now, and counts from here.
    expect(await b.tryHold()).toMatchObject({ reason: expect.stringContaining('for 1 s') });
    pass(1);
    expect(await b.tryHold()).toEqual({ held: true });
    expect(record().spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    expect(record().spec.acquireTime).toBe(record().spec.renewTime);
    expect(await a.tryHold()).toMatchObject({ held: false, holder: 'b' });
    expect(a.holds(0)).toBe(false);
  });

  it('lasts as long as its holder has said', async () => {
    const [a, b] = [contender('a', 0, 60), contender('b')];
    await a.tryHold();
    await b.tryHold();
    pass(59);
    expect(await b.tryHold()).toMatchObject({ held: false });
    pass(1);
    expect(await b.tryHold()).toEqual({ held: true });
  });

  it('without a holder is free', async () => {
    const old = { name: NAME, labels: { team: 'x' }, annotations: { y: 'z' } };
    server.put(LEASES, { metadata: old, spec: { leaseTransitions: 4 } });
    expect(await contender('b').tryHold()).toEqual({ held: true });
    expect(record()).toMatchObject({
      metadata: { labels: { team: 'x', app: 'zk' }, annotations: { y: 'z' } },
      spec: { holderIdentity: 'b', leaseTransitions: 5 },
    });
  });

  it('goes to one of those who try at once', async () => {
    const all = ['a', 'b', 'c'].map((name) => contender(name));
    const results = await Promise.all(all.map((each) => each.tryHold()));
    expect(results.filter(({ held }) => held)).toHaveLength(1);
    expect(results).toContainEqual({
      held: false,
      holder: '',
      reason: 'somebody else changed the lease at the same time',
    });
    expect(all.filter((each) => each.holds(0))).toHaveLength(1);
  });

  it('is released for the next at once', async () => {
    const [a, b] = [contender('a'), contender('b')];
    await a.tryHold();
    await b.tryHold();
    await b.release();
    expect(record().spec.holderIdentity).toBe('a');
    await a.release();
    expect(a.holds(0)).toBe(false);
    expect(record().spec).toMatchObject({ holderIdentity: '', leaseTransitions: 0 });
    expect(await b.tryHold()).toEqual({ held: true });
    expect(record().spec.leaseTransitions).toBe(1);
  });

  it('that does not exist is not released', async () => {
    await contender('a').release();
    expect(record()).toBeUndefined();
  });

  it('is still held when a renewal fails, until it runs out', async () => {
    const a = contender('a');
    await a.tryHold();
    pass(10);
    server.intercept = (_, answer) => {
      server.refuse(answer, 500, 'InternalError', 'etcdserver: request timed out');
      return true;
    };
    await expect(a.tryHold()).rejects.toThrow('etcdserver: request timed out');
    expect(a.holds(4_000)).toBe(true);
    pass(5);
    expect(a.holds(0)).toBe(false);
    server.intercept = undefined;
    expect(await a.tryHold()).toEqual({ held: true });
    expect(record().spec.leaseTransitions).toBe(0);
  });

  it('is not held any more once somebody else is seen to hold it', async () => {
    const a = contender('a');
    await a.tryHold();
    server.put(LEASES, { ...record(), spec: { ...record().spec, holderIdentity: 'b' } });
    expect(await a.tryHold()).toMatchObject({ held: false, holder: 'b' });
    expect(a.holds(0)).toBe(false);
  });
});

/** A server whose requests are done, and answered, when the test says so; or are lost before or after. */
class Slow {
  readonly pending: { arrive?: () => void; answer: () => void; lose: () => void }[] = [];

  constructor(private readonly records: Map<string, Record>) {}

  get<T>(): Promise<T | undefined> {
    return this.request(() => this.records.get(NAME) as T | undefined);
  }

  create<T>(_: string, body: unknown): Promise<T> {
    return this.request(() => {
      if (this.records.has(NAME)) throw new KubernetesError('it exists', 409);
      return this.put(body as Record) as T;
    });
  }

  replace<T>(_: string, body: unknown): Promise<T> {
    return this.request(() => {
      const known = (body as Record).metadata.resourceVersion;
      if (known !== this.records.get(NAME)?.metadata.resourceVersion) throw new KubernetesError('stale', 409);
      return this.put(body as Record) as T;
    });
  }

  private put(record: Record): Record {
    const before = this.records.get(NAME);
    const version = String(Number(before?.metadata.resourceVersion ?? 0) + 1);
    const stored = { ...record, metadata: { ...record.metadata, resourceVersion: version } };
    this.records.set(NAME, stored);
    return stored;
  }

  private request<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let done = () => reject(new Error('unreachable'));
      const request = {
        arrive: (() => {
          request.arrive = undefined;
          try {
            const result = work();
            done = () => resolve(result);
          } catch (error) {
            done = () => reject(error);
          }
        }) as (() => void) | undefined,
        answer: () => done(),
        lose: () => reject(new Error('socket hang up')),
      };
      this.pending.push(request);
    });
  }
}

describe('however requests are delayed and lost', () => {
  const who = fc.integer({ min: 0, max: 2 });
  /** Who goes on, what becomes of the request, and how many milliseconds pass before. */
  const moves = fc.array(
    fc.tuple(
      who,
      fc.constantFrom('go', 'go', 'go', 'go', 'go', 'lose', 'late', 'release'),
      fc.oneof(
        { weight: 12, arbitrary: fc.integer({ min: 0, max: 300 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 16_000 }) },
      ),
    ),
    { minLength: 60, maxLength: 200 },
  );
  /** Clocks show anything, and go right within one part in a hundred. */
  const clock = fc.record({
    shows: fc.integer({ min: -1e9, max: 1e9 }),
    rate: fc.double({ min: 0.99, max: 1.01, noNaN: true }),
  });
  const MARGIN = 320;
  const settle = () => new Promise(setImmediate);

  it('two never hold a lease, and one that is alone gets it', async () => {
    let takeovers = 0;
    await fc.assert(
      fc.asyncProperty(moves, fc.tuple(clock, clock, clock), async (all, clocks) => {
        time = 0;
        const records = new Map<string, Record>();
        /** Requests whose sender has given up, and which arrive all the same. */
        const strays: (() => void)[] = [];
        const processes = clocks.map(({ shows, rate }, i) => {
          const slow = new Slow(records);
          const now = () => shows + rate * time;
          const lease = new Lease(slow, { namespace: 'ns', name: NAME, identity: `p${i}` }, now);
          return { slow, lease, busy: false, wall: WALL + shows };
        });
        const holders = () => processes.filter(({ lease }) => lease.holds(MARGIN)).length;
        const advance = async (i: number, what: string) => {
          const process = processes[i];
          const { slow, lease } = process;
          // A wall clock is wrong in its own way, and never shows the same twice here.
          vi.setSystemTime(process.wall + time);
          process.wall += 1;
          if (!process.busy) {
            process.busy = true;
            const call = what === 'release' ? lease.release() : lease.tryHold();
            const over = () => {
              process.busy = false;
            };
            call.then(over, over);
          } else if (what === 'lose' || what === 'late') {
            const request = slow.pending.shift();
            if (what === 'late' && request?.arrive) strays.push(request.arrive);
            request?.lose();
          } else if (slow.pending[0]?.arrive) slow.pending[0].arrive();
          else slow.pending.shift()?.answer();
          await settle();
        };
        let holder = '';
        for (const [i, what, passes] of all) {
          time += passes;
          expect(holders()).toBeLessThanOrEqual(1);
          if (strays.length > 0 && passes % 2 === 1) strays.shift()?.();
          await advance(i, what);
          expect(holders()).toBeLessThanOrEqual(1);
          const now = processes.findIndex(({ lease }) => lease.holds(MARGIN));
          if (now >= 0 && String(now) !== holder) {
            holder = String(now);
            takeovers++;
          }
        }
        // The others are gone; the first goes on by itself.
        for (let round = 0; round < 4 && !processes[0].lease.holds(MARGIN); round++) {
          time += 16_000;
          while (processes[0].busy) await advance(0, 'go');
          await advance(0, 'go');
          while (processes[0].busy) await advance(0, 'go');
        }
        expect(processes[0].lease.holds(MARGIN)).toBe(true);
        expect(holders()).toBe(1);
      }),
      { numRuns: 250 },
    );
    expect(takeovers).toBeGreaterThan(250);
  });
});
