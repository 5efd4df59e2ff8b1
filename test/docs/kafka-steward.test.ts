import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { BROKER_EVENTS, kafkaStatus } from '../../lib/kafka/steward/kafka-status';
import { nextBrokerStep } from '../../lib/kafka/steward/next-broker-step';
import { nextKafkaStep } from '../../lib/kafka/steward/next-kafka-step';
import { EVENTS } from '../../lib/steward/quorum-charge';
import { factsOf } from '../kafka/steward/broker-facts-of';
import { blockNamed, codeIn, readDocument, tableBelow } from './documents';
import { renderedKafka, rollingKafka } from './kafka-cluster';
import { allCauses, rowsOfRules, rulesOfRole } from './steward-guide';

const GUIDE = 'docs/steward.md';
const guide = readDocument(GUIDE);

test('the status of the guide is what the steward writes about such a cluster', () => {
  const facts = rollingKafka();
  const shown = parse(blockNamed(GUIDE, 'kubectl get configmap kafka-status -n messaging -o yaml').text);
  const { since, written } = shown.data;
  expect(shown.data).toEqual({ ...kafkaStatus(facts, nextKafkaStep(facts)), since, written });
  for (const time of [since, written]) expect(new Date(time).toISOString()).toBe(time);
  expect(shown.metadata).toMatchObject({ name: 'kafka-status', namespace: 'messaging' });
});

test('the guide explains every rule of the Role', () => {
  const rules = rulesOfRole(renderedKafka(), 'kafka-steward');
  expect(rules.length).toBeGreaterThan(5);
  expect(tableBelow(GUIDE, 'What it may do with Kafka').map((cells) => cells.slice(0, 3))).toEqual(
    rowsOfRules(rules),
  );
});

test('the guide explains every kind of Event that only Kafka has', () => {
  const common = Object.values(EVENTS);
  const own = Object.values(BROKER_EVENTS).filter((reason) => !common.includes(reason));
  expect(own.length).toBeGreaterThan(3);
  expect(tableBelow(GUIDE, 'Events of Kafka').flatMap(([cell]) => codeIn(cell))).toEqual(own);
  const steps = Object.keys(BROKER_EVENTS).filter((step) => !(step in EVENTS));
  expect(/the steps of brokers are ([\s\S]*?)\./.exec(guide)?.[1].match(/[a-z-]+(?=`)/g)).toEqual(steps);
});

test('the guide says what every cause means with Kafka', () => {
  // Nothing of Kafka has these.
  const never = ['upgrade', 'held', 'maintenance'];
  const causes = allCauses().filter((cause) => !never.includes(cause));
  expect(causes.length).toBeGreaterThan(5);
  expect(tableBelow(GUIDE, 'Causes with Kafka').flatMap(([cell]) => codeIn(cell))).toEqual(causes);
});

test('the guide of Kafka quotes what the steward says of brokers that leave and that were dropped', () => {
  const text = readDocument('docs/kafka.md');
  const left = nextBrokerStep(factsOf({}, '0 s', '1 l stopped unknown', '4 l stopped unknown', 'a-0 0'));
  expect(left.why).toMatch(/brokers 1, 4 have left and may be dropped from the list$/);
  expect(text).toContain('brokers 1, 4 have left and may be dropped from the list');
  const dropped = nextBrokerStep(
    factsOf({}, '0 s', '1 s', '2 s', '3 - set silent', 'a-0 0,1,3 isr 0,1 min 1'),
  );
  expect(dropped.why).toMatch(/^broker 3 was dropped without having left/);
  expect(text).toContain('broker 3 was dropped without having left');
});
