import { wait } from '../../../steward/charge';
import type { ReplicationFacts, ReplicationStep } from './replication-facts';
import { isCalm, knowing, masterOf, surplusOf, unknownTo, wantedSentinels } from './replication-state';

/** Tells Sentinels that run without anything to monitor, as one does that was told to remove it. */
export function monitorAgain(facts: ReplicationFacts): ReplicationStep | undefined {
  const blank = wantedSentinels(facts).find(({ says }) => says.state === 'blank');
  const master = masterOf(facts);
  if (!blank || !master || !isCalm(facts)) return undefined;
  const why = `${blank.pod} monitors nothing, and others monitor ${master.pod}`;
  return { phase: 'Healing', step: 'monitor', sentinel: blank.pod, host: master.host, why };
}

/** Tells Sentinels what the manifests say. */
export function settle(facts: ReplicationFacts): ReplicationStep | undefined {
  const other = knowing(facts).find(({ says }) => says.unsettled !== undefined);
  if (!other) return undefined;
  const why = `${other.pod}: ${other.says.unsettled}`;
  return { phase: 'Provisioning', step: 'settle', sentinel: other.pod, why };
}

/**
 * A Sentinel never forgets by itself, and a majority is one of all that it counts. What is told to forget knows nobody for some
 * seconds, so that there is only one at a time, once all others know everybody.
 */
export function forgetSurplus(facts: ReplicationFacts): ReplicationStep | undefined {
  const counting = knowing(facts).filter((each) => surplusOf(facts, each).length > 0);
  if (counting.length === 0) return undefined;
  const [first] = counting;
  const others = knowing(facts).filter(({ pod }) => pod !== first.pod);
  const unaware = others.filter((each) => unknownTo(facts, each).length > 0);
  if (!isCalm(facts)) {
    return wait('Shrinking', 'member', 'Sentinels do not agree on the master at the moment');
  }
  if (unaware.length > 0) {
    const each = unaware.map(
      (sentinel) => `${sentinel.pod} has yet to hear of ${unknownTo(facts, sentinel).join(', ')}`,
    );
    return wait('Shrinking', 'member', each.join('; '));
  }
  const why = `${first.pod} still counts ${surplusOf(facts, first).join(', ')}`;
  return { phase: 'Shrinking', step: 'forget', sentinel: first.pod, why };
}
