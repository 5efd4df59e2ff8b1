import { type Layout, Ring } from './layout';

/** Keys that are never there, one for each shard, by which a proxy can be asked for one shard and no other. */
export function probeKeys(layout: Layout): ReadonlyMap<string, string> {
  const ring = new Ring(layout);
  const keys = new Map<string, string>();
  for (let i = 0; keys.size < layout.shards.length; i++) {
    const key = `cdk8s-stateful:probe:${i}`;
    const shard = ring.shardOf(Buffer.from(key));
    if (!keys.has(shard)) keys.set(shard, key);
  }
  return keys;
}
