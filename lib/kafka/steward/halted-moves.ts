import { few } from '../../steward/words';
import { partitionName } from '../wire/partition-name';
import {
  adviceForOld,
  brokerList,
  describeIds,
  idsIn,
  leaderless,
  nameOf,
  type Trouble,
} from './broker-advice';
import { movingOf, servingOf } from './broker-state';
import type { BrokerFacts, Partition } from './facts';
import { target } from './fleet';

/** What may keep moves from ever arriving: nobody to copy from, nobody to copy to, or somebody who does not copy. */
export function haltedMoves(facts: BrokerFacts): Trouble | undefined {
  return leaderless({ ...facts, partitions: movingOf(facts) }) ?? unserved(facts) ?? old(facts);
}

/** Brokers that moves have yet to bring in sync. */
const awaited = (partition: Partition): number[] =>
  target(partition).filter((id) => !partition.isr.includes(id));

function unserved(facts: BrokerFacts): Trouble | undefined {
  const serving = servingOf(facts);
  const missing = (each: Partition) => awaited(each).filter((id) => !serving.has(id));
  const moves = movingOf(facts).filter((each) => missing(each).length > 0);
  if (moves.length === 0) return undefined;
  const ids = idsIn(moves.flatMap(missing));
  const names = few(moves.map(partitionName));
  return {
    why: `${names} cannot arrive without ${brokerList(ids)}: ${few(describeIds(facts, ids), '; ')}`,
    todo:
      `Bring ${brokerList(ids)} back, as leaving where it is not in the list any more; or let ${names} go to brokers that ` +
      'serve, with kafka-reassign-partitions.sh --execute --additional.',
  };
}

function old(facts: BrokerFacts): Trouble | undefined {
  const ids = movingOf(facts).flatMap(awaited);
  const broker = facts.brokers.find(({ id, pod }) => ids.includes(id) && pod?.outdated);
  if (!broker) return undefined;
  return { why: `${nameOf(broker)} has yet to catch up`, todo: adviceForOld(broker) };
}
