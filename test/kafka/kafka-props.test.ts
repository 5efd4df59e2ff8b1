import { describe, expect, it } from 'vitest';
import { declaredProps, everything, type PropsInterface, propsOf } from '../support/every-prop';
import { podOf } from '../support/rendering';
import { everyProp, type KafkaCase, type Restarts } from './every-prop';
import { kafka, setsOf } from './rendering';

const PROPS = 'kafka/kafka-props.ts';
const LISTENERS = 'kafka/kafka-listeners.ts';

/** Interfaces whose props end up in a cluster, with their files. */
const INTERFACES: readonly PropsInterface[] = [
  ['KafkaClusterProps', PROPS],
  ['KafkaBrokersProps', PROPS],
  ['KafkaBrokerOverrides', PROPS],
  ['KafkaControllersProps', PROPS],
  ['KafkaTls', PROPS, 'core/certificates.ts'],
  ['KafkaConfiguration', PROPS],
  ['KafkaTopic', PROPS],
  ['KafkaUser', PROPS],
  ['KafkaAcl', PROPS],
  ['KafkaQuotas', PROPS],
  ['KafkaReassignment', PROPS],
  ['ListenerOptions', LISTENERS],
  ['ExternalListenerOptions', LISTENERS],
  ['OAuthBearerOptions', LISTENERS],
];

function render(props: KafkaCase['with']) {
  // Rendering refuses a cluster that anything is wrong with, so the table holds good values only.
  const { objects, problems } = kafka(props, everything);
  expect(problems).toEqual([]);
  const rendered = objects();
  const pods = [...setsOf(rendered)].map(([name, set]) => [name, JSON.stringify(podOf(set))] as const);
  return { text: JSON.stringify(rendered), pods: new Map(pods) };
}

/** Who restarts: servers whose pods are in both renderings and differ. */
function restarts(before: Map<string, string>, after: Map<string, string>): Restarts {
  // Without a common name all that was there goes.
  const common = [...before.keys()].filter((name) => after.has(name));
  if (common.length === 0) return 'all';
  const changed = common.filter((name) => before.get(name) !== after.get(name));
  const brokers = changed.filter((name) => name.includes('-broker-')).length;
  if (changed.length === 0) return 'none';
  if (brokers === 0) return 'controllers';
  if (brokers === 1) return 'one broker';
  return changed.length > brokers ? 'all' : 'brokers';
}

describe('the table of props', () => {
  it.each(INTERFACES)('holds every prop of %s', (name, ...files) => {
    const declared = new Set(declaredProps(name, ...files));
    // What an external listener has of every listener is told there.
    const inherited = name === 'ExternalListenerOptions' ? ['tls', 'authentication', 'port'] : [];
    expect(declared.size).toBeGreaterThan(1);
    const told = propsOf(everyProp, name);
    expect([...told, ...inherited].sort()).toEqual([...declared].sort());
  });
});

describe('every prop', () => {
  it.each(everyProp)('$interface, $prop: leaves a trace; who restarts: $restarts', (one) => {
    const [a, b] = [render(one.with), render(one.without)];
    if (one.prop !== 'upgradeFrom') expect(a.text).not.toBe(b.text);
    expect(restarts(b.pods, a.pods)).toBe(one.restarts);
  });
});
