import { wait } from '../../../steward/charge';
import type { Phase } from '../../../steward/facts';
import { whyReload } from '../shared/status';
import { describe, describeAll, stuck } from './replication-advice';
import type { ReplicatedServer, ReplicationFacts, ReplicationStep } from './replication-facts';
import {
  isCalm,
  isInStep,
  isSentinelWell,
  isServing,
  isWell,
  knowing,
  masterOf,
  namedMaster,
  type ServingServer,
  unknownTo,
  wantedSentinels,
  wantedServers,
} from './replication-state';
import { rollSentinels, rollServers, rollStranded } from './rolling';
import { forgetSurplus, monitorAgain, settle } from './sentinel-care';
import { awaitGone, shrink } from './shrinking';

type Rule = (facts: ReplicationFacts) => ReplicationStep | undefined;

/**
 * Decides the one thing that is safe to do next for a server that is alone, or a master with its replicas and Sentinels, or
 * why nothing is. It stops a server that is well only while every other one is, and the master only after a replica has
 * taken its place; it leaves to the Sentinels whatever they can do themselves.
 */
export function nextReplicationStep(facts: ReplicationFacts): ReplicationStep {
  for (const rule of RULES) {
    const step = rule(facts);
    if (step) return step;
  }
  return { phase: 'Settled', step: 'rest', why: 'everything is as the manifests say' };
}

const RULES: readonly Rule[] = [
  label,
  unapplied,
  start,
  replaceUseless,
  monitorAgain,
  provision,
  reload,
  form,
  reachMaster,
  follow,
  settle,
  awaitWell,
  rollSentinels,
  rollServers,
  shrink,
  awaitGone,
  forgetSurplus,
  awaitKnown,
  awaitProvisioned,
];

/** Services follow the master at once: whatever else is the matter, this is only the truth. */
function label(facts: ReplicationFacts): ReplicationStep | undefined {
  const master = masterOf(facts);
  // The Service of a server that is alone selects it in any case.
  if (!master || !facts.sentinels) return undefined;
  const roles: Record<string, 'master' | 'replica'> = {};
  for (const server of facts.servers.members) {
    const { pod, kube } = server;
    if (!kube || pod === master.pod) continue;
    const isReplica = isServing(server) && server.server.role === 'replica';
    // One that was the master and does not answer is not one any more.
    if (server.label === 'master' || (isReplica && server.label !== 'replica')) roles[pod] = 'replica';
  }
  // Last, so that no two pods are the master's.
  if (master.kube && master.label !== 'master') roles[master.pod] = 'master';
  if (Object.keys(roles).length === 0) return undefined;
  const why = Object.entries(roles).map(
    ([pod, role]) => `${pod} is ${role === 'master' ? 'the master' : 'a replica'}`,
  );
  return { phase: facts.formed ? 'Healing' : 'Forming', step: 'label', roles, why: why.join(', ') };
}

function unapplied(facts: ReplicationFacts): ReplicationStep | undefined {
  return facts.unapplied ? wait('Applying', 'apply', facts.unapplied) : undefined;
}

/** All at once: several new replicas share one copy of the data, and Sentinels tell one another of themselves. */
function start({ servers, sentinels, formed }: ReplicationFacts): ReplicationStep | undefined {
  for (const { set, wanted, replicas } of [servers, ...(sentinels ? [sentinels] : [])]) {
    if (replicas >= wanted) continue;
    const why = `${wanted} pods are wanted, and the StatefulSet has replicas: ${replicas}`;
    return { phase: formed ? 'Growing' : 'Forming', step: 'scale', set, replicas: wanted, why };
  }
  return undefined;
}

/** A pod that does nothing for the deployment costs nothing to replace, and may be what keeps its own mending away. */
function replaceUseless(facts: ReplicationFacts): ReplicationStep | undefined {
  const master = masterOf(facts);
  const servers = wantedServers(facts).filter((each) => isIdle(each, master));
  const sentinels = wantedSentinels(facts).filter(({ says }) => says.state !== 'knows');
  const useless = [...sentinels, ...servers].filter(
    ({ kube }) => kube?.outdated && !kube.ready && !kube.terminating,
  );
  const all = [...facts.servers.members, ...(facts.sentinels?.members ?? [])];
  // What only waits may yet go on. It is given up only for a revision that is not known to fail.
  const newFails = all.some(({ kube }) => kube && !kube.outdated && kube.broken);
  const chosen =
    useless.find(({ kube }) => kube?.broken) ??
    (newFails ? undefined : useless.find(({ kube }) => kube?.stalled));
  if (!chosen?.kube) return undefined;
  const why = `${describe(chosen)}, and ${chosen.kube.outdated}`;
  return { phase: 'Healing', step: 'restart', pod: chosen.pod, uid: chosen.kube.uid, why };
}

/** Whether a server has no part in what serves: it does not run, or is a replica that does not get what is written. */
function isIdle(server: ReplicatedServer, master: ServingServer | undefined): boolean {
  if (server.server.state === 'loading') return false;
  if (server.server.state !== 'serving') return true;
  return master !== undefined && server.pod !== master.pod && !isInStep(server, master);
}

function provision(facts: ReplicationFacts): ReplicationStep | undefined {
  if (!facts.unprovisioned || facts.provisionFailed || !facts.servers.members.some(isServing))
    return undefined;
  return { phase: 'Provisioning', step: 'provision', why: facts.unprovisioned };
}

