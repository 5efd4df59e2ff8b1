import { describe, expect, it } from 'vitest';
import type { Layout } from '../../../lib/redis/twemproxy/layout';
import type { Note } from '../../../lib/redis/twemproxy/note';
import { type NotedShard, nextMove } from '../../../lib/redis/twemproxy/reshard/next-move';

const layout = (...shards: string[]): Layout => ({ shards, hash: 'md5' });
const two = layout('a', 'b');
const three = layout('a', 'b', 'c');
const settled = (shard: string, of: Layout, before?: Layout): Note => ({
  state: 'settled',
  shard,
  layout: of,
  ...(before && { before }),
});
const moving = (
  state: 'copying' | 'closed',
  from: Layout,
  to: Layout,
  shard: string | undefined,
  becomes: string | undefined,
): Note => ({ state, layout: from, next: to, shard, becomes });
const shards = (notes: Record<string, Note | undefined>): NotedShard[] =>
  Object.entries(notes).map(([name, note]) => ({ name, note }));
const names = (of: Record<string, string>) => new Map(Object.entries(of));

describe('what to do about keys', () => {
  it('is to note where they are, where nobody has', () => {
    expect(nextMove(two, shards({ a: undefined, b: undefined }))).toEqual({ do: 'settle' });
    expect(nextMove(two, shards({ a: settled('a', two), b: undefined }))).toEqual({ do: 'settle' });
  });

  it('is nothing where they are where they should be, whatever the order', () => {
    const notes = shards({ a: settled('a', two), b: settled('b', two), c: undefined });
    expect(nextMove(layout('b', 'a'), notes)).toEqual({ do: 'nothing' });
  });

  it('is not known of a shard that leaves and has no note', () => {
    expect(nextMove(two, shards({ a: undefined, b: undefined, c: undefined }))).toEqual({
      do: 'wait',
      because: 'no shard says which layout its keys follow, so it is not known what c has',
    });
  });

  it('is to move them to another layout', () => {
    const before = { a: settled('a', two), b: settled('b', two) };
    const move = { do: 'move', from: two, names: names({ a: 'a', b: 'b' }) };
    expect(nextMove(three, shards({ ...before, c: undefined }))).toEqual({ ...move, fresh: true });
    const begun = {
      a: moving('copying', two, three, 'a', 'a'),
      b: settled('b', two),
      c: moving('copying', two, three, undefined, 'c'),
    };
    expect(nextMove(three, shards(begun))).toEqual({ ...move, fresh: false });
    const closed = { ...begun, a: moving('closed', two, three, 'a', 'a') };
    expect(nextMove(three, shards(closed))).toEqual({ ...move, fresh: false });
    const other = layout('a', 'b', 'd');
    expect(nextMove(other, shards({ a: begun.a, b: begun.b, d: undefined }))).toEqual({
      ...move,
      fresh: false,
    });
  });

  it('goes by what shards say of themselves, not by what they are called now', () => {
    const renamed = shards({ x: settled('a', two), y: settled('b', two) });
    expect(nextMove(layout('x', 'y'), renamed)).toEqual({
      do: 'move',
      from: two,
      names: names({ x: 'a', y: 'b' }),
      fresh: true,
    });
    const swapped = shards({ a: settled('b', two), b: settled('a', two) });
    expect(nextMove(two, swapped)).toEqual({
      do: 'wait',
      because: 'the server of shard a is shard b by its own word; give each shard the name that it had',
    });
  });

  it('waits for all shards of the layout that is in force', () => {
    expect(nextMove(two, shards({ a: settled('a', three), b: settled('b', three) }))).toEqual({
      do: 'wait',
      because:
        'keys are where a, b, c by md5 has them, and c is in neither shards nor leaving; put it into leaving, and drop it once its keys have been moved',
    });
  });

  it('waits where shards are of two stores', () => {
    const other: Layout = { ...two, hashTag: '{}' };
    expect(nextMove(two, shards({ a: settled('a', two), b: settled('b', other) }))).toEqual({
      do: 'wait',
      because:
        'some shards follow the layout a, b by md5, others a, b by md5 within {}: they are of two stores',
    });
  });

  it('is to go on with a layout that one shard has already, whatever is wanted by now', () => {
    const half = {
      a: settled('a', three, two),
      b: moving('closed', two, three, 'b', 'b'),
      c: moving('closed', two, three, undefined, 'c'),
    };
    const all = names({ a: 'a', b: 'b', c: 'c' });
    const clean = { do: 'clean', layout: three, before: two, names: all };
    expect(nextMove(three, shards(half))).toEqual(clean);
    expect(nextMove(two, shards(half))).toEqual(clean);
    const done = { ...half, b: settled('b', three, two), c: settled('c', three, two) };
    expect(nextMove(three, shards(done))).toEqual(clean);
    expect(nextMove(layout('a', 'b', 'c', 'd'), shards({ ...done, d: undefined }))).toEqual(clean);
  });

  it('is to delete copies where the change was taken back', () => {
    const begun = {
      a: moving('closed', two, three, 'a', 'a'),
      b: moving('copying', two, three, 'b', 'b'),
      c: moving('copying', two, three, undefined, 'c'),
    };
    const clean = { do: 'clean', layout: two, before: three, names: names({ a: 'a', b: 'b' }) };
    expect(nextMove(two, shards(begun))).toEqual(clean);
    expect(nextMove(two, shards({ a: begun.a, b: begun.b }))).toEqual(clean);
  });

  it('deletes nothing of a shard that is taken for another', () => {
    const done = { a: settled('b', three, two), b: settled('a', three, two), c: settled('c', three, two) };
    expect(nextMove(three, shards(done))).toMatchObject({ do: 'wait' });
    const closed = {
      a: settled('a', three, two),
      b: moving('closed', two, three, undefined, 'c'),
      c: moving('closed', two, three, 'b', 'b'),
    };
    expect(nextMove(three, shards(closed))).toMatchObject({ do: 'wait' });
    const lost = { x: undefined, b: settled('b', two, three) };
    expect(nextMove(layout('x', 'b'), shards(lost))).toMatchObject({ do: 'wait' });
  });
});
