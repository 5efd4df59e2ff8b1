import { wait } from '../../../steward/charge';
import { stuck } from './replication-advice';
import type { ReplicationFacts, ReplicationStep } from './replication-facts';
import { isCalm, masterOf } from './replication-state';
import { hasSuccessor } from './rolling';

/** Servers with the highest numbers go, and the master among them only after another has taken its place. */
export function shrink(facts: ReplicationFacts): ReplicationStep | undefined {
  const { servers, sentinels } = facts;
  const master = masterOf(facts);
  if (servers.replicas > servers.wanted && master) {
    const replicas = Math.max(servers.wanted, master.ordinal + 1);
    const why = `${servers.wanted} pods are wanted, and the StatefulSet has replicas: ${servers.replicas}`;
    if (replicas < servers.replicas)
      return { phase: 'Shrinking', step: 'scale', set: servers.set, replicas, why };
    if (!isCalm(facts) || !hasSuccessor(facts, master)) {
      return wait(
        'Shrinking',
        'leaving',
        `${master.pod} is to go, and no replica can take its place as the master yet`,
      );
    }
    return {
      phase: 'Shrinking',
      step: 'hand-over',
      pod: master.pod,
      why: `${master.pod} is to go, and is the master`,
    };
  }
  if (sentinels && sentinels.replicas > sentinels.wanted) {
    const why = `${sentinels.wanted} Sentinels are wanted, and the StatefulSet has replicas: ${sentinels.replicas}`;
    return { phase: 'Shrinking', step: 'scale', set: sentinels.set, replicas: sentinels.wanted, why };
  }
  return undefined;
}

/** Waits for pods that are not wanted any more to end. */
export function awaitGone(facts: ReplicationFacts): ReplicationStep | undefined {
  const all = [...facts.servers.members, ...(facts.sentinels?.members ?? [])];
  const left = all.filter(({ wanted, kube }) => !wanted && kube);
  if (left.length === 0) return undefined;
  const why = `waits for pods to end: ${left.map(({ pod }) => pod).join(', ')}`;
  return stuck(facts, 'Shrinking', 'leaving', why, left);
}
