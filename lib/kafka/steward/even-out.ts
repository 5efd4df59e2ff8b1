import { cheapestPath, NO_WAY } from './cheapest-path';

/** Something that stands on brokers, which are numbered from 0. */
export interface Item {
  /** Where it stands; changed by `evenOut`. */
  readonly at: number[];
  /** Where it costs nothing for it to stand. */
  readonly home: readonly number[];
  /** Number of a group of items, from 0, that should not all stand on one broker. */
  readonly group: number;
}

export interface Scales<T extends Item> {
  /** What each broker carries, the items included; changed by `evenOut`. */
  readonly loads: number[];
  readonly items: readonly T[];
  /** Whether an item that stands on one broker, and not on the other, may go from the one to the other. */
  may(item: T, from: number, to: number): boolean;
}

/**
 * Makes the loads as even as they can be (their squares sum up to the least), with as few items as possible away from
 * home. These are the successive shortest paths of a flow of the least cost: each takes one from the broker with the most
 * to the one with the least that can be reached, over others where no item may go there directly.
 */
export function evenOut<T extends Item>(scales: Scales<T>): void {
  const { loads } = scales;
  const state = new State(scales);
  // Two steps of a path may want the same item in ways that exclude each other; the way is closed then, for once.
  const closed = new Set<number>();
  for (;;) {
    const path = cheapestPath(loads, state.prices, closed);
    if (path.length === 0) return;
    const obstacle = state.follow(path);
    if (obstacle === undefined) closed.clear();
    else closed.add(obstacle);
  }
}

/** What a step changes in the number of places away from home. */
const PRICES = [-1, 0, 1] as const;

class State<T extends Item> {
  private readonly size: number;
  private readonly groups: number;
  /** Of each price, how many items may go from each broker to each other one. */
  private readonly ways: readonly Int32Array[];
  /** The least price from each broker to each other one, or `NO_WAY`. */
  readonly prices: Int8Array;
  /** How many items of each group each broker carries, and which, as indices. */
  private readonly counts: Int32Array;
  private readonly carried = new Map<number, number[]>();

  constructor(private readonly scales: Scales<T>) {
    const { items, loads } = scales;
    const size = loads.length;
    this.size = size;
    this.groups = items.reduce((most, { group }) => Math.max(most, group + 1), 0);
    this.ways = PRICES.map(() => new Int32Array(size * size));
    this.prices = new Int8Array(size * size).fill(NO_WAY);
    this.counts = new Int32Array(size * this.groups);
    for (const [index, item] of items.entries()) {
      for (const broker of item.at) this.carry(broker, index);
      this.tally(item, 1);
    }
  }

  private carry(broker: number, index: number): void {
    const key = broker * this.groups + this.scales.items[index].group;
    const list = this.carried.get(key);
    if (list) list.push(index);
    else this.carried.set(key, [index]);
    this.counts[key]++;
  }

  private drop(broker: number, index: number): void {
    const key = broker * this.groups + this.scales.items[index].group;
    const list = this.carried.get(key)!;
    list.splice(list.indexOf(index), 1);
    this.counts[key]--;
  }

  private tally(item: T, sign: 1 | -1): void {
    const { size, ways, prices } = this;
    for (const from of item.at) {
      const back = item.home.includes(from) ? 1 : 0;
      for (let to = 0; to < size; to++) {
        if (item.at.includes(to) || !this.scales.may(item, from, to)) continue;
        const way = from * size + to;
        ways[back + (item.home.includes(to) ? 0 : 1)][way] += sign;
        prices[way] = ways[0][way] > 0 ? -1 : ways[1][way] > 0 ? 0 : ways[2][way] > 0 ? 1 : NO_WAY;
      }
    }
  }

  /** Goes along a path, or nowhere: then it returns the way that is closed. */
  follow(path: readonly number[]): number | undefined {
    const ways = path.slice(1).map((to, step) => path[step] * this.size + to);
    const prices = ways.map((way) => this.prices[way]);
    const done: number[] = [];
    for (const [step, price] of prices.entries()) {
      const index = this.choose(path[step], path[step + 1], price);
      if (index === undefined) {
        while (done.length > 0) this.move(done.pop()!, path[done.length + 1], path[done.length]);
        return ways[step];
      }
      this.move(index, path[step], path[step + 1]);
      done.push(index);
    }
    return undefined;
  }

  /** An item of the group of which the one broker has most more than the other. */
  private choose(from: number, to: number, price: number): number | undefined {
    const { groups, counts, scales } = this;
    let chosen: number | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (let group = 0; group < groups; group++) {
      const count = counts[from * groups + group];
      if (count === 0 || count - counts[to * groups + group] <= most) continue;
      const index = this.carried.get(from * groups + group)!.find((each) => {
        const item = scales.items[each];
        if (item.at.includes(to) || !scales.may(item, from, to)) return false;
        return Number(item.home.includes(from)) - Number(item.home.includes(to)) === price;
      });
      if (index === undefined) continue;
      chosen = index;
      most = count - counts[to * groups + group];
    }
    return chosen;
  }

  private move(index: number, from: number, to: number): void {
    const { items, loads } = this.scales;
    const item = items[index];
    this.tally(item, -1);
    item.at[item.at.indexOf(from)] = to;
    this.tally(item, 1);
    this.drop(from, index);
    this.carry(to, index);
    loads[from]--;
    loads[to]++;
  }
}
