import type { Effect } from '../types';
import { type Cluster, compared, inSteward } from './cluster';
import { few } from './words';

interface User {
  readonly name: string;
  /** As ACL SETUSER takes them. */
  readonly rules: string;
}

/** Users that the steward keeps on every server. */
export function redisUsers(cluster: Cluster): void {
  const { was, is, report } = cluster;
  // Nobody makes or removes users without one.
  if (!is.steward) return;
  const [before, after]: User[][] = [was, is].map(({ settings }) => settings.users ?? []);
  const tell = ({ name }: User, effect: Omit<Effect, 'object' | 'field'>) =>
    report.tell({ ...inSteward(cluster, `users[${name}]`), ...effect });
  const { came, went, stayed } = compared(before, after, ({ name }) => name);
  for (const user of came) {
    const may = few(wordsOf(user).filter(isAllowed), 4);
    tell(user, { verdict: 'applied-live', what: `user ${user.name} is made on every server: ${may}` });
  }
  for (const user of went) {
    tell(user, {
      verdict: 'outage',
      what: `user ${user.name} is removed from every server: clients that log in as it are refused`,
      instead: 'see that nobody logs in as it any more',
      needsYes: true,
    });
  }
  for (const [old, now] of stayed) if (old.rules !== now.rules) tell(now, changed(old, now));
}

const wordsOf = ({ rules }: User): string[] => rules.split(' ').filter(Boolean);
const isAllowed = (word: string): boolean => /^([+~&%]|all)/.test(word);

/** What words such as `-@admin` take away, without the sign. */
const refused = (words: readonly string[]): string[] =>
  words.filter((word) => !isAllowed(word)).map((word) => word.replace(/^-/, ''));

/** Rules are taken in their order, so that words that are the same in another order may mean something else. */
function changed(old: User, now: User): Omit<Effect, 'object' | 'field'> {
  const [before, after] = [wordsOf(old), wordsOf(now)];
  const [come, gone] = [
    after.filter((word) => !before.includes(word)),
    before.filter((word) => !after.includes(word)),
  ];
  const [given, taken] = [
    [...come.filter(isAllowed), ...refused(gone)],
    // Keys that could be read, and can be written now as well, are not taken away.
    [
      ...gone.filter(isAllowed).filter((word) => !after.includes(word.replace(/^%\w+~/, '~'))),
      ...refused(come),
    ],
  ];
  const sizes = { from: old.rules, to: now.rules };
  if (taken.length === 0 && given.length > 0) {
    return {
      ...sizes,
      verdict: 'applied-live',
      what: `user ${now.name} may from now on: ${few(given, 4)}; nobody is disconnected`,
    };
  }
  const more = given.length > 0 ? `, and may from now on: ${few(given, 4)}` : '';
  return {
    ...sizes,
    verdict: 'outage',
    what:
      taken.length > 0
        ? `user ${now.name} may no longer: ${few(taken, 4)}${more}; whoever still does it as ${now.name} is refused`
        : `the rules of user ${now.name} are in another order, in which they may allow less`,
    instead: 'see that no client needs these rights any more',
    needsYes: true,
  };
}
