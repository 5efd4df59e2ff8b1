import { describe, expect, it } from 'vitest';
import type { Partition } from '../../../lib/kafka/steward/facts';
import {
  balance,
  batch,
  drain,
  isUnbalanced,
  type Place,
  refactor,
  throttled,
} from '../../../lib/kafka/steward/reassignment';
import {
  applied,
  begun,
  brokers,
  leadersOf,
  loadsOf,
  onRacks,
  partition,
  partitions,
  shown,
} from './partitions';

type Replicas = Record<string, number[]>;

/** Topics as Kafka would create them on brokers 0, 1, ... without racks. */
function created(topic: string, count: number, factor: number, size: number): Replicas {
  const ring = (number: number) => Array.from({ length: factor }, (_, index) => (number + index) % size);
  return Object.fromEntries(
    Array.from({ length: count }, (_, number) => [`${topic}-${number}`, ring(number)]),
  );
}

describe('drain', () => {
  it.each<[string, Replicas, Place[], number[], Replicas]>([
    ['nothing', { 'a-0': [1, 2] }, brokers(3), [0], {}],
    ['a follower, in its place', { 'a-0': [1, 0, 2] }, brokers(4), [0], { 'a-0': [1, 3, 2] }],
    [
      'to the broker with the fewest replicas',
      { 'a-0': [0], 'b-0': [1], 'b-1': [1], 'b-2': [2] },
      brokers(3),
      [0],
      { 'a-0': [2] },
    ],
    [
      'of as many replicas, to the one with the fewest leaders',
      { 'a-0': [1, 0], 'b-0': [2, 3], 'b-1': [1, 4] },
      brokers(4),
      [0],
      { 'a-0': [1, 3] },
    ],
    ['of as many of both, to the lowest id', { 'a-0': [0, 3] }, brokers(4), [0], { 'a-0': [3, 1] }],
    [
      'a leader, which the follower with fewer leaders succeeds',
      { 'a-0': [0, 1, 2], 'b-0': [1, 3] },
      brokers(4),
      [0],
      { 'a-0': [2, 1, 3] },
    ],
    [
      'leaders, which leaves brokers with as many',
      { 'a-0': [0, 1], 'a-1': [0, 1], 'a-2': [0, 1], 'a-3': [0, 1] },
      brokers(3),
      [0],
      { 'a-0': [2, 1], 'a-1': [2, 1], 'a-2': [1, 2], 'a-3': [1, 2] },
    ],
    ['several brokers at once', { 'a-0': [0, 1, 2] }, brokers(5), [0, 1], { 'a-0': [2, 4, 3] }],
    ['to the same rack', { 'a-0': [1, 0] }, onRacks('x', 'y', 'x', 'y'), [0], { 'a-0': [1, 2] }],
    [
      'to a rack without any',
      { 'a-0': [1, 0], 'b-0': [4], 'b-1': [4] },
      onRacks('x', 'y', 'y', 'y', 'z'),
      [0],
      { 'a-0': [1, 4] },
    ],
    [
      'to the rack with fewer, where every rack has one',
      { 'a-0': [0, 1, 2, 4] },
      onRacks('x', 'x', 'x', 'x', 'y', 'y'),
      [0],
      { 'a-0': [1, 5, 2, 4] },
    ],
    ['to the only rack that has room', { 'a-0': [0, 1] }, onRacks('x', 'y', 'y'), [0], { 'a-0': [1, 2] }],
    [
      'beside a broker that is neither staying nor leaving',
      { 'a-0': [9, 0] },
      brokers(2),
      [0],
      { 'a-0': [9, 1] },
    ],
  ])('moves %s', (_, replicas, places, leaving, expected) => {
    const { moves, stuck } = drain(partitions(replicas), places, leaving);
    expect(shown(moves)).toEqual(expected);
    expect(stuck).toEqual([]);
  });

  it('uses bytes where nothing else decides', () => {
    const all = [
      partition('a-0', [0]),
      partition('b-0', [1], { bytes: 9 }),
      partition('b-1', [2], { bytes: 8 }),
    ];
    expect(shown(drain(all, brokers(3), [0]).moves)).toEqual({ 'a-0': [2] });
    const more = [
      partition('a-0', [0], { bytes: 5 }),
      partition('a-1', [0], { bytes: 1 }),
      partition('a-2', [0]),
    ];
    expect(shown(drain(more, brokers(3), [0]).moves)).toEqual({ 'a-0': [1], 'a-1': [2], 'a-2': [2] });
  });

  it.each<[string, Replicas, number, number[], string]>([
    [
      'two of three stay',
      { 'a-0': [2, 1, 0] },
      3,
      [2],
      'has replication factor 3 and cannot leave broker 2: only brokers 0, 1 stay',
    ],
    [
      'one of three stays',
      { 'a-0': [2, 1] },
      3,
      [2, 1],
      'has replication factor 2 and cannot leave brokers 1, 2: only broker 0 stays',
    ],
    [
      'none stays',
      { 'a-0': [0] },
      1,
      [0],
      'has replication factor 1 and cannot leave broker 0: no broker stays',
    ],
  ])('tells what is impossible: %s', (_, replicas, size, leaving, why) => {
    const plan = drain(partitions({ ...replicas, 'b-0': [5] }), brokers(size), leaving);
    expect(plan).toEqual({ moves: [], stuck: [{ topic: 'a', partition: 0, why }] });
  });

  it('leaves alone what is being moved, and counts it as where it goes', () => {
    const away = begun(partition('a-0', [0, 1]), [1, 2]);
    const towards = begun(partition('a-1', [1, 2]), [0, 2]);
    const { moves } = drain([away, towards, partition('a-2', [0])], brokers(4), [0]);
    expect(shown(moves)).toEqual({ 'a-2': [3] });
    const among = begun(partition('a-0', [1]), [2]);
    const all = [among, ...partitions({ 'a-1': [0], 'b-0': [1, 2], 'b-1': [1, 2] })];
    expect(shown(drain(all, brokers(3), [0]).moves)).toEqual({ 'a-1': [1] });
  });
});

