import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { Authentication, type KafkaTopic, type KafkaUser, Listener } from '../../../lib';
import { kafkaPlan, none } from './planned';

const G = Size.gibibytes;
const scram = Listener.internal({ authentication: Authentication.scram() });
const open = Listener.internal();
const secure = Listener.internal({ name: 'secure', port: 9094, authentication: Authentication.scram() });
const superUsers = ['User:ANONYMOUS'];
const unclean = { 'unclean.leader.election.enable': true };
const topicsPlan = (before: Record<string, KafkaTopic>, after: Record<string, KafkaTopic>) =>
  kafkaPlan({ topics: before }, { topics: after });
const usersPlan = (before: Record<string, KafkaUser>, after: Record<string, KafkaUser>) =>
  kafkaPlan({ listeners: [scram], users: before }, { listeners: [scram], users: after });

test('a live setting', () => {
  expect(kafkaPlan({}, { configuration: { 'message.max.bytes': 2_000_000 } })).toEqual([
    "applied-live: message.max.bytes of all brokers Kafka's default -> 2000000, without a restart",
  ]);
});

test('fewer copies that must be in sync', () => {
  expect(kafkaPlan({}, { configuration: { 'min.insync.replicas': 1 } })).toEqual([
    'applied-live!: min.insync.replicas of all brokers 2 -> 1, without a restart => keep 2: with 1 a record is acknowledged that a single disk has, and is lost with it',
  ]);
});

test('shorter retention of all topics', () => {
  expect(kafkaPlan({}, { configuration: { 'log.retention.hours': 24 } })).toEqual([
    'data-lost!: all topics that do not say themselves what is kept: records older than 1 day are deleted (kept for 7 days until now) => see that nobody needs these records any more, or give the topics that do their own retention',
  ]);
});

test('longer retention of all topics', () => {
  expect(kafkaPlan({ configuration: { 'log.retention.hours': 24 } }, {})).toEqual([
    "applied-live: log.retention.ms of all brokers 86400000 -> Kafka's default, without a restart",
  ]);
});

test('shorter retention without a steward', () => {
  expect(kafkaPlan(none, { ...none, configuration: { 'log.retention.hours': 24 } })).toEqual([
    'data-lost!: all topics that do not say themselves what is kept: records older than 1 day are deleted (kept for 7 days until now) => see that nobody needs these records any more, or give the topics that do their own retention',
    'outage!: brokers 0, 1 and 2 restart at the same moment, since each is a StatefulSet of its own and there is no steward: log.retention.hours 24 is new => change the brokers one by one, apply with Argo CD, which keeps their sync waves, or let a steward do it',
  ]);
});

test('compaction of all topics', () => {
  expect(kafkaPlan({}, { configuration: { 'log.cleanup.policy': 'compact' } })).toEqual([
    'data-lost!: all topics that do not say themselves what is kept: of the records of a key only the last one is kept, and records without a key are refused => see that nobody needs these records any more, or give the topics that do their own retention',
  ]);
});

test('how partitions are moved', () => {
  expect(kafkaPlan({}, { reassignment: { concurrency: 4 } })).toEqual([
    'applied-live: partitions are moved with concurrency 4 instead of 10',
  ]);
});

test('topics that come and go', () => {
  expect(
    topicsPlan(
      { stays: {}, left: {}, gone: {} },
      { stays: {}, gone: { delete: true }, fresh: { partitions: 12, retention: Duration.days(1) } },
    ),
  ).toEqual([
    'applied-live: topic fresh is made, with 12 partitions of 3 copies and retention.ms=86400000; where it exists, it gets these settings',
    'nothing: topic left is not declared any more, and stays as it is: nobody deletes it or puts its settings back',
    'data-lost!: topic gone is deleted with all of its records => leave it out of the list instead, to keep it and its records',
  ]);
});

test('topics that were to be deleted', () => {
  expect(topicsPlan({ a: { delete: true }, b: { delete: true } }, { b: {} })).toEqual([
    'nothing: topic a, which was to be deleted, is not named any more',
    'applied-live: topic b is made, with 1 partition of 3 copies; where it exists, it gets these settings',
  ]);
});

test('retention of topics', () => {
  expect(
    topicsPlan(
      {
        less: { retention: Duration.days(7) },
        more: { retention: Duration.days(1) },
        own: {},
        none: { retention: Duration.days(1) },
      },
      {
        less: { retention: Duration.days(3) },
        more: { retention: Duration.days(7) },
        own: { retention: Duration.hours(36) },
        none: {},
      },
    ),
  ).toEqual([
    'data-lost!: topic less: records older than 3 days are deleted (kept for 7 days until now) => see that nobody needs these records any more',
    'applied-live: topic more: retention.ms 1 day -> 7 days',
    "applied-live: topic none: retention.ms 1 day -> the cluster's",
    'data-lost!: topic own: records older than 36 hours are deleted (kept for 7 days until now) => see that nobody needs these records any more',
  ]);
});

