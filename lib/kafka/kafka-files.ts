import type { k8s } from 'cdk8s-plus-27';
import { LABEL_PREFIX, objectLabels } from '../core/names';
import { packageFile } from '../core/package-files';
import { bytesOf } from '../core/quantity';
import { dataKeeper } from '../core/storage';
import type { KafkaGateSettings } from './gate/settings';
import { type Role, roleProperties } from './kafka-config';
import { logging } from './kafka-jvm';
import { CONTROLLER } from './kafka-listener-config';
import type { KafkaModel } from './kafka-model';
import { controllerHost, PORTS } from './kafka-names';
import type { KafkaStewardSettings, WantedKafka } from './steward/settings';

/** Files with the programs of the gate and of the steward, and with what both import. */
export const GATE_PROGRAM = 'kafka-gate.mjs';
export const PROGRAM = 'kafka.mjs';
export const SHARED = 'kafka-shared.mjs';

/** ConfigMap that holds the steward's. */
export const programMap = ({ name }: KafkaModel): string => `${name}-program`;

/** ConfigMap with what servers and gates read. */
export const configMap = ({ name }: KafkaModel): string => `${name}-config`;

const SCRIPTS = ['start.sh', 'stop.sh'];

/** Roles that a cluster's servers have. */
export function rolesOf({ combined, controllers }: KafkaModel): Role[] {
  return combined ? ['combined'] : ['broker', ...(controllers ? (['controller'] as const) : [])];
}

/** The files that servers mount: settings, scripts and the gate's program; and the steward's program. */
export function configMaps(
  model: KafkaModel,
  labels: Record<string, string>,
): { id: string; props: k8s.KubeConfigMapProps }[] {
  const log = logging(model);
  const files: (readonly [id: string, name: string, data: Record<string, string>])[] = [
    [
      'config',
      configMap(model),
      {
        ...Object.fromEntries(
          rolesOf(model).map((role) => [`${role}.properties`, roleProperties(model, role)]),
        ),
        [log.file]: log.text,
        ...Object.fromEntries(SCRIPTS.map((name) => [name, packageFile(`lib/kafka/scripts/${name}`)])),
        'gate.json': `${JSON.stringify(gateSettings(model), null, 2)}\n`,
        ...programs(GATE_PROGRAM, SHARED),
      },
    ],
    ...(model.steward ? [['program', programMap(model), programs(PROGRAM)] as const] : []),
  ];
  return files.map(([id, name, data]) => ({ id, props: { metadata: { name, labels }, data } }));
}

function programs(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, packageFile(`build/steward/${name}`)]));
}

/** Names of all StatefulSets, that of the controllers first. */
export function statefulSets({ controllers, brokers }: KafkaModel): string[] {
  return [...(controllers ? [controllers.set] : []), ...brokers.map(({ set }) => set)];
}

/** What gates are told, the same for all. */
export function gateSettings(model: KafkaModel): KafkaGateSettings {
  return {
    cluster: model.name,
    clusterId: model.clusterId,
    founders: model.founders,
    controllers: model.quorum,
    brokers: model.brokers.map(({ id, host }) => ({ id, host, port: PORTS.replication })),
    transport: model.transport,
    zookeeper: model.zookeeper !== undefined,
    metadataVersion: model.metadataVersion.name,
  };
}

/** Annotations of the StatefulSets that were rendered together with the steward's settings. */
export interface Rendered {
  /** Of the controllers; empty where there are none. */
  readonly controllers: string;
  readonly broker: (id: number) => string;
}

/** What the steward is told. */
export function kafkaStewardSettings(
  model: KafkaModel,
  wanted: WantedKafka,
  rendered: Rendered,
): KafkaStewardSettings {
  const { name, controllers, combined, zookeeper, props } = model;
  const { throttle, concurrency = 10, automatic = true } = props.reassignment ?? {};
  return {
    cluster: name,
    sets: statefulSets(model),
    namespace: model.namespace,
    rendered: rendered.controllers,
    selector: { [`${LABEL_PREFIX}/cluster`]: name },
    labels: objectLabels('kafka', name, 'steward'),
    members: (controllers?.ids ?? []).map((id) => ({ id, part: 'voter' })),
    founders: model.founders.map(({ id }) => id),
    // Where metadata is in ZooKeeper, brokers form nothing that could be formed twice.
    data: zookeeper ? 'scratch' : dataKeeper((controllers ?? model.brokers[0]).volumes),
    controllerSet: controllers?.set,
    clusterId: model.clusterId,
    controllerHost: controllerHost(model, '{id}'),
    controllerPort: PORTS.controller,
    controllerListener: CONTROLLER,
    brokers: model.brokers.map(({ id, set, host, zone, leaving }) => ({
      id,
      set,
      host,
      port: PORTS.replication,
      rack: zone,
      leaving,
      rendered: rendered.broker(id),
    })),
    combined,
    metadata: zookeeper ? 'zookeeper' : 'kraft',
    transport: model.transport,
    dynamicConfiguration: model.dynamic,
    metadataVersion: zookeeper ? undefined : model.metadataVersion,
    reassignment: { throttle: throttle ? bytesOf(throttle) : 50 * 1024 ** 2, concurrency, automatic },
    wanted,
    scram: model.listeners.flatMap(({ authentication, port, tls }) =>
      authentication?.kind === 'scram' ? [{ port, tls, mechanism: authentication.mechanism }] : [],
    ),
  };
}
