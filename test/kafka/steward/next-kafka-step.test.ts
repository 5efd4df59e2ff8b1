import { describe, expect, it } from 'vitest';
import { nextKafkaStep } from '../../../lib/kafka/steward/next-kafka-step';
import { factsOf as controllersOf, type Given as Quorum } from '../../steward/facts-of';
import { factsOf, type Given, told } from './broker-facts-of';

const WELL = ['1 v/v leader', '2 v/v follower', '3 v/v follower'];
const LATE = ['1 v/v leader', '2 v/v follower', '3 v/v'];
const NONE = ['1 v/- waiting', '2 v/- waiting', '3 v/- waiting'];
const OLD = ['0 s old', '1 s old', 'a-0 0,1 min 1'];
const late = 'waits until every member is well: zk-3 does not answer: no answer within 2000 ms';
const none =
  'no leader serves: zk-1 runs and finds no majority; zk-2 runs and finds no majority; zk-3 runs and finds no majority';

describe('nextKafkaStep', () => {
  it.each<[string, Quorum, string[], Given, string[], string[]]>([
    ['all is as wanted', {}, WELL, {}, ['0 s'], ['Settled: rest', 'everything is as the manifests say']],
    [
      'controllers are restarted before brokers',
      {},
      [...WELL.slice(0, 2), '3 v/v follower old'],
      {},
      OLD,
      ['Rolling: restart 3, uid-3', 'zk-3: it runs revision a, and b was applied'],
    ],
    [
      'brokers are restarted once controllers rest',
      {},
      WELL,
      {},
      OLD,
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    ['no broker is restarted while controllers wait', {}, LATE, {}, OLD, ['Healing: wait, member', late]],
    [
      'a useless broker is replaced while controllers wait',
      {},
      NONE,
      { known: false },
      ['0 s old silent broken', '1 s old'],
      [
        'Healing: restart 0, uid-0',
        'kafka-broker-0-0 cannot run: container kafka: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker that should run is started while controllers wait',
      {},
      NONE,
      { known: false },
      ['0 s stopped'],
      ['Healing: scale 0 to 1', 'broker 0 should run, and its StatefulSet has replicas: 0'],
    ],
    [
      'controllers that serve let topics be made',
      {},
      LATE,
      { unprovisioned: 'topic orders is missing' },
      ['0 s'],
      ['Provisioning: provision', 'topic orders is missing'],
    ],
    [
      'controllers that serve let certificates be read',
      {},
      LATE,
      { staleCertificates: [0] },
      ['0 s'],
      [
        'Provisioning: reload-certificate 0',
        'kafka-broker-0-0 serves another certificate than the one that was issued last',
      ],
    ],
    [
      'without a quorum nothing is made',
      {},
      NONE,
      { unprovisioned: 'topic orders is missing', staleCertificates: [0] },
      ['0 s'],
      ['Healing: wait, quorum', none],
    ],
    [
      'brokers are not all applied while controllers wait',
      {},
      NONE,
      { unapplied: 'the StatefulSet kafka-broker-0 does not exist', known: false },
      ['0 s old silent broken'],
      ['Healing: wait, quorum', none],
    ],
    [
      'controllers serve, and no broker does yet',
      { formed: false },
      WELL,
      { known: false },
      ['0 s gate'],
      [
        'Forming: wait, founders',
        'the quorum serves, and is marked as formed once a broker does: kafka-broker-0-0 waits at its gate: it waits for a controller',
      ],
    ],
    [
      'controllers serve, and a broker is stuck on the old revision',
      { formed: false },
      WELL,
      { known: false },
      ['0 s gate old stalled'],
      [
        'Healing: restart 0, uid-0',
        'kafka-broker-0-0 waits at its gate: it waits for a controller, and it runs revision a, and b was applied',
      ],
    ],
    [
      'controllers serve, and so does a broker',
      { formed: false },
      WELL,
      {},
      ['0 s', '1 s gate'],
      ['Forming: mark-formed', 'all founders serve and hold the data'],
    ],
    [
      'a broker leaves while controllers wait',
      {},
      LATE,
      {},
      ['0 s', '1 s', '2 l', 'a-0 0,2'],
      ['Healing: wait, member', late],
    ],
  ])('%s', (_, quorum, members, given, lines, expected) => {
    const facts = { controllers: controllersOf(quorum, ...members), brokers: factsOf(given, ...lines) };
    expect(told(nextKafkaStep(facts))).toEqual(expected);
  });

  it.each<[string, Given, string[], string[]]>([
    [
      'all voters hold the metadata',
      { formed: false, quorum: { voters: [0, 1, 2], caughtUp: [0, 1, 2] } },
      ['0 s old', '1 s', '2 s'],
      ['Forming: mark-formed', 'all voters serve and hold the metadata'],
    ],
    [
      'a voter copies',
      { formed: false, quorum: { voters: [0, 1, 2], caughtUp: [0, 1] } },
      ['0 s old', '1 s', '2 s gate'],
      [
        'Forming: wait, founders',
        'the cluster forms once all voters hold the metadata: kafka-broker-2-0 waits at its gate: it waits for a controller',
      ],
    ],
    [
      'a voter fails, and a mended revision was applied',
      { formed: false, quorum: { voters: [0, 1, 2], caughtUp: [0, 1] } },
      ['0 s old', '1 s', '2 s old silent broken'],
      [
        'Healing: restart 2, uid-2',
        'kafka-broker-2-0 cannot run: container kafka: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'nobody answers',
      { formed: false, known: false },
      ['0 s gate'],
      [
        'Healing: wait, member',
        'no broker answers: kafka-broker-0-0 waits at its gate: it waits for a controller',
      ],
    ],
    [
      'the cluster is marked',
      { formed: true, quorum: { voters: [0], caughtUp: [0] } },
      ['0 s'],
      ['Settled: rest', 'everything is as the manifests say'],
    ],
    ['metadata is in ZooKeeper', {}, ['0 s'], ['Settled: rest', 'everything is as the manifests say']],
  ])('without controllers of their own: %s', (_, given, lines, expected) => {
    expect(told(nextKafkaStep({ brokers: factsOf(given, ...lines) }))).toEqual(expected);
  });
});
