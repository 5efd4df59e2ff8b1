import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { expect, test } from 'vitest';
import * as library from '../../lib';
import { reportedProblems } from '../../lib/core/problem';
import { kafkaAlerts } from '../../lib/kafka/kafka-alerts';
import { DYNAMIC_SETTINGS, isDynamic } from '../../lib/kafka/kafka-config-keys';
import { MIRROR_PORT } from '../../lib/kafka/kafka-mirror-config';
import { PORTS } from '../../lib/kafka/kafka-names';
import { KAFKA_LINES } from '../../lib/kafka/kafka-version';
import { KAFKA_METRICS, type KafkaMetric, metricName } from '../../lib/kafka/steward/metric-names';
import { STEWARD_PORT } from '../../lib/steward/settings';
import { everyProp } from '../kafka/every-prop';
import { kafkaModel } from '../kafka/kafka-model-of';
import { everything } from '../support/every-prop';
import { codeIn, exportedInterfaces, propTablesOf, readDocument, tableBelow } from './documents';
import { renderedKafka } from './kafka-cluster';
import { chartForParts, partsOf, runPart } from './parts';
import type { Manifest } from './rendered';

const GUIDE = 'docs/kafka.md';
const guide = readDocument(GUIDE);

// What the library gives rather than takes is told in words; the props of a server stand in the tables of all that have them.
const WITHOUT = ['IKafkaCluster', 'KafkaConnection', 'KafkaServerProps'];

test('the guide has a table for every interface of props', () => {
  const names = exportedInterfaces('lib/kafka').filter((name) => !WITHOUT.includes(name));
  expect(names.length).toBeGreaterThan(15);
  expect(propTablesOf(GUIDE).sort()).toEqual(names.sort());
});

