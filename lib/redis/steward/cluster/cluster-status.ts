import { type Status, statusWith, table } from '../../../steward/status';
import { podCells, podRemark } from '../../../steward/words';
import { bytesBehind, SERVER_EVENTS, whatServersDo } from '../shared/status';
import type { ClusterFacts, ClusterNode, ClusterStep, KnownNode } from './cluster-facts';
import { ownEntry } from './cluster-observe';
import { slotsIn, slotsText } from './slots';

/** A step in words: what it does, and why. */
export function clusterSentence(step: ClusterStep): string {
  return `${whatIsDone(step)}${step.why}`;
}

function whatIsDone(step: ClusterStep): string {
  switch (step.step) {
    case 'scale':
      return `scales shard ${step.shard} to ${step.replicas}: `;
    case 'mark-formed':
      return 'marks the cluster as formed: ';
    case 'meet':
      return `has ${step.at} meet ${step.pods.join(', ')}: `;
    case 'assign':
      return `gives ${step.pod} ${slotsText(slotsIn(step.ranges))}: `;
    case 'replicate':
      return `has ${step.pod} follow ${step.of}: `;
    case 'forget':
      return `has everybody forget ${step.ids.length === 1 ? 'a node' : `${step.ids.length} nodes`}: `;
    case 'reset':
      return `resets ${step.pod}: `;
    case 'move-slots': {
      const slots = step.moves.reduce((sum, move) => sum + move.slots.length, 0);
      return `moves ${slots} slot${slots === 1 ? '' : 's'}: `;
    }
    case 'settle-slots':
      return `settles ${slotsText(step.slots)}: `;
    case 'failover':
      return `has ${step.pod} take over${step.force ? ' by force' : ''}: `;
    default:
      return whatServersDo(step);
  }
}

/** Reasons of the Events that tell of a step. */
export const CLUSTER_EVENTS: Record<ClusterStep['step'], string> = {
  scale: 'Scaled',
  'mark-formed': 'Formed',
  meet: 'Met',
  assign: 'SlotsAssigned',
  replicate: 'Replicated',
  forget: 'Forgotten',
  reset: 'Reset',
  'move-slots': 'SlotsMoved',
  'settle-slots': 'SlotsSettled',
  failover: 'FailedOver',
  ...SERVER_EVENTS,
};

/** What people are told: a table of the nodes. */
export function clusterStatus(facts: ClusterFacts, step: ClusterStep): Status {
  const nodes = table([HEADER, ...facts.nodes.map((node) => row(node, facts))]);
  return statusWith(step, clusterSentence(step), [nodes]);
}

const HEADER = ['SERVER', 'SHARD', 'ROLE', 'SLOTS', 'KEYS', 'BEHIND', 'REVISION', 'NODE', 'ZONE', 'SAYS'];

function row(node: ClusterNode, facts: ClusterFacts): string[] {
  const { pod, shard, kube, server, view } = node;
  const serving = server.state === 'serving' ? server : undefined;
  const own = view && ownEntry(view);
  const leaving = facts.shards.some(({ index, leaving }) => index === shard && leaving);
  return [
    pod,
    `${shard}${leaving ? ' (leaving)' : ''}`,
    own?.role ?? (server.state === 'gate' ? 'gate' : '-'),
    own?.role === 'master' ? String(slotsIn(own.slots).length) : '-',
    serving ? String(serving.keys) : '-',
    behind(node, own, facts),
    ...podCells(kube),
    remark(node),
  ];
}

function behind({ server }: ClusterNode, own: KnownNode | undefined, { nodes }: ClusterFacts): string {
  if (server.state !== 'serving' || own?.role !== 'replica') return '-';
  return bytesBehind(server, nodes.find(({ view }) => view?.id === own.master)?.server);
}

function remark({ kube, server, view }: ClusterNode): string {
  const trouble = podRemark(kube);
  if (trouble) return trouble;
  switch (server.state) {
    case 'gate':
      return server.says || 'waits at its gate';
    case 'silent':
      return server.reason;
    case 'loading':
      return 'reads its data set';
    case 'serving':
      if (view && !view.ok) return 'says that the cluster is down';
      return kube?.ready ? 'ready' : 'not ready yet';
  }
}
