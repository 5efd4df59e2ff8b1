import { type CronFields, parseCron } from '../../steward/cron';

const MINUTE_MS = 60_000;
const YEAR_MINUTES = 366 * 24 * 60;

/** A schedule as a CronJob takes it, in UTC. */
export class Cron {
  private readonly fields: CronFields;

  /** @throws Error where it is none */
  constructor(readonly schedule: string) {
    const fields = parseCron(schedule);
    if (!fields) throw new Error(`"${schedule}" is not a cron schedule`);
    this.fields = fields;
  }

  /** Whether it names the minute that this time is in. */
  matches(time: Date): boolean {
    const [minute, hour, date, month, day] = this.fields;
    if (!minute.values.has(time.getUTCMinutes()) || !hour.values.has(time.getUTCHours())) return false;
    if (!month.values.has(time.getUTCMonth() + 1)) return false;
    const byDate = date.values.has(time.getUTCDate());
    const byDay = day.values.has(time.getUTCDay());
    // Where both are given, either will do.
    return date.any || day.any ? byDate && byDay : byDate || byDay;
  }

  /** Whether a minute that it names has begun after `since`, and not after `until`. Of a longer time the last year counts. */
  cameBetween(since: Date, until: Date): boolean {
    const last = Math.floor(until.getTime() / MINUTE_MS);
    const first = Math.max(Math.floor(since.getTime() / MINUTE_MS) + 1, last - YEAR_MINUTES);
    for (let minute = first; minute <= last; minute++) {
      if (this.matches(new Date(minute * MINUTE_MS))) return true;
    }
    return false;
  }
}
