import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { Authentication, KafkaVersion, Listener } from '../../../lib';
import { development, issuer, kafkaPlan, none, renamed } from './planned';

const G = Size.gibibytes;
const grown = (size: number) => ({ size: G(size), initialSize: G(10) });
const scram = Listener.internal({ authentication: Authentication.scram() });

test('an unchanged cluster', () => {
  expect(kafkaPlan({}, {})).toEqual([]);
});

test('another release', () => {
  expect(kafkaPlan({ version: KafkaVersion.V4_1 }, {})).toEqual([
    'applied-live!: once every server runs the release, metadata.version is raised from 4.1-IV1 to 4.2-IV1: from then on there is no way back => to keep one for a while, hold metadataVersion back at 4.1, and leave it out in a later commit',
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: image 4.1.2 -> 4.2.1',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: image 4.1.2 -> 4.2.1',
  ]);
});

test('another release, with metadata held back', () => {
  expect(kafkaPlan({ version: KafkaVersion.V4_1 }, { metadataVersion: KafkaVersion.V4_1 })).toEqual([
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: image 4.1.2 -> 4.2.1',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: image 4.1.2 -> 4.2.1',
  ]);
});

test('a release before', () => {
  expect(kafkaPlan({}, { version: KafkaVersion.V4_1 })).toEqual([
    'outage!: metadata.version 4.2-IV1 is never lowered, and a release that knows no more than 4.1-IV1 cannot read it: the first server that restarts does not come back, and the others wait for it => stay with the release that runs',
    'nothing: no roll gets through before that is settled; changed in pods: image 4.2.1 -> 4.1.2',
  ]);
});

test('a release before, where metadata was held back', () => {
  expect(kafkaPlan({ metadataVersion: KafkaVersion.V4_1 }, { version: KafkaVersion.V4_1 })).toEqual([
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: image 4.2.1 -> 4.1.2',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: image 4.2.1 -> 4.1.2',
  ]);
});

test('metadata that is held back too late', () => {
  expect(kafkaPlan({}, { metadataVersion: KafkaVersion.V4_1 })).toEqual([
    'nothing: metadata.version 4.2-IV1 is never lowered: it stays, although 4.1-IV1 is declared => leave metadataVersion at 4.2',
  ]);
});

test('another release without a steward', () => {
  expect(kafkaPlan({ version: KafkaVersion.V4_1, ...none }, none)).toEqual([
    'rolling-restart: 3 controllers restart one at a time, by the StatefulSet, the highest id first and whoever leads: image 4.1.2 -> 4.2.1',
    'outage!: brokers 0, 1 and 2 restart at the same moment, since each is a StatefulSet of its own and there is no steward: image 4.1.2 -> 4.2.1 => change the brokers one by one, apply with Argo CD, which keeps their sync waves, or let a steward do it',
  ]);
});

test('another release without a steward, by Argo CD', () => {
  expect(kafkaPlan({ version: KafkaVersion.V4_1, ...none }, none, { gitops: 'argo-cd' })).toEqual([
    'rolling-restart: 3 controllers restart one at a time, by the StatefulSet, the highest id first and whoever leads: image 4.1.2 -> 4.2.1',
    "rolling-restart: brokers 0, 1 and 2 restart one after the other, by Argo CD's sync waves: image 4.1.2 -> 4.2.1",
  ]);
});

test('memory of brokers, with a topic of one copy', () => {
  expect(
    kafkaPlan(
      { topics: { lone: { replicationFactor: 1 } } },
      { topics: { lone: { replicationFactor: 1 } }, memory: G(8) },
    ),
  ).toEqual([
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: limits.memory 4Gi -> 8Gi, requests.memory 4Gi -> 8Gi, KAFKA_HEAP_OPTS -Xms1024m -Xmx1024m -> -Xms2048m -Xmx2048m; partitions of lone pause meanwhile, which have no more copies than must be in sync',
  ]);
});

test('memory of one broker', () => {
  expect(kafkaPlan({}, { brokers: { count: 3, overrides: { 1: { memory: G(8) } } } })).toEqual([
    'rolling-restart: broker 1 restarts: limits.memory 4Gi -> 8Gi, requests.memory 4Gi -> 8Gi, KAFKA_HEAP_OPTS -Xms1024m -Xmx1024m -> -Xms2048m -Xmx2048m',
  ]);
});

