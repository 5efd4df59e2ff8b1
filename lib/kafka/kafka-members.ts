import { Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { Environment } from '../core/environment';
import { jvmMemory } from '../core/jvm';
import type { DeepPartial } from '../core/merge';
import type { PlacementProps } from '../core/placement';
import type { Finding } from '../core/problem';
import { resolveStorage, type StorageInput, type VolumeModel } from '../core/storage';
import { brokerHost, brokerSet, controllerSet, FIRST_CONTROLLER, type Place } from './kafka-names';
import type {
  KafkaBrokersProps,
  KafkaClusterProps,
  KafkaConfiguration,
  KafkaControllersProps,
  KafkaServerProps,
} from './kafka-props';

/** What the pods of a server are made of. */
export interface KafkaServer {
  readonly memory: Size;
  /** MiB */
  readonly heap: number;
  /** Heap as it was given. */
  readonly givenHeap?: Size;
  readonly cpu: string;
  /** Mounted at /data/0, /data/1 ... */
  readonly volumes: readonly VolumeModel[];
  readonly placement: PlacementProps;
  /** Laid upon the pod template, one after the other. */
  readonly podOverrides: readonly DeepPartial<k8s.PodTemplateSpec>[];
}

/** The controllers, which are one StatefulSet. */
export interface KafkaControllers extends KafkaServer {
  /** Name of the StatefulSet. */
  readonly set: string;
  /** Name of the headless Service. */
  readonly headless: string;
  readonly count: number;
  readonly ids: readonly number[];
  /** Ids of those that may form the quorum. */
  readonly founders: readonly number[];
}

/** A broker, which is a StatefulSet of one pod. */
export interface KafkaBroker extends KafkaServer {
  readonly id: number;
  /** Name of the StatefulSet and of the headless Service. */
  readonly set: string;
  readonly pod: string;
  /** Full name. */
  readonly host: string;
  /** Zone that it is bound to, its `broker.rack`. */
  readonly zone?: string;
  /** Whether it is to be emptied. */
  readonly leaving: boolean;
  /** Settings of its own. */
  readonly configuration: KafkaConfiguration;
}

/** Brokers as the prop has them, one way or the other. */
export function brokersProps({ brokers = 3 }: KafkaClusterProps): KafkaBrokersProps {
  return typeof brokers === 'number' ? { count: brokers } : brokers;
}

/** Controllers as the prop has them; only where there are any. */
export function controllersProps({ controllers = 3 }: KafkaClusterProps): KafkaControllersProps {
  if (controllers === 'combined') return { count: 0 };
  return typeof controllers === 'number' ? { count: controllers } : controllers;
}

/** The largest number of members that bad input makes us render. */
const MOST = 200;

function upTo(count: number): number[] {
  return Array.from({ length: Math.min(Math.max(0, Math.floor(count) || 0), MOST) }, (_, index) => index);
}

/** The brokers, by ascending id. */
export function completeBrokers(
  place: Place,
  props: KafkaClusterProps,
  environment: Environment,
): { members: KafkaBroker[]; findings: Finding[] } {
  const given = brokersProps(props);
  const ids = [...new Set(given.ids ?? upTo(given.count ?? 3))].sort((a, b) => a - b);
  const findings = new Map<string, Finding>();
  const members = ids.map((id) => {
    const own = given.overrides?.[id] ?? {};
    const storage = own.storage ?? given.storage ?? props.storage;
    const server = completeServer(
      [own, given, props],
      storage,
      {
        ...{ memory: Size.gibibytes(4), cpu: '500m', share: 0.25, most: 6144 },
        // Without controllers nothing but records is lost, and whoever runs such brokers has chosen so.
        mayLoseData: props.metadata !== undefined,
      },
      environment,
    );
    for (const finding of server.findings) findings.set(finding.message, finding);
    return {
      ...server.server,
      id,
      set: brokerSet(place, id),
      pod: `${brokerSet(place, id)}-0`,
      host: brokerHost(place, String(id)),
      zone: own.zone ?? zoneOf(id, server.server.placement, environment),
      leaving: given.leaving?.includes(id) ?? false,
      configuration: own.configuration ?? {},
    };
  });
  return { members, findings: [...findings.values()] };
}

/** Zones in turn, by id, so that no broker ever moves because of another. */
function zoneOf(
  id: number,
  { spread = 'zone' }: PlacementProps,
  environment: Environment,
): string | undefined {
  const { zones } = environment.props;
  return spread === 'zone' && zones?.length ? zones[Math.abs(Math.floor(id)) % zones.length] : undefined;
}

/** The controllers. */
export function completeControllers(
  place: Place,
  props: KafkaClusterProps,
  environment: Environment,
): { set: KafkaControllers; findings: Finding[] } {
  const given = controllersProps(props);
  const ids = upTo(given.count).map((index) => FIRST_CONTROLLER + index);
  const { server, findings } = completeServer(
    [given, { placement: props.placement }],
    given.storage ?? controllerStorage(props),
    { memory: Size.gibibytes(1), cpu: '250m', share: 0.5, most: 6144 },
    environment,
  );
  return {
    findings,
    set: {
      ...server,
      set: controllerSet(place),
      headless: controllerSet(place),
      count: ids.length,
      ids,
      founders: ids.slice(0, given.founders ?? given.count),
    },
  };
}

/** As long-lived as the brokers' volumes. */
function controllerStorage(props: KafkaClusterProps): StorageInput {
  const [first] = listOf(brokersProps(props).storage ?? props.storage);
  return first && 'kind' in first && first.kind === 'emptyDir' ? first : Size.gibibytes(10);
}

function listOf(storage: KafkaServerProps['storage']): readonly StorageInput[] {
  if (storage === undefined) return [];
  return Array.isArray(storage) ? storage : [storage as StorageInput];
}

/** What a server is made of: each thing as the first of `given` says it. */
function completeServer(
  given: readonly Pick<KafkaServerProps, 'memory' | 'heap' | 'cpu' | 'placement' | 'podOverrides'>[],
  storage: KafkaServerProps['storage'],
  defaults: { memory: Size; cpu: string; share: number; most: number; mayLoseData?: boolean },
  environment: Environment,
): { server: KafkaServer; findings: Finding[] } {
  const first = <Key extends keyof KafkaServerProps>(key: Key) =>
    (given as readonly KafkaServerProps[]).find((one) => one[key] !== undefined)?.[key];
  const memory = first('memory') ?? defaults.memory;
  const heap = first('heap');
  const volumes = listOf(storage).map((volume, index) =>
    resolveStorage(`data-${index}`, volume, environment, defaults),
  );
  const sizes = jvmMemory(memory, heap, defaults.share);
  return {
    findings: volumes.flatMap((volume) => volume.findings),
    server: {
      memory,
      heap: heap ? sizes.heap : Math.min(sizes.heap, defaults.most),
      givenHeap: heap,
      cpu: first('cpu') ?? defaults.cpu,
      volumes: volumes.map(({ volume }) => volume),
      placement: first('placement') ?? {},
      podOverrides: given.flatMap((one) => one.podOverrides ?? []).reverse(),
    },
  };
}
