import type { Step } from '../../steward/facts';
import { memberTable, type Status, sentence, statusWith, table } from '../../steward/status';
import { podCells, podRemark } from '../../steward/words';
import type { Broker, BrokerFacts, BrokerStep, KafkaFacts } from './facts';

/** What is done next to any server of a Kafka cluster. */
export type KafkaStep = Step | BrokerStep;

/** A step in words: what it does, and why. */
export function kafkaSentence(step: KafkaStep): string {
  switch (step.step) {
    case 'restart-broker':
      return `restarts broker ${step.id}: ${step.why}`;
    case 'scale-broker':
      return `${step.replicas === 0 ? 'stops' : 'starts'} broker ${step.id}: ${step.why}`;
    case 'reassign':
      return `moves ${step.moves.length} partition${step.moves.length === 1 ? '' : 's'}: ${step.why}`;
    case 'unthrottle':
      return `takes the throttle off: ${step.why}`;
    case 'unregister':
      return `unregisters broker ${step.id}: ${step.why}`;
    case 'reload-certificate':
      return `has broker ${step.id} read its certificate: ${step.why}`;
    case 'upgrade':
      return `raises ${step.feature} to ${step.level}: ${step.why}`;
    default:
      return sentence(step as Step);
  }
}

/** Reasons of the Events that tell of a step on brokers. */
export const BROKER_EVENTS: Record<BrokerStep['step'], string> = {
  'restart-broker': 'Restarted',
  'scale-broker': 'Scaled',
  reassign: 'Reassigned',
  unthrottle: 'Unthrottled',
  unregister: 'Unregistered',
  'reload-certificate': 'CertificateReloaded',
  provision: 'Provisioned',
  upgrade: 'Upgraded',
  wait: 'Waiting',
  rest: 'Settled',
};

/** What people are told: a table of the controllers, and one of the brokers. */
export function kafkaStatus({ controllers, brokers }: KafkaFacts, step: KafkaStep): Status {
  const tables = [...(controllers ? [memberTable(controllers)] : []), brokerTable(brokers)];
  return statusWith(step, kafkaSentence(step), tables);
}

const HEADER = ['BROKER', 'ROLE', 'PLACE', 'REPLICAS', 'LEADS', 'BEHIND', 'REVISION', 'NODE', 'RACK', 'SAYS'];

function brokerTable(facts: BrokerFacts): string {
  return table([HEADER, ...facts.brokers.map((broker) => row(broker, facts))]);
}

function row(broker: Broker, { partitions, known, activeController }: BrokerFacts): string[] {
  const { id, wanted, pod, rack, registered } = broker;
  const [revision, node] = podCells(pod);
  const count = (test: (partition: BrokerFacts['partitions'][number]) => boolean) =>
    known ? String(partitions.filter(test).length) : '?';
  return [
    pod?.name ?? `broker ${id}`,
    id === activeController ? 'leader' : 'broker',
    wanted ?? (registered ? 'dropped' : 'left'),
    count(({ replicas }) => replicas.includes(id)),
    count(({ leader }) => leader === id),
    count(({ replicas, isr }) => replicas.includes(id) && !isr.includes(id)),
    revision,
    node,
    rack ?? '-',
    remark(broker),
  ];
}

function remark({ pod, server, set, failedDirectories }: Broker): string {
  if (!pod && set?.replicas === 0) return 'stopped';
  const trouble = podRemark(pod);
  if (trouble) return trouble;
  switch (server.state) {
    case 'gate':
      return server.says ?? 'waits at its gate';
    case 'silent':
      return server.reason;
    case 'starting':
      return 'starts';
    case 'serving':
      if (failedDirectories.length > 0) return `lost ${failedDirectories.join(', ')}`;
      return pod?.ready ? 'ready' : 'not ready yet';
  }
}
