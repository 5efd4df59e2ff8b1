import { wait } from '../../../steward/charge';
import { few } from '../../../steward/words';
import { assign } from './assigning';
import { describeAll, stuck } from './cluster-advice';
import type { ClusterNode, ClusterStep } from './cluster-facts';
import { type Cluster, isViewed, keysOf, knownTo } from './cluster-state';
import { forget, replicate } from './healing';
import { meet, resetStranger } from './joining';
import { fault, unmet } from './node-state';
import { provision } from './services';
import { freeSlots, hasSlots, stayingNodes } from './shards';
import { slotsText } from './slots';

/**
 * Forms the cluster, once: nodes meet, replicas are told whom to follow, and masters get their slots last, so that whatever is
 * written has its copies from the first. It goes on with what it finds only where that can be nothing but its own work. A
 * cluster of which nothing is meant to be kept forms again after it has lost everything.
 */
export function form(cluster: Cluster): ClusterStep | undefined {
  const { facts } = cluster;
  if (facts.formed && (facts.keepsData || hasSlots(cluster) || !isEmpty(cluster))) return undefined;
  const nodes = stayingNodes(cluster);
  const missing = nodes.filter((node) => !isViewed(node));
  if (missing.length > 0) {
    const why = `the cluster forms once all nodes serve: ${describeAll(cluster, missing)}`;
    return stuck(cluster, 'Forming', 'founders', why, missing);
  }
  return (
    refuse(cluster, nodes) ??
    resetStranger(cluster) ??
    meet(cluster) ??
    awaitNodes(cluster, nodes, unmet) ??
    replicate(cluster) ??
    forget(cluster) ??
    provision(cluster) ??
    assign(cluster) ??
    awaitNodes(cluster, nodes, fault) ??
    awaitSlots(cluster) ??
    markFormed(cluster)
  );
}

/** Whether nobody has a key. */
const isEmpty = (cluster: Cluster): boolean => cluster.facts.nodes.every((node) => keysOf(node) === 0);

/** Why what is found cannot be a cluster that was about to be formed here. */
function refuse(cluster: Cluster, nodes: readonly ClusterNode[]): ClusterStep | undefined {
  const { facts, outside } = cluster;
  const isOutside = (node: ClusterNode) => (outside as readonly ClusterNode[]).includes(node);
  const viewed = facts.nodes.filter(isViewed);
  const full = viewed.filter((node) => keysOf(node) > 0);
  const together = !full.some(isOutside);
  // Where nothing is kept a node that was replaced meanwhile has another id, and had nothing that is missed.
  if (facts.formed || (!facts.keepsData && together)) return undefined;
  const ids = new Set(viewed.map(({ view }) => view.id));
  const strange = viewed.flatMap((node) => knownTo(node).filter(({ id }) => !ids.has(id)));
  if (strange.length > 0) {
    const names = [...new Set(strange.map(({ id, hostname }) => hostname || id))];
    const why = `nodes know others that are not here (${few(names)}): a cluster was formed before`;
    return wait('Forming', 'held', why, FORMED_BEFORE);
  }
  // Keys may come before the mark where clients were quick, and then all that has keys is one whole.
  const whole = together && (freeSlots(cluster).length === 0 || !nodes.some(isOutside));
  if (full.length === 0 || facts.restores || whole) return undefined;
  const names = full.map((node) => `${node.pod} (${keysOf(node)})`);
  const why = `there are keys already, and the cluster is not formed: ${few(names)}`;
  return wait('Forming', 'held', why, FORMED_BEFORE);
}

const FORMED_BEFORE =
  'Nothing is formed over what may be needed. If these volumes are those of a cluster that was formed here, create the ' +
  'ConfigMap that marks it as formed, and it heals. If nobody needs them, delete the claims and the pods.';

function awaitNodes(
  cluster: Cluster,
  nodes: readonly ClusterNode[],
  wrong: (cluster: Cluster, node: ClusterNode) => string | undefined,
): ClusterStep | undefined {
  const late = nodes.filter((node) => wrong(cluster, node) !== undefined);
  if (late.length === 0) return undefined;
  const why = `the cluster forms: ${few([...new Set(late.map((node) => wrong(cluster, node) ?? ''))], '; ')}`;
  return stuck(cluster, 'Forming', 'founders', why, late);
}

function awaitSlots(cluster: Cluster): ClusterStep | undefined {
  const free = freeSlots(cluster);
  if (free.length > 0) return wait('Forming', 'founders', `nobody has ${slotsText(free)} yet`);
  const late = cluster.inside.filter(({ view }) => !view.ok);
  if (late.length === 0) return undefined;
  const names = few(late.map(({ pod }) => pod));
  return stuck(
    cluster,
    'Forming',
    'founders',
    `the cluster forms: ${names} has yet to hear of all slots`,
    late,
  );
}

function markFormed({ facts }: Cluster): ClusterStep | undefined {
  if (facts.formed) return undefined;
  const why = 'all slots have a master, and every node says so';
  return { phase: 'Forming', step: 'mark-formed', why };
}
