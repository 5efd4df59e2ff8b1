import type { MemberPod } from '../../steward/facts';
import { unapplied } from '../../steward/gather';
import type { Pod, StatefulSet } from '../../steward/kubernetes/objects';
import { memberPod } from '../../steward/member-pods';
import type { BrokersObserved } from './brokers';
import type { Broker, BrokerFacts, BrokerServer } from './facts';
import type { ObservedBroker } from './observe';
import type { Provisioned } from './provision';
import type { KafkaStewardSettings, StewardBroker } from './settings';

/** The brokers' objects, as Kubernetes knows them. */
export interface BrokerObjects {
  /** By name. */
  readonly sets: ReadonlyMap<string, StatefulSet>;
  readonly pods: readonly Pod[];
  /** Whether the ConfigMap exists that marks the cluster as formed. */
  readonly formed?: boolean;
}

/** Puts together what Kubernetes, the brokers and the quorum say. */
export function brokerFacts(
  objects: BrokerObjects,
  observed: BrokersObserved,
  provisioned: Pick<Provisioned, 'missing' | 'blocked'> & Partial<Pick<Provisioned, 'factors' | 'notes'>>,
  settings: Pick<KafkaStewardSettings, 'cluster' | 'brokers' | 'reassignment' | 'metadata'> &
    Partial<Pick<KafkaStewardSettings, 'combined' | 'data'>>,
  keysSince: Date | undefined,
  now: number,
): BrokerFacts {
  // Brokers read their keys again when they are told to, but for those by which they follow the controllers.
  const since = settings.metadata === 'kraft' ? keysSince : undefined;
  const wanted = new Map(settings.brokers.map((broker) => [broker.id, broker]));
  const ids = [...new Set([...wanted.keys(), ...observed.brokers.keys()])].sort((a, b) => a - b);
  const { known, partitions, activeController, quorum, throttled, staleCertificates, upgrade } = observed;
  return {
    unapplied: settings.brokers
      .map(({ set, rendered }) => unapplied(set, objects.sets.get(set), rendered))
      .find((why) => why !== undefined),
    known,
    brokers: ids.map((id) => {
      // One that is in no manifest any more may still have the StatefulSet that it had.
      const set = wanted.get(id)?.set ?? `${settings.cluster}-broker-${id}`;
      return brokerOf(id, set, wanted.get(id), observed.brokers.get(id), objects, since, now);
    }),
    partitions,
    activeController,
    quorum,
    throttled,
    reassignment: settings.reassignment,
    unprovisioned: provisioned.missing,
    provisionFailed: provisioned.blocked,
    upgrade,
    staleCertificates,
    factors: provisioned.factors,
    notes: provisioned.notes,
    // Where nothing outlives a pod there is nothing to protect from being formed again.
    formed: settings.combined && settings.data !== 'scratch' ? objects.formed : undefined,
  };
}

function brokerOf(
  id: number,
  name: string,
  wanted: StewardBroker | undefined,
  observed: ObservedBroker | undefined,
  { sets, pods }: BrokerObjects,
  since: Date | undefined,
  now: number,
): Broker {
  const set = sets.get(name);
  const object = pods.find(({ metadata }) => metadata.name === `${name}-0`);
  const pod: MemberPod | undefined = object && set && memberPod(object, set, since, now);
  return {
    id,
    wanted: wanted && (wanted.leaving ? 'leaving' : 'staying'),
    rack: wanted?.rack,
    set: set && { replicas: set.spec?.replicas ?? 1 },
    pod,
    server: serverIn(object, observed?.server ?? { state: 'silent', reason: 'it was not asked' }),
    registered: observed?.registered ?? false,
    failedDirectories: observed?.failedDirectories ?? [],
  };
}

/** That nothing listens means a start only where the server runs; only then must it not be broken off. */
function serverIn(pod: Pod | undefined, server: BrokerServer): BrokerServer {
  if (server.state !== 'starting' || (pod && serverRuns(pod))) return server;
  return { state: 'silent', reason: pod ? 'its server does not run' : 'it has no pod' };
}

function serverRuns({ spec, status }: Pod): boolean {
  // The first container is the server; others stand beside it.
  const name = spec?.containers[0]?.name;
  const containers = status?.containerStatuses ?? [];
  const server = containers.find((each) => each.name === name) ?? containers[0];
  return server?.state?.running !== undefined;
}
