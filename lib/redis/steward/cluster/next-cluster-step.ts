import { wait } from '../../../steward/charge';
import type { Phase } from '../../../steward/facts';
import { few } from '../../../steward/words';
import { assign } from './assigning';
import { describeAll, stuck } from './cluster-advice';
import type { ClusterFacts, ClusterNode, ClusterStep, ShardFacts } from './cluster-facts';
import { type Cluster, isViewed, readCluster } from './cluster-state';
import { form } from './forming';
import { awaitForgotten, forget, freeHead, replicate } from './healing';
import { meet, resetStranger, strangersOf } from './joining';
import { isNeeded } from './missing-masters';
import { fault, trouble } from './node-state';
import { awaitOpenSlots, closeSlots } from './open-slots';
import { reshard, unite } from './resharding';
import { replaceUseless, roll } from './rolling';
import { awaitProvisioned, provision, reload } from './services';
import { entriesIn, freeSlots, hasSlots, homeOf, isStaying, ownersOf, stayingNodes } from './shards';
import { awaitDropped, awaitGone, dropReplicas, dropShards, farewell } from './shrinking';
import { SLOTS, slotsText } from './slots';
import { awaitMasters, succeed } from './succession';

type Rule = (cluster: Cluster) => ClusterStep | undefined;

/**
 * Decides the one thing that is safe to do next for a Redis Cluster, or why nothing is. A node that serves is asked to go only
 * while every other one of the cluster is well and every slot has a master; slots move only between masters that are; and
 * nothing is taken out of the cluster that has slots or keys which are meant to be kept.
 *
 * @param slots how many there are
 */
export function nextClusterStep(facts: ClusterFacts, slots = SLOTS): ClusterStep {
  const cluster = readCluster(facts, slots);
  for (const rule of RULES) {
    const step = rule(cluster);
    if (step) return step;
  }
  return { phase: 'Settled', step: 'rest', why: `everything is as the manifests say${farewell(cluster)}` };
}

const RULES: readonly Rule[] = [
  unapplied,
  makeRoom,
  replaceUseless,
  form,
  awaitAny,
  provision,
  resetStranger,
  meet,
  succeed,
  replicate,
  forget,
  freeHead,
  assign,
  reload,
  closeSlots,
  awaitOwners,
  awaitWell,
  awaitOpenSlots,
  awaitAgreement,
  unite,
  roll,
  awaitReady,
  awaitDropped,
  reshard,
  dropReplicas,
  dropShards,
  awaitGone,
  awaitForgotten,
  awaitProvisioned,
];

function unapplied({ facts }: Cluster): ClusterStep | undefined {
  return facts.unapplied ? wait('Applying', 'apply', facts.unapplied) : undefined;
}

/** Every node has a pod that is wanted, or has slots. */
function makeRoom(cluster: Cluster): ClusterStep | undefined {
  for (const shard of cluster.facts.shards) {
    const pods = podsFor(cluster, shard);
    if (shard.replicas >= pods) continue;
    const known = entriesIn(cluster, shard.index).length > 0;
    const phase = !cluster.facts.formed ? 'Forming' : known ? 'Healing' : 'Growing';
    const why = `shard ${shard.index} needs ${pods}, and its StatefulSet has replicas: ${shard.replicas}`;
    return { phase, step: 'scale', shard: shard.index, replicas: pods, why };
  }
  return undefined;
}

function podsFor(cluster: Cluster, { index, servers, leaving }: ShardFacts): number {
  const needed = entriesIn(cluster, index).filter((entry) => isNeeded(cluster, entry));
  const last = needed.map((entry) => (homeOf(cluster, entry)?.ordinal ?? -1) + 1);
  return Math.max(leaving && needed.length === 0 ? 0 : servers, ...last);
}

/** A cluster that was formed is never formed again; who has its slots must come back. */
function awaitAny(cluster: Cluster): ClusterStep | undefined {
  const { facts } = cluster;
  if (hasSlots(cluster)) return undefined;
  const away = facts.nodes.filter(
    (node) => !isViewed(node) && !(node.server.state === 'gate' && node.server.disk === 'empty'),
  );
  if (away.length > 0) {
    const why = `nobody who serves has slots: ${describeAll(cluster, away)}`;
    return stuck(cluster, 'Healing', 'quorum', why, away);
  }
  const why = 'the cluster was formed, and no node knows of any slots: its data is gone';
  const todo =
    'Look for the volumes first; with them the nodes come back as they were. If they are lost, restore a backup into a ' +
    'cluster of another name. To start anew with nothing, delete the ConfigMap that marks this cluster as formed.';
  return wait('Healing', 'quorum', why, todo);
}

/** Masters whose slots nobody serves. */
function awaitOwners(cluster: Cluster): ClusterStep | undefined {
  const found = awaitMasters(cluster);
  return found && wait('Healing', 'quorum', found.why, found.todo);
}

/** Nodes that must be well before anything is risked: such as stay, and such as have slots. */
function concerned(cluster: Cluster): ClusterNode[] {
  const pods = new Set(ownersOf(cluster).map((entry) => homeOf(cluster, entry)?.pod));
  return cluster.facts.nodes.filter((node) => isStaying(cluster, node) || pods.has(node.pod));
}

function awaitWell(cluster: Cluster): ClusterStep | undefined {
  const unwell = concerned(cluster).filter((node) => fault(cluster, node) !== undefined);
  if (unwell.length === 0) return undefined;
  const [stranger] = strangersOf(cluster);
  if (stranger && unwell.includes(stranger.node)) return wait('Healing', 'held', stranger.why, stranger.todo);
  const why = `waits until every node is well: ${describeAll(cluster, unwell)}`;
  const news = unwell.every((node) => isNew(cluster, node));
  return stuck(cluster, phaseOf(cluster, news), news ? 'joining' : 'member', why, unwell);
}

function phaseOf(cluster: Cluster, news: boolean): Phase {
  if (stayingNodes(cluster).some(({ kube }) => kube?.outdated)) return 'Rolling';
  return news ? 'Growing' : 'Healing';
}

/** Whether nobody knows of a node yet. */
const isNew = ({ entries }: Cluster, { host }: ClusterNode): boolean =>
  ![...entries.values()].some(({ hostname, node }) => hostname === host || node?.host === host);

/** Slots must be known by everybody to be where they are. */
function awaitAgreement(cluster: Cluster): ClusterStep | undefined {
  const free = freeSlots(cluster);
  if (free.length > 0) {
    return wait('Healing', 'member', `nobody has ${slotsText(free)}, and not everybody is there to say so`);
  }
  const late = cluster.inside.filter((node) => isStaying(cluster, node) && !node.view.ok);
  if (late.length === 0) return undefined;
  const why = `not every node says that all is well: ${few(
    late.map(({ pod }) => `${pod} has cluster_state:fail`),
    '; ',
  )}`;
  return stuck(cluster, 'Healing', 'member', why, late);
}

function awaitReady(cluster: Cluster): ClusterStep | undefined {
  const late = stayingNodes(cluster).filter((node) => trouble(cluster, node) !== undefined);
  if (late.length === 0) return undefined;
  const why = `waits until every node is ready: ${describeAll(cluster, late)}`;
  return stuck(cluster, phaseOf(cluster, false), 'member', why, late);
}
