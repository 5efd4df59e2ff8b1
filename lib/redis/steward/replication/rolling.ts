import { wait } from '../../../steward/charge';
import type { ReplicatedServer, ReplicationFacts, ReplicationStep, SentinelFacts } from './replication-facts';
import {
  isCalm,
  isInStep,
  masterOf,
  type ServingServer,
  wantedSentinels,
  wantedServers,
} from './replication-state';

/** Restarts Sentinels one by one; all of them are well. */
export function rollSentinels(facts: ReplicationFacts): ReplicationStep | undefined {
  const outdated = wantedSentinels(facts)
    .filter(({ kube }) => kube?.outdated)
    .sort((a, b) => b.ordinal - a.ordinal);
  const [target] = outdated;
  if (!target?.kube) return undefined;
  if (!isCalm(facts)) return wait('Rolling', 'member', 'Sentinels do not agree on the master at the moment');
  const why = `${target.pod}: ${target.kube.outdated}${more(outdated.length - 1)}`;
  return { phase: 'Rolling', step: 'restart', pod: target.pod, uid: target.kube.uid, why };
}

/** Restarts servers one by one, replicas first; all of them are well. The master goes once another has taken its place. */
export function rollServers(facts: ReplicationFacts): ReplicationStep | undefined {
  const master = masterOf(facts);
  const outdated = wantedServers(facts)
    .filter(({ kube }) => kube?.outdated)
    .sort((a, b) => Number(a.pod === master?.pod) - Number(b.pod === master?.pod) || b.ordinal - a.ordinal);
  const [target] = outdated;
  if (!master || !target?.kube) return undefined;
  if (!isCalm(facts)) return wait('Rolling', 'member', 'Sentinels do not agree on the master at the moment');
  const why = `${target.pod}: ${target.kube.outdated}${more(outdated.length - 1)}`;
  if (target.pod !== master.pod) {
    return { phase: 'Rolling', step: 'restart', pod: target.pod, uid: target.kube.uid, why };
  }
  if (hasSuccessor(facts, master)) return { phase: 'Rolling', step: 'hand-over', pod: target.pod, why };
  const away = `${why}; nobody can take its place, so that there is no server meanwhile`;
  return { phase: 'Rolling', step: 'restart', pod: target.pod, uid: target.kube.uid, why: away };
}

/**
 * A replica that runs an older revision than the master may never follow it: no release reads a data set of a later one. It
 * is restarted without waiting for it, while everybody else is well; `unwell` are those who are not.
 */
export function rollStranded(
  facts: ReplicationFacts,
  unwell: readonly (ReplicatedServer | SentinelFacts)[],
): ReplicationStep | undefined {
  const master = masterOf(facts);
  if (!master || master.kube?.outdated || !isCalm(facts)) return undefined;
  const stranded = wantedServers(facts)
    .filter((each) => unwell.includes(each))
    .filter(({ server, kube }) => server.state === 'serving' && kube?.outdated && !kube.terminating)
    .sort((a, b) => b.ordinal - a.ordinal);
  const [target] = stranded;
  if (!target?.kube || stranded.length < unwell.length) return undefined;
  const why = `${target.pod}: ${target.kube.outdated}${more(stranded.length - 1)}; it is not in step with ${master.pod}`;
  return { phase: 'Rolling', step: 'restart', pod: target.pod, uid: target.kube.uid, why };
}

/** Whether a replica could take the master's place. */
export function hasSuccessor(facts: ReplicationFacts, master: ServingServer): boolean {
  const others: readonly ReplicatedServer[] = facts.servers.members.filter(({ pod }) => pod !== master.pod);
  return facts.sentinels !== undefined && others.some((each) => isInStep(each, master));
}

const more = (left: number): string => (left > 0 ? `, ${left} more after it` : '');
