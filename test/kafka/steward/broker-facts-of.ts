import type { Broker, BrokerFacts, BrokerServer, Partition } from '../../../lib/kafka/steward/facts';
import type { KafkaStep } from '../../../lib/kafka/steward/kafka-status';
import { said } from '../../steward/facts-of';

/** What differs from a cluster that is as the manifests say. */
export type Given = Partial<Omit<BrokerFacts, 'brokers' | 'partitions'>>;

/**
 * Facts from one line for each broker and each partition.
 *
 * A broker: its id, `s` (stays), `l` (leaves) or `-` (is not in the manifests), and words: `gate`, `starting` or `silent` for
 * a server that does not serve; its pod is ready where it serves, unless `unready`, and may be `old`, `broken`, `stalled`,
 * `ending`; `no` pod; `stopped` (replicas: 0, no pod); no `set`, and a pod only if that ends; `unknown` to the cluster; `fails` in a directory.
 *
 * A partition: its name, replicas, and then `isr`, `min`, `adding`, `removing` or `leader`, each with a value. All are in
 * sync where it does not say, one must be fewer than there are, and the first in sync leads.
 */
export function factsOf(given: Given, ...lines: string[]): BrokerFacts {
  const [partitions, brokers] = [lines.filter(isPartition), lines.filter((line) => !isPartition(line))];
  return {
    known: true,
    throttled: false,
    reassignment: { throttle: 50_000_000, concurrency: 2, automatic: true },
    staleCertificates: [],
    ...given,
    brokers: brokers.map(brokerOf),
    partitions: partitions.map(partitionOf),
  };
}

const isPartition = (line: string): boolean => /^[a-z]/.test(line);

function brokerOf(line: string): Broker {
  const [number, part, ...words] = line.split(' ');
  const id = Number(number);
  const has = (word: string) => words.includes(word);
  const without = has('no') || has('stopped') || (has('set') && !has('ending'));
  const server = without ? ({ state: 'silent', reason: 'it has no pod' } as const) : serverOf(has);
  return {
    id,
    wanted: part === 's' ? 'staying' : part === 'l' ? 'leaving' : undefined,
    set: has('set') ? undefined : { replicas: has('stopped') ? 0 : 1 },
    pod: without
      ? undefined
      : {
          name: `kafka-broker-${id}-0`,
          uid: `uid-${id}`,
          revision: has('old') ? 'r-a' : 'r-b',
          outdated: has('old') ? 'it runs revision a, and b was applied' : undefined,
          ready: (server.state === 'serving' && !has('unready')) || has('ready'),
          terminating: has('ending'),
          broken: has('broken') ? 'container kafka: CrashLoopBackOff' : undefined,
          stalled: has('stalled'),
          node: 'node-1',
        },
    server,
    registered: !has('unknown'),
    failedDirectories: has('fails') ? ['/data/1/kafka'] : [],
  };
}

function serverOf(has: (word: string) => boolean): BrokerServer {
  if (has('gate')) return { state: 'gate', disk: 'data', says: 'it waits for a controller' };
  if (has('starting')) return { state: 'starting' };
  if (has('silent')) return { state: 'silent', reason: 'no answer within 2000 ms' };
  return { state: 'serving' };
}

export function partitionOf(line: string): Partition {
  const [name, list, ...words] = line.split(' ');
  const ids = (text: string | undefined): number[] =>
    text ? text.split(',').filter(Boolean).map(Number) : [];
  const value = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const [topic, partition] = [name.slice(0, name.lastIndexOf('-')), name.slice(name.lastIndexOf('-') + 1)];
  const replicas = ids(list);
  const isr = value('isr') === 'none' ? [] : value('isr') ? ids(value('isr')) : replicas;
  return {
    topic,
    partition: Number(partition),
    leader: Number(value('leader') ?? isr[0] ?? -1),
    replicas,
    isr,
    minInSync: Number(value('min') ?? Math.max(1, replicas.length - 1)),
    adding: ids(value('adding')),
    removing: ids(value('removing')),
    bytes: 0,
  };
}

/** All that a step says, as lines: its phase and what it is, why, and what a person has to do. */
export function told(step: KafkaStep): string[] {
  const { phase, why } = step;
  switch (step.step) {
    case 'restart-broker':
      return [`${phase}: restart ${step.id}, ${step.uid}`, why];
    case 'scale-broker':
      return [`${phase}: scale ${step.id} to ${step.replicas}`, why];
    case 'reassign': {
      const moves = step.moves.map((move) => `${move.topic}-${move.partition} ${move.replicas}`);
      return [`${phase}: reassign ${moves.join('; ')}`, why];
    }
    case 'unregister':
    case 'reload-certificate':
      return [`${phase}: ${step.step} ${step.id}`, why];
    case 'upgrade':
      return [`${phase}: upgrade ${step.feature} to ${step.level}`, why];
    case 'unthrottle':
    case 'provision':
    case 'wait':
    case 'rest':
      return step.step === 'wait'
        ? [`${phase}: wait, ${step.cause}`, why, ...(step.todo ? [step.todo] : [])]
        : [`${phase}: ${step.step}`, why];
    default:
      return said(step);
  }
}