describe('balance', () => {
  it.each<[string, Replicas, Place[], Replicas]>([
    ['nothing of nothing', {}, brokers(2), {}],
    ['nothing without brokers', { 'a-0': [0] }, [], {}],
    ['nothing that is even', { 'a-0': [0, 1], 'a-1': [1, 2], 'a-2': [2, 0] }, brokers(3), {}],
    ['nothing for leaders alone', { 'a-0': [0, 1], 'a-1': [0, 1] }, brokers(2), {}],
    ['nothing that differs by one', { 'a-0': [0], 'a-1': [0], 'a-2': [1] }, brokers(2), {}],
    ['one to where there is none', { 'a-0': [0], 'a-1': [0] }, brokers(2), { 'a-0': [1] }],
    ['nothing away from a rack that all need', { 'a-0': [0, 1], 'a-1': [0, 2] }, onRacks('x', 'y', 'y'), {}],
    ['only within the rack', { 'a-0': [0, 1], 'a-1': [0, 1] }, onRacks('x', 'y', 'y'), { 'a-0': [2, 0] }],
    [
      'over a broker between, where racks forbid the direct way',
      { 'a-0': [0, 3], 'a-1': [0, 4], 'b-0': [1] },
      onRacks('x', 'x', 'y', 'y', 'y'),
      { 'a-0': [3, 1], 'b-0': [2] },
    ],
    [
      'no more than it must, where that needs two to go over a third',
      { 'a-0': [1], 'a-1': [0, 1], 'a-2': [0, 1], 'a-3': [2] },
      onRacks('x', 'y', 'x', 'x', 'y', 'y'),
      { 'a-0': [5], 'a-1': [3, 4] },
    ],
    ['nothing of brokers that are not named', { 'a-0': [8, 9], 'a-1': [8, 9] }, brokers(2), {}],
  ])('moves %s', (_, replicas, places, expected) => {
    expect(shown(balance(partitions(replicas), places))).toEqual(expected);
  });

  it('gives new brokers their share of replicas, of leaders, and of each topic', () => {
    const all = partitions({ ...created('a', 12, 3, 3), ...created('b', 12, 3, 3) });
    const after = applied(balance(all, brokers(4)), all);
    expect(loadsOf(after, brokers(4))).toEqual([18, 18, 18, 18]);
    expect(leadersOf(after, brokers(4))).toEqual([6, 6, 6, 6]);
    const ofTopic = (topic: string) => after.filter((each) => each.topic === topic);
    expect(loadsOf(ofTopic('a'), brokers(4))).toEqual([9, 9, 9, 9]);
    expect(loadsOf(ofTopic('b'), brokers(4))).toEqual([9, 9, 9, 9]);
  });

  it('keeps the order of replicas, but for the one that moves and the leader', () => {
    const all = partitions({ 'a-0': [1, 0, 2], 'a-1': [2, 1, 0] });
    expect(shown(balance(all, brokers(4)))).toEqual({ 'a-0': [1, 3, 2] });
  });

  it('leaves alone what is being moved, and counts it as where it goes', () => {
    const moving = begun(partition('a-0', [0]), [1]);
    expect(balance([moving, partition('a-1', [0])], brokers(2))).toEqual([]);
    const [a, b] = [partition('a-1', [1]), partition('a-2', [1])];
    expect(shown(balance([moving, a, b], brokers(2)))).toEqual({ 'a-1': [0] });
  });
});

