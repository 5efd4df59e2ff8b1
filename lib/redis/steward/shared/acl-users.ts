import { type AclUser, wordsOf } from '../../gate/acl-file';

/** What is to be done to the users of a server. */
export type UserChange =
  | { readonly change: 'set-user'; readonly user: AclUser }
  | { readonly change: 'remove-user'; readonly name: string };

/** How servers have written down users that were set, by `learntForm`. */
export type LearntForms = ReadonlySet<string>;

/** A user as `ACL LIST` tells of it: `user app on #<sha256> ~orders:* resetchannels -@all +get`. */
export function parseAclLine(line: string): AclUser {
  const [, name = '', ...words] = wordsOf(line);
  return { name, words };
}

/**
 * What makes the users of a server the wanted ones.
 * @param kept names of users that are left as they are
 */
export function userChanges(
  found: readonly AclUser[],
  wanted: readonly AclUser[],
  kept: ReadonlySet<string>,
  learnt: LearntForms,
): UserChange[] {
  const there = new Map(found.map((user) => [user.name, user]));
  const names = new Set(wanted.map(({ name }) => name));
  const differs = (user: AclUser) => {
    const one = there.get(user.name);
    return !one || !(normalForm(one) === normalForm(user) || learnt.has(learntForm(user, one)));
  };
  return [
    ...wanted.filter(differs).map((user): UserChange => ({ change: 'set-user', user })),
    ...found
      .filter(({ name }) => !names.has(name) && !kept.has(name))
      .map(({ name }): UserChange => ({ change: 'remove-user', name })),
  ];
}

/** That a server has written down what was wanted as what is found. */
export function learntForm(wanted: AclUser, found: AclUser): string {
  return `${wanted.name} ${wanted.words.join(' ')}\n${normalForm(found)}`;
}

const SHORT: Readonly<Record<string, string>> = {
  allkeys: '~*',
  '%rw~*': '~*',
  allchannels: '&*',
  allcommands: '+@all',
  nocommands: '-@all',
};

/** What a user that was made from nothing has without being given it. */
const DEFAULTS = ['resetchannels', '-@all', 'sanitize-payload', 'resetkeys', 'clearselectors', 'alldbs'];

/**
 * A user's words without those that change nothing, in an order of their own: servers write the same rules down in
 * different orders. What these rules do not make the same is learnt from what a server says after it was told.
 */
function normalForm({ words }: AclUser): string {
  return words
    .map((word) => (/^[+-]/.test(word) ? word.toLowerCase() : word))
    .map((word) => SHORT[word.toLowerCase()] ?? word)
    .filter((word) => !DEFAULTS.includes(word.toLowerCase()))
    .sort()
    .join(' ');
}
