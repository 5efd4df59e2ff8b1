import { setTimeout as delay } from 'node:timers/promises';
import type { Chore, Objection } from '../../steward/facts';
import { type Alarm, EtcdError, type EtcdMember } from '../api/types';
import { alarmSamples } from './alarm-metrics';
import { Cron } from './cron';
import {
  hasLittleFree,
  type MaintainedMember,
  type MaintenanceMemory,
  type MaintenancePlan,
  type MaintenanceTask,
  planMaintenance,
} from './maintenance-plan';
import type { EtcdStewardSettings } from './settings';

/** A member, and how it is asked. */
export interface ReachedMember extends MaintainedMember {
  readonly api: Pick<EtcdMember, 'status' | 'alarms' | 'compact' | 'defragment' | 'disarm' | 'moveLeader'>;
}

/** The membership as it was just looked at. */
export interface MaintenanceView {
  readonly members: readonly ReachedMember[];
  /** Id of the leader; undefined: nobody leads. */
  readonly leader?: number;
}

/** What is due, and what only people can do, which keeps nothing else from being done. */
export interface Maintained {
  readonly chore?: Chore;
  readonly trouble?: Objection;
  /** Alarms that are raised. */
  readonly alarms: readonly Alarm[];
}

/** Times in milliseconds. */
export interface MaintenanceTiming {
  /** How long `maintain` waits for what it has begun. */
  readonly patience: number;
  /** How long nothing is done after a failure: where writes are refused, and otherwise. */
  readonly urgentPause: number;
  readonly pause: number;
  /** How long a member may take to lead, and the files of others to follow a compaction; and how often that is looked at. */
  readonly follow: number;
  readonly every: number;
  /** How long a defragmentation goes on although its member does not say so, which a lost connection looks like; and how often it is asked. */
  readonly lost: number;
  readonly ask: number;
}

const TIMING: MaintenanceTiming = {
  patience: 2_000,
  urgentPause: 30_000,
  pause: 600_000,
  follow: 30_000,
  every: 500,
  lost: 60_000,
  ask: 5_000,
};

/** How often in a row files must be found to be the same. */
const QUIET = 3;

/** What it is made of, besides its settings. */
export interface MaintenanceParts {
  readonly timing?: MaintenanceTiming;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
  /** The time of the world, by which the schedule goes. */
  readonly time?: () => Date;
  /** Whether a member is being defragmented, by its own word; never rejects. @default - not asked */
  readonly defragmenting?: (id: number) => Promise<boolean>;
}

interface Memory extends MaintenanceMemory {
  compacted?: { readonly revision: bigint; readonly at: number };
  readonly defragmented: Map<number, number>;
  disarmed?: number;
  readonly due: Set<number>;
}

/**
 * Keeps the files of members small. A defragmentation may take minutes: it goes on by itself, and is told of as a chore that is
 * busy, during which nobody may be restarted and nothing changed. What is remembered may be forgotten: then a time of the
 * schedule is missed, or a compaction asked for twice.
 */
export class Maintenance {
  private readonly memory: Memory = { defragmented: new Map(), due: new Set() };
  private readonly cron: Cron | undefined;
  private readonly timing: MaintenanceTiming;
  private readonly now: () => number;
  private readonly time: () => Date;
  private lookedAt: Date;
  private alarms: readonly Alarm[] = [];
  private view: MaintenanceView = { members: [] };
  private plan: MaintenancePlan = {};
  private underWay: { readonly why: string; readonly urgent?: boolean } | undefined;
  private failed: { readonly why: string; readonly at: number } | undefined;

  constructor(
    private readonly settings: Pick<EtcdStewardSettings, 'quota' | 'defragmentation'>,
    private readonly parts: MaintenanceParts = {},
  ) {
    const { timing = TIMING, now = () => performance.now(), time = () => new Date() } = parts;
    this.timing = timing;
    this.now = now;
    this.time = time;
    this.lookedAt = time();
    const { schedule } = settings.defragmentation ?? {};
    this.cron = schedule === undefined ? undefined : new Cron(schedule);
  }

  /** What was begun and has yet to end, as long as the membership cannot be looked at: who is defragmented does not answer. */
  get busy(): Chore | undefined {
    return this.underWay && { ...this.underWay, busy: true };
  }

  /** What Prometheus is told of alarms. */
  samples(cluster: string): string {
    return alarmSamples(cluster, this.alarms);
  }

  /** What is due in the membership as it is now; fails never. */
  async look(view: MaintenanceView): Promise<Maintained> {
    this.view = view;
    this.keepTime();
    await this.askAlarms();
    const { alarms } = this;
    if (this.busy) return { chore: this.busy, alarms };
    const { settings, memory } = this;
    const { quota, defragmentation } = settings;
    this.plan = planMaintenance({ ...view, alarms, quota, defragmentation, memory, now: this.now() });
    const { task, trouble, urgent } = this.plan;
    if (!task) return { trouble, alarms };
    const pause = urgent ? this.timing.urgentPause : this.timing.pause;
    if (this.failed && this.now() - this.failed.at < pause) {
      this.plan = {};
      const todo = `It is tried again every ${Math.round(pause / 1_000)} s; if it goes on, mend what the error names.`;
      return { trouble: { why: this.failed.why, todo }, alarms };
    }
    return { chore: { why: this.plan.why ?? task.task, urgent }, alarms };
  }