describe('isUnbalanced', () => {
  const loads = (...counts: number[]): Partition[] =>
    partitions(
      Object.fromEntries(
        counts.flatMap((count, id) =>
          Array.from({ length: count }, (_, number) => [`t${id}-${number}`, [id]]),
        ),
      ),
    );

  it.each<[boolean, string, number[]]>([
    [false, 'nothing', [0, 0]],
    [false, 'even', [10, 10, 10]],
    [false, 'one too few of a few', [3, 3, 2, 4]],
    [true, 'two too few of a few', [5, 5, 2]],
    [true, 'a new broker', [6, 6, 0]],
    [false, 'a fifth too few', [100, 120, 80]],
    [true, 'more than a fifth too few', [100, 121, 79]],
    [false, 'one that has more, of many that have a little less', [29, 19, 19, 19, 19]],
  ])('%s: %s', (expected, _, counts) => {
    expect(isUnbalanced(loads(...counts), brokers(counts.length))).toBe(expected);
  });

  it('is not about what racks forbid', () => {
    const all = partitions({ 'a-0': [0, 1], 'a-1': [0, 2], 'a-2': [0, 1], 'a-3': [0, 2] });
    expect(isUnbalanced(all, onRacks('x', 'y', 'y'))).toBe(false);
    expect(isUnbalanced(all, onRacks('x', 'y', 'y', 'x'))).toBe(true);
  });

  it('needs brokers', () => {
    expect(isUnbalanced(loads(3), [])).toBe(false);
  });
});

describe('refactor', () => {
  it.each<[string, Replicas, Place[], number, Replicas]>([
    ['keeps', { 'a-0': [1, 0] }, brokers(3), 2, {}],
    ['adds at the end', { 'a-0': [1] }, brokers(3), 3, { 'a-0': [1, 0, 2] }],
    ['adds where least is', { 'a-0': [1], 'b-0': [0], 'b-1': [0, 2] }, brokers(4), 2, { 'a-0': [1, 3] }],
    ['adds on another rack', { 'a-0': [0], 'b-0': [2] }, onRacks('x', 'x', 'y'), 2, { 'a-0': [0, 2] }],
    ['removes from where most is', { 'a-0': [0, 1, 2], 'b-0': [1] }, brokers(3), 2, { 'a-0': [0, 2] }],
    ['removes the leader last', { 'a-0': [0, 1, 2], 'b-0': [0] }, brokers(3), 1, { 'a-0': [0] }],
    ['keeps racks', { 'a-0': [0, 2, 1], 'b-0': [2] }, onRacks('x', 'x', 'y'), 2, { 'a-0': [0, 2] }],
    ['removes what is on other brokers', { 'a-0': [0, 9, 1], 'b-0': [1] }, brokers(2), 2, { 'a-0': [0, 1] }],
  ])('%s', (_, replicas, places, factor, expected) => {
    const { moves, stuck } = refactor(partitions(replicas), places, new Map([['a', factor]]));
    expect(shown(moves)).toEqual(expected);
    expect(stuck).toEqual([]);
  });

  it('removes from each broker in turn', () => {
    const all = partitions({ 'a-0': [0, 1, 2], 'a-1': [0, 1, 2] });
    const { moves } = refactor(all, brokers(3), new Map([['a', 2]]));
    expect(shown(moves)).toEqual({ 'a-0': [0, 1], 'a-1': [0, 2] });
  });

  it('removes first what is out of sync, the leader too', () => {
    const behind = [
      partition('a-0', [0, 1, 2], { isr: [0, 1] }),
      partition('a-1', [0, 1, 2], { isr: [1, 2] }),
    ];
    const { moves } = refactor([...behind, partition('b-0', [1])], brokers(3), new Map([['a', 2]]));
    expect(shown(moves)).toEqual({ 'a-0': [0, 1], 'a-1': [1, 2] });
  });

  it.each<[string, number, string]>([
    ['three brokers', 3, 'cannot have replication factor 4: there are only brokers 0, 1, 2'],
    ['one broker', 1, 'cannot have replication factor 4: there is only broker 0'],
    ['no broker', 0, 'cannot have replication factor 4: there is no broker'],
  ])('tells what is impossible: %s', (_, size, why) => {
    const all = partitions({ 'a-0': [0], 'b-0': [0] });
    const plan = refactor(all, brokers(size), new Map([['a', 4]]));
    expect(plan).toEqual({ moves: [], stuck: [{ topic: 'a', partition: 0, why }] });
  });

  it('leaves alone what is being moved', () => {
    const moving = begun(partition('a-0', [0]), [1]);
    expect(refactor([moving], brokers(3), new Map([['a', 3]])).moves).toEqual([]);
  });
});