test('the only broker', () => {
  expect(
    kafkaPlan({ brokers: 1, controllers: 1 }, { brokers: 1, controllers: 1, memory: G(8) }, development),
  ).toEqual([
    'outage: the only broker restarts, which interrupts the cluster until it has read its logs: limits.memory 4Gi -> 8Gi, requests.memory 4Gi -> 8Gi, KAFKA_HEAP_OPTS -Xms1024m -Xmx1024m -> -Xms2048m -Xmx2048m',
  ]);
});

test('a setting that is read at the start', () => {
  expect(kafkaPlan({}, { configuration: { 'num.io.threads': 16 } })).toEqual([
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: num.io.threads 16 is new',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: num.io.threads 16 is new',
  ]);
});

test('more brokers', () => {
  expect(kafkaPlan({}, { brokers: 5 })).toEqual([
    'applied-live: brokers 3 and 4 come with a pod and volumes of their own, and get their share of the partitions, at most 50 MiB a second',
  ]);
});

test('more brokers than one, by which defaults change', () => {
  expect(kafkaPlan({ brokers: 1 }, { brokers: 3 }, development)).toEqual([
    'applied-live: min.insync.replicas of all brokers 1 -> 2, without a restart',
    'applied-live: brokers 1 and 2 come with a pod and volumes of their own, and get their share of the partitions, at most 50 MiB a second',
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: default.replication.factor 1 -> 3',
  ]);
});

test('more brokers that stay empty', () => {
  expect(
    kafkaPlan({ reassignment: { automatic: false } }, { brokers: 4, reassignment: { automatic: false } }),
  ).toEqual([
    'applied-live: broker 3 comes with a pod and volumes of its own, empty, until topics are made (reassignment.automatic is false)',
  ]);
});

test('more brokers without a steward', () => {
  expect(kafkaPlan(none, { ...none, brokers: 4 })).toEqual([
    'applied-live: broker 3 comes with a pod and volumes of its own, empty, and nobody moves partitions to it',
  ]);
});

test('an id that may have been used before', () => {
  expect(kafkaPlan({ brokers: { ids: [0, 2, 3] } }, { brokers: 4 })).toEqual([
    'applied-live!: broker 1 comes with a pod and volumes of its own, and gets its share of the partitions, at most 50 MiB a second. Where broker 1 existed before, its claim may still be there, with what it held then => take ids that were never used, or see that no claims of theirs are left',
  ]);
});

test('a broker that is dropped', () => {
  expect(kafkaPlan({ brokers: 4 }, { brokers: 3 })).toEqual([
    'data-lost!: broker 3 is dropped without having left: partitions lose the copies that it holds, and what has no other copy is lost with it; the claim data-0-kafka-broker-3-0 stays => keep it in the list as leaving (brokers.leaving), and drop it when it is empty: docs/kafka.md#removing-brokers',
  ]);
});

test('brokers that are dropped without a steward', () => {
  expect(kafkaPlan({ ...none, brokers: 5 }, none)).toEqual([
    'data-lost!: brokers 3 and 4 are dropped without having left: partitions lose the copies that they hold, and what has no other copy is lost with them; the claims data-0-kafka-broker-3-0, … stay => keep them in the list, move partitions away by kafka-reassign-partitions.sh, and drop them when they are empty: docs/kafka.md#removing-brokers',
  ]);
});

test('brokers that leave', () => {
  expect(kafkaPlan({ brokers: 5 }, { brokers: { count: 5, leaving: [1, 4] } })).toEqual([
    'applied-live: brokers 1 and 4 are emptied, at most 50 MiB a second, and then stopped and unregistered; they may be dropped from the list after that',
  ]);
});

test('a broker that leaves fewer than three', () => {
  expect(kafkaPlan({}, { brokers: { count: 3, leaving: [2] } })).toEqual([
    'applied-live!: min.insync.replicas of all brokers 2 -> 1, without a restart => keep 2: with 1 a record is acknowledged that a single disk has, and is lost with it',
    "applied-live!: broker 2 is emptied, at most 50 MiB a second, and then stopped and unregistered; it may be dropped from the list after that. Kafka's own topics may have 3 copies, and cannot be moved away to fewer brokers => let more brokers stay, or lower the number of copies first",
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: default.replication.factor 3 -> 2',
  ]);
});

