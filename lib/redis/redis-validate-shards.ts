import type { Finding } from '../core/problem';
import { mebibytesOf } from '../core/quantity';
import { type RedisModel, shardsProps } from './redis-model';
import type { RedisClusterProps } from './redis-props';

/** Fewer masters than these cannot decide that one of them is gone. */
const LEAST = 3;
const MOST = 200;

/** What is wrong with the shards of a Redis Cluster. */
export function checkShards(model: RedisModel): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'redis/shards', message });
  const props = model.props as RedisClusterProps;
  const { count, ids, leaving = [] } = shardsProps(props);
  if (count !== undefined && ids) found('shards: count and ids say the same in two ways; give one of them');
  if (count !== undefined && !(Number.isInteger(count) && count >= LEAST && count <= MOST))
    found(
      `shards: ${count}; give a whole number from ${LEAST} to ${MOST}, as a majority of masters decides that one of them is gone`,
    );
  for (const [what, given] of Object.entries({ ids: ids ?? [], leaving, founders: props.founders ?? [] })) {
    const where = what === 'founders' ? what : `shards.${what}`;
    for (const id of new Set(given.filter((one) => !(Number.isInteger(one) && one >= 0 && one < 1000))))
      found(`${where}: ${id} is not the id of a shard; give whole numbers from 0 to 999`);
    for (const id of new Set(given.filter((one, index) => given.indexOf(one) !== index)))
      found(`${where}: ${id} is there twice; name each shard once`);
  }
  const known = model.shards.map(({ index }) => index);
  for (const id of new Set(leaving.filter((one) => !known.includes(one))))
    found(
      `shards.leaving: there is no shard ${id} (there are ${known.join(', ')}); name one of these, or leave it out`,
    );
  if (props.founders?.length === 0)
    found('founders: none given; name the shards that it was formed with, or leave it out');
  if (findings.length > 0) return findings;
  const staying = model.shards.filter((shard) => !shard.leaving).length;
  if (staying < LEAST) {
    const of = leaving.length > 0 ? ` (${known.length} shards, ${leaving.length} leaving)` : '';
    found(
      `shards: ${staying} stay${of}; at least ${LEAST} masters are needed to decide that one of them is gone: add a shard${leaving.length > 0 ? ', or keep one' : ''}`,
    );
  } else if (leaving.length > staying) {
    const data = mebibytesOf(model.maxmemory);
    found(
      `shards.leaving: ${leaving.length} shards may hold ${leaving.length * data}Mi, and the ${staying} that stay have room for ${staying * data}Mi in all; let at most ${Math.floor(known.length / 2)} leave at once`,
    );
  }
  if (leaving.length > 0 && !model.steward)
    found("shards.leaving: with operations: 'none' nobody moves their slots away; leave one of them out");
  return findings;
}
