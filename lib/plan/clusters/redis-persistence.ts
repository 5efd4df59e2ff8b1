import type { Effect } from '../types';
import type { Cluster } from './cluster';
import { hasSteward } from './operations';

/** The settings that decide on what is kept on disk. */
export const PERSISTENCE = ['appendonly', 'save'];

type Settings = Readonly<Record<string, string | undefined>>;

interface Kept {
  readonly log: boolean;
  readonly snapshots: boolean;
}

const keptBy = ({ appendonly, save }: Settings): Kept => ({
  log: appendonly === 'yes',
  snapshots: save !== '',
});

const inWords = ({ log, snapshots }: Kept): string =>
  [...(log ? ['a log of all writes'] : []), ...(snapshots ? ['snapshots'] : [])].join(' and ') || 'nothing';

/** What another persistence does; undefined: it is the same. */
export function persistence(
  cluster: Cluster,
  before: Settings,
  after: Settings,
): Omit<Effect, 'object' | 'field'> | undefined {
  const [old, now] = [keptBy(before), keptBy(after)];
  const [from, to] = [inWords(old), inWords(now)];
  if (from === to) return undefined;
  const about = { from, to };
  const what = `${to} ${to === 'snapshots' ? 'are' : 'is'} kept on disk instead of ${from}`;
  if (to === 'nothing') {
    const volumes = cluster.was.gate.keepsData === true;
    return {
      ...about,
      verdict: volumes ? 'data-lost' : 'applied-live',
      what: `${what}: when all servers that have a key end, it is gone, and what disks have is never looked at again`,
      instead: 'keep a persistence, unless all keys can be made anew; make a backup before',
      needsYes: true,
    };
  }
  if (from === 'nothing' || old.log === now.log) {
    const less = old.snapshots && !now.snapshots;
    return {
      ...about,
      verdict: hasSteward(cluster) ? 'applied-live' : 'nothing',
      what: `${what}, ${when(cluster)}${less ? '; there is no snapshot any more to go back to where a log is damaged' : ''}`,
      ...(less && { needsYes: true }),
    };
  }
  // A server that starts has a log, or none, as it had last; only one that runs is told otherwise.
  if (!hasSteward(cluster)) {
    return {
      ...about,
      verdict: 'nothing',
      what: `${what} once servers are told so while they run, which nobody does: until then each of them keeps what it kept`,
      instead:
        'have every server write the new kind, by CONFIG SET appendonly and CONFIG REWRITE: docs/redis.md#persistence',
      needsYes: true,
    };
  }
  return {
    ...about,
    verdict: 'applied-live',
    what: `${what}, without a restart${old.log ? '; a crash loses all that was written since the last snapshot' : ''}`,
    ...(old.log && { needsYes: true }),
  };
}

/** When servers take up what `CONFIG SET` takes. */
export function when(cluster: Cluster): string {
  if (hasSteward(cluster)) return 'without a restart';
  return cluster.is.steward
    ? 'once the steward is started again'
    : 'which servers read when they start the next time, and nobody sets it before';
}