test('brokers that have left', () => {
  expect(kafkaPlan({ brokers: { count: 5, leaving: [1, 4] } }, { brokers: { ids: [0, 2, 3] } })).toEqual([
    'applied-live!: brokers 1 and 4, which were leaving, are dropped from the list; claims stay => see first that the status says that they have left: kubectl get configmap kafka-status -n data -o yaml',
  ]);
});

test('a broker that stays after all', () => {
  expect(kafkaPlan({ brokers: { count: 5, leaving: [1] } }, { brokers: 5 })).toEqual([
    'applied-live: broker 1 stays after all: it runs, and may be given partitions again',
  ]);
});

test('a combined server more', () => {
  expect(
    kafkaPlan({ controllers: 'combined', brokers: 1 }, { controllers: 'combined', brokers: 3 }, development),
  ).toEqual([
    'applied-live: min.insync.replicas of all brokers 1 -> 2, without a restart',
    'applied-live!: brokers 1 and 2 come, and get no votes: the number of servers that are controllers, too, cannot change => make a cluster with controllers of their own',
    'rolling-restart: broker 0 restarts: default.replication.factor 1 -> 3',
  ]);
});

test('more controllers', () => {
  expect(kafkaPlan({ controllers: 1 }, { controllers: 3 }, development)).toEqual([
    'applied-live: controllers 3001 and 3002 come one after the other: each gets a pod and a volume, copies the metadata without a vote, and gets one once it is in step; nobody restarts for that',
  ]);
});

test('fewer controllers', () => {
  expect(kafkaPlan({ controllers: 5 }, { controllers: 3 })).toEqual([
    'applied-live: controllers 3003 and 3004 leave one at a time, the active one last: out of the membership first, then the pod; claims stay',
  ]);
});

test('volumes that grow', () => {
  expect(kafkaPlan({}, { storage: grown(20) })).toEqual([
    'applied-live: 3 volumes data-0-kafka-broker-0-0, data-0-kafka-broker-1-0, data-0-kafka-broker-2-0 grow from 10Gi to 20Gi, while servers use them; the StorageClass has to allow it (allowVolumeExpansion)',
  ]);
});

test('one disk more', () => {
  expect(kafkaPlan({}, { storage: [G(10), G(10)] })).toEqual([
    'refused!: the volume data-1 (10Gi) of kafka-broker-0, kafka-broker-1, kafka-broker-2 is new among the claim templates: the API server refuses it, since claim templates never change, and with it all else of these StatefulSets; the steward waits meanwhile => add brokers that have what you want, by ids and overrides, and let the old ones leave',
  ]);
});

test('other zones', () => {
  expect(
    kafkaPlan(
      { brokers: 3 },
      { brokers: { count: 3, overrides: { 1: { zone: 'c' } } } },
      { zones: ['a', 'b', 'c'] },
    ),
  ).toEqual([
    "outage!: broker 1 is bound to c instead of b, and its volumes stay where they were made: unless they can be had in both zones, its pod waits for a node for ever, and no other broker restarts => keep the zones of the environment in their order, or say overrides: { 1: { zone: 'b' } }; another zone takes another broker",
    'rolling-restart: broker 1 restarts: nodeSelector[topology.kubernetes.io/zone] b -> c, broker.rack b -> c',
  ]);
});

test('the log level', () => {
  expect(kafkaPlan({}, { logLevel: 'DEBUG' })).toEqual([
    'applied-live: the log level changes from INFO to DEBUG within two minutes, without a restart',
  ]);
});

test('the log level of 3.9', () => {
  expect(
    kafkaPlan({ version: KafkaVersion.V3_9 }, { version: KafkaVersion.V3_9, logLevel: 'DEBUG' }),
  ).toEqual([
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: log4j.properties, which servers read when they start',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: log4j.properties, which servers read when they start',
  ]);
});

test('another name of the environment', () => {
  expect(kafkaPlan({}, {}, [{}, renamed])).toEqual([
    "outage!: the id of the cluster changes from YpQxryluWTm4R8mgD0Lang to HZGDiH4fVP240f2YLTKAqw: every server that restarts refuses its own disk from then on => say clusterId: 'YpQxryluWTm4R8mgD0Lang', or take back what was changed of the environment's name",
  ]);
});

