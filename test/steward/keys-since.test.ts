import { describe, expect, it } from 'vitest';
import { keysSince } from '../../lib/steward/keys-since';

const certificate = (name: string, validFrom: string) => ({ raw: Buffer.from(name), validFrom });
const OLD = certificate('old', 'Jan  1 00:00:00 2024 GMT');
const NEW = certificate('new', 'Mar  1 12:00:00 2024 GMT');
/** Made long before anything here, and handed out only now. */
const ANCIENT = certificate('ancient', 'Jan  1 00:00:00 2014 GMT');
const FUTURE = certificate('future', 'Jan  1 00:00:00 2034 GMT');
const NOW = Date.parse('2024-06-01T00:00:00Z');
const LATER = NOW + 60_000;

/** What is known after these certificates were seen one after the other, a minute apart. */
function seen(...all: readonly (readonly (typeof OLD)[])[]) {
  let [written, since, writes] = [undefined as string | undefined, undefined as Date | undefined, 0];
  for (const [index, certificates] of all.entries()) {
    const known = keysSince(certificates, written, NOW + index * 60_000);
    since = known.since;
    if (known.news) writes += 1;
    written = known.news ?? written;
  }
  return { since: since?.toISOString(), writes };
}

describe('keys are what they are', () => {
  it.each([
    ['since never, where there are none', [[]], undefined, 0],
    ['since the newest is valid, where nothing is known', [[OLD, NEW]], '2024-03-01T12:00:00.000Z', 1],
    ['since ever, where none is valid yet', [[FUTURE]], '1970-01-01T00:00:00.000Z', 1],
    ['as they were', [[OLD], [OLD], [OLD]], '2024-01-01T00:00:00.000Z', 1],
    [
      'as they were, in another order or twice',
      [
        [OLD, NEW],
        [NEW, OLD, NEW],
      ],
      '2024-03-01T12:00:00.000Z',
      1,
    ],
    [
      'since another was seen, however old that is',
      [[NEW], [NEW, ANCIENT]],
      new Date(LATER).toISOString(),
      2,
    ],
    ['since one was seen no more', [[OLD, NEW], [NEW]], new Date(LATER).toISOString(), 2],
    [
      'since then, as long as nothing changes',
      [[OLD], [NEW], [NEW], [NEW]],
      new Date(LATER).toISOString(),
      2,
    ],
    [
      'since they were again what they had been',
      [[OLD], [NEW], [OLD]],
      new Date(LATER + 60_000).toISOString(),
      3,
    ],
  ])('%s', (_, all, since, writes) => {
    expect(seen(...all)).toEqual({ since, writes });
  });

  it('since they are valid, where what is written cannot be read', () => {
    expect(keysSince([OLD], 'nobody knows', NOW).since).toEqual(new Date('2024-01-01'));
  });
});
