import { propertiesText } from '../core/properties-text';
import { advertisedListeners, CONTROLLER, type Settings } from './kafka-listener-config';
import type { KafkaBroker, KafkaServer } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { controllerHost, PORTS } from './kafka-names';

/** Lines of a broker's file that are its own. */
export function brokerProperties(model: KafkaModel, broker: KafkaBroker): string {
  return propertiesText({
    [model.zookeeper ? 'broker.id' : 'node.id']: '{id}',
    'advertised.listeners': advertisedListeners(model, broker, model.combined),
    'broker.rack': broker.zone,
    ...directorySettings(broker, model.zookeeper === undefined),
    ...broker.configuration,
  });
}

/** Lines of a controller's file that are its own. */
export function controllerProperties(model: KafkaModel, controllers: KafkaServer): string {
  return propertiesText({
    'node.id': '{id}',
    'advertised.listeners': `${CONTROLLER}://${controllerHost(model, '{id}')}:${PORTS.controller}`,
    ...directorySettings(controllers, true),
  });
}

function directorySettings(server: KafkaServer, quorum: boolean): Settings {
  const all = directories(server);
  return { 'log.dirs': all.join(','), 'metadata.log.dir': quorum ? all[0] : undefined };
}

/** Where a server keeps its data. */
export function directories({ volumes }: KafkaServer): string[] {
  return volumes.map((_volume, index) => `/data/${index}/kafka`);
}
