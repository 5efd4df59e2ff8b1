import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cron } from '../../../lib/etcd/steward/cron';

const at = (text: string) => new Date(`${text}Z`);

describe('a schedule', () => {
  it.each([
    ['* * * * *', '2026-03-04T05:06:07', true],
    ['6 5 * * *', '2026-03-04T05:06:59', true],
    ['7 5 * * *', '2026-03-04T05:06:59', false],
    ['*/15 * * * *', '2026-03-04T05:45:00', true],
    ['*/15 * * * *', '2026-03-04T05:46:00', false],
    ['5/20 * * * *', '2026-03-04T05:45:00', true],
    ['5/20 * * * *', '2026-03-04T05:40:00', false],
    ['10-20/5 * * * *', '2026-03-04T05:15:00', true],
    ['10-20/5 * * * *', '2026-03-04T05:25:00', false],
    ['0,30 1-3,22 * * *', '2026-03-04T22:30:00', true],
    ['0,30 1-3,22 * * *', '2026-03-04T04:30:00', false],
    ['0 3 * mar,Oct *', '2026-03-04T03:00:00', true],
    ['0 3 * apr-sep *', '2026-03-04T03:00:00', false],
    ['0 3 * * wed', '2026-03-04T03:00:00', true],
    ['0 3 * * 0,4-6', '2026-03-04T03:00:00', false],
    ['0 3 ? * MON-WED', '2026-03-04T03:00:00', true],
    // Both given: either will do; one of them free: the other one decides.
    ['0 3 1 * wed', '2026-03-04T03:00:00', true],
    ['0 3 4 * sun', '2026-03-04T03:00:00', true],
    ['0 3 5 * sun', '2026-03-04T03:00:00', false],
    ['0 3 */1 * sun', '2026-03-04T03:00:00', false],
    ['0 3 */2 * sun', '2026-03-03T03:00:00', true],
    ['@hourly', '2026-03-04T03:00:00', true],
    ['@hourly', '2026-03-04T03:01:00', false],
    ['@daily', '2026-03-04T00:00:00', true],
    ['@midnight', '2026-03-04T01:00:00', false],
    ['@weekly', '2026-03-08T00:00:00', true],
    ['@weekly', '2026-03-09T00:00:00', false],
    ['@monthly', '2026-03-01T00:00:00', true],
    ['@yearly', '2026-03-01T00:00:00', false],
    ['@annually', '2026-01-01T00:00:00', true],
  ])('"%s" at %s: %s', (schedule, time, expected) => {
    expect(new Cron(schedule).matches(at(time))).toBe(expected);
  });

  it('is refused where it is none', () => {
    expect(() => new Cron('* * * *')).toThrow('"* * * *" is not a cron schedule');
  });
});

describe('between two looks', () => {
  const daily = new Cron('0 3 * * *');

  it.each([
    ['2026-03-04T02:59:59', '2026-03-04T03:00:00', true],
    ['2026-03-04T02:59:30', '2026-03-04T03:00:30', true],
    ['2026-03-04T03:00:00', '2026-03-04T03:00:30', false],
    ['2026-03-04T03:00:30', '2026-03-05T02:59:59', false],
    ['2026-03-04T03:00:30', '2026-03-06T12:00:00', true],
    // A clock that was set back.
    ['2026-03-04T03:00:30', '2026-03-04T02:00:00', false],
  ])('after %s and up to %s: %s', (since, until, expected) => {
    expect(daily.cameBetween(at(since), at(until))).toBe(expected);
  });

  it('looks back no longer than a year', () => {
    const never = new Cron('0 0 31 2 *');
    const began = performance.now();
    expect(never.cameBetween(new Date(0), at('2026-03-04T03:00:00'))).toBe(false);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('each time is met once, however the looks fall', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 * 60_000 }), { maxLength: 60 }), (pauses) => {
        const hourly = new Cron('@hourly');
        let time = at('2026-03-04T00:30:00').getTime();
        const began = time;
        let met = 0;
        for (const pause of pauses) {
          if (hourly.cameBetween(new Date(time), new Date(time + pause))) met++;
          time += pause;
        }
        expect(met).toBe(Math.floor(time / 3_600_000) - Math.floor(began / 3_600_000));
      }),
    );
  });
});
