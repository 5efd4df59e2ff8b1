/** The price of a step that nothing can take. */
export const NO_WAY = 2;

/**
 * The brokers over which one item goes from one that has more to one that has less; empty: nothing is left to gain. It
 * evens out most, and among such paths has the lowest price, then the fewest steps. Should a circle of a negative price be
 * on the way, it is that. Bellman and Ford's algorithm, from all brokers at once.
 *
 * @param loads of the brokers, which are numbered from 0
 * @param prices of the steps from each broker (major) to each other one (minor): -1, 0, 1 or `NO_WAY`
 * @param closed steps that must not be taken, as indices of `prices`
 */
export function cheapestPath(
  loads: readonly number[],
  prices: Int8Array,
  closed: ReadonlySet<number>,
): number[] {
  const size = loads.length;
  const price = size + 1;
  const even = price * (size + 1);
  const cost = Float64Array.from(loads, (load) => -even * load);
  const before = loads.map(() => -1);
  const reached = new Set(loads.map((_, broker) => broker).sort((a, b) => loads[b] - loads[a] || a - b));
  for (let round = 0; reached.size > 0 && round < size; round++) {
    for (const from of [...reached]) {
      reached.delete(from);
      for (let to = 0; to < size; to++) {
        const step = from * size + to;
        const total = cost[from] + 1 + prices[step] * price;
        if (total >= cost[to] || prices[step] === NO_WAY || closed.has(step)) continue;
        cost[to] = total;
        before[to] = from;
        reached.add(to);
      }
    }
  }
  let least = 0;
  let end = -1;
  for (let to = 0; to < size; to++) {
    const total = cost[to] + even * (loads[to] + 1);
    if (total < least) [least, end] = [total, to];
  }
  return walk(before, end);
}

function walk(before: readonly number[], end: number): number[] {
  const path: number[] = [];
  for (let broker = end; broker >= 0; broker = before[broker]) {
    const again = path.indexOf(broker);
    path.push(broker);
    if (again >= 0) return path.slice(again).reverse();
  }
  return path.reverse();
}
