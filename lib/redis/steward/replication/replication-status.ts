import { type Status, statusWith, table } from '../../../steward/status';
import { podCells, podRemark } from '../../../steward/words';
import { bytesBehind, SERVER_EVENTS, whatServersDo } from '../shared/status';
import type { ReplicatedServer, ReplicationFacts, ReplicationStep, SentinelFacts } from './replication-facts';
import { masterOf } from './replication-state';

/** A step in words: what it does, and why. */
export function replicationSentence(step: ReplicationStep): string {
  return `${whatIsDone(step)}${step.why}`;
}

function whatIsDone(step: ReplicationStep): string {
  switch (step.step) {
    case 'scale':
      return `scales the StatefulSet ${step.set} to ${step.replicas}: `;
    case 'mark-formed':
      return 'marks the deployment as formed: ';
    case 'label':
      return 'labels pods: ';
    case 'monitor':
      return `has ${step.sentinel} monitor the master: `;
    case 'settle':
      return `tells ${step.sentinel} what it should know: `;
    case 'forget':
      return `has ${step.sentinel} forget what is gone: `;
    case 'follow':
      return `has ${step.pod} follow the master: `;
    case 'hand-over':
      return `has a replica take the place of ${step.pod}: `;
    default:
      return whatServersDo(step);
  }
}

/** Reasons of the Events that tell of a step. */
export const REPLICATION_EVENTS: Record<ReplicationStep['step'], string> = {
  scale: 'Scaled',
  'mark-formed': 'Formed',
  label: 'Labelled',
  monitor: 'Monitored',
  settle: 'SentinelSet',
  forget: 'SentinelReset',
  follow: 'Replicated',
  'hand-over': 'HandedOver',
  ...SERVER_EVENTS,
};

/** What people are told: a table of the servers, and one of the Sentinels. */
export function replicationStatus(facts: ReplicationFacts, step: ReplicationStep): Status {
  const { servers, sentinels } = facts;
  const tables = [
    table([SERVERS, ...servers.members.map((each) => serverRow(each, facts))]),
    ...(sentinels ? [table([SENTINELS, ...sentinels.members.map(sentinelRow)])] : []),
  ];
  return statusWith(step, replicationSentence(step), tables);
}

const SERVERS = ['SERVER', 'ROLE', 'KEYS', 'BEHIND', 'REVISION', 'NODE', 'ZONE', 'SAYS'];
const SENTINELS = ['SENTINEL', 'MONITORS', 'COUNTS', 'REVISION', 'NODE', 'ZONE', 'SAYS'];

function serverRow(member: ReplicatedServer, facts: ReplicationFacts): string[] {
  const { pod, wanted, kube, server } = member;
  const serving = server.state === 'serving' ? server : undefined;
  return [
    `${pod}${wanted ? '' : ' (leaving)'}`,
    serving?.role ?? (server.state === 'gate' ? 'gate' : '-'),
    serving ? String(serving.keys) : '-',
    behind(member, facts),
    ...podCells(kube),
    podRemark(kube) ?? (serverSays(member) || '-'),
  ];
}

function behind({ server }: ReplicatedServer, facts: ReplicationFacts): string {
  if (server.state !== 'serving' || server.role === 'master') return '-';
  return bytesBehind(server, masterOf(facts)?.server);
}

function serverSays({ server, kube }: ReplicatedServer): string {
  switch (server.state) {
    case 'gate':
      return server.says || 'waits at its gate';
    case 'silent':
      return server.reason;
    case 'loading':
      return 'reads its data';
    case 'serving':
      return kube?.ready ? 'ready' : 'not ready yet';
  }
}

function sentinelRow({ pod, wanted, kube, says }: SentinelFacts): string[] {
  const knows = says.state === 'knows' ? says : undefined;
  return [
    `${pod}${wanted ? '' : ' (leaving)'}`,
    knows?.master.split('.')[0] ?? '-',
    knows ? `${knows.replicas.length} replicas, ${knows.sentinels.length} Sentinels` : '-',
    ...podCells(kube),
    podRemark(kube) ?? sentinelSays(says, kube?.ready),
  ];
}

function sentinelSays(says: SentinelFacts['says'], ready: boolean | undefined): string {
  switch (says.state) {
    case 'gate':
      return says.says || 'waits at its gate';
    case 'silent':
      return says.reason;
    case 'blank':
      return 'monitors nothing';
    case 'knows':
      if (says.failingOver) return 'replaces the master';
      if (says.down) return 'misses the master';
      return ready ? 'ready' : 'not ready yet';
  }
}
