import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Maintenance, type MaintenanceTiming } from '../../../lib/etcd/steward/maintenance';
import { disks, eventually, type FakeDisks, SETTINGS } from './fake-disks';
import { MIB, memberIdOf } from './maintenance-facts';

const TIMING: MaintenanceTiming = {
  patience: 30,
  urgentPause: 30_000,
  pause: 600_000,
  follow: 200,
  every: 1,
  lost: 60_000,
  ask: 5,
};

/** A steward's maintenance with clocks that stand still unless they are set. */
function maintenance(cluster: FakeDisks, settings: ConstructorParameters<typeof Maintenance>[0] = SETTINGS) {
  const clock = { now: 1_000_000, time: new Date('2026-03-04T02:59:00Z') };
  const { defragmenting } = cluster;
  const parts = { timing: TIMING, now: () => clock.now, time: () => clock.time, defragmenting };
  const its = new Maintenance(settings, parts);
  const look = () => its.look(cluster.view());
  /** Does what is due until nothing is. */
  const settle = async () => {
    for (let laps = 0; laps < 50; laps++) {
      const { chore, trouble } = await look();
      if (!chore) return trouble;
      if (chore.busy) {
        laps--;
        await delay(1);
      }
      await its.maintain();
      clock.now += 100;
    }
    throw new Error('it never comes to an end');
  };
  return { its, look, settle, clock };
}

