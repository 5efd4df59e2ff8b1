const MINUTE_MS = 60_000;
const YEAR_MINUTES = 366 * 24 * 60;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Values that a field of a schedule names. `any`: it names no particular ones, as `*` does. */
interface Field {
  readonly values: ReadonlySet<number>;
  readonly any: boolean;
}

/** A schedule as a CronJob takes it, in UTC. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
export class Cron {
  private readonly fields: readonly Field[];

  /** @throws Error where it is none */
  constructor(readonly schedule: string) {
    const texts = (SHORTHANDS[schedule] ?? schedule).trim().split(/\s+/);
    if (texts.length !== 5) throw new Error(`"${schedule}" is not a cron schedule`);
    const [minute, hour, date, month, day] = texts;
    this.fields = [
      field(minute, 0, 59),
      field(hour, 0, 23),
      field(date, 1, 31),
      field(month, 1, 12, MONTHS),
      field(day, 0, 6, DAYS),
    ];
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

function field(text: string, low: number, high: number, names: readonly string[] = []): Field {
  const items = text.split(',').map((item) => itemOf(item, low, high, names));
  return { values: new Set(items.flatMap(({ values }) => values)), any: items.some(({ any }) => any) };
}

function itemOf(
  item: string,
  low: number,
  high: number,
  names: readonly string[],
): { readonly values: number[]; readonly any: boolean } {
  const numberOf = (word: string) => {
    const value = /^\d+$/.test(word) ? Number(word) : low + names.indexOf(word.toLowerCase());
    if (value < low || value > high) throw new Error(`"${item}" is not a field of a cron schedule`);
    return value;
  };
  const [range, step] = item.split('/');
  const all = range === '*' || range === '?';
  const [from, to] = all ? [low, high] : range.split('-').map(numberOf);
  // `5/15` goes on to the end of the hour, `5` alone does not.
  const end = to ?? (step === undefined ? from : high);
  const every = step === undefined ? 1 : Number(step);
  if (!Number.isInteger(every) || every < 1 || end < from)
    throw new Error(`"${item}" is not a field of a cron schedule`);
  const values: number[] = [];
  for (let value = from; value <= end; value += every) values.push(value);
  return { values, any: all && every === 1 };
}