describe('batch', () => {
  const all = partitions({ 'a-0': [0], 'a-1': [0], 'a-2': [1], 'a-10': [1] });
  const moves = [10, 2, 1, 0].map((number) => ({
    topic: 'a',
    partition: number,
    replicas: [number < 2 ? 2 : 3],
  }));
  const numbers = (chosen: ReturnType<typeof batch>) => chosen.map((each) => each.partition);

  it('takes brokers in turn', () => {
    expect(numbers(batch(moves, all, 2))).toEqual([0, 2]);
    expect(numbers(batch(moves, all, 3))).toEqual([0, 2, 1]);
    expect(numbers(batch(moves, all, 9))).toEqual([0, 2, 1, 10]);
  });

  it.each<[string, Replicas, number]>([
    ['the busiest broker of a move', { 'a-0': [0, 2], 'a-1': [1, 3, 5] }, 1],
    ['the busiest broker of a move, in any order', { 'a-0': [1, 3, 5], 'a-1': [0, 2] }, 0],
    ['then at all of them', { 'a-0': [1, 3], 'a-1': [1, 2] }, 1],
  ])('looks at %s', (_, goals, expected) => {
    const under = [
      begun(partition('u-0', [0]), [8]),
      begun(partition('u-1', [0]), [8]),
      begun(partition('u-2', [1]), [3]),
      begun(partition('u-3', [9]), [5]),
    ];
    const heads = Object.entries(goals).map(([name, [leader]]) => partition(name, [leader]));
    const next = heads.map((each) => ({ ...each, replicas: goals[`a-${each.partition}`] }));
    expect(numbers(batch(next, [...under, ...heads], 5))).toEqual([expected]);
  });

  it('counts what is under way', () => {
    const under = [begun(partition('b-0', [0]), [4]), ...all];
    expect(numbers(batch(moves, under, 2))).toEqual([2]);
    expect(batch(moves, under, 1)).toEqual([]);
    expect(batch(moves, under, 0)).toEqual([]);
  });

  it.each<[string, Partition[]]>([
    ['under way', [begun(partition('a-0', [0]), [2])]],
    ['done', [partition('a-0', [2])]],
    ['of a partition without a leader', [partition('a-0', [0], { leader: -1 })]],
    ['of a partition that is gone', []],
  ])('leaves out a move that is %s', (_, present) => {
    expect(batch([{ topic: 'a', partition: 0, replicas: [2] }], present, 5)).toEqual([]);
  });
});

describe('throttled', () => {
  it('names what is there and what is added, also by moves under way', () => {
    const all = [
      partition('b-0', [1, 2]),
      begun(partition('a-10', [3, 1]), [1, 2]),
      partition('a-9', [2, 1]),
      partition('a-1', [1, 2]),
      partition('c-0', [1, 2]),
    ];
    const moves = [
      { topic: 'a', partition: 9, replicas: [11, 3, 2] },
      { topic: 'b', partition: 0, replicas: [2] },
    ];
    expect([...throttled(moves, all)]).toEqual([
      ['a', { leaders: '9:1,9:2,10:1,10:3', followers: '9:3,9:11,10:2' }],
    ]);
  });

  it('follows a move that is replaced by another', () => {
    const moving = begun(partition('a-0', [1, 2]), [1, 3]);
    expect(throttled([{ topic: 'a', partition: 0, replicas: [1, 4] }], [moving]).get('a')).toEqual({
      leaders: '0:1,0:2',
      followers: '0:4',
    });
    expect(throttled([{ topic: 'a', partition: 0, replicas: [3, 4] }], [moving]).get('a')).toEqual({
      leaders: '0:1,0:2',
      followers: '0:3,0:4',
    });
    expect(throttled([{ topic: 'a', partition: 0, replicas: [1, 2] }], [moving]).size).toBe(0);
  });
});
