import { describe, expect, it } from 'vitest';
import { nextBrokerStep } from '../../../lib/kafka/steward/next-broker-step';
import { factsOf, type Given, told } from './broker-facts-of';

describe('nextBrokerStep', () => {
  it.each<[string, Given, string[], string[]]>([
    // Nothing to do, and nothing that may be done.
    [
      'all is as wanted',
      {},
      ['0 s', '1 s', '2 s', 'a-0 0,1,2', 'a-1 1,2,0'],
      ['Settled: rest', 'everything is as the manifests say'],
    ],
    [
      'the manifests are not all applied',
      { unapplied: 'the StatefulSet kafka-broker-1 is of another rendering' },
      ['0 s old', '1 s old', '2 s old broken unready silent', 'a-0 0,1,2'],
      ['Applying: wait, apply', 'the StatefulSet kafka-broker-1 is of another rendering'],
    ],
    [
      'partitions that may lose every copy in sync but one',
      {},
      ['0 s', '1 s', '2 s', 'a-0 0,1,2 min 1'],
      ['Settled: rest', 'everything is as the manifests say'],
    ],

    // Pods.
    [
      'somebody has stopped a broker',
      {},
      ['0 s', '1 s stopped', '2 s', 'a-0 0,1,2 isr 0,2'],
      ['Healing: scale 1 to 1', 'broker 1 should run, and its StatefulSet has replicas: 0'],
    ],
    [
      'all are stopped',
      { known: false },
      ['0 s stopped', '1 s stopped'],
      ['Healing: scale 0 to 1', 'broker 0 should run, and its StatefulSet has replicas: 0'],
    ],
    [
      'a leaving broker was stopped, and a topic was made on it meanwhile',
      {},
      ['0 s', '1 s', '2 l stopped', 'a-0 0,2 isr 0', 'a-1 1,2 isr 1'],
      ['Healing: scale 2 to 1', 'broker 2 leaves, and 2 partitions still need it'],
    ],
    [
      'a broker cannot run, and a mended revision was applied',
      {},
      ['0 s old', '1 s old silent broken', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Healing: restart 1, uid-1',
        'kafka-broker-1-0 cannot run: container kafka: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker was recovering its logs when it crashed',
      {},
      ['0 s old', '1 s old starting broken', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Healing: restart 1, uid-1',
        'kafka-broker-1-0 cannot run: container kafka: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker cannot run, and neither can what was applied last',
      {},
      ['0 s old', '1 s old silent broken', '2 s silent broken', 'a-0 0,1,2 isr 0'],
      [
        'Healing: restart 1, uid-1',
        'kafka-broker-1-0 cannot run: container kafka: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker is stuck at its gate',
      {},
      ['0 s old', '1 s old gate stalled', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Healing: restart 1, uid-1',
        'kafka-broker-1-0 waits at its gate: it waits for a controller, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker is stuck at its gate, and what was applied last fails',
      {},
      ['0 s old', '1 s old gate stalled', '2 s silent broken', 'a-0 0,1,2 isr 0'],
      [
        'Rolling: wait, revision',
        'waits until every broker is well: kafka-broker-1-0 waits at its gate: it waits for a controller; kafka-broker-2-0 cannot run: container kafka: CrashLoopBackOff',
        'kafka-broker-2-0 fails on what was applied last: apply a commit that mends or reverts it. Brokers that serve are left alone until it is well.',
      ],
    ],
    [
      'a broker is stuck at its gate, and what was applied last fails for another and not for a third',
      {},
      ['0 s', '1 s old gate stalled', '2 s silent broken', 'a-0 0,1,2 isr 0'],
      [
        'Healing: restart 1, uid-1',
        'kafka-broker-1-0 waits at its gate: it waits for a controller, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker that cannot run is the last in sync',
      {},
      ['0 s old silent broken', '1 s', 'a-0 0 isr 0 leader -1'],
      [
        'Healing: restart 0, uid-0',
        'kafka-broker-0-0 cannot run: container kafka: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a broker passes its gate',
      {},
      ['0 s old', '1 s old gate', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 waits at its gate: it waits for a controller',
      ],
    ],
    [
      'a broker has been starting for long',
      {},
      ['0 s old', '1 s old starting stalled', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 starts, and may be recovering its logs',
        'Read whether kafka-broker-1-0 recovers its logs, which takes as long as it takes: kubectl logs kafka-broker-1-0. If it does not, kubectl delete pod kafka-broker-1-0 lets it start with what was applied last.',
      ],
    ],
    [
      'a broker of the newest revision has been starting for long',
      {},
      ['0 s', '1 s starting stalled', '2 s', 'a-0 0,1,2 isr 0,2'],
      [
        'Healing: wait, member',
        'waits until every broker is well: kafka-broker-1-0 starts, and may be recovering its logs',
        'Read whether kafka-broker-1-0 recovers its logs, which takes as long as it takes: kubectl logs kafka-broker-1-0. If it does not, apply a commit that mends what was applied last.',
      ],
    ],
    [
      'the steward does not reach a broker, and others do',
      {},
      ['0 s old', '1 s old silent stalled', '2 s old', 'a-0 0,1,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 does not answer: no answer within 2000 ms',
        'Read what kafka-broker-1-0 says: kubectl describe pod kafka-broker-1-0, kubectl logs kafka-broker-1-0 --all-containers',
      ],
    ],
    [
      'nobody reaches a broker',
      {},
      ['0 s old', '1 s old silent stalled', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Healing: restart 1, uid-1',
        'kafka-broker-1-0 does not answer: no answer within 2000 ms, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a leaving broker that holds nothing cannot run',
      {},
      ['0 s', '1 s', '2 l old silent broken', 'a-0 0,1'],
      ['Shrinking: scale 2 to 0', 'broker 2 holds nothing any more'],
    ],

    // Without an answer.
    [
      'no broker answers yet',
      { known: false },
      ['0 s gate', '1 s starting', '2 s no', '3 l stopped'],
      [
        'Healing: wait, member',
        'no broker answers: kafka-broker-0-0 waits at its gate: it waits for a controller; kafka-broker-1-0 starts, and may be recovering its logs; broker 2 has no pod yet',
      ],
    ],
    [
      'no broker answers, and the old revision is stuck',
      { known: false },
      ['0 s gate old stalled', '1 s starting old', '2 l gate old stalled'],
      [
        'Healing: restart 0, uid-0',
        'kafka-broker-0-0 waits at its gate: it waits for a controller, and it runs revision a, and b was applied',
      ],
    ],
    [
      'no broker answers, and what was applied last fails',
      { known: false },
      ['0 s silent broken', '1 s silent broken'],
      [
        'Healing: wait, revision',
        'no broker answers: kafka-broker-0-0 cannot run: container kafka: CrashLoopBackOff; kafka-broker-1-0 cannot run: container kafka: CrashLoopBackOff',
        'kafka-broker-0-0 fails on what was applied last: apply a commit that mends or reverts it. Brokers that serve are left alone until it is well.',
      ],
    ],
    [
      'a node is lost with a broker',
      {},
      ['0 s', '1 s silent ending stalled', '2 s', 'a-0 0,1,2 isr 0,2'],
      [
        'Healing: wait, member',
        'waits until every broker is well: kafka-broker-1-0 is being deleted',
        'kafka-broker-1-0 has not ended in time, so its node node-1 may be lost. If the machine is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the broker elsewhere.',
      ],
    ],

    // Provisioning and certificates.
    [
      'something is missing inside',
      { unprovisioned: 'topic orders is missing' },
      ['0 s old', '1 s old starting', 'a-0 0,1 isr 0'],
      ['Provisioning: provision', 'topic orders is missing'],
    ],
    [
      'something is missing, and nobody answers',
      { known: false, unprovisioned: 'topic orders is missing' },
      ['0 s starting'],
      ['Healing: wait, member', 'no broker answers: kafka-broker-0-0 starts, and may be recovering its logs'],
    ],
    [
      'provisioning failed, and there is a new revision',
      { unprovisioned: 'topic orders is missing', provisionFailed: 'no such config' },
      ['0 s old', '1 s old', 'a-0 0,1'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    [
      'provisioning failed',
      { unprovisioned: 'topic orders is missing', provisionFailed: 'no such config' },
      ['0 s', '1 s'],
      [
        'Provisioning: wait, provision',
        'provisioning failed: no such config',
        'It is tried again and again; if it goes on, mend what the error names.',
      ],
    ],
    [
      'certificates are older than what was issued last',
      { staleCertificates: [1, 2] },
      ['0 s old', '1 s starting', '2 s', 'a-0 0,1 isr 0'],
      [
        'Provisioning: reload-certificate 2',
        'kafka-broker-2-0 serves another certificate than the one that was issued last',
      ],
    ],
    [
      'reloading a certificate failed, and there is a new revision',
      { staleCertificates: [1], reloadFailed: 'no such file' },
      ['0 s old', '1 s old', 'a-0 0,1 min 1'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    [
      'reloading a certificate failed',
      { staleCertificates: [1], reloadFailed: 'no such file' },
      ['0 s', '1 s'],
      [
        'Provisioning: wait, provision',
        'reloading a certificate failed: no such file',
        'It is tried again and again; if it goes on, mend what the error names.',
      ],
    ],

    // Rolling.
    [
      'a new revision',
      {},
      ['0 s old', '1 s old', '2 s old', 'a-0 0,1,2'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied, 2 more after it',
      ],
    ],
    [
      'the first has been restarted and catches up',
      {},
      ['0 s', '1 s old', '2 s old', 'a-0 0,1,2 isr 1,2'],
      ['Rolling: wait, member', 'kafka-broker-0-0 has yet to catch up with 1 partition (a-0)'],
    ],
    [
      'the first catches up with what the next does not have',
      {},
      ['0 s', '1 s old', '2 s', '3 s', 'a-0 0,2,3 isr 2,3', 'b-0 1,2,3'],
      ['Rolling: restart 1, uid-1', 'kafka-broker-1-0: it runs revision a, and b was applied'],
    ],
    [
      'the first is well',
      {},
      ['0 s', '1 s old', '2 s old', 'a-0 0,1,2'],
      [
        'Rolling: restart 1, uid-1',
        'kafka-broker-1-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    [
      'the first starts',
      {},
      ['0 s starting', '1 s old', '2 s old', 'a-0 0,1,2 isr 1,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-0-0 starts, and may be recovering its logs',
      ],
    ],
    [
      'the active controller is last',
      { activeController: 0 },
      ['0 s old', '1 s old', '2 s', 'a-0 0,1,2'],
      [
        'Rolling: restart 1, uid-1',
        'kafka-broker-1-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    [
      'only the active controller is left',
      { activeController: 0 },
      ['0 s old', '1 s', '2 s', 'a-0 0,1,2'],
      ['Rolling: restart 0, uid-0', 'kafka-broker-0-0: it runs revision a, and b was applied'],
    ],
    [
      'one that is not ready is first',
      {},
      ['0 s old', '1 s old', '2 s old unready', 'a-0 0,1,2'],
      [
        'Rolling: restart 2, uid-2',
        'kafka-broker-2-0: it runs revision a, and b was applied, 2 more after it',
      ],
    ],
    [
      'two that are not ready',
      {},
      ['0 s old', '1 s old unready', '2 s old unready', 'a-0 0,1,2'],
      [
        'Rolling: restart 1, uid-1',
        'kafka-broker-1-0: it runs revision a, and b was applied, 2 more after it',
      ],
    ],
    [
      'one that is not ready keeps others from being restarted, even if it cannot be itself',
      {},
      ['0 s old', '1 s old unready', '2 s', 'a-0 0', 'b-0 1,2 isr 1 min 1'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 serves and is not ready yet',
      ],
    ],
    [
      'one that leaves and is not ready is first',
      {},
      ['0 s old', '1 s', '2 l old unready', 'a-0 0,1,2 min 1'],
      [
        'Rolling: restart 2, uid-2',
        'kafka-broker-2-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    [
      'two that are not ready, one of them on the newest revision',
      {},
      ['0 s old', '1 s unready', '2 s old unready', 'a-0 0,1,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 serves and is not ready yet; kafka-broker-2-0 serves and is not ready yet',
      ],
    ],
    [
      'two that are not ready, and a third is not in sync',
      {},
      ['0 s', '1 s old unready', '2 s old unready', 'a-0 0,1,2 isr 1,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 serves and is not ready yet; kafka-broker-2-0 serves and is not ready yet',
      ],
    ],
    [
      'a broker is in sync for a while after it has stopped',
      {},
      ['0 s old', '1 s', '2 l old starting', 'a-0 0,1,2'],
      [
        'Rolling: wait, majority',
        'kafka-broker-0-0 cannot be restarted yet: a-0 would have 1 of 2 copies in sync',
        'Add a broker, let broker 2 stay, or give these topics fewer copies.',
      ],
    ],
    [
      'the new revision fails',
      {},
      ['0 s silent broken', '1 s old', '2 s old', 'a-0 0,1,2 isr 1,2'],
      [
        'Rolling: wait, revision',
        'waits until every broker is well: kafka-broker-0-0 cannot run: container kafka: CrashLoopBackOff',
        'kafka-broker-0-0 fails on what was applied last: apply a commit that mends or reverts it. Brokers that serve are left alone until it is well.',
      ],
    ],
    [
      'a broker fails on what others run well',
      {},
      ['0 s', '1 s silent broken', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Rolling: wait, revision',
        'waits until every broker is well: kafka-broker-1-0 cannot run: container kafka: CrashLoopBackOff',
        'Others run well on what was applied last, so look at the node, the volumes and the own settings of kafka-broker-1-0 first: kubectl describe pod kafka-broker-1-0, kubectl logs kafka-broker-1-0 --all-containers. A commit that mends or reverts what was applied last helps, too.',
      ],
    ],
    [
      'as many copies as must be in sync',
      {},
      ['0 s old', '1 s old', '2 s old', 'a-0 0,1,2 min 3', 'b-0 0', 'c-0 1,2,0 min 2'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied, 2 more after it; topics a, b have no more copies than must be in sync and pause meanwhile',
      ],
    ],
    [
      'as many copies as must be in sync, of many topics',
      {},
      ['0 s old', '1 s', '2 s', 'a-0 0', 'b-0 0', 'c-0 0,1 min 2', 'd-0 0', 'd-1 0', 'e-0 0'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied; topics a, b, c, and 2 more have no more copies than must be in sync and pause meanwhile',
      ],
    ],
    [
      'a copy of one that pauses is behind',
      {},
      ['0 s old', '1 s', 'a-0 0,1 min 2 isr 0'],
      ['Rolling: wait, member', 'kafka-broker-1-0 has yet to catch up with 1 partition (a-0)'],
    ],
    [
      'a broker that is not well keeps its partitions',
      {},
      ['0 s', '1 s old unready', '2 s', 'a-0 0,1,2 isr 0,2 min 2', 'b-0 0,1,2 min 2 isr 1,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 serves and is not ready yet',
      ],
    ],
    [
      'the only broker',
      {},
      ['0 s old', 'a-0 0'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied; topic a has no more copies than must be in sync and pauses meanwhile',
      ],
    ],
    [
      'a partition below its minimum that the broker does not have',
      {},
      [
        '0 s old',
        '1 s',
        '2 s',
        '3 s',
        '4 - set',
        'a-0 0,1',
        'b-0 2,3,4 isr 2,3 min 3',
        'c-0 2,3,4,5 isr 2,3 min 3',
      ],
      ['Rolling: restart 0, uid-0', 'kafka-broker-0-0: it runs revision a, and b was applied'],
    ],
    [
      'combined brokers, of which two have caught up',
      { quorum: { voters: [0, 1, 2], caughtUp: [0, 1] }, activeController: 1 },
      ['0 s old', '1 s old', '2 s old', 'a-0 0,1,2'],
      [
        'Rolling: restart 2, uid-2',
        'kafka-broker-2-0: it runs revision a, and b was applied, 2 more after it',
      ],
    ],
    [
      'combined brokers, of which too few have caught up',
      { quorum: { voters: [0, 1, 2], caughtUp: [0, 1] } },
      ['0 s old', '1 s', '2 s', 'a-0 0,1,2'],
      [
        'Rolling: wait, majority',
        'kafka-broker-0-0 cannot be restarted yet: 1 of 3 voters would have caught up',
      ],
    ],
    [
      'combined brokers, of which too few have caught up, since one leaves',
      { quorum: { voters: [0, 1, 2], caughtUp: [0, 1] } },
      ['0 s old', '1 s', '2 l silent broken', 'a-0 0,1'],
      [
        'Rolling: wait, majority',
        'kafka-broker-0-0 cannot be restarted yet: 1 of 3 voters would have caught up',
        'Let broker 2 stay, so that enough voters catch up; clusters that change have controllers of their own.',
      ],
    ],
    [
      'combined brokers',
      { quorum: { voters: [0, 1, 2], caughtUp: [0, 1, 2] }, activeController: 1 },
      ['0 s', '1 s old', '2 s old', 'a-0 0,1,2'],
      [
        'Rolling: restart 2, uid-2',
        'kafka-broker-2-0: it runs revision a, and b was applied, 1 more after it',
      ],
    ],
    [
      'one combined broker',
      { quorum: { voters: [0], caughtUp: [0] }, activeController: 0 },
      ['0 s old', 'a-0 0'],
      [
        'Rolling: restart 0, uid-0',
        'kafka-broker-0-0: it runs revision a, and b was applied; topic a has no more copies than must be in sync and pauses meanwhile',
      ],
    ],
    [
      'a leaving broker of the newest revision is not well',
      {},
      ['0 s old', '1 s old', '2 l silent broken', 'a-0 0,1,2 isr 0,1', 'b-0 0,1,2 isr 0,1'],
      [
        'Rolling: wait, revision',
        'kafka-broker-2-0 cannot run: container kafka: CrashLoopBackOff; kafka-broker-0-0 cannot be restarted yet: a-0 would have 1 of 2 copies in sync, b-0 would have 1 of 2 copies in sync; kafka-broker-1-0 cannot be restarted yet: a-0 would have 1 of 2 copies in sync, b-0 would have 1 of 2 copies in sync',
        'kafka-broker-2-0 fails on what was applied last: apply a commit that mends or reverts it. Brokers that serve are left alone until it is well.',
      ],
    ],
    [
      'a leaving broker is restarted, too',
      {},
      ['0 s', '1 s', '2 s', '3 l old', 'a-0 0,1,3'],
      ['Rolling: restart 3, uid-3', 'kafka-broker-3-0: it runs revision a, and b was applied'],
    ],
    [
      'the steward does not reach a broker, which is ready',
      {},
      ['0 s', '1 s old silent ready', '2 s', 'a-0 0,1,2'],
      ['Rolling: restart 1, uid-1', 'kafka-broker-1-0: it runs revision a, and b was applied'],
    ],
    [
      'a throttle was left behind',
      { throttled: true },
      ['0 s old', '1 s', '2 s', 'a-0 0,1,2'],
      ['Growing: unthrottle', 'no partition is being moved any more'],
    ],
    [
      'moves of ours are under way',
      { throttled: true },
      ['0 s old', '1 s old', '2 s old', '3 s', 'a-0 0,1,3 isr 0,1 adding 3 removing 0', 'b-0 1,2 min 1'],
      [
        'Rolling: restart 2, uid-2',
        'kafka-broker-2-0: it runs revision a, and b was applied, 2 more after it',
      ],
    ],
    [
      'moves of ours are under way, and only their brokers are left',
      { throttled: true },
      ['0 s old', '1 s old', '2 s', '3 s', 'a-0 0,1,3 isr 0,1 adding 3 removing 0', 'b-0 1,2 min 1'],
      [
        'Rolling: wait, majority',
        'kafka-broker-0-0 cannot be restarted yet: a-0 is being copied to broker 3; kafka-broker-1-0 cannot be restarted yet: a-0 is being copied to broker 3',
      ],
    ],
    [
      'somebody else moves partitions',
      {},
      ['0 s old', '1 s old', '2 s', '3 s', 'a-0 0,3 isr 0 adding 3 removing 0 min 1'],
      ['Growing: wait, joining', 'somebody else moves 1 partition: a-0'],
    ],
    [
      'somebody else moves partitions to a broker that does not serve',
      {},
      ['0 s', '1 s', 'a-0 0,9 isr 0 adding 9 removing 0 min 1'],
      [
        'Growing: wait, joining',
        'somebody else moves 1 partition: a-0; a-0 cannot arrive without broker 9: broker 9 does not exist',
        'Bring broker 9 back, as leaving where it is not in the list any more; or let a-0 go to brokers that serve, with kafka-reassign-partitions.sh --execute --additional.',
      ],
    ],
    [
      'somebody else moves partitions to a broker that is old',
      {},
      ['0 s', '1 s old', '2 s', 'a-0 0,1,2 isr 0,2 adding 1 removing 2 min 1'],
      [
        'Growing: wait, joining',
        'somebody else moves 1 partition: a-0; kafka-broker-1-0 has yet to catch up',
        'If kafka-broker-1-0 does not catch up on what it runs, kubectl delete pod kafka-broker-1-0 lets it start with what was applied last.',
      ],
    ],
    [
      'moves of ours to two that are old, each of which holds up the other',
      { throttled: true },
      ['0 s', '1 s', '2 s old', '3 s old', 'a-0 2,3,0,1 isr 0,1 adding 2,3 removing 0,1 min 1'],
      [
        'Rolling: wait, majority',
        'kafka-broker-2-0 cannot be restarted yet: a-0 is being copied to broker 3; kafka-broker-3-0 cannot be restarted yet: a-0 is being copied to broker 2',
        'If kafka-broker-2-0 does not catch up on what it runs, kubectl delete pod kafka-broker-2-0 lets it start with what was applied last.',
      ],
    ],
    [
      'somebody else moves partitions that keep a copy on a broker that does not serve',
      {},
      ['0 s', '1 s', '2 l silent broken', 'a-0 1,2,0 isr 0,1 adding 1 removing 0 min 1'],
      [
        'Growing: wait, joining',
        'somebody else moves 1 partition: a-0; a-0 cannot arrive without broker 2: kafka-broker-2-0 cannot run: container kafka: CrashLoopBackOff',
        'Bring broker 2 back, as leaving where it is not in the list any more; or let a-0 go to brokers that serve, with kafka-reassign-partitions.sh --execute --additional.',
      ],
    ],

    // Healing.
    [
      'a broker has an empty disk and copies',
      {},
      ['0 s', '1 s', '2 s', 'a-0 0,1,2 isr 0,1', 'a-1 1,2,0 isr 1,0', 'b-0 2,1 isr 1', 'c-0 2,1 isr 1'],
      [
        'Healing: wait, member',
        'kafka-broker-2-0 has yet to catch up with 4 partitions (a-0, a-1, b-0, and 1 more)',
      ],
    ],
    [
      'an old one is behind and may never catch up',
      {},
      ['0 s', '1 s old', '2 s old', 'a-0 0,1,2 isr 0 min 2'],
      [
        'Rolling: wait, member',
        'kafka-broker-1-0 has yet to catch up with 1 partition (a-0); kafka-broker-2-0 has yet to catch up with 1 partition (a-0)',
        'If kafka-broker-1-0 does not catch up on what it runs, kubectl delete pod kafka-broker-1-0 lets it start with what was applied last.',
      ],
    ],
    [
      'a directory failed',
      {},
      ['0 s', '1 s fails', '2 s old', 'a-0 0,1,2 isr 0,2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 cannot use /data/1/kafka',
        'Read what kafka-broker-1-0 says: kubectl describe pod kafka-broker-1-0, kubectl logs kafka-broker-1-0 --all-containers. If the disk of /data/1/kafka is lost, delete its claim and the pod: the broker comes back with an empty disk and copies its partitions from the others.',
      ],
    ],
    [
      'a broker has no StatefulSet',
      {},
      ['0 s', '1 s set'],
      ['Healing: wait, member', 'waits until every broker is well: broker 1 has no StatefulSet'],
    ],
    [
      'a partition has no leader',
      {},
      ['0 s', '1 s', '2 l silent', 'a-0 0,2 isr 2 leader -1', 'b-0 0,1'],
      [
        'Healing: wait, member',
        '1 partition without a leader: a-0; last in sync: kafka-broker-2-0 does not answer: no answer within 2000 ms',
        'Only a broker that was in sync last has all their records: bring it back; where it is not in the list any more, as leaving. If it is lost for good, kafka-leader-election.sh --election-type unclean gives up what only it had.',
      ],
    ],
    [
      'a partition has no leader, and nobody was in sync',
      {},
      ['0 s', '1 s', 'a-0 0,1 isr none'],
      [
        'Healing: wait, member',
        '1 partition without a leader: a-0',
        'Only a broker that was in sync last has all their records: bring it back; where it is not in the list any more, as leaving. If it is lost for good, kafka-leader-election.sh --election-type unclean gives up what only it had.',
      ],
    ],

    // Leaving.
    [
      'a broker leaves',
      {},
      ['0 s', '1 s', '2 s', '3 l', 'a-0 0,1,3', 'a-1 3,1,2', 'a-2 3,0,1'],
      ['Shrinking: reassign a-0 0,1,2; a-1 2,1,0', 'away from broker 3, 3 replicas left'],
    ],
    [
      'its partitions are on their way',
      { throttled: true },
      [
        '0 s',
        '1 s',
        '2 s',
        '3 l',
        'a-0 0,1,3,2 isr 0,1,3 adding 2 removing 3',
        'a-1 3,1,2,0 isr 3,1,2 adding 0 removing 3',
        'a-2 3,0,1',
      ],
      ['Shrinking: wait, leaving', 'moving 2 partitions away from broker 3, 3 replicas left'],
    ],
    [
      'one has arrived',
      { throttled: true },
      ['0 s', '1 s', '2 s', '3 l', 'a-0 0,1,2', 'a-1 3,1,2,0 isr 3,1,2 adding 0 removing 3', 'a-2 3,0,1'],
      ['Shrinking: reassign a-2 2,0,1', 'away from broker 3, 2 replicas left'],
    ],
    [
      'all have arrived',
      { throttled: true },
      ['0 s', '1 s', '2 s', '3 l', 'a-0 0,1,2'],
      ['Shrinking: unthrottle', 'broker 3 holds nothing any more'],
    ],
    [
      'the throttle is off',
      {},
      ['0 s', '1 s', '2 s', '3 l', 'a-0 0,1,2'],
      ['Shrinking: scale 3 to 0', 'broker 3 holds nothing any more'],
    ],
    [
      'it holds nothing and is outdated',
      {},
      ['0 s old', '1 s', '2 s', '3 l old', 'a-0 0,1,2'],
      ['Shrinking: scale 3 to 0', 'broker 3 holds nothing any more'],
    ],
    [
      'it ends',
      {},
      ['0 s', '1 s', '2 s', '3 l ending silent', 'a-0 0,1,2'],
      ['Shrinking: scale 3 to 0', 'broker 3 holds nothing any more'],
    ],
    [
      'it has ended',
      {},
      ['0 s', '1 s', '2 s', '3 l stopped', 'a-0 0,1,2'],
      ['Shrinking: unregister 3', 'broker 3 holds nothing any more and does not run'],
    ],
    [
      'it has left',
      {},
      ['0 s', '1 s', '2 s', '3 l stopped unknown', 'a-0 0,1,2'],
      [
        'Settled: rest',
        'everything is as the manifests say; broker 3 has left and may be dropped from the list',
      ],
    ],
    [
      'two have left',
      {},
      ['0 s', '1 s', '2 l stopped unknown', '3 l stopped unknown', 'a-0 0,1'],
      [
        'Settled: rest',
        'everything is as the manifests say; brokers 2, 3 have left and may be dropped from the list',
      ],
    ],
    [
      'it is wanted again',
      {},
      ['0 s', '1 s', '2 s', '3 s stopped unknown', 'a-0 0,1,2'],
      ['Healing: scale 3 to 1', 'broker 3 should run, and its StatefulSet has replicas: 0'],
    ],
    [
      'it is lost and leaves',
      {},
      ['0 s', '1 s', '2 s', '3 l silent broken', 'a-0 0,1,3 isr 0,1'],
      ['Shrinking: reassign a-0 0,1,2', 'away from broker 3, 1 replica left'],
    ],
    [
      'it is lost with the only copy',
      {},
      ['0 s', '1 s', '2 s', '3 l silent broken', 'a-0 3 isr 3 leader -1', 'b-0 0,1'],
      [
        'Healing: wait, member',
        '1 partition without a leader: a-0; last in sync: kafka-broker-3-0 cannot run: container kafka: CrashLoopBackOff',
        'Only a broker that was in sync last has all their records: bring it back; where it is not in the list any more, as leaving. If it is lost for good, kafka-leader-election.sh --election-type unclean gives up what only it had.',
      ],
    ],
    [
      'it is lost and leaves, and one that is old and never ready cannot be restarted without its copies',
      {},
      ['0 s', '1 s old unready', '2 s', '3 l silent broken', 'a-0 0,1,3 isr 0,1 min 2'],
      ['Shrinking: reassign a-0 0,1,2', 'away from broker 3, 1 replica left'],
    ],
    [
      'they are on their way',
      { throttled: true },
      ['0 s', '1 s old unready', '2 s', '3 l silent broken', 'a-0 0,1,2,3 isr 0,1 adding 2 removing 3 min 2'],
      ['Shrinking: wait, leaving', 'moving 1 partition away from broker 3, 1 replica left'],
    ],
    [
      'nobody else is well to take them',
      {},
      [
        '0 s',
        '1 s old unready',
        '2 s old unready',
        '3 l silent broken',
        'a-0 0,1,3 isr 0,1 min 2',
        'b-0 0,2,3 isr 0,2 min 2',
      ],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-1-0 serves and is not ready yet; kafka-broker-2-0 serves and is not ready yet',
      ],
    ],
    [
      'one of those that are never ready is not old',
      {},
      ['0 s unready', '1 s old unready', '2 s', '3 l silent broken', 'a-0 0,1,3 isr 0,1 min 2'],
      [
        'Rolling: wait, member',
        'waits until every broker is well: kafka-broker-0-0 serves and is not ready yet; kafka-broker-1-0 serves and is not ready yet',
      ],
    ],
    [
      'too few stay',
      {},
      ['0 s', '1 s', '2 l', 'a-0 0,1,2', 'b-0 2'],
      ['Shrinking: reassign b-0 1', 'away from broker 2, 2 replicas left'],
    ],
    [
      'too few stay, and the rest has been moved',
      {},
      ['0 s', '1 s', '2 l', 'a-0 0,1,2', 'b-0 0'],
      [
        'Shrinking: wait, leaving',
        '1 partition cannot be moved away from broker 2: a-0 has replication factor 3 and cannot leave broker 2: only brokers 0, 1 stay',
        'Add a broker, let broker 2 stay, or give these topics fewer copies.',
      ],
    ],
    [
      'too few stay, and there is a new revision',
      {},
      ['0 s old', '1 s', '2 l silent broken', 'a-0 0,1,2 isr 0,1'],
      [
        'Rolling: wait, majority',
        'kafka-broker-0-0 cannot be restarted yet: a-0 would have 1 of 2 copies in sync',
        'Add a broker, let broker 2 stay, or give these topics fewer copies.',
      ],
    ],
    [
      'too few stay, and the others have about their share',
      { throttled: true },
      ['0 s', '1 s', '2 l', 'a-0 0,1,2', 'b-0 0', 'c-0 0'],
      ['Growing: unthrottle', 'no partition is being moved any more'],
    ],
    [
      'another copy is on a broker that was dropped',
      {},
      ['0 s', '1 s', '2 s', '3 l', 'a-0 3,5 isr 3'],
      [
        'Shrinking: wait, leaving',
        'broker 5 was dropped without having left, and has copies of 1 partition (a-0)',
        'Put broker 5 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
    [
      'moves hold up restarts, so that no more begin',
      { throttled: true, reassignment: { throttle: 1, concurrency: 5, automatic: true } },
      ['0 s old', '1 s', '2 s', '3 l', 'a-0 2,3,0 isr 3,0 adding 2 removing 3', 'b-0 3'],
      ['Shrinking: wait, leaving', 'moving 1 partition away from broker 3, 2 replicas left'],
    ],
    [
      'a move goes to a broker that leaves now',
      { throttled: true },
      ['0 s', '1 s', '2 s', '3 l', 'a-0 0,1,3 isr 0,1 adding 3 removing 0'],
      ['Shrinking: reassign a-0 0,1', 'back, since broker 3 does not stay: a-0'],
    ],
    [
      'a move keeps a copy on a broker that leaves now and is lost',
      { throttled: true },
      ['0 s', '1 s', '2 l silent broken', '3 s', 'a-0 1,3,2,0 isr 0,1,3 adding 3 removing 0 min 2'],
      ['Shrinking: reassign a-0 1,2,0', 'back, since broker 2 does not stay: a-0'],
    ],
    [
      'moves keep copies on brokers that were dropped and leave now',
      { throttled: true },
      [
        ...['0 s', '1 s', '2 l silent', '3 s'],
        'a-0 3,2,0 isr 0,3 adding 3 removing 0 min 1',
        'a-1 3,5,0 isr 0,3 adding 3 removing 0 min 1',
      ],
      ['Shrinking: reassign a-0 2,0; a-1 5,0', 'back, since brokers 2, 5 do not stay: a-0, a-1'],
    ],
    [
      'a move needs a broker that is lost, and what it adds is needed by now',
      { throttled: true },
      ['0 s', '1 s', '2 l silent broken', '3 s', 'a-0 1,3,2,0 isr 1,3 adding 3 removing 0 min 2'],
      ['Shrinking: reassign a-0 1,3,0', 'elsewhere, since broker 2 does not stay: a-0'],
    ],
    [
      'a move needs a broker that is lost, and what it adds leaves now and is needed',
      { throttled: true },
      ['0 s', '1 l silent broken', '2 l', '3 s', 'a-0 1,2,0 isr 0,2 adding 2 removing 0 min 2'],
      ['Shrinking: reassign a-0 0,2', 'elsewhere, since broker 1 does not stay: a-0'],
    ],
    [
      'a move needs a broker that is lost, what it adds is needed, and nobody else is well',
      { throttled: true },
      ['0 s starting', '1 s', '2 l silent broken', 'a-0 1,2,0 isr 1 adding 1 removing 0 min 1'],
      [
        'Healing: wait, member',
        'waits until every broker is well: kafka-broker-0-0 starts, and may be recovering its logs',
      ],
    ],
    [
      'a move needs a broker that is lost, what it adds is needed, and nobody else stays',
      { throttled: true },
      ['0 l silent', '1 s', '2 l silent broken', 'a-0 1,2,0 isr 1 adding 1 removing 0 min 1'],
      [
        'Shrinking: wait, leaving',
        'moving 1 partition away from brokers 0, 2, 2 replicas left; a-0 cannot arrive without broker 2: kafka-broker-2-0 cannot run: container kafka: CrashLoopBackOff',
        'Bring broker 2 back, as leaving where it is not in the list any more; or let a-0 go to brokers that serve, with kafka-reassign-partitions.sh --execute --additional.',
      ],
    ],
    [
      'a move goes to a broker that leaves now and has the only copy that serves',
      { throttled: true },
      ['0 s', '1 s', '2 l', 'a-0 0,2,1 isr 2 adding 2 removing 1 min 1'],
      [
        'Healing: wait, member',
        'kafka-broker-0-0 has yet to catch up with 1 partition (a-0); kafka-broker-1-0 has yet to catch up with 1 partition (a-0)',
      ],
    ],
    [
      'a move whose source is lost',
      { throttled: true },
      ['0 s', '1 s', '2 l silent broken', 'a-0 2,0 isr 2 leader -1 adding 0 removing 2 min 1'],
      [
        'Shrinking: wait, leaving',
        'moving 1 partition away from broker 2, 1 replica left; 1 partition without a leader: a-0; last in sync: kafka-broker-2-0 cannot run: container kafka: CrashLoopBackOff',
        'Only a broker that was in sync last has all their records: bring it back; where it is not in the list any more, as leaving. If it is lost for good, kafka-leader-election.sh --election-type unclean gives up what only it had.',
      ],
    ],
    [
      'a move whose source was dropped',
      { throttled: true },
      ['0 s', '1 s', '2 - set', 'a-0 2,0 isr 2 leader -1 adding 0 removing 2 min 1'],
      [
        'Growing: wait, joining',
        'moving 1 partition: a-0; 1 partition without a leader: a-0; last in sync: broker 2 has no StatefulSet',
        'Only a broker that was in sync last has all their records: bring it back; where it is not in the list any more, as leaving. If it is lost for good, kafka-leader-election.sh --election-type unclean gives up what only it had.',
      ],
    ],
    [
      'a voter leaves',
      { quorum: { voters: [0, 1, 2], caughtUp: [0, 1, 2] } },
      ['0 s', '1 s', '2 l', 'a-0 0,1'],
      [
        'Shrinking: wait, leaving',
        'kafka-broker-2-0 is a voter of the quorum and cannot leave',
        'Let kafka-broker-2-0 stay; clusters that change have controllers of their own.',
      ],
    ],
    [
      'a leaving broker is lost with its node',
      {},
      ['0 s', '1 s', '2 l ending silent stalled', 'a-0 0,1'],
      ['Shrinking: scale 2 to 0', 'broker 2 holds nothing any more'],
    ],

    // Dropped.
    [
      'a broker was dropped without having left',
      {},
      ['0 s', '1 s', '2 s', '5 - set', 'a-0 0,1,5 isr 0,1', 'a-1 0,1,2'],
      [
        'Shrinking: wait, leaving',
        'broker 5 was dropped without having left, and has copies of 1 partition (a-0)',
        'Put broker 5 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
    [
      'it was dropped, and there is a new revision that it holds up',
      {},
      ['0 s old', '1 s old', '2 s old', '5 - set', 'a-0 0,1,5 isr 0,1', 'a-1 0,1,2'],
      [
        'Rolling: restart 2, uid-2',
        'kafka-broker-2-0: it runs revision a, and b was applied, 2 more after it',
      ],
    ],
    [
      'it was dropped, and only those are left whom it holds up',
      {},
      [
        '0 s old',
        '1 s old',
        '2 s',
        '5 - set',
        'a-0 0,1,5 isr 0,1',
        'a-1 0,1,5 isr 0,1',
        'a-2 1,0,5 isr 0,1',
        'a-3 1,0,5 isr 0,1',
      ],
      [
        'Rolling: wait, majority',
        'kafka-broker-0-0 cannot be restarted yet: a-0 would have 1 of 2 copies in sync, a-1 would have 1 of 2 copies in sync, a-2 would have 1 of 2 copies in sync, and 1 more; kafka-broker-1-0 cannot be restarted yet: a-0 would have 1 of 2 copies in sync, a-1 would have 1 of 2 copies in sync, a-2 would have 1 of 2 copies in sync, and 1 more',
        'Put broker 5 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
    [
      'it was dropped, and holds nobody up',
      {},
      ['0 s old', '1 s', '2 s', '5 - set', 'a-0 0,1,5 isr 0,1 min 1'],
      ['Rolling: restart 0, uid-0', 'kafka-broker-0-0: it runs revision a, and b was applied'],
    ],
    [
      'it was dropped, and nobody knows it any more',
      {},
      ['0 s', '1 s', 'a-0 0,9 isr 0', 'b-0 0,9 isr 0', 'c-0 0,9 isr 0', 'd-0 0,9 isr 0'],
      [
        'Shrinking: wait, leaving',
        'broker 9 was dropped without having left, and has copies of 4 partitions (a-0, b-0, c-0, and 1 more)',
        'Put broker 9 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
    [
      'it was dropped and holds nothing',
      {},
      ['0 s', '1 s', '5 - set', 'a-0 0,1'],
      ['Shrinking: unregister 5', 'broker 5 is not in the manifests any more, and no partition lists it'],
    ],
    [
      'it was dropped and its pod ends',
      {},
      ['0 s', '1 s', '5 - set ending silent', 'a-0 0,1'],
      ['Shrinking: wait, leaving', 'waits for brokers to end: kafka-broker-5-0'],
    ],
    [
      'its StatefulSet was kept',
      {},
      ['0 s', '1 s', '5 -', 'a-0 0,1,5'],
      [
        'Shrinking: wait, leaving',
        'broker 5 was dropped without having left, and has copies of 1 partition (a-0)',
        'Put broker 5 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
    [
      'its StatefulSet was kept, and it holds nothing',
      {},
      ['0 s', '1 s', '5 -', 'a-0 0,1'],
      [
        'Shrinking: wait, leaving',
        'broker 5 should not exist and has a StatefulSet',
        'It holds nothing; delete the StatefulSet of kafka-broker-5-0, if it is not pruned by itself.',
      ],
    ],

    // Growing.
    [
      'a new broker starts',
      {},
      ['0 s', '1 s', '2 s starting unknown', 'a-0 0', 'a-1 1'],
      [
        'Growing: wait, member',
        'waits until every broker is well: kafka-broker-2-0 starts, and may be recovering its logs',
      ],
    ],
    [
      'a new broker serves',
      {},
      ['0 s', '1 s', '2 s', 'a-0 0', 'a-1 1', 'a-2 0', 'a-3 1', 'a-4 0', 'a-5 1'],
      ['Growing: reassign a-0 2; a-1 2', 'to brokers that have less than their share'],
    ],
    [
      'it receives its share',
      { throttled: true },
      [
        '0 s',
        '1 s',
        '2 s',
        'a-0 0,2 isr 0 adding 2 removing 0',
        'a-1 1',
        'a-2 0',
        'a-3 1',
        'a-4 0,2 isr 0 adding 2 removing 0',
        'a-5 1',
      ],
      ['Growing: wait, joining', 'moving 2 partitions: a-0, a-4'],
    ],
    [
      'part of it has arrived',
      { throttled: true },
      ['0 s', '1 s', '2 s', 'a-0 2', 'a-1 1', 'a-2 0', 'a-3 1', 'a-4 0', 'a-5 1'],
      ['Growing: reassign a-1 2', 'to brokers that have less than their share'],
    ],
    [
      'it leaves something out, since a broker was dropped',
      {},
      ['0 s', '1 s', '2 s', 'a-0 0,9 isr 0', 'a-1 1', 'a-2 0', 'a-3 1', 'a-4 0', 'a-5 1'],
      [
        'Shrinking: wait, leaving',
        'broker 9 was dropped without having left, and has copies of 1 partition (a-0)',
        'Put broker 9 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
    [
      'all of it has arrived',
      { throttled: true },
      ['0 s', '1 s', '2 s', 'a-0 2', 'a-1 1', 'a-2 0', 'a-3 1', 'a-4 0', 'a-5 2'],
      ['Growing: unthrottle', 'no partition is being moved any more'],
    ],
    [
      'it shall not receive anything by itself',
      { reassignment: { throttle: 1, concurrency: 2, automatic: false } },
      ['0 s', '1 s', '2 s', 'a-0 0', 'a-1 1', 'a-2 0', 'a-3 1', 'a-4 0', 'a-5 1'],
      ['Settled: rest', 'everything is as the manifests say'],
    ],

    // Copies.
    [
      'a topic gets more copies',
      { factors: new Map([['a', 3]]) },
      ['0 s', '1 s', '2 s', 'a-0 0,1', 'a-1 1,2', 'a-2 2,0'],
      ['Provisioning: reassign a-0 0,1,2; a-1 1,2,0', 'to as many copies as are declared, 1 more after them'],
    ],
    [
      'it has got them',
      { factors: new Map([['a', 3]]), throttled: true },
      ['0 s', '1 s', '2 s', 'a-0 0,1,2'],
      ['Growing: unthrottle', 'no partition is being moved any more'],
    ],
    [
      'a topic gets fewer copies, so that a broker can leave',
      { factors: new Map([['a', 2]]) },
      ['0 s', '1 s', '2 l', 'a-0 2,0,1'],
      ['Provisioning: reassign a-0 0,1', 'to as many copies as are declared'],
    ],
    [
      'there are too few brokers for as many',
      { factors: new Map([['a', 3]]) },
      ['0 s', '1 s', 'a-0 0,1'],
      [
        'Provisioning: wait, provision',
        'a-0 cannot have replication factor 3: there are only brokers 0, 1',
        'Add a broker, or declare fewer copies.',
      ],
    ],
    [
      'brokers are restarted first',
      { factors: new Map([['a', 3]]) },
      ['0 s', '1 s old', '2 s', 'a-0 0,1'],
      ['Rolling: restart 1, uid-1', 'kafka-broker-1-0: it runs revision a, and b was applied'],
    ],

    // Upgrading.
    [
      'every server runs the release',
      {
        upgrade: {
          name: 'metadata.version',
          from: 27,
          to: 29,
          says: 'metadata.version 4.2-IV1 instead of 4.1-IV1',
        },
      },
      ['0 s', '1 s', 'a-0 0,1'],
      ['Rolling: upgrade metadata.version to 29', 'metadata.version 4.2-IV1 instead of 4.1-IV1'],
    ],
    [
      'a server does not run the release yet',
      {
        upgrade: {
          name: 'metadata.version',
          from: 27,
          to: 29,
          says: 'metadata.version 4.2-IV1 instead of 4.1-IV1',
        },
      },
      ['0 s', '1 s old', 'a-0 0,1'],
      ['Rolling: restart 1, uid-1', 'kafka-broker-1-0: it runs revision a, and b was applied'],
    ],
    [
      'a dropped broker would keep the release back',
      {
        upgrade: {
          name: 'metadata.version',
          from: 27,
          to: 29,
          says: 'metadata.version 4.2-IV1 instead of 4.1-IV1',
        },
      },
      ['0 s', '1 s', '5 - set', 'a-0 0,1,5 isr 0,1'],
      [
        'Shrinking: wait, leaving',
        'broker 5 was dropped without having left, and has copies of 1 partition (a-0)',
        'Put broker 5 back into the list as leaving: claims were kept, and partitions are moved away in order. Where a disk is lost, the broker starts with an empty one.',
      ],
    ],
  ])('%s', (_, given, lines, expected) => {
    expect(told(nextBrokerStep(factsOf(given, ...lines)))).toEqual(expected);
  });
});
