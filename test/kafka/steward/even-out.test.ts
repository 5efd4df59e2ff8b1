import { describe, expect, it } from 'vitest';
import { cheapestPath, NO_WAY } from '../../../lib/kafka/steward/cheapest-path';
import { evenOut, type Item } from '../../../lib/kafka/steward/even-out';

interface Named extends Item {
  readonly name: string;
}

const item = (name: string, at: number[], home: readonly number[] = [...at]): Named => {
  return { name, at, home, group: 0 };
};

/** Places of items after `evenOut`, and loads; besides the items each broker carries what cannot be moved. */
function evened(
  items: readonly Named[],
  fixed: readonly number[],
  may: (item: Named, from: number, to: number) => boolean = () => true,
): [Record<string, number[]>, number[]] {
  const loads = fixed.map((load, broker) => load + items.filter(({ at }) => at.includes(broker)).length);
  evenOut({ items, loads, may });
  return [Object.fromEntries(items.map(({ name, at }) => [name, at])), loads];
}

describe('evenOut', () => {
  it('leaves alone what differs by one', () => {
    expect(evened([item('a', [0])], [1, 1])).toEqual([{ a: [0] }, [2, 1]]);
  });

  it('never puts an item twice on a broker', () => {
    expect(evened([item('a', [0, 1])], [5, 0])).toEqual([{ a: [0, 1] }, [6, 1]]);
  });

  it('goes over as many others as it takes, whichever comes first', () => {
    const steps: Record<string, number[]> = { a: [0, 3], b: [3, 2], c: [2, 1] };
    const items = Object.entries(steps).map(([name, [from]]) => item(name, [from]));
    const may = ({ name }: Named, from: number, to: number) => steps[name].join() === [from, to].join();
    expect(evened(items, [1, 0, 0, 0], may)).toEqual([{ a: [3], b: [2], c: [1] }, [1, 1, 1, 1]]);
  });

  it('takes steps back that one item cannot take both, and finds what else there is', () => {
    const items = [item('a', [0, 2]), item('b', [1]), item('c', [0])];
    const may = ({ name, at }: Named, from: number, to: number) => {
      if (name === 'b') return from === 1 && to === 2;
      if (name === 'c') return from === 0 && to === 4;
      return (at.includes(0) && from === 2 && to === 3) || (at.includes(2) && from === 0 && to === 1);
    };
    expect(evened(items, [3, 0, 0, 0, 2], may)).toEqual([{ a: [1, 2], b: [1], c: [4] }, [3, 2, 1, 0, 3]]);
  });
});

describe('cheapestPath', () => {
  /** Steps such as `{ '01': 1 }`: from broker 0 to broker 1 at the price of 1. */
  const path = (loads: number[], steps: Record<string, number>, closed: number[] = []) => {
    const size = loads.length;
    const prices = new Int8Array(size * size).fill(NO_WAY);
    for (const [step, price] of Object.entries(steps))
      prices[Number(step[0]) * size + Number(step[1])] = price;
    return cheapestPath(loads, prices, new Set(closed));
  };

  it.each<[string, number[], Record<string, number>, number[]]>([
    ['nothing that is even', [1, 1, 2], { '20': 1, '21': 1 }, []],
    ['nothing where there is no way', [9, 0], { '10': 1 }, []],
    ['who has most to who has least', [2, 4, 1, 0], { '02': 1, '03': 1, '12': 1, '13': 1 }, [1, 3]],
    ['what makes loads most even, at any price', [4, 2, 0], { '01': -1, '12': 1 }, [0, 1, 2]],
    ['the lowest price', [3, 2, 2, 0], { '01': 1, '13': 1, '02': 0, '23': 0 }, [0, 2, 3]],
    ['the fewest steps', [5, 4, 4, 2, 0], { '01': 0, '12': 0, '24': 0, '03': 0, '34': 0 }, [0, 3, 4]],
    ['what comes home without making anything less even', [1, 0], { '01': -1 }, [0, 1]],
    ['a circle that comes home', [2, 2, 0], { '01': -1, '10': -1, '12': 0 }, [1, 0, 1]],
  ])('finds %s', (_, loads, steps, expected) => {
    expect(path(loads, steps)).toEqual(expected);
  });

  it('goes round what is closed', () => {
    expect(path([3, 2, 0], { '01': 1, '12': 1, '02': 1 }, [2])).toEqual([0, 1, 2]);
  });
});