describe('maintenance', () => {
  it('makes files smaller one after the other, the leader last', async () => {
    const cluster = disks([400, 100, 0], [400, 100, 0], [400, 390, 0]);
    expect(await maintenance(cluster).settle()).toBeUndefined();
    expect(cluster.done).toEqual(['defragment 1', 'move-leader 1', 'defragment 0']);
    expect(cluster.disks.map(({ size }) => size)).toEqual([100, 100, 400]);
  });

  it('brings a full cluster back', async () => {
    const cluster = disks([1_001, 100, 900], [999, 100, 899], [1_000, 100, 900]);
    cluster.raise(0, 'NOSPACE');
    expect(await maintenance(cluster).settle()).toBeUndefined();
    expect(cluster.done).toEqual([
      'compact 42',
      'defragment 1',
      'defragment 2',
      'move-leader 1',
      'defragment 0',
      'disarm NOSPACE',
    ]);
  });

  it('tells of alarms', async () => {
    const cluster = disks([1_001, 1_000, 0]);
    cluster.raise(0, 'NOSPACE');
    const { its, look } = maintenance(cluster);
    expect((await look()).alarms).toEqual([{ memberId: memberIdOf(0), alarm: 'NOSPACE' }]);
    expect(its.samples('etcd')).toContain('{cluster="etcd",alarm="NOSPACE"} 1');
    expect(its.busy).toBeUndefined();
    // One that nobody answers for may still be raised.
    cluster.silent.add(0);
    expect((await look()).alarms).toHaveLength(1);
    cluster.silent.clear();
    cluster.alarms.length = 0;
    expect((await look()).alarms).toEqual([]);
  });

  it('is over soon where the data itself is the quota, and goes on once keys were deleted', async () => {
    const cluster = disks([1_001, 980, 10], [1_001, 980, 10]);
    cluster.raise(1, 'NOSPACE');
    const { settle, clock } = maintenance(cluster);
    expect((await settle())?.why).toBe(
      'no space is left in etcd-1 (alarm NOSPACE), so etcd refuses writes: 980 MiB of 1000 MiB are in use, and the file of etcd-0, etcd-1 is not smaller',
    );
    expect(cluster.done).toEqual(['compact 42']);
    for (const disk of cluster.disks) {
      disk.live = 300;
      disk.old = 680;
    }
    cluster.revision++;
    clock.now += 60_000;
    expect(await settle()).toBeUndefined();
    expect(cluster.done.slice(1)).toEqual([
      'compact 43',
      'defragment 1',
      'move-leader 1',
      'defragment 0',
      'disarm NOSPACE',
    ]);
  });

  it('begins, and tells that it is busy until it has ended', async () => {
    const cluster = disks([400, 390, 0], [400, 100, 0]);
    let end = () => {};
    cluster.before = () => new Promise<void>((resolve) => (end = resolve));
    const { its, look } = maintenance(cluster);
    const why = 'defragmenting etcd-1: 300 MiB of its 400 MiB are free';
    expect((await look()).chore).toEqual({ why, urgent: false });
    await its.maintain();
    expect((await look()).chore).toEqual({ why, urgent: false, busy: true });
    expect(its.busy).toEqual({ why, urgent: false, busy: true });
    await its.maintain();
    expect(cluster.done).toEqual(['defragment 1']);
    end();
    await eventually(() => cluster.disks[1].size === 100);
    await new Promise(setImmediate);
    expect((await look()).chore).toBeUndefined();
  });

  it('fails at once where it can, and is not repeated at once', async () => {
    const cluster = disks([400, 390, 0], [400, 100, 0]);
    cluster.before = () => Promise.reject(new Error('no space left on device'));
    const { its, look, clock } = maintenance(cluster);
    await look();
    await expect(its.maintain()).rejects.toThrow('no space left on device');
    const { chore, trouble } = await look();
    expect(chore).toBeUndefined();
    expect(trouble).toEqual({
      why: 'defragmenting etcd-1: 300 MiB of its 400 MiB are free: no space left on device',
      todo: 'It is tried again every 600 s; if it goes on, mend what the error names.',
    });
    await its.maintain();
    expect(cluster.done).toHaveLength(1);
    clock.now += 600_000;
    expect((await look()).chore).toBeDefined();
  });

  it('tells of a failure that comes later', async () => {
    const cluster = disks([1_001, 100, 900], [1_001, 100, 900]);
    cluster.raise(1, 'NOSPACE');
    let fail = (_: Error) => {};
    cluster.before = () => new Promise<void>((_, reject) => (fail = reject));
    const { its, look, clock } = maintenance(cluster);
    await look();
    await its.maintain();
    fail(new Error('connection lost'));
    await new Promise(setImmediate);
    const { chore, trouble } = await look();
    expect(chore).toBeUndefined();
    expect(trouble?.why).toMatch(/: compacting up to revision 42: connection lost$/);
    expect(trouble?.todo).toContain('every 30 s');
    clock.now += 30_000;
    cluster.before = () => undefined;
    expect((await look()).chore?.urgent).toBe(true);
    await its.maintain();
    expect(cluster.compacted).toBe(42n);
  });

  it('defragments nobody while another is defragmented, whoever began that', async () => {
    const cluster = disks([1_001, 100, 0], [1_001, 100, 0], [1_001, 100, 0]);
    cluster.raise(0, 'NOSPACE');
    cluster.busy.add(2);
    const { its, look } = maintenance(cluster);
    await look();
    await its.maintain();
    await look();
    await expect(its.maintain()).rejects.toThrow('etcd-2 is being defragmented already');
    expect(cluster.done).toEqual(['compact 42']);
  });

  it('does not defragment a leader that leads on', async () => {
    const cluster = disks([400, 100, 0], [400, 390, 0]);
    cluster.after = (what) => {
      if (what.startsWith('move-leader')) cluster.leader = 0;
    };
    const { its, look } = maintenance(cluster);
    await look();
    await its.maintain();
    await eventually(() => cluster.done.length === 1);
    await delay(300);
    expect((await look()).trouble?.why).toContain('etcd-1 does not lead, although it was told to');
    expect(cluster.done).toEqual(['move-leader 1']);
  });

  it('gives up on a member that does not even say that it is busy', async () => {
    const cluster = disks([400, 390, 0], [400, 100, 0]);
    const { its, look, clock } = maintenance(cluster);
    const view = cluster.view();
    let aborted: unknown;
    const stuck = (signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal?.addEventListener('abort', () => {
          aborted = signal.reason;
          reject(signal.reason);
        });
      });
    const members = view.members.map((each) => ({ ...each, api: { ...each.api, defragment: stuck } }));
    await its.look({ ...view, members });
    await its.maintain();
    // While it says that it is at work, that may take as long as it likes.
    cluster.busy.add(1);
    await delay(30);
    clock.now += 120_000;
    await delay(30);
    expect(aborted).toBeUndefined();
    cluster.busy.clear();
    clock.now += 60_001;
    await eventually(() => aborted !== undefined);
    await new Promise(setImmediate);
    expect((await look()).trouble?.why).toContain(
      'it neither answers nor says that it is being defragmented',
    );
  });

  it('keeps the schedule, once for each member', async () => {
    const settings = {
      quota: SETTINGS.quota,
      defragmentation: { fragmentation: 0.5, minimum: 100 * MIB, schedule: '0 3 * * *' },
    };
    const cluster = disks([400, 300, 0], [400, 395, 0], [400, 300, 0]);
    const { look, settle, clock } = maintenance(cluster, settings);
    expect(await settle()).toBeUndefined();
    expect(cluster.done).toEqual([]);
    clock.time = new Date('2026-03-04T03:00:01Z');
    // It is not forgotten while members are not well, and nothing is done.
    await look();
    clock.time = new Date('2026-03-04T05:00:00Z');
    await settle();
    expect(cluster.done).toEqual(['defragment 2', 'move-leader 1', 'defragment 0']);
    for (const disk of cluster.disks) disk.size = 400;
    clock.now += 3_600_000;
    clock.time = new Date('2026-03-05T02:59:59Z');
    expect((await look()).chore).toBeUndefined();
    clock.time = new Date('2026-03-05T03:00:00Z');
    expect((await look()).chore).toBeDefined();
  });
});