test('the guide names every way to make a listener and a login', () => {
  const made = [library.Listener, library.Authentication].flatMap((of) =>
    Object.getOwnPropertyNames(of)
      .filter((name) => !['length', 'name', 'prototype'].includes(name))
      .map((name) => `${of.name}.${name}`),
  );
  expect(made.length).toBe(8);
  const told = [...tableBelow(GUIDE, 'Kinds of listeners'), ...tableBelow(GUIDE, 'Logins')].map(
    ([cell]) => /^`(\w+\.\w+)\(/.exec(cell)?.[1],
  );
  expect(told.sort()).toEqual(made.sort());
});

test('the guide explains every metric, with its labels and in its own words', () => {
  const told = tableBelow(GUIDE, 'Metrics').map(([name, labels, help]) => [
    codeIn(name)[0],
    codeIn(labels),
    help,
  ]);
  const all = (Object.keys(KAFKA_METRICS) as KafkaMetric[]).map((metric) => [
    metricName(metric),
    [...KAFKA_METRICS[metric].labels],
    KAFKA_METRICS[metric].help,
  ]);
  expect(told).toEqual(all);
});

test('the guide explains every alert', () => {
  const told = tableBelow(GUIDE, 'Alerts');
  const all = kafkaAlerts(kafkaModel());
  expect(told.map(([alert, duration, severity]) => [codeIn(alert)[0], duration, severity])).toEqual(
    all.map((alert) => [alert.alert, alert.for, alert.severity]),
  );
  expect(told.every(([, , , meaning]) => meaning.length > 20)).toBe(true);
});

/** Ports that the containers of a rendering open. */
function portsOf(objects: readonly Manifest[]): number[] {
  const pods = objects.flatMap(({ spec }) => (spec?.template?.spec?.containers ? [spec.template.spec] : []));
  return pods.flatMap(({ containers }) =>
    containers.flatMap(({ ports = [] }: { ports?: { containerPort: number }[] }) =>
      ports.map(({ containerPort }) => containerPort),
    ),
  );
}

test('the guide names every port', () => {
  const told = tableBelow(GUIDE, 'Network').flatMap(([cell]) => cell.match(/\d+/g)?.map(Number) ?? []);
  const listeners = ['a', 'b', 'c'].map((name) => library.Listener.internal({ name }));
  const rendered = portsOf(renderedKafka({ listeners, exporter: {} }, { monitoring: 'prometheus-operator' }));
  const all = [...rendered, ...Object.values(PORTS), STEWARD_PORT, MIRROR_PORT];
  expect(rendered).toContain(PORTS.controller + 2);
  expect([...new Set(told)].sort()).toEqual([...new Set(all)].sort());
});

test('the guide counts and names what the ten lines become', () => {
  const objects = renderedKafka().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const told = tableBelow(GUIDE, 'What is rendered').flatMap(([cell]) => codeIn(cell));
  expect(told.sort()).toEqual(objects.sort());
  expect(guide).toContain(`The ten lines become ${objects.length} objects`);
  const more = renderedKafka({ brokers: 4 }).length - objects.length;
  expect(guide).toContain(`Each broker adds ${more}, or one more for each external listener.`);
  const secrets = renderedKafka({
    listeners: [library.Listener.internal({ authentication: library.Authentication.scram() })],
  }).filter(({ metadata }) => metadata.name.startsWith('kafka-secrets'));
  expect(guide).toContain(`a Job with an\naccount of its own, ${secrets.length} objects in all`);
});

test('the guide knows the releases', () => {
  const { V3_9, V4_0, V4_1, V4_2, V4_3 } = library.KafkaVersion;
  const releases = [V3_9, V4_0, V4_1, V4_2, V4_3];
  expect(releases.map(({ line }) => line)).toEqual(Object.keys(KAFKA_LINES));
  expect(tableBelow(GUIDE, 'Upgrades')).toEqual(
    releases.map(({ line, version }) => {
      const { metadataVersion, zookeeper } = KAFKA_LINES[line];
      return [line, version, metadataVersion, zookeeper ? 'possible' : 'no'];
    }),
  );
});

test('the guide lists the settings that running brokers take', () => {
  const [, list = ''] =
    /<!-- live settings of 4\.2 -->([\s\S]*?)<!-- end live settings -->/.exec(guide) ?? [];
  expect(codeIn(list)).toEqual(Object.keys(DYNAMIC_SETTINGS).filter((key) => isDynamic(key, '4.2')));
});

/** Interfaces by the words that stand before a prop in the table of changes. */
const INTERFACES: Readonly<Record<string, string>> = {
  '': 'KafkaClusterProps',
  brokers: 'KafkaBrokersProps',
  controllers: 'KafkaControllersProps',
  overrides: 'KafkaBrokerOverrides',
};

test('the guide says who restarts for a change, as the pod templates show it', () => {
  const rows = tableBelow(GUIDE, 'Rolling a change');
  const told = rows.flatMap(([cell, who]) =>
    codeIn(cell).map((word) => {
      const [prop, prefix = ''] = word.split('.').reverse();
      return { interface: INTERFACES[prefix], prop, who };
    }),
  );
  const all = everyProp.filter((one) => one.interface === 'KafkaClusterProps').map(({ prop }) => prop);
  const named = told.filter((one) => one.interface === 'KafkaClusterProps').map(({ prop }) => prop);
  expect(named.sort()).toEqual(all.sort());
  const wrong = told
    .filter(({ who }) => who !== 'never')
    .filter(
      (row) =>
        everyProp.find((one) => one.interface === row.interface && one.prop === row.prop)?.restarts !==
        row.who,
    );
  expect(wrong).toEqual([]);
});

test('the variables of a connection are those of the guide', () => {
  const app = new App();
  library.Environment.attach(app, everything);
  const chart = new Chart(app, 'messaging', { namespace: 'messaging' });
  const { Authentication, Listener } = library;
  const kafka = new library.KafkaCluster(chart, 'kafka', {
    storage: Size.gibibytes(1),
    tls: {},
    listeners: [
      Listener.internal({ authentication: Authentication.scram() }),
      Listener.internal({ name: 'certificates', authentication: Authentication.mutualTls() }),
    ],
  });
  const variables = ['internal', 'certificates'].flatMap((listener) => {
    const deployment = new kplus.Deployment(chart, listener);
    return Object.keys(kafka.grantAccess(deployment, { listener }).env);
  });
  const [table = ''] = /^\| Variable of[^\n]*\n(\|[^\n]*\n)+/m.exec(guide) ?? [];
  const told = codeIn(table).filter((word) => word.startsWith('KAFKA_'));
  expect(told.sort()).toEqual([...new Set(variables)].sort());
});

test('the guide says which clusters have no mark', () => {
  const marked = (props: Partial<library.KafkaClusterProps>) => {
    const objects = renderedKafka(props, { durability: 'development' });
    const steward = objects.find(({ kind }) => kind === 'Deployment') as Manifest;
    const { env } = steward.spec.template.spec.containers[0];
    const settings = env.find(({ name }: { name: string }) => name === 'SETTINGS').value;
    return JSON.parse(settings).data !== 'scratch';
  };
  expect(marked({})).toBe(true);
  expect(marked({ controllers: 'combined' })).toBe(true);
  expect(guide).toContain('Those with metadata in ZooKeeper have no mark.');
});

test.each(partsOf(GUIDE))('the snippet at line %i runs, and nothing is wrong with it', (_, text) => {
  const { app, chart, deployment } = chartForParts('messaging');
  const { Authentication, Listener } = library;
  const given = {
    app,
    chart,
    kafka: new library.KafkaCluster(chart, 'kafka', {
      storage: Size.gibibytes(100),
      tls: {},
      listeners: [Listener.internal({ authentication: Authentication.scram() })],
    }),
    zookeeper: new library.ZooKeeperCluster(chart, 'zookeeper', { storage: { data: Size.gibibytes(10) } }),
    deployment,
  };
  runPart(text, given);
  expect(reportedProblems(app).map(({ code, message }) => `[${code}] ${message}`)).toEqual([]);
  expect(chart.toJson().length).toBeGreaterThan(20);
});

test('the topology picture is there, names what is rendered and can be read aloud', () => {
  const svg = readDocument('docs/kafka-topology.svg');
  expect(svg).toMatch(/<title id="title">[^<]{20,}<\/title>/);
  expect(svg).toMatch(/<desc id="desc">[^<]{100,}<\/desc>/);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(guide).toMatch(/!\[[^\]]{100,}\]\(kafka-topology\.svg\)/);
  const { controllers, brokers } = kafkaModel();
  const pods = [
    ...(controllers?.ids ?? []).map((id) => `kafka-controller-${id}`),
    ...brokers.map(({ pod }) => pod),
  ];
  expect(pods.length).toBe(6);
  const sets = renderedKafka().filter(({ kind }) => kind === 'StatefulSet');
  const names = [...pods, ...pods.map((pod) => `data-0-${pod}`)];
  for (const { metadata } of sets) names.push(`StatefulSet ${metadata.name}`);
  const texts = [...svg.matchAll(/>([^<>]+)<\//g)].map(([, text]) => text.replace('9093; ', ''));
  expect(names.filter((name) => !texts.includes(name))).toEqual([]);
  for (const port of [...Object.values(PORTS), STEWARD_PORT]) expect(svg).toContain(String(port));
});
