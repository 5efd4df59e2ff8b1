import { Duration } from 'cdk8s';
import type { Finding } from './problem';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Lowest and highest value of each field, and the names that stand for values from the lowest on. */
const FIELDS: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, MONTHS],
  [0, 6, DAYS],
];

function isField(text: string, [low, high, names]: (typeof FIELDS)[number]): boolean {
  const numberOf = (word: string) =>
    /^\d+$/.test(word) ? Number(word) : low + names.indexOf(word.toLowerCase());
  return text.split(',').every((item) => {
    const [, range, step] = /^([^/]+)(?:\/([1-9]\d*))?$/.exec(item) ?? [];
    if (range === undefined || (step !== undefined && Number(step) > high)) return false;
    if (range === '*' || range === '?') return true;
    const [first, last = first, ...more] = range.split('-').map(numberOf);
    return more.length === 0 && low <= first && first <= last && last <= high;
  });
}

/**
 * Whether `text` is a schedule as a CronJob takes it: five fields, or `@daily` and its like.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function isCron(text: string): boolean {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text)) return true;
  const fields = text.trim().split(/\s+/);
  return fields.length === FIELDS.length && fields.every((field, index) => isField(field, FIELDS[index]));
}

/** The cron expression of an interval; undefined when the interval divides neither the hour nor the day. */
export function scheduleOf(schedule: string | Duration): string | undefined {
  if (typeof schedule === 'string') return schedule;
  const minutes = schedule.toMinutes({ integral: false });
  if (minutes >= 1 && Number.isInteger(minutes) && 60 % minutes === 0 && minutes < 60)
    return `*/${minutes} * * * *`;
  const hours = minutes / 60;
  if (Number.isInteger(hours) && hours >= 1 && 24 % hours === 0)
    return hours === 24 ? '0 0 * * *' : `0 */${hours} * * *`;
  return undefined;
}

/** What is wrong with a schedule; `what` is the prop that it was given by. */
export function checkSchedule(code: string, what: string, schedule: string | Duration): Finding[] {
  if (schedule instanceof Duration && !scheduleOf(schedule)) {
    const message = `${what}: every ${schedule.toHumanString()} divides neither the hour nor the day; give an interval that does, or a cron expression`;
    return [{ code, message }];
  }
  if (typeof schedule === 'string' && !isCron(schedule)) {
    const message = `${what}: "${schedule}" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"`;
    return [{ code, message }];
  }
  return [];
}