test('bytes of topics', () => {
  expect(
    topicsPlan(
      { less: { retentionBytes: G(2) }, own: {} },
      { less: { retentionBytes: G(1) }, own: { retentionBytes: Size.mebibytes(100) } },
    ),
  ).toEqual([
    'data-lost!: topic less: the oldest records beyond 1 GiB of each partition are deleted (2 GiB until now) => see that nobody needs these records any more',
    'data-lost!: topic own: the oldest records beyond 100 MiB of each partition are deleted (no limit until now) => see that nobody needs these records any more',
  ]);
});

test('what happens to old records', () => {
  expect(
    topicsPlan(
      { a: {}, b: { cleanupPolicy: 'compact' }, c: { cleanupPolicy: 'compact,delete' } },
      { a: { cleanupPolicy: 'compact' }, b: {}, c: { cleanupPolicy: 'compact' } },
    ),
  ).toEqual([
    'data-lost!: topic a: of the records of a key only the last one is kept, and records without a key are refused => see that nobody needs these records any more',
    'data-lost!: topic b: records older than 7 days are deleted (kept for ever until now) => see that nobody needs these records any more',
    'applied-live: topic c: cleanup.policy compact,delete -> compact',
  ]);
});

test('partitions and copies', () => {
  expect(
    topicsPlan(
      {
        more: { partitions: 3 },
        fewer: { partitions: 3 },
        up: { replicationFactor: 2 },
        down: { replicationFactor: 3 },
      },
      {
        more: { partitions: 6 },
        fewer: { partitions: 1 },
        up: { replicationFactor: 3 },
        down: { replicationFactor: 2 },
      },
    ),
  ).toEqual([
    'applied-live!: topic down: 3 -> 2 copies of each partition, throttled: copies are taken away',
    'nothing: topic fewer keeps its 3 partitions, although 1 is declared: Kafka cannot take partitions away => declare 3, or let it be deleted and declare it anew',
    'applied-live!: topic more grows from 3 partitions to 6, for good: records of a key may go to another partition than those before',
    'applied-live: topic up: 2 -> 3 copies of each partition, throttled: copies are added',
  ]);
});

test('leaders that were not in sync', () => {
  expect(topicsPlan({ a: {} }, { a: { configuration: unclean }, b: { configuration: unclean } })).toEqual([
    'applied-live!: topic b is made, with 1 partition of 3 copies and unclean.leader.election.enable=true; where it exists, it gets these settings => leave it off: a copy that lags behind may become the leader, and what it has not got is lost',
    "applied-live!: topic a: unclean.leader.election.enable the cluster's -> true => leave it off: a copy that lags behind may become the leader, and what it has not got is lost",
  ]);
});

test('users that come and go', () => {
  expect(
    usersPlan(
      { stays: {}, left: { produce: ['x'] }, gone: {} },
      { stays: {}, gone: { delete: true }, fresh: { consume: ['y'] } },
    ),
  ).toEqual([
    'applied-live: user fresh is made: Describe group fresh*, Read group fresh*, Describe topic y, Read topic y',
    'nothing: user left is not declared any more, and keeps password, ACLs and quotas; delete: true takes them away',
    'outage!: user gone is deleted with its password, ACLs and quotas: clients that log in as gone are refused => see that nobody logs in as gone any more',
    'applied-live: the Secret kafka-user-fresh is generated, unless it is there',
    'nothing: the generated Secrets kafka-user-gone, kafka-user-left are not needed any more, and stay',
  ]);
});

test('rights and quotas', () => {
  expect(
    usersPlan(
      { shop: { produce: ['x'], consume: ['y'] } },
      { shop: { produce: ['x', 'z'], quotas: { producerByteRate: 100 } } },
    ),
  ).toEqual([
    'applied-live: user shop may from now on: Describe topic z, Write topic z',
    'outage!: user shop may no longer: Describe group shop*, Read group shop*, Describe topic y, Read topic y; whoever still does it as shop is refused => see that no client needs these rights any more',
    'applied-live: user shop: producer_byte_rate none -> 100 for each broker',
  ]);
});