function reload({ servers, staleCertificates }: ReplicationFacts): ReplicationStep | undefined {
  const stale = servers.members.find((each) => isServing(each) && staleCertificates.includes(each.pod));
  if (!stale) return undefined;
  const { pod } = stale;
  return { phase: 'Provisioning', step: 'reload-certificate', pod, why: whyReload(pod) };
}

/** Marks the deployment as formed once every server and Sentinel has its place. */
function form(facts: ReplicationFacts): ReplicationStep | undefined {
  if (facts.formed) return undefined;
  const unwell = unwellOf(facts);
  const unaware = knowing(facts).filter((each) => unknownTo(facts, each).length > 0);
  if (unwell.length === 0 && unaware.length === 0) {
    const why = facts.sentinels
      ? 'the master and all replicas serve, and all Sentinels know them'
      : 'the server serves';
    return { phase: 'Forming', step: 'mark-formed', why };
  }
  const unknown = unaware.map(
    (each) => `${each.pod} has yet to hear of ${unknownTo(facts, each).join(', ')}`,
  );
  const why = [...(unwell.length > 0 ? [describeAll(unwell)] : []), ...unknown].join('; ');
  return stuck(facts, 'Forming', 'founders', `the deployment forms once all serve: ${why}`, unwell);
}

/** Nothing else can be done without a master that everybody agrees on. */
function reachMaster(facts: ReplicationFacts): ReplicationStep | undefined {
  if (masterOf(facts)) return undefined;
  const host = namedMaster(facts);
  const members = [...wantedServers(facts), ...wantedSentinels(facts)];
  const named = host && facts.servers.members.find((each) => each.host === host);
  const who = !facts.sentinels
    ? 'the server does not serve'
    : host === undefined
      ? 'no majority of Sentinels names a master'
      : `Sentinels name ${named ? named.pod : host} as the master, which does not serve as one`;
  const step = stuck(facts, 'Healing', 'quorum', `${who}: ${describeAll(members)}`, members);
  const servers = wantedServers(facts);
  const lost = servers.every(({ server }) => server.state === 'gate' && server.disk === 'empty');
  if (!facts.keepsData || !lost || step.step !== 'wait') return step;
  const todo =
    'The disks of all servers are empty. Look for their volumes first, or restore a backup into a deployment of another name. ' +
    'To start anew with nothing, delete the ConfigMap that marks this deployment as formed.';
  return { ...step, todo };
}

/** Sentinels do this, too, but not for a server that they do not know. */
function follow(facts: ReplicationFacts): ReplicationStep | undefined {
  const master = masterOf(facts);
  if (!facts.sentinels || !master || !isCalm(facts)) return undefined;
  const lost = facts.servers.members
    .filter(isServing)
    .find(
      (each) =>
        each.pod !== master.pod && (each.server.role === 'master' || each.server.follows !== master.host),
    );
  if (!lost) return undefined;
  const how = lost.server.role === 'master' ? 'serves as a master, too' : `follows ${lost.server.follows}`;
  const why = `${lost.pod} ${how}, and the master is ${master.pod}`;
  return { phase: 'Healing', step: 'follow', pod: lost.pod, host: master.host, why };
}

/** Servers and Sentinels that are wanted and not as they should be. */
function unwellOf(facts: ReplicationFacts) {
  const master = masterOf(facts);
  return [
    ...wantedServers(facts).filter((each) => !isWell(each, master)),
    ...wantedSentinels(facts).filter((each) => !isSentinelWell(facts, each)),
  ];
}

/** Whatever risks something waits until everything is well that should be there. */
function awaitWell(facts: ReplicationFacts): ReplicationStep | undefined {
  const unwell = unwellOf(facts);
  if (unwell.length === 0) return undefined;
  const stranded = rollStranded(facts, unwell);
  if (stranded) return stranded;
  const all = [...wantedServers(facts), ...wantedSentinels(facts)];
  const known = new Set(knowing(facts).flatMap(({ says }) => [says.master, ...says.replicas]));
  const isNew =
    facts.sentinels !== undefined && unwell.every((each) => 'server' in each && !known.has(each.host));
  const rolling = all.some(({ kube }) => kube?.outdated);
  const phase: Phase = rolling ? 'Rolling' : isNew ? 'Growing' : 'Healing';
  return stuck(facts, phase, 'member', `waits until all are well: ${describeAll(unwell)}`, unwell);
}

/** Until Sentinels know one another and all replicas, a failover may lack votes or candidates. */
function awaitKnown(facts: ReplicationFacts): ReplicationStep | undefined {
  const unaware = knowing(facts).filter((each) => unknownTo(facts, each).length > 0);
  if (unaware.length === 0) return undefined;
  const each = unaware.map(
    (sentinel) => `${sentinel.pod} has yet to hear of ${unknownTo(facts, sentinel).join(', ')}`,
  );
  return wait('Healing', 'member', each.join('; '));
}

function awaitProvisioned({ provisionFailed }: ReplicationFacts): ReplicationStep | undefined {
  if (!provisionFailed) return undefined;
  const todo = 'It is tried again and again; if it goes on, mend what the error names.';
  return wait('Provisioning', 'provision', `provisioning failed: ${provisionFailed}`, todo);
}
