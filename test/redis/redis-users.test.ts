import { describe, expect, it } from 'vitest';
import type { RedisRights } from '../../lib/redis';
import { LIBRARY_USERS } from '../../lib/redis/gate/acl-file';
import { checkRights, checkUserName, rulesOf } from '../../lib/redis/redis-users';

const WRITE = '+@all -@admin -@dangerous +info +role';
const READ =
  '+@read +@connection +@pubsub -publish -spublish +@transaction +eval_ro +evalsha_ro +fcall_ro -@admin -@dangerous +info +role';
const NODES =
  '+cluster|slots +cluster|shards +cluster|nodes +cluster|info +cluster|myid +cluster|keyslot +cluster|countkeysinslot';

describe('rules', () => {
  it.each([
    [{ keys: ['b:*', 'a:*', 'b:*'] }, `~a:* ~b:* resetchannels ${WRITE}`],
    [{ keys: ['*'], channels: ['events:*'] }, `~* resetchannels &events:* ${WRITE}`],
    [{ keys: ['*'], commands: 'all' }, '~* resetchannels +@all -@admin +role'],
    [{ keys: ['a:*'], commands: 'read' }, `%R~a:* resetchannels ${READ}`],
    [{ keys: ['a:*'], rules: ['+keys', '%R~b:*'] }, `~a:* resetchannels ${WRITE} +keys %R~b:*`],
  ] as const)('of %j are %s', (rights: RedisRights, rules) => {
    expect(rulesOf(rights, 'replication')).toBe(rules);
  });

  it('of readers let them ask a Redis Cluster for its nodes, as those of all others do', () => {
    expect(rulesOf({ keys: ['*'], commands: 'read' }, 'cluster')).toBe(`%R~* resetchannels ${READ} ${NODES}`);
    expect(rulesOf({ keys: ['*'] }, 'cluster')).toBe(`~* resetchannels ${WRITE}`);
  });
});

describe('the name of a user', () => {
  it.each(['orders', 'Orders.v2', 'a@b', '0-_'])('may be %s', (name) => {
    expect(checkUserName(name)).toEqual([]);
  });

  it.each(['', '-a', 'a b', 'ä', 'a/b', 'a'.repeat(65)])('may not be "%s"', (name) => {
    expect(checkUserName(name)).toEqual([
      {
        code: 'redis/users',
        message: `user "${name}" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64`,
      },
    ]);
  });

  it('may be neither that of nobody nor those of the library', () => {
    expect(checkUserName('default').map(({ message }) => message)).toEqual([
      'user "default" is whoever does not log in, and is off; choose another name, and log in with it',
    ]);
    for (const name of LIBRARY_USERS)
      expect(checkUserName(name).map(({ message }) => message)).toEqual([
        `user "${name}" is the library's own (so are steward, replication, sentinel, exporter, backup, probe); choose another name`,
      ]);
  });
});

describe('what a user may do', () => {
  const messages = (rights: RedisRights) => checkRights('orders', rights).map(({ message }) => message);

  it.each([
    [
      {
        rules: ['+@all', '-@scripting', '+client|list', '~a:*', '&c', '%RW~b:*', 'allkeys', 'resetchannels'],
      },
    ],
    [{ channels: ['events:*'] }],
    [{ keys: ['orders:[ab]*'] }],
  ])('may be %j', (rights) => {
    expect(messages(rights)).toEqual([]);
  });

  it.each([
    [{}, ['user "orders": it may do nothing; give keys, channels or rules']],
    [
      { keys: ['a b', ''] },
      ['"a b"', '""'].map(
        (pattern) => `user "orders": keys: ${pattern} is not a pattern; give one word, such as orders:*`,
      ),
    ],
    [
      { keys: ['*'], channels: ['a\tb'] },
      ['user "orders": channels: "a\\tb" is not a pattern; give one word, such as orders:*'],
    ],
    ...['>secret', '<secret', '#0123', '!0123', 'nopass', 'RESETPASS'].map(
      (rule) =>
        [
          { keys: ['*'], rules: [rule] },
          [
            'user "orders": rules: passwords have no place in them, where everybody reads them; give credentials, and leave this rule out',
          ],
        ] as const,
    ),
    ...['on', 'OFF', 'reset'].map(
      (rule) =>
        [
          { keys: ['*'], rules: [rule] },
          [`user "orders": rules: "${rule}" makes another user of it; leave it out`],
        ] as const,
    ),
    ...['+get +set', 'get', '~', '', '(+get ~a)'].map(
      (rule) =>
        [
          { keys: ['*'], rules: [rule] },
          [
            `user "orders": rules: ${JSON.stringify(rule)} is not a rule; give one word each, such as +keys, -@scripting, ~orders:* or %R~config:*`,
          ],
        ] as const,
    ),
  ] as [RedisRights, string[]][])('may not be %j', (rights, wanted) => {
    expect(messages(rights)).toEqual(wanted);
  });
});
