import { setTimeout as delay } from 'node:timers/promises';
import { type Alarm, EtcdError } from '../../../lib/etcd/api/types';
import type { MaintenanceView, ReachedMember } from '../../../lib/etcd/steward/maintenance';
import { MIB, memberIdOf, statusOf } from './maintenance-facts';

/** A member's file, in MiB. */
interface Disk {
  size: number;
  /** What is in use: keys as they are now, and revisions that were not compacted. */
  live: number;
  old: number;
}

/** Members with files that grow when they are written to, and shrink only when they are defragmented. */
export class FakeDisks {
  leader = 0;
  revision = 42n;
  compacted = 0n;
  readonly alarms: Alarm[] = [];
  readonly silent = new Set<number>();
  /** What was asked for, in order, without questions. */
  readonly done: string[] = [];
  /** Members that are being defragmented. */
  readonly busy = new Set<number>();
  /** May wait, or throw. */
  before: (what: string) => Promise<void> | void = () => undefined;
  /** May throw once it was done, as a lost answer does. */
  after: (what: string) => void = () => undefined;

  constructor(readonly disks: Disk[]) {}

  raise(id: number, alarm: string): void {
    if (!this.has(alarm)) this.alarms.push({ memberId: memberIdOf(id), alarm });
  }

  has(alarm: string): boolean {
    return this.alarms.some((each) => each.alarm === alarm);
  }

  view(): MaintenanceView {
    return { members: this.disks.map((_, id) => this.member(id)), leader: this.leader };
  }

  readonly defragmenting = async (id: number): Promise<boolean> => this.busy.has(id);

  private status(id: number) {
    const { size, live, old } = this.disks[id];
    const errors = this.alarms.map(({ memberId, alarm }) => `memberID:${memberId} alarm:${alarm} `);
    return statusOf(id, size, live + old, {
      leader: memberIdOf(this.leader),
      revision: this.revision,
      errors,
    });
  }

  private member(id: number): ReachedMember {
    const act = async (what: string, change: () => void) => {
      this.done.push(what);
      await this.before(what);
      change();
      this.after(what);
    };
    const status = () => {
      if (this.silent.has(id) || this.busy.has(id)) throw new Error('no answer');
      return this.status(id);
    };
    return {
      id,
      name: `etcd-${id}`,
      memberId: memberIdOf(id),
      status: this.silent.has(id) || this.busy.has(id) ? undefined : this.status(id),
      api: {
        status: async () => status(),
        alarms: async () => [...this.alarms],
        compact: (revision) =>
          act(`compact ${revision}`, () => {
            if (revision <= this.compacted)
              throw new EtcdError('mvcc: required revision has been compacted', 11);
            this.compacted = revision;
            for (const disk of this.disks) disk.old = 0;
          }),
        defragment: (signal) =>
          act(`defragment ${id}`, () => {
            signal?.throwIfAborted();
            const disk = this.disks[id];
            disk.size = disk.live + disk.old;
          }),
        disarm: (alarm) =>
          act(`disarm ${alarm.alarm}`, () => {
            const at = this.alarms.findIndex(
              (each) => each.alarm === alarm.alarm && each.memberId === alarm.memberId,
            );
            if (at >= 0) this.alarms.splice(at, 1);
          }),
        moveLeader: (target) =>
          act(`move-leader ${Number(target - memberIdOf(0))}`, () => {
            if (id !== this.leader) throw new EtcdError('etcdserver: not leader', 9);
            this.leader = Number(target - memberIdOf(0));
          }),
      },
    };
  }
}

/** Files of so many MiB, of which so many are keys, and so many revisions that nobody needs. */
export const disks = (...all: [size: number, live: number, old: number][]): FakeDisks =>
  new FakeDisks(all.map(([size, live, old]) => ({ size, live, old })));

/** A quota of 1000 MiB, and defragmentation at a half. */
export const SETTINGS = {
  quota: 1_000 * MIB,
  defragmentation: { fragmentation: 0.5, minimum: 100 * MIB },
};

/** Waits until something is so. */
export async function eventually(met: () => boolean): Promise<void> {
  for (let turns = 0; !met(); turns++) {
    if (turns > 2_000) throw new Error('that did not come about');
    await delay(1);
  }
}
