import { Duration } from 'cdk8s';
import { parseCron } from '../steward/cron';
import type { Finding } from './problem';

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
  if (typeof schedule === 'string' && !parseCron(schedule)) {
    const message = `${what}: "${schedule}" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"`;
    return [{ code, message }];
  }
  return [];
}
