import { describe, expect, it } from 'vitest';
import { type MaintenanceFacts, planMaintenance } from '../../../lib/etcd/steward/maintenance-plan';
import { factsOf, MIB, member, memberIdOf, NOTHING_DONE, silent } from './maintenance-facts';

const NOW = 1_000_000;
const nospace = (...ids: number[]) => ids.map((id) => ({ memberId: memberIdOf(id), alarm: 'NOSPACE' }));
const ago = (ms: number) => NOW - ms;
const taskOf = (facts: Partial<MaintenanceFacts>) => planMaintenance(factsOf(facts)).task;

describe('fragmentation', () => {
  it('is left alone where it is small', () => {
    expect(planMaintenance(factsOf())).toEqual({});
  });

  it('is mended in the first member that has too much', () => {
    expect(
      planMaintenance(
        factsOf({ members: [member(0, 400, 100), member(1, 400, 300), member(2, 400, 190)], leader: 1 }),
      ),
    ).toEqual({
      task: { task: 'defragment', id: 0 },
      urgent: false,
      why: 'defragmenting etcd-0: 300 MiB of its 400 MiB are free',
    });
  });

  it('is mended in the leader last, which hands over first', () => {
    const all = [member(0, 400, 100), member(1, 400, 100), member(2, 400, 100)];
    expect(taskOf({ members: all })).toEqual({ task: 'defragment', id: 1 });
    const memory = { ...NOTHING_DONE, defragmented: new Map([[1, ago(60_000)]]) };
    expect(taskOf({ members: all, memory })).toEqual({ task: 'defragment', id: 2 });
    const done = [member(0, 400, 100), member(1, 100, 100), member(2, 101, 100)];
    expect(planMaintenance(factsOf({ members: done }))).toEqual({
      task: { task: 'defragment', id: 0, heir: 1 },
      urgent: false,
      why: 'defragmenting etcd-0, which leads no more once etcd-1 does: 300 MiB of its 400 MiB are free',
    });
  });

  it('the heir has a vote, and is ahead of the others', () => {
    const members = [
      member(0, 400, 100),
      member(1, 100, 100, { learner: true, raftAppliedIndex: 103n }),
      member(2, 100, 100, { raftAppliedIndex: 101n }),
      member(3, 100, 100, { raftAppliedIndex: 102n }),
    ];
    expect(taskOf({ members })).toEqual({ task: 'defragment', id: 0, heir: 3 });
    expect(taskOf({ members: members.slice(0, 2) })).toEqual({ task: 'defragment', id: 0, heir: undefined });
  });

  it('of a single member is mended all the same', () => {
    expect(taskOf({ members: [member(0, 400, 100)] })).toEqual({
      task: 'defragment',
      id: 0,
      heir: undefined,
    });
  });

  it.each<[string, Partial<MaintenanceFacts>]>([
    ['it is not wanted', { defragmentation: undefined }],
    ['nobody leads', { leader: undefined }],
    ['a member does not answer', { members: [member(0, 400, 10), member(1, 400, 10), silent(2)] }],
    ['files are small', { members: [member(0, 99, 1), member(1, 99, 1)] }],
    ['files are empty', { members: [member(0, 0, 0)], defragmentation: { fragmentation: 0, minimum: 0 } }],
    [
      'it was mended just now',
      {
        members: [member(0, 400, 390), member(1, 400, 100)],
        memory: { ...NOTHING_DONE, defragmented: new Map([[1, ago(599_999)]]) },
      },
    ],
  ])('is left alone where %s', (_, facts) => {
    expect(planMaintenance(factsOf(facts))).toEqual({});
  });

  it('is mended again after a while', () => {
    const memory = { ...NOTHING_DONE, defragmented: new Map([[1, ago(600_000)]]) };
    const members = [member(0, 400, 390), member(1, 400, 100)];
    expect(taskOf({ members, memory })).toEqual({ task: 'defragment', id: 1 });
  });

  it('is mended where it is due and more than a tenth is free', () => {
    const members = [member(0, 400, 350), member(1, 400, 361), member(2, 400, 350)];
    expect(taskOf({ members })).toBeUndefined();
    const memory = { ...NOTHING_DONE, due: new Set([0, 1]) };
    expect(taskOf({ members, memory })).toEqual({ task: 'defragment', id: 0, heir: 1 });
    const strict = { fragmentation: 0.05, minimum: 100 * MIB };
    expect(taskOf({ members, memory, defragmentation: strict })).toEqual({ task: 'defragment', id: 1 });
  });
});

