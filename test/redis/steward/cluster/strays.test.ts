import { describe, expect, it } from 'vitest';
import type { BareView } from '../../../../lib/redis/steward/cluster/cluster-observe';
import { Strays } from '../../../../lib/redis/steward/cluster/strays';
import { SlotMaster } from './scripted-redis';

const id = (char: string) => char.repeat(40);

function viewed(masters: readonly string[], change: Partial<BareView> = {}): BareView {
  const nodes = masters.map((char, at) => ({
    ...{ id: id(char), ip: '', hostname: '', role: 'master' as const, failed: 'no' as const },
    ...{ handshake: false, linked: true, epoch: 1, slots: [[at * 10, at * 10 + 9]] as [number, number][] },
  }));
  return { id: id('a'), currentEpoch: 1, ok: true, nodes, migrating: [], importing: [], ...change };
}

describe('keys that were left behind', () => {
  const counts = (node: SlotMaster) => node.told.filter((each) => each.includes('COUNTKEYSINSLOT')).length;

  it('are found in slots of others, and looked for seldom, but after a failover', async () => {
    let now = 0;
    const strays = new Strays(() => now);
    const node: SlotMaster = new SlotMaster(id('a'), [], () => [node]);
    node.put(3, { own: '1' });
    node.put(15, { stray: '1' });
    const find = (view = viewed(['a', 'b'])) => strays.of('redis-0-0', node, view, 2);
    expect(await find()).toEqual([15]);
    expect(counts(node)).toBe(16_384 - 10);
    // Those are looked at again each time.
    node.keys.delete(15);
    node.put(12, { later: '1' });
    node.told.length = 0;
    expect(await find()).toEqual([]);
    expect(node.told).toEqual(['CLUSTER COUNTKEYSINSLOT 15']);
    // One that it takes is looked at, too.
    expect(await find(viewed(['a', 'b'], { importing: [{ slot: 12, from: id('b') }] }))).toEqual([12]);
    expect(await find(viewed(['a', 'c']))).toEqual([12]);
    node.told.length = 0;
    now = 60_000;
    expect(await find(viewed(['a', 'c']))).toEqual([12]);
    expect(counts(node)).toBe(16_384 - 10);
  });

  it('are none of a replica, and of a node without keys, which are not asked', async () => {
    const strays = new Strays(() => 0);
    const node: SlotMaster = new SlotMaster(id('a'), [], () => [node]);
    expect(await strays.of('redis-0-0', node, viewed(['a', 'b']), 0)).toEqual([]);
    const view = viewed(['a', 'b']);
    const nodes = view.nodes.map((each) => ({ ...each, role: 'replica' as const }));
    expect(await strays.of('redis-0-0', node, { ...view, nodes }, 7)).toEqual([]);
    expect(node.told).toEqual([]);
  });
});