describe('whatever the files are like', () => {
  const disk = fc
    .record({
      live: fc.integer({ min: 1, max: 1_000 }),
      old: fc.integer({ min: 0, max: 500 }),
      free: fc.integer({ min: 0, max: 600 }),
    })
    .map(({ live, old, free }): [number, number, number] => [live + old + free, live, old]);
  const cluster = fc.record({
    files: fc.array(disk, { minLength: 1, maxLength: 5 }),
    leader: fc.nat(),
    full: fc.option(fc.nat(), { nil: undefined }),
    defragment: fc.boolean(),
  });
  type Given = typeof cluster extends fc.Arbitrary<infer T> ? T : never;

  const made = ({ files, leader, full }: Given): FakeDisks => {
    const fake = disks(...files);
    fake.leader = leader % files.length;
    if (full !== undefined) fake.raise(full % files.length, 'NOSPACE');
    let running = 0;
    const { before: first, after: last } = fake;
    fake.before = async (what) => {
      await first(what);
      if (!what.startsWith('defragment')) return;
      // Never two at once, and never the leader where another one could lead.
      expect(++running).toBe(1);
      if (files.length > 1) expect(what).not.toBe(`defragment ${fake.leader}`);
      await new Promise(setImmediate);
    };
    fake.after = (what) => {
      if (what.startsWith('defragment')) running--;
      last(what);
    };
    return fake;
  };
  const settingsOf = ({ defragment }: Given) => (defragment ? SETTINGS : { quota: SETTINGS.quota });

  const check = (fake: FakeDisks, given: Given) => {
    const limit = 950;
    if (given.full !== undefined) {
      const hopeless = fake.disks.some(({ live, size }) => size >= limit && live >= limit);
      expect(fake.has('NOSPACE')).toBe(hopeless);
      expect(fake.compacted).toBe(42n);
    }
    if (given.defragment && !fake.has('NOSPACE')) {
      for (const { size, live, old } of fake.disks)
        if (size >= 100) expect((size - live - old) / size).toBeLessThanOrEqual(0.5);
    }
    expect(fake.disks.map(({ live }) => live)).toEqual(given.files.map(([, live]) => live));
  };

  it('they become small, and then it is quiet', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, async (given) => {
        const fake = made(given);
        await maintenance(fake, settingsOf(given)).settle();
        check(fake, given);
      }),
      { numRuns: 150 },
    );
  });

  it('also where stewards die between any two steps, before or after they were done', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, fc.boolean(), async (given, late) => {
        for (let death = 1; death < 15; death++) {
          const fake = made(given);
          const { before: unharmed, after: answered } = fake;
          const dies = () => {
            if (fake.done.length === death) throw new Error('the steward has died');
          };
          if (late) {
            fake.after = (what) => {
              answered(what);
              dies();
            };
          } else {
            fake.before = (what) => {
              dies();
              return unharmed(what);
            };
          }
          const died = await maintenance(fake, settingsOf(given))
            .settle()
            .then(
              () => false,
              () => true,
            );
          Object.assign(fake, { before: unharmed, after: answered });
          await maintenance(fake, settingsOf(given)).settle();
          check(fake, given);
          if (!died) break;
        }
      }),
      { numRuns: 30 },
    );
  });
});
