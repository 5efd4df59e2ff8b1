import { errorName } from '../errors';
import { DescribeConfigs, IncrementalAlterConfigs } from '../messages/configs';
import type { Recipient, Servers } from '../servers';
import type { ConfigChange, ConfigEntry, ConfigResource, ConfigResourceType } from '../types';
import { groupBy } from './topics';

const TYPES: Readonly<Record<ConfigResourceType, number>> = { topic: 2, broker: 4, group: 32 };
const SOURCES: Readonly<Record<number, ConfigEntry['source']>> = {
  1: 'topic',
  2: 'broker',
  3: 'default-broker',
  4: 'static-broker',
  5: 'default',
  8: 'group',
};
const SET = 0;
const REMOVE = 1;
const NOT_REGISTERED = 'BROKER_ID_NOT_REGISTERED';

export async function describeConfigs(
  servers: Servers,
  resources: readonly ConfigResource[],
  names?: readonly string[],
): Promise<Map<string, ConfigEntry[]>> {
  const found = new Map<string, ConfigEntry[]>();
  for (const [broker, asked] of groupBy(resources, brokerOf)) {
    const { results } = await servers.call(recipientOf(broker), DescribeConfigs, {
      resources: asked.map(({ type, name }) => ({
        resourceType: TYPES[type],
        resourceName: name,
        configurationKeys: names ?? null,
      })),
      includeSynonyms: false,
      includeDocumentation: false,
    });
    for (const { resourceName, configs } of results) {
      const entries = configs.map(({ name, value, readOnly, configSource }) => ({
        name,
        value,
        readOnly,
        source: SOURCES[configSource] ?? 'other',
      }));
      found.set(resourceName, entries);
    }
  }
  return found;
}

export async function alterConfigs(
  servers: Servers,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
): Promise<void> {
  await servers.call(recipientOf(brokerOf(resource), 'controller'), IncrementalAlterConfigs, {
    resources: [
      {
        resourceType: TYPES[resource.type],
        resourceName: resource.name,
        configs: changes.map(([name, value]) => ({
          name,
          configOperation: value === undefined ? REMOVE : SET,
          value: value ?? null,
        })),
      },
    ],
    validateOnly: false,
  });
}

/** A change of no setting is refused by the controllers where the broker is not registered. */
export async function registered(servers: Servers, ids: readonly number[]): Promise<number[]> {
  const resources = ids.map((id) => ({
    resourceType: TYPES.broker,
    resourceName: String(id),
    configs: [],
  }));
  const { responses } = await servers.call(
    'quorum',
    IncrementalAlterConfigs,
    { resources, validateOnly: true },
    { tolerate: [NOT_REGISTERED] },
  );
  return responses
    .filter(({ errorCode }) => errorName(errorCode) !== NOT_REGISTERED)
    .map(({ resourceName }) => Number(resourceName));
}

// A broker alone knows its own settings, and checks a change of them (whether it can read its new keys, say).
function brokerOf({ type, name }: ConfigResource): number | undefined {
  return type === 'broker' && name !== '' ? Number(name) : undefined;
}

function recipientOf(broker: number | undefined, otherwise: Recipient = 'broker'): Recipient {
  return broker === undefined ? otherwise : { broker };
}
