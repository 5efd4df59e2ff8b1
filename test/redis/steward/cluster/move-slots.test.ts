import { beforeEach, describe, expect, it } from 'vitest';
import { moveSlots } from '../../../../lib/redis/steward/cluster/move-slots';
import { RedisError } from '../../../../lib/redis/wire/errors';
import { SlotMaster } from './scripted-redis';

const id = (char: string) => char.repeat(40);
const LOGINS = [
  { username: 'steward', password: 'new' },
  { username: 'steward', password: 'old' },
];

describe('slots', () => {
  let a: SlotMaster;
  let b: SlotMaster;
  let c: SlotMaster;
  let goOn: () => void;
  let time: number;

  beforeEach(() => {
    const all: SlotMaster[] = [];
    a = new SlotMaster(id('a'), [1, 2, 3], () => all);
    b = new SlotMaster(id('b'), [9], () => all);
    c = new SlotMaster(id('c'), [20], () => all);
    all.push(a, b, c);
    goOn = () => undefined;
    time = 0;
  });

  const move = (slots = [1, 2, 3], replicated = false) =>
    moveSlots(
      [{ from: a.id, to: b.id, slots }],
      {
        movingOf: ({ from, to }) => ({
          ...{ from, to, source: a, target: b, replicated },
          ...{ at: { host: 'b', port: 6379 }, logins: LOGINS },
        }),
        othersOf: () => [c],
      },
      () => goOn(),
      () => time,
    );
  const setSlots = (node: SlotMaster) => node.told.filter((each) => each.includes('SETSLOT'));
  const migrates = () => a.told.filter((each) => each.startsWith('MIGRATE'));

  it('are opened on both sides, and given over at the target first, the source then, and the others last', async () => {
    const order: string[] = [];
    for (const node of [a, b, c]) {
      node.instead = ([, sub, , way]) => {
        if (sub === 'SETSLOT') order.push(`${way} at ${node.id[0]}`);
      };
    }
    a.put(2, { key: 'value' });
    await move([2]);
    expect(order).toEqual(['IMPORTING at b', 'MIGRATING at a', 'NODE at b', 'NODE at a', 'NODE at c']);
    expect(b.all).toEqual({ key: 'value' });
    expect(a.all).toEqual({});
    expect(migrates()).toEqual(['MIGRATE b 6379  0 5000 AUTH2 steward new KEYS key']);
    expect([...b.slots]).toEqual([9, 2]);
    for (const { migrating, importing } of [a, b]) expect([migrating.size, importing.size]).toEqual([0, 0]);
  });

  it('are left alone where they have been moved already', async () => {
    await move();
    for (const node of [a, b, c]) node.told.length = 0;
    await move();
    expect([a, b, c].flatMap(setSlots)).toEqual([]);
  });

  it('go in parts of a few megabytes', async () => {
    a.put(1, { one: '1', two: '2', three: '3' });
    await move([1]);
    // 3 MiB each.
    expect(migrates().map((each) => each.split('KEYS ')[1])).toEqual(['one', 'two', 'three']);
  });

  it('stay open where it has to stop amidst of keys, and go on the next time', async () => {
    a.put(1, Object.fromEntries(Array.from({ length: 250 }, (_, key) => [`key-${key}`, `${key}`])));
    let left = 3;
    goOn = () => {
      left -= 1;
      if (left < 0) throw new Error('the lease has run out meanwhile');
    };
    await expect(move([1, 2])).rejects.toThrow('the lease has run out meanwhile');
    expect(a.slots.has(1)).toBe(true);
    expect(a.migrating.get(1)).toBe(b.id);
    expect(b.importing.get(1)).toBe(a.id);
    expect(Object.keys(a.all)).toHaveLength(50);
    goOn = () => undefined;
    await move([1, 2]);
    expect(Object.keys(b.all)).toHaveLength(250);
    expect([...a.slots]).toEqual([3]);
  });

  it('are closed when time runs out as far as they are empty, and that is no failure', async () => {
    a.put(1, Object.fromEntries(Array.from({ length: 150 }, (_, key) => [`key-${key}`, `${key}`])));
    a.instead = ([name]) => {
      if (name === 'MIGRATE') time += 100;
    };
    await move([1, 2]);
    expect([...a.slots].sort()).toEqual([1, 3]);
    expect(a.migrating.get(1)).toBe(b.id);
    await move([1, 2]);
    await move([1, 2]);
    expect([...b.slots].sort()).toEqual([1, 2, 9]);
  });

  it('wait for a replica of the target before more follow', async () => {
    a.put(1, { key: 'value' });
    await expect(move([1], true)).rejects.toThrow('no replica of b has caught up within 3000 ms');
    expect(a.slots.has(1)).toBe(true);
    b.replicas = 1;
    await move([1], true);
    expect(a.slots.has(1)).toBe(false);
  });

  it('are those of the masters that were meant', async () => {
    await expect(move([1, 20])).rejects.toThrow('neither of the two masters has slot 20 any more');
    const strange = moveSlots(
      [{ from: id('f'), to: b.id, slots: [1] }],
      {
        movingOf: ({ from, to }) => ({
          ...{ from, to, source: a, target: b, replicated: false },
          ...{ at: { host: 'b', port: 6379 }, logins: LOGINS },
        }),
        othersOf: () => [],
      },
      () => undefined,
    );
    await expect(strange).rejects.toThrow('one of the two masters is another node now');
    expect([a, b, c].flatMap(setSlots)).toEqual([]);
  });

  it('go by the password before where the target does not know the newest', async () => {
    a.put(1, { key: 'value' });
    a.instead = (words) => {
      if (words.includes('new'))
        throw new RedisError('ERR Target instance replied with error: WRONGPASS invalid');
    };
    await move([1]);
    expect(b.all).toEqual({ key: 'value' });
  });

  describe('of which a connection broke', () => {
    /** The target got the key, and the source did not hear of it; a client has written it since. */
    const breakOnce = (written: string) => {
      let broken = false;
      a.instead = ([name]) => {
        if (name !== 'MIGRATE' || broken) return;
        broken = true;
        b.put(1, { key: 'value' });
        a.put(1, { key: written });
        throw new RedisError('IOERR error or timeout reading to target instance');
      };
    };

    it('go again, with the value at the source, where the target had no key of it before', async () => {
      a.put(1, { key: 'value', other: '1' });
      breakOnce('newer');
      await move([1]);
      expect(b.all).toEqual({ key: 'newer', other: '1' });
      expect(a.all).toEqual({});
    });

    it('go again where both have the same, whenever that was', async () => {
      a.put(1, { key: 'value' });
      b.put(1, { key: 'value' });
      await move([1]);
      expect(b.all).toEqual({ key: 'value' });
      expect(a.all).toEqual({});
    });

    it('are not decided on where both have something else, which keeps no other slot', async () => {
      a.put(1, { key: 'mine', fine: '1' });
      b.put(1, { key: 'theirs' });
      a.put(2, { second: '2' });
      await expect(move()).rejects.toThrow(
        'slot 1: two masters have different values of the key "key", and none of them is known to be older: delete the one' +
          ' on a:6379, or after ASKING the one on b:6379',
      );
      expect(a.all).toMatchObject({ key: 'mine' });
      expect(b.all).toMatchObject({ key: 'theirs', second: '2' });
      expect([...a.slots]).toEqual([1]);
      expect([...b.slots].sort()).toEqual([2, 3, 9]);
    });
  });
});