  /**
   * Begins what was found to be due, and returns before long.
   * @throws Error when it fails at once; a later failure is told at the next look
   */
  async maintain(): Promise<void> {
    const { plan, view, timing } = this;
    if (this.underWay || !plan.task) return;
    const why = plan.why ?? plan.task.task;
    this.plan = {};
    this.underWay = { why, urgent: plan.urgent };
    this.failed = undefined;
    const done = this.carryOut(plan.task, view)
      .catch((error: Error) => {
        this.failed = { why: `${why}: ${error.message}`, at: this.now() };
        return error;
      })
      .finally(() => {
        this.underWay = undefined;
      });
    const waited = new AbortController();
    const error = await Promise.race([
      done,
      delay(timing.patience, undefined, { signal: waited.signal, ref: false }).catch(() => undefined),
    ]);
    waited.abort();
    if (error) throw error;
  }

  /** Notes who is due by the schedule since the last look. */
  private keepTime(): void {
    const { cron, memory, view } = this;
    const time = this.time();
    if (cron?.cameBetween(this.lookedAt, time)) for (const { id } of view.members) memory.due.add(id);
    this.lookedAt = time;
    for (const id of memory.due) {
      const member = view.members.find((each) => each.id === id);
      if (!member || (member.status && hasLittleFree(member.status))) memory.due.delete(id);
    }
  }

  /** Members tell of alarms in their status; who raised which is asked only then, as each question is an entry of the log. */
  private async askAlarms(): Promise<void> {
    const { members, leader } = this.view;
    if (!members.some(({ status }) => status?.errors.some((error) => error.includes('alarm')))) {
      // Nobody's word is no word that there is none.
      if (members.some(({ status }) => status)) this.alarms = [];
      return;
    }
    const asked = members.find(({ id }) => id === leader);
    if (asked) this.alarms = await asked.api.alarms().catch(() => this.alarms);
  }

  private async carryOut(task: MaintenanceTask, view: MaintenanceView): Promise<void> {
    const { memory } = this;
    switch (task.task) {
      case 'compact':
        await this.compact(task.revision, apiOf(view, task.id), view);
        memory.compacted = { revision: task.revision, at: this.now() };
        return;
      case 'defragment':
        await this.defragment(task, view);
        return;
      case 'disarm':
        for (const alarm of task.alarms) await apiOf(view, task.id).disarm(alarm);
        memory.disarmed = this.now();
    }
  }

  private async compact(revision: bigint, api: ReachedMember['api'], view: MaintenanceView): Promise<void> {
    try {
      await api.compact(revision);
    } catch (error) {
      if (!(error instanceof EtcdError && error.message.includes('has been compacted'))) throw error;
    }
    // The others do it in their own time.
    const members = view.members.filter(({ status }) => status);
    let before: string | undefined;
    let same = 0;
    await this.until(async () => {
      const sizes = await Promise.all(members.map((member) => member.api.status().catch(() => undefined)));
      const now = sizes.map((status) => status?.dbSizeInUse).join();
      same = now === before ? same + 1 : 0;
      before = now;
      return same >= QUIET;
    });
  }

  private async defragment(
    { id, heir }: MaintenanceTask & { task: 'defragment' },
    view: MaintenanceView,
  ): Promise<void> {
    const { defragmenting } = this.parts;
    if (defragmenting) {
      // Such as one that a steward began that has ended since.
      const busy = await Promise.all(
        view.members.map(async (member) => ((await defragmenting(member.id)) ? [member.name] : [])),
      );
      const names = busy.flat();
      if (names.length > 0) throw new Error(`${names.join(', ')} is being defragmented already`);
    }
    const api = apiOf(view, id);
    if (heir !== undefined) {
      const next = view.members.find((member) => member.id === heir) as ReachedMember;
      await api.moveLeader(next.memberId);
      const led = await this.until(async () => (await api.status()).leader === next.memberId);
      if (!led) throw new Error(`${next.name} does not lead, although it was told to`);
    }
    await this.watched(id, (signal) => api.defragment(signal));
    this.memory.defragmented.set(id, this.now());
    this.memory.due.delete(id);
  }

  /** A member that is defragmented answers nothing else meanwhile but its metrics. */
  private async watched(id: number, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { lost, ask } = this.timing;
    const { defragmenting } = this.parts;
    const given = new AbortController();
    let said = this.now();
    const timer = setInterval(async () => {
      if (await defragmenting?.(id)) said = this.now();
      if (defragmenting && this.now() - said > lost)
        given.abort(new Error('it neither answers nor says that it is being defragmented'));
    }, ask);
    try {
      await run(given.signal);
    } finally {
      clearInterval(timer);
    }
  }

  /** Whether something came about in time. */
  private async until(met: () => Promise<boolean>): Promise<boolean> {
    const { follow, every } = this.timing;
    const end = performance.now() + follow;
    for (;;) {
      if (await met()) return true;
      if (performance.now() > end) return false;
      await delay(every);
    }
  }
}

function apiOf({ members }: MaintenanceView, id: number): ReachedMember['api'] {
  const member = members.find((each) => each.id === id);
  if (!member) throw new Error(`member ${id} is not in the membership any more`);
  return member.api;
}
