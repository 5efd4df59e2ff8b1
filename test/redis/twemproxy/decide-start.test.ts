import { describe, expect, it } from 'vitest';
import { decideStart, type ShardLook } from '../../../lib/redis/twemproxy/decide-start';
import type { Layout } from '../../../lib/redis/twemproxy/layout';
import type { Note } from '../../../lib/redis/twemproxy/note';

const two: Layout = { shards: ['a', 'b'], hash: 'md5' };
const three: Layout = { shards: ['a', 'b', 'c'], hash: 'md5' };
const settled = (shard: string, layout = two): Note => ({ state: 'settled', shard, layout });
const open = (name: string, note?: Note): ShardLook => ({ name, state: 'open', note });
const silent = (name: string): ShardLook => ({ name, state: 'silent', reason: 'connect ECONNREFUSED' });
const JOB = 'the Job that moves keys sees to that';

describe('a proxy of a store', () => {
  it('starts where keys are where it looks for them', () => {
    const copying: Note = { state: 'copying', layout: two, next: three, shard: 'b', becomes: 'b' };
    for (const looks of [
      [open('a', settled('a')), open('b', settled('b'))],
      [open('a', settled('a')), open('b', copying)],
      [open('a', settled('a')), silent('b')],
    ])
      expect(decideStart('store', two, looks)).toEqual({ start: true, note: [] });
  });

  it('has a shard that was emptied noted again', () => {
    const looks = [open('a', settled('a')), open('b')];
    expect(decideStart('store', two, looks)).toEqual({ start: true, note: ['b'] });
  });

  it.each<[what: string, looks: ShardLook[], because: string]>([
    [
      'nobody answers',
      [silent('a'), silent('b')],
      'no shard answers: a: connect ECONNREFUSED; b: connect ECONNREFUSED',
    ],
    [
      'a shard does not take a password',
      [open('a', settled('a')), { name: 'b', state: 'refuses', reason: 'WRONGPASS' }],
      'shard b does not take the password yet: WRONGPASS',
    ],
    ['nobody has noted anything', [open('a'), open('b')], `shard a is in no layout yet; ${JOB}`],
    [
      'a shard has no note, and those that have one are about to change',
      [open('a', { state: 'copying', layout: two, next: three, shard: 'a' }), open('b')],
      `shard b is in no layout yet; ${JOB}`,
    ],
    [
      'keys are elsewhere',
      [open('a', settled('a', three)), open('b', settled('b', three))],
      `keys are where a, b, c by md5 has them, and not where a, b by md5 would; ${JOB}`,
    ],
    [
      'keys are on their way',
      [open('a', { state: 'closed', layout: two, next: three, shard: 'a' }), open('b', settled('b'))],
      'keys are being moved from a, b by md5 to a, b, c by md5',
    ],
    [
      'shards have changed their names',
      [open('a', settled('b')), open('b', settled('a'))],
      'the server of shard a is shard b by its own word; give each shard the name that it had',
    ],
  ])('waits where %s', (_, looks, because) => {
    expect(decideStart('store', two, looks)).toEqual({ start: false, because });
  });
});

describe('a proxy of a cache', () => {
  it('starts where anybody answers', () => {
    expect(decideStart('cache', two, [open('a'), silent('b')])).toEqual({ start: true, note: [] });
    expect(decideStart('cache', two, [silent('a'), silent('b')])).toMatchObject({ start: false });
  });
});