test('TLS, also among servers', () => {
  expect(kafkaPlan({}, { tls: {} }, issuer)).toEqual([
    "outage!: servers are to talk to one another by tls instead of plain: those that do not agree cannot talk, and the steward asks in the new way alone and waits, until all servers were stopped at once => say internalSecurity: 'plain', and change only what clients use",
    'outage!: listener internal changes PLAINTEXT -> SSL: clients of the old one cannot connect to brokers that were restarted => add a listener of another name and port, move all clients, and then take this one away: docs/kafka.md#turning-tls-or-logins-on',
    'nothing: no roll gets through before that is settled; changed in pods: listener.name.controller.ssl.client.auth required is new, listener.name.replication.ssl.client.auth required is new, listener.security.protocol.map REPLICATION:PLAINTEXT CONTROLLER:PLAINTEXT INTERNAL:PLAINTE… -> REPLICATION:SSL CONTROLLER:SSL INTERNAL:SSL, ssl.allow.san.changes true is new and 9 more',
    'applied-live: a certificate for servers is made, in the Secret kafka-tls',
  ]);
});

test('a login, also among servers', () => {
  expect(kafkaPlan({}, { listeners: [scram] })).toEqual([
    "outage!: servers are to talk to one another by sasl instead of plain: those that do not agree cannot talk, and the steward asks in the new way alone and waits, until all servers were stopped at once => say internalSecurity: 'plain', and change only what clients use",
    'outage!: listener internal changes PLAINTEXT -> SASL_PLAINTEXT: clients of the old one cannot connect to brokers that were restarted => add a listener of another name and port, move all clients, and then take this one away: docs/kafka.md#turning-tls-or-logins-on',
    "outage!: ACLs are enforced on all listeners (StandardAuthorizer): clients without ACLs, and all that come without a name, are refused => give every consumer its rights first, with superUsers: ['User:ANONYMOUS'] until all of them have a name",
    'nothing: no roll gets through before that is settled; changed in pods: authorizer.class.name org.apache.kafka.metadata.authorizer.StandardAuthorizer is new, config.providers dir is new, config.providers.dir.class org.apache.kafka.common.config.provider.DirectoryConfigProv… is new, listener.name.controller.plain.sasl.jaas.config org.apache.kafka.common.security.plain.PlainLoginModule req… is new and 13 more',
    'applied-live: the Secret kafka-internal is generated, unless it is there',
    'rest: NetworkPolicy kafka: spec.ingress',
    'rest: NetworkPolicy kafka-steward: spec.egress',
  ]);
});

test('another certificate', () => {
  expect(kafkaPlan({ tls: {}, brokers: 9 }, { tls: {}, brokers: 11 }, issuer)).toEqual([
    'applied-live: brokers 9 and 10 come with a pod and volumes of their own, and get their share of the partitions, at most 50 MiB a second',
    'rolling-restart: servers get another certificate (other names): brokers read it at once, and then all 14 servers restart one at a time, since controllers read theirs only when they start',
  ]);
});

test('a steward for a running cluster', () => {
  expect(kafkaPlan(none, {})).toEqual([
    'applied-live: a steward looks after the cluster from now on: it restarts servers, and brings members where the manifests want them',
    'outage!: replicas: 3 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one controller end, until the steward puts the number back, some seconds to a minute later; no data is lost => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'rolling-restart: 3 controllers restart one at a time, before any broker, the active controller last: min.insync.replicas is gone',
    'rolling-restart: brokers 0, 1 and 2 restart one at a time, by their ids, each while all replicas are in sync: min.insync.replicas is gone',
  ]);
});

test('no steward any more', () => {
  expect(kafkaPlan({}, none)).toEqual([
    'applied-live!: nobody looks after the cluster any more: Kubernetes restarts all brokers of a change at the same moment, and nobody moves partitions, changes the quorum, or makes topics and users => see docs/steward.md#without-it for what is then to be done by hand',
    'rolling-restart: 3 controllers restart one at a time, by the StatefulSet, the highest id first and whoever leads: min.insync.replicas 2 is new',
    'outage!: brokers 0, 1 and 2 restart at the same moment, since each is a StatefulSet of its own and there is no steward: min.insync.replicas 2 is new => change the brokers one by one, apply with Argo CD, which keeps their sync waves, or let a steward do it',
  ]);
});