test('a listener beside another one', () => {
  expect(
    kafkaPlan(
      { internalSecurity: 'plain', listeners: [open] },
      { internalSecurity: 'plain', superUsers, listeners: [open, secure] },
    ),
  ).toEqual([
    'applied-live: listener secure (9094, SASL_PLAINTEXT) is there once brokers have restarted',
    'applied-live: ACLs are enforced; whoever comes without a name may go on doing everything (User:ANONYMOUS is a super user)',
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: authorizer.class.name org.apache.kafka.metadata.authorizer.StandardAuthorizer is new, super.users User:ANONYMOUS is new',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: authorizer.class.name org.apache.kafka.metadata.authorizer.StandardAuthorizer is new, listener.name.secure.sasl.enabled.mechanisms SCRAM-SHA-512 is new, listener.name.secure.scram-sha-512.sasl.jaas.config org.apache.kafka.common.security.scram.ScramLoginModule req… is new, listener.security.protocol.map has SECURE:SASL_PLAINTEXT, too and 4 more',
    'rest: NetworkPolicy kafka: spec.ingress',
    'rest: NetworkPolicy kafka-steward: spec.egress',
    'rest: Service kafka: spec.ports[9094/TCP]',
    'rest: Service kafka-broker-0: spec.ports[9094/TCP]',
    'rest: Service kafka-broker-1: spec.ports[9094/TCP]',
    'rest: Service kafka-broker-2: spec.ports[9094/TCP]',
  ]);
});

test('a listener that goes', () => {
  expect(
    kafkaPlan(
      { internalSecurity: 'plain', superUsers, listeners: [open, secure] },
      { internalSecurity: 'plain', listeners: [secure] },
    ),
  ).toEqual([
    'outage!: listener internal (9092) goes: clients that connect there cannot any more, broker by broker as they restart => move all clients to another listener before: docs/kafka.md#turning-tls-or-logins-on',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: listener.security.protocol.map is without INTERNAL:PLAINTEXT, listeners REPLICATION://:9091,INTERNAL://:9092,SECURE://:9094 -> REPLICATION://:9091,SECURE://:9094, ports[9092/TCP] is gone, advertised.listeners is without INTERNAL://kafka-broker-{id}.data.svc.cluster.local:9092',
    'rest: Service kafka: spec.ports[9092/TCP]',
    'rest: Service kafka-broker-0: spec.ports[9092/TCP]',
    'rest: Service kafka-broker-1: spec.ports[9092/TCP]',
    'rest: Service kafka-broker-2: spec.ports[9092/TCP]',
  ]);
});

test('another port', () => {
  expect(kafkaPlan({ listeners: [open] }, { listeners: [Listener.internal({ port: 9099 + 1 })] })).toEqual([
    'outage!: listener internal changes port 9092 -> 9100: clients of the old one cannot connect to brokers that were restarted => add a listener of another name and port, move all clients, and then take this one away: docs/kafka.md#turning-tls-or-logins-on',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: listeners 9092 -> 9100, ports[9092/TCP] is gone, ports[9100/TCP] is new, advertised.listeners 9092 -> 9100',
    'rest: Service kafka: spec.ports[9092/TCP], spec.ports[9100/TCP]',
    'rest: Service kafka-broker-0: spec.ports[9092/TCP], spec.ports[9100/TCP]',
    'rest: Service kafka-broker-1: spec.ports[9092/TCP], spec.ports[9100/TCP]',
    'rest: Service kafka-broker-2: spec.ports[9092/TCP], spec.ports[9100/TCP]',
  ]);
});

test('ACLs that are enforced', () => {
  expect(kafkaPlan({ listeners: [scram], authorization: 'none' }, { listeners: [scram] })).toEqual([
    "outage!: ACLs are enforced on all listeners (StandardAuthorizer): clients without ACLs, and all that come without a name, are refused => give every consumer its rights first, with superUsers: ['User:ANONYMOUS'] until all of them have a name",
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: authorizer.class.name org.apache.kafka.metadata.authorizer.StandardAuthorizer is new, super.users User:kafka-internal is new',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: authorizer.class.name org.apache.kafka.metadata.authorizer.StandardAuthorizer is new, super.users User:kafka-internal is new',
  ]);
});

test('ACLs that are not enforced any more', () => {
  expect(kafkaPlan({ listeners: [scram] }, { listeners: [scram], authorization: 'none' })).toEqual([
    'applied-live!: ACLs are not enforced any more: whoever may connect may do everything => give the users that lack rights their ACLs instead',
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: authorizer.class.name is gone, super.users is gone',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: authorizer.class.name is gone, super.users is gone',
  ]);
});

test('an exporter', () => {
  expect(kafkaPlan({}, { exporter: {} })).toEqual([
    'applied-live: Deployment data/kafka-exporter may connect to kafka on 9092',
    'rest: Deployment kafka-exporter: comes',
    'rest: NetworkPolicy kafka-exporter: comes',
  ]);
});