describe('a member that is out of space', () => {
  const full = [member(0, 1_000, 990), member(1, 1_001, 990), member(2, 999, 990)];
  const compacted = { revision: 42n, at: ago(5_000) };

  it('has what was overwritten forgotten first', () => {
    expect(planMaintenance(factsOf({ members: full, alarms: nospace(1) }))).toEqual({
      task: { task: 'compact', id: 0, revision: 42n },
      urgent: true,
      why: 'no space is left in etcd-1 (alarm NOSPACE), so etcd refuses writes: compacting up to revision 42',
    });
  });

  it('and then all files made smaller, the leader last', () => {
    const members = [member(0, 1_000, 300), member(1, 1_000, 300), member(2, 1_000, 300)];
    const alarms = nospace(1, 2);
    const memory = { ...NOTHING_DONE, compacted };
    expect(planMaintenance(factsOf({ members, alarms, memory }))).toEqual({
      task: { task: 'defragment', id: 1 },
      urgent: true,
      why: 'no space is left in etcd-1, etcd-2 (alarm NOSPACE), so etcd refuses writes: defragmenting etcd-1: 700 MiB of its 1000 MiB are free',
    });
    const defragmented = new Map([
      [1, ago(4_000)],
      [2, ago(3_000)],
    ]);
    const task = taskOf({ members, alarms, memory: { ...memory, defragmented } });
    expect(task).toEqual({ task: 'defragment', id: 0, heir: 1 });
  });

  it('even where that is not wanted otherwise, or the files are small', () => {
    const members = [member(0, 16, 3), member(1, 16, 3)];
    const memory = { ...NOTHING_DONE, compacted };
    const facts = { members, alarms: nospace(0), memory, quota: 16 * MIB, defragmentation: undefined };
    expect(taskOf(facts)).toEqual({ task: 'defragment', id: 1 });
  });

  it('a file is made smaller for little, where that is what is needed', () => {
    const members = [member(0, 600, 600), member(1, 1_000, 940)];
    const memory = { ...NOTHING_DONE, compacted };
    expect(taskOf({ members, alarms: nospace(1), memory })).toEqual({ task: 'defragment', id: 1 });
  });

  it('is taken at the word of the one that tells the least to be in use, since all have the same data', () => {
    const members = [member(0, 1_000, 300), member(1, 1_000, 1_000), member(2, 1_000, 1_000)];
    const memory = { ...NOTHING_DONE, compacted };
    expect(taskOf({ members, alarms: nospace(1), memory })).toEqual({ task: 'defragment', id: 1 });
    const smaller = [member(0, 300, 300), member(1, 1_000, 1_000)];
    const again = (at: number) =>
      taskOf({
        members: smaller,
        alarms: nospace(1),
        memory: {
          ...memory,
          compacted: { revision: 42n, at: ago(70_000) },
          defragmented: new Map([[1, at]]),
        },
      });
    expect(again(ago(59_999))).toBeUndefined();
    expect(again(ago(60_000))).toEqual({ task: 'defragment', id: 1 });
  });

  it('has its alarm taken back once all files are small', () => {
    const members = [member(0, 300, 300), member(1, 949, 940), member(2, 300, 300)];
    expect(
      planMaintenance(factsOf({ members, alarms: nospace(1, 2), memory: { ...NOTHING_DONE, compacted } })),
    ).toEqual({
      task: { task: 'disarm', id: 0, alarms: nospace(1, 2) },
      urgent: true,
      why: 'no space is left in etcd-1, etcd-2 (alarm NOSPACE), so etcd refuses writes: there is room again, so the alarm is taken back',
    });
  });

  it('is not waited for where it does not answer', () => {
    const members = [member(0, 300, 300), member(1, 300, 300), silent(2)];
    const memory = { ...NOTHING_DONE, compacted };
    expect(taskOf({ members, alarms: nospace(2), memory })?.task).toBe('disarm');
  });

  it('is for people where the data itself is the quota', () => {
    const memory = { ...NOTHING_DONE, compacted };
    expect(planMaintenance(factsOf({ members: full, alarms: nospace(1), memory }))).toEqual({
      trouble: {
        why: 'no space is left in etcd-1 (alarm NOSPACE), so etcd refuses writes: 990 MiB of 1000 MiB are in use, and the file of etcd-0, etcd-1, etcd-2 is not smaller',
        todo: 'Delete keys that nobody needs, which etcd permits meanwhile, or raise `quota`; the steward then does the rest.',
      },
    });
  });

  it('is helped once people have deleted keys, but not at every look', () => {
    const members = full.map((each) => ({ ...each, status: { ...each.status!, revision: 43n } }));
    const plan = (at: number) =>
      planMaintenance(
        factsOf({
          members,
          alarms: nospace(1),
          memory: { ...NOTHING_DONE, compacted: { revision: 42n, at } },
        }),
      );
    expect(plan(ago(59_999)).trouble).toBeDefined();
    expect(plan(ago(60_000)).task).toEqual({ task: 'compact', id: 0, revision: 43n });
  });

  it('is helped once people have raised the quota', () => {
    const facts = { members: full, alarms: nospace(1), memory: { ...NOTHING_DONE, compacted } };
    expect(taskOf({ ...facts, quota: 2_000 * MIB })?.task).toBe('disarm');
  });

  it('right after it was helped is left alone for a while, so that something else can be done', () => {
    const members = [member(0, 300, 300), member(1, 300, 300)];
    const plan = (disarmed: number) =>
      planMaintenance(
        factsOf({ members, alarms: nospace(0), memory: { ...NOTHING_DONE, compacted, disarmed } }),
      );
    expect(plan(ago(59_999))).toEqual({
      trouble: {
        why: 'no space is left in etcd-0 (alarm NOSPACE), so etcd refuses writes again',
        todo: 'Room was made for it a moment ago. Delete keys that nobody needs, which etcd permits meanwhile, or raise `quota`; the steward then does the rest.',
      },
    });
    expect(plan(ago(60_000)).task?.task).toBe('disarm');
  });

  it('is not helped while nobody leads, or the leader does not answer', () => {
    const trouble = {
      why: 'no space is left in etcd-1 (alarm NOSPACE), so etcd refuses writes',
      todo: 'Bring back a majority first.',
    };
    expect(planMaintenance(factsOf({ members: full, alarms: nospace(1), leader: undefined }))).toEqual({
      trouble,
    });
    const members = [silent(0), full[1], full[2]];
    expect(planMaintenance(factsOf({ members, alarms: nospace(1) }))).toEqual({ trouble });
  });
});

describe('data that is corrupt', () => {
  const corrupt = { memberId: memberIdOf(2), alarm: 'CORRUPT' };

  it('is told of and nothing is done, whatever else there is to do', () => {
    const members = [member(0, 1_000, 10), member(1, 1_000, 10), member(2, 1_000, 10)];
    expect(planMaintenance(factsOf({ members, alarms: [...nospace(0), corrupt] }))).toEqual({
      trouble: {
        why: 'the data of etcd-2 differs from that of others (alarm CORRUPT), so etcd refuses reads and writes',
        todo: 'Find out whose data is right: etcdctl endpoint hashkv --cluster, and the logs of etcd-2. Where only etcd-2 is wrong, delete its claims and its pod, then take the alarm back: etcdctl alarm disarm; the steward replaces the member. Nobody takes it back for you.',
      },
    });
  });

  it('is told of one that is no member any more', () => {
    const alarms = [{ memberId: 0xbeefn, alarm: 'CORRUPT' }];
    expect(planMaintenance(factsOf({ alarms })).trouble?.why).toContain('the data of member beef differs');
  });
});
