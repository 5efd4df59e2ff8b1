import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aclUser,
  DEFAULT_USER,
  LIBRARY_USERS,
  libraryUsers,
  mergeAclFile,
  passwordRule,
} from '../../../lib/redis/gate/acl-file';

const SHA256_OF_SECRET = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
const users = libraryUsers({ steward: ['secret'], internal: ['new', 'old'] });

describe('users of the library', () => {
  it('come after default, which is off', () => {
    expect(users[0]).toBe('user default off resetchannels -@all');
    expect(users.map((line) => line.split(' ')[1])).toEqual([DEFAULT_USER, ...LIBRARY_USERS]);
  });

  it('have their passwords as digests, one or two', () => {
    expect(users.find((line) => line.startsWith('user steward '))).toBe(
      `user steward on #${SHA256_OF_SECRET} ~* &* +@all`,
    );
    for (const name of ['replication', 'sentinel', 'backup']) {
      const line = users.find((each) => each.startsWith(`user ${name} `));
      expect(line).toContain(` on ${passwordRule('new')} ${passwordRule('old')} resetchannels`);
    }
    expect(users.join('\n')).not.toMatch(/secret|>/);
    expect(aclUser('app', ['same', 'same'], '~a').words).toEqual(['on', passwordRule('same'), '~a']);
  });

  it('without a password may do nothing to a key or a channel', () => {
    const open = users.filter((line) => line.includes(' nopass '));
    expect(open.map((line) => line.split(' ')[1])).toEqual(['exporter', 'probe']);
    for (const line of open) expect(line).toMatch(/^user \w+ on nopass resetchannels -@all (\+[a-z|]+ ?)+$/);
  });
});

describe('an ACL file', () => {
  it('keeps what is not the library, in its order', () => {
    const existing =
      'user app on #aa ~a:* +get\nuser steward on #bb +@all\n\n# note\nuser default off +@all\nuser b off';
    expect(mergeAclFile(existing, users)).toBe(
      `${users.join('\n')}\nuser app on #aa ~a:* +get\nuser b off\n`,
    );
  });

  it('keeps a default that is on, which the steward alone switches', () => {
    const on = 'user default on #aa ~a:* -@all +get';
    const merged = mergeAclFile(`${on}\nuser app off`, users);
    expect(merged).toBe(`${users.slice(1).join('\n')}\n${on}\nuser app off\n`);
  });

  it('is made from nothing, and is the same when it is made again', () => {
    const once = mergeAclFile('', users);
    expect(once).toBe(`${users.join('\n')}\n`);
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).filter((each) => each !== 'default');
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const existing = names.map((each) => `user ${each} on nopass ~* +@all\n`).join('');
        const merged = mergeAclFile(existing, users);
        expect(mergeAclFile(merged, users)).toBe(merged);
        const found = merged
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[1]);
        expect(new Set(found).size).toBe(found.length);
        expect(new Set(found)).toEqual(new Set([DEFAULT_USER, ...LIBRARY_USERS, ...names]));
      }),
    );
  });
});
