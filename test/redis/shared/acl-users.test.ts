import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aclUser, libraryAclUsers } from '../../../lib/redis/gate/acl-file';
import { learntForm, parseAclLine, userChanges } from '../../../lib/redis/steward/shared/acl-users';

const NONE = new Set<string>();
const app = aclUser('app', ['one'], '~app:* &* -@all +@read +@write');
const line = (name: string, ...words: string[]) => parseAclLine(['user', name, ...words].join(' '));
const [hash] = app.words.slice(1);

describe('users of a server', () => {
  it('are made where they are missing, and removed where nobody wants them', () => {
    const found = [line('other', 'on', '~*'), line('kept', 'on', '~*')];
    expect(userChanges(found, [app], new Set(['kept']), NONE)).toEqual([
      { change: 'set-user', user: app },
      { change: 'remove-user', name: 'other' },
    ]);
  });

  it.each([
    ['as it was set', ['on', hash, '~app:*', '&*', '-@all', '+@read', '+@write'], true],
    [
      'in another order, with a flag of servers',
      ['on', 'sanitize-payload', hash, '~app:*', '&*', '-@all', '+@write', '+@read'],
      true,
    ],
    ['with another name of all channels', ['on', hash, '~app:*', 'allchannels', '+@READ', '+@write'], true],
    ['switched off', ['off', hash, '~app:*', '&*', '+@read', '+@write'], false],
    ['with one password more', ['on', hash, '#aa', '~app:*', '&*', '+@read', '+@write'], false],
    ['without a password', ['on', 'nopass', '~app:*', '&*', '+@read', '+@write'], false],
    ['with other keys', ['on', hash, '~*', '&*', '+@read', '+@write'], false],
    ['with keys in capitals', ['on', hash, '~APP:*', '&*', '+@read', '+@write'], false],
    ['with a right more', ['on', hash, '~app:*', '&*', '+@read', '+@write', '+config'], false],
    ['with a selector more', ['on', hash, '~app:*', '&*', '+@read', '+@write', '(~*', '+@all)'], false],
  ])('are the same, or are not, when one is found %s', (_, words, same) => {
    expect(userChanges([line('app', ...words)], [app], NONE, NONE)).toEqual(
      same ? [] : [{ change: 'set-user', user: app }],
    );
  });

  it('are the same once it has been learnt how a server writes them down', () => {
    const found = line('app', 'on', hash, '~app:*', '&*', '-@all', '+@read', '+@string');
    const learnt = new Set([learntForm(app, found)]);
    expect(userChanges([found], [app], NONE, learnt)).toEqual([]);
    const wider = { ...app, words: [...app.words, '+ping'] };
    expect(userChanges([found], [wider], NONE, learnt)).toHaveLength(1);
    const changed = line('app', 'on', hash, '~app:*', '&*', '-@all', '+@read');
    expect(userChanges([changed], [app], NONE, learnt)).toHaveLength(1);
  });

  it('need nothing when they are as wanted in whatever order', () => {
    const users = libraryAclUsers({ steward: ['a', 'b'], internal: ['c'] });
    fc.assert(
      fc.property(
        fc.shuffledSubarray(users, { minLength: users.length }),
        fc.infiniteStream(fc.nat()),
        (order, numbers) => {
          const found = order.map((user) => {
            const keyed = user.words.map((word) => [numbers.next().value as number, word] as const);
            return line(user.name, ...keyed.sort(([one], [other]) => one - other).map(([, word]) => word));
          });
          expect(userChanges(found, users, NONE, NONE)).toEqual([]);
        },
      ),
    );
  });
});
