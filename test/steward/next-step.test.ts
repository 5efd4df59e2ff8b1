import { describe, expect, it } from 'vitest';
import { describe as describeMember } from '../../lib/steward/advice';
import { nextStep } from '../../lib/steward/next-step';
import { factsOf, type Given, said } from './facts-of';

describe('nextStep', () => {
  it.each<[string, Given, string[], string[]]>([
    // Nothing to do, and nothing that may be done.
    [
      'all is as wanted',
      {},
      ['1 v/v leader', '2 v/v follower', '3 v/v follower'],
      ['Settled: rest', 'everything is as the manifests say'],
    ],
    [
      'another first id, and all is as wanted',
      { firstId: 5, replicas: 3, founders: [5, 6, 7] },
      ['5 v/v follower', '6 v/v leader', '7 v/v follower'],
      ['Settled: rest', 'everything is as the manifests say'],
    ],
    [
      'the manifests are not all applied',
      { unapplied: 'the StatefulSet zk is of another rendering' },
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower old'],
      ['Applying: wait, apply', 'the StatefulSet zk is of another rendering'],
    ],

    // Forming.
    [
      'nothing is there yet, and it was created with all replicas',
      { formed: false },
      ['1 v/- gate empty', '2 v/- gate empty', '3 v/- gate empty'],
      [
        'Forming: wait, founders',
        'the cluster forms once all founders serve: zk-1 waits at its gate: it waits for 2; zk-2 waits at its gate: it waits for 2; zk-3 waits at its gate: it waits for 2',
      ],
    ],
    [
      'nothing is there yet',
      { formed: false, replicas: 1 },
      ['1 v/- gate empty', '2 v/- no', '3 v/- no'],
      [
        'Forming: scale to 3',
        'all members start together, since the founders (1, 2, 3) need the word of each',
      ],
    ],
    [
      'one founder of three members: its gate needs the word of all',
      { formed: false, founders: [1], replicas: 1 },
      ['1 v/- gate empty', '2 v/- no', '3 v/- no'],
      ['Forming: scale to 3', 'all members start together, since the founders (1) need the word of each'],
    ],
    [
      'founders and an observer',
      { formed: false, replicas: 3 },
      ['1 v/- gate empty', '2 v/- gate empty', '3 v/- gate empty', '4 o/- no'],
      [
        'Forming: scale to 4',
        'all members start together, since the founders (1, 2, 3) need the word of each',
      ],
    ],
    [
      'founders gather',
      { formed: false },
      ['1 v/- gate empty', '2 v/- gate empty', '3 v/- stalled'],
      [
        'Forming: wait, founders',
        'the cluster forms once all founders serve: zk-1 waits at its gate: it waits for 2; zk-2 waits at its gate: it waits for 2; zk-3 does not answer: no answer within 2000 ms',
        'Read what zk-3 says: kubectl describe pod zk-3, kubectl logs zk-3 --all-containers',
      ],
    ],
    [
      'a founder cannot run',
      { formed: false },
      ['1 v/- gate empty', '2 v/- gate empty', '3 v/- broken'],
      [
        'Forming: wait, revision',
        'the cluster forms once all founders serve: zk-1 waits at its gate: it waits for 2; zk-2 waits at its gate: it waits for 2; zk-3 cannot run: container zookeeper: CrashLoopBackOff',
        'zk-3 fails on what was applied last: apply a commit that mends or reverts it. Members that serve are left alone until it is well.',
      ],
    ],
    [
      'a founder could not run, and a mended revision was applied',
      { formed: false },
      ['1 v/- gate empty old', '2 v/- gate empty old', '3 v/- broken old'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 cannot run: container zookeeper: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'two of three founders serve',
      { formed: false },
      ['1 v/v leader', '2 v/v follower', '3 v/v gate empty'],
      [
        'Forming: wait, founders',
        'the cluster forms once all founders serve: zk-3 waits at its gate: it waits for 2',
      ],
    ],
    [
      'a founder copies',
      { formed: false },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower behind'],
      [
        'Forming: wait, founders',
        'the cluster forms once all founders serve: zk-3 is 12 changes behind the leader',
      ],
    ],
    [
      'all founders hold the data',
      { formed: false },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower unready'],
      ['Forming: mark-formed', 'all founders serve and hold the data'],
    ],
    [
      'the mark was lost after a founder was dismissed',
      { formed: false, replicas: 3 },
      ['1 v/v leader', '2 -/- follower', '3 -/- follower'],
      ['Forming: mark-formed', 'all founders serve and hold the data'],
    ],
    [
      'a founder is away that is wanted no more',
      { formed: false },
      ['1 v/v leader', '2 v/v follower', '3 -/v no'],
      ['Forming: mark-formed', 'all founders serve and hold the data'],
    ],
    [
      'the mark is missing and the replicas were reset',
      { formed: false, replicas: 2 },
      ['1 v/v leader', '2 v/v follower', '3 v/v no'],
      ['Healing: scale to 3', 'member 3 belongs to the cluster, and the StatefulSet has replicas: 2'],
    ],

    // Provisioning.
    [
      'something is missing inside',
      { provisioned: false },
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower old'],
      ['Provisioning: provision', 'something that was asked for is missing'],
    ],
    [
      'something is missing, and no leader serves',
      { provisioned: false },
      ['1 v/- waiting', '2 v/- waiting', '3 v/- waiting'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 runs and finds no majority; zk-3 runs and finds no majority',
      ],
    ],
    [
      'provisioning failed, and there is a new revision',
      { provisioned: false, provisionFailed: 'no such user' },
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower old'],
      ['Rolling: restart 3, uid-3', 'zk-3: it runs revision a, and b was applied, 2 more after it'],
    ],
    [
      'provisioning failed',
      { provisioned: false, provisionFailed: 'no such user' },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower'],
      [
        'Provisioning: wait, provision',
        'provisioning failed: no such user',
        'It is tried again and again; if it goes on, mend what the error names.',
      ],
    ],

    // Without a quorum.
    [
      'members start',
      {},
      ['1 v/- waiting', '2 v/- gate', '3 v/- gate'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 waits at its gate: it waits for 2; zk-3 waits at its gate: it waits for 2',
      ],
    ],
    [
      'a member is stuck',
      { replicas: 3 },
      ['1 v/- waiting stalled', '2 v/- stalled', '3 v/- no'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 does not answer: no answer within 2000 ms; member 3 has no pod yet',
        'Read what zk-1 says: kubectl describe pod zk-1, kubectl logs zk-1 --all-containers',
      ],
    ],
    [
      'a node is lost with a member',
      {},
      ['1 v/- waiting stalled', '2 v/- ending stalled', '3 v/- ending stalled'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 is being deleted; zk-3 is being deleted',
        'zk-2 has not ended in time, so its node node-1 may be lost. If the machine is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the member elsewhere.',
      ],
    ],
    [
      'members fail on what was applied last',
      {},
      ['1 v/- waiting stalled old', '2 v/- broken', '3 v/- broken'],
      [
        'Healing: wait, revision',
        'no leader serves: zk-1 runs and finds no majority; zk-2 cannot run: container zookeeper: CrashLoopBackOff; zk-3 cannot run: container zookeeper: CrashLoopBackOff',
        'zk-2 fails on what was applied last: apply a commit that mends or reverts it. Members that serve are left alone until it is well.',
      ],
    ],
    [
      'members failed, and a mended revision was applied',
      {},
      ['1 v/- waiting old stalled', '2 v/- broken old', '3 v/- broken old'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 cannot run: container zookeeper: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'none is broken, all are stuck on the old revision',
      {},
      ['1 v/- waiting old stalled', '2 v/- gate old stalled', '3 v/- old stalled'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 does not answer: no answer within 2000 ms, and it runs revision a, and b was applied',
      ],
    ],
    [
      'they are on the old revision and may yet find a majority',
      {},
      ['1 v/- waiting old', '2 v/- gate old', '3 v/- old'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 waits at its gate: it waits for 2; zk-3 does not answer: no answer within 2000 ms',
      ],
    ],
    [
      'a member that is wanted no more is broken on the old revision',
      {},
      ['1 v/- waiting', '2 -/- broken old', '3 -/- broken old'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 cannot run: container zookeeper: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'the replicas were reset to 1',
      { replicas: 1 },
      ['1 v/- waiting', '2 v/- no', '3 v/- no'],
      ['Healing: scale to 3', 'member 3 belongs to the cluster, and the StatefulSet has replicas: 1'],
    ],
    [
      'the replicas were reset, and two are wanted no more: the membership is remembered',
      { replicas: 1 },
      ['1 v/v waiting', '2 -/v no', '3 -/v no'],
      ['Healing: scale to 3', 'member 3 belongs to the cluster, and the StatefulSet has replicas: 1'],
    ],
    [
      'the replicas were reset, and two are wanted no more: nothing is remembered',
      { replicas: 1 },
      ['1 v/- waiting stalled'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority',
        'Either they do not reach one another, or the membership has members that have no pod any more. Those come back with kubectl scale statefulset zk --replicas=<as many as there were>, and leave in order once a leader serves.',
      ],
    ],
    [
      'the replicas were reset, two are wanted no more, and the only disk is empty',
      { replicas: 1 },
      ['1 v/- gate empty'],
      [
        'Healing: wait, quorum',
        'the cluster was formed, and the disks of all members are empty: its data is gone',
        'Look for the volumes first; those of members that have no pod any more come back with kubectl scale statefulset zk --replicas=<as many as there were>. If they are lost, restore a backup into a cluster of another name. To start anew with nothing, delete the ConfigMap that marks this cluster as formed.',
      ],
    ],
    [
      'all run but those whose disks are empty',
      {},
      ['1 v/- waiting stalled', '2 v/- gate empty stalled', '3 v/- gate empty stalled'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 waits at its gate: it waits for 2; zk-3 waits at its gate: it waits for 2',
        'Look for the volumes of zk-2, zk-3, whose disks are empty; if those of a majority are lost, restore a backup into a cluster of another name. Otherwise either they do not reach one another, or the membership has members that have no pod any more. Those come back with kubectl scale statefulset zk --replicas=<as many as there were>, and leave in order once a leader serves.',
      ],
    ],
    [
      'more are wanted',
      { replicas: 1, founders: [1] },
      ['1 v/- waiting', '2 v/- no', '3 v/- no'],
      ['Healing: scale to 3', 'member 3 belongs to the cluster, and the StatefulSet has replicas: 1'],
    ],
    [
      'all disks are empty',
      {},
      ['1 v/- gate empty', '2 v/- gate empty', '3 v/- gate empty'],
      [
        'Healing: wait, quorum',
        'the cluster was formed, and the disks of all members are empty: its data is gone',
        'Look for the volumes first; those of members that have no pod any more come back with kubectl scale statefulset zk --replicas=<as many as there were>. If they are lost, restore a backup into a cluster of another name. To start anew with nothing, delete the ConfigMap that marks this cluster as formed.',
      ],
    ],
    [
      'the disks of all that are wanted are empty, and others hold data',
      {},
      ['1 v/- gate empty', '2 -/- gate', '3 -/- gate'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 waits at its gate: it waits for 2; zk-2 waits at its gate: it waits for 2; zk-3 waits at its gate: it waits for 2',
      ],
    ],
    [
      'a leader serves that the steward cannot ask',
      { replicas: 3 },
      ['1 v/- old stalled', '2 v/- follower behind old', '3 v/- no'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 does not answer: no answer within 2000 ms; zk-2 is 12 changes behind the leader; member 3 has no pod yet',
        'Read what zk-1 says: kubectl describe pod zk-1, kubectl logs zk-1 --all-containers',
      ],
    ],

    // Growing.
    [
      'from one to three',
      { replicas: 1, founders: [1] },
      ['1 v/v leader old', '2 v/- no', '3 v/- no'],
      ['Growing: scale to 2', 'member 2 is wanted and has no pod yet'],
    ],
    [
      'the new member starts',
      { founders: [1] },
      ['1 v/v leader old', '2 v/- gate empty', '3 v/- no'],
      ['Growing: wait, joining', 'joining: zk-2 waits at its gate: it waits for 2'],
    ],
    [
      'the new member copies',
      { founders: [1] },
      ['1 v/v leader old', '2 v/- observer behind stalled', '3 v/- no'],
      [
        'Growing: wait, joining',
        'joining: zk-2 is 12 changes behind the leader',
        'Read what zk-2 says: kubectl describe pod zk-2, kubectl logs zk-2 --all-containers',
      ],
    ],
    [
      'the new member is in step',
      { founders: [1] },
      ['1 v/v leader old', '2 v/- observer', '3 v/- no'],
      ['Growing: scale to 3', 'member 3 is wanted and has no pod yet'],
    ],
    [
      'all new members are in step',
      { founders: [1] },
      ['1 v/v leader old', '2 v/- observer', '3 v/- observer'],
      ['Growing: admit 2 as voter', 'zk-2 is in step and becomes a voter'],
    ],
    [
      'a new voter that would have to wait for another one, and a new observer that need not',
      { founders: [1] },
      ['1 v/v leader', '2 v/- observer', '3 v/- broken', '4 o/- observer'],
      ['Growing: admit 4 as observer', 'zk-4 is in step and becomes an observer'],
    ],
    [
      'the new member is in step, and its pod is about to go',
      { founders: [1], replicas: 1 },
      ['1 v/v leader old', '2 v/- observer', '3 v/- no'],
      ['Growing: scale to 2', 'member 2 is wanted and has no pod yet'],
    ],
    [
      'the second one is in step',
      { founders: [1] },
      ['1 v/v leader old', '2 v/v follower', '3 v/- observer'],
      ['Growing: admit 3 as voter', 'zk-3 is in step and becomes a voter'],
    ],
    [
      'the new member fails on the new revision',
      { founders: [1] },
      ['1 v/v leader old', '2 v/- broken', '3 v/- no'],
      [
        'Growing: wait, revision',
        'joining: zk-2 cannot run: container zookeeper: CrashLoopBackOff',
        'zk-2 fails on what was applied last: apply a commit that mends or reverts it. Members that serve are left alone until it is well.',
      ],
    ],
    [
      'the new member failed, and a mended revision was applied',
      { founders: [1] },
      ['1 v/v leader old', '2 v/- broken old', '3 v/- no'],
      [
        'Healing: restart 2, uid-2',
        'zk-2 cannot run: container zookeeper: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'a new observer is in step',
      {},
      ['1 v/v leader', '2 v/v follower', '3 v/v follower', '4 o/- observer'],
      ['Growing: admit 4 as observer', 'zk-4 is in step and becomes an observer'],
    ],
    [
      'an observer becomes a voter',
      {},
      ['1 v/v leader', '2 v/o observer', '3 v/o observer'],
      ['Growing: admit 2 as voter', 'zk-2 is in step and becomes a voter'],
    ],
    [
      'a member was taken out of the membership by hand',
      {},
      ['1 v/v leader', '2 v/v follower', '3 v/- observer'],
      ['Growing: admit 3 as voter', 'zk-3 is in step and becomes a voter'],
    ],
    [
      'a member was taken out by hand, and is on an old revision',
      {},
      ['1 v/v leader', '2 v/v follower old', '3 v/- observer behind old'],
      ['Growing: wait, joining', 'joining: zk-3 is 12 changes behind the leader'],
    ],
    [
      'a fourth voter while the third is away',
      {},
      ['1 v/v leader', '2 v/v follower', '3 v/v no', '4 v/- observer', '5 v/- observer'],
      ['Growing: admit 4 as voter', 'zk-4 is in step and becomes a voter'],
    ],
    [
      'a second voter that a cluster could not do without',
      {},
      ['1 v/v leader', '2 v/v follower behind', '3 v/- observer'],
      ['Growing: admit 3 as voter', 'zk-3 is in step and becomes a voter'],
    ],

    // Rolling.
    [
      'a new revision',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower old'],
      ['Rolling: restart 3, uid-3', 'zk-3: it runs revision a, and b was applied, 2 more after it'],
    ],
    [
      'a new revision, and the last member leads',
      {},
      ['1 v/v follower old', '2 v/v follower old', '3 v/v leader old'],
      ['Rolling: restart 2, uid-2', 'zk-2: it runs revision a, and b was applied, 2 more after it'],
    ],
    [
      'a new revision, and there is an observer',
      {},
      ['1 v/v follower old', '2 v/v follower old', '3 v/v leader old', '4 o/o observer old'],
      ['Rolling: restart 4, uid-4', 'zk-4: it runs revision a, and b was applied, 3 more after it'],
    ],
    [
      'only the leader is left',
      {},
      ['1 v/v follower', '2 v/v follower', '3 v/v leader old'],
      ['Rolling: restart 3, uid-3', 'zk-3: it runs revision a, and b was applied'],
    ],
    [
      'the first one is on its way',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v ending'],
      ['Rolling: wait, member', 'waits until every member is well: zk-3 is being deleted'],
    ],
    [
      'the first one copies',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower behind'],
      ['Rolling: wait, member', 'waits until every member is well: zk-3 is 12 changes behind the leader'],
    ],
    [
      'the first one does not come back',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v broken'],
      [
        'Rolling: wait, revision',
        'waits until every member is well: zk-3 cannot run: container zookeeper: CrashLoopBackOff',
        'zk-3 fails on what was applied last: apply a commit that mends or reverts it. Members that serve are left alone until it is well.',
      ],
    ],
    [
      'the first one hangs',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v gate stalled'],
      [
        'Rolling: wait, member',
        'waits until every member is well: zk-3 waits at its gate: it waits for 2',
        'Read what zk-3 says: kubectl describe pod zk-3, kubectl logs zk-3 --all-containers',
      ],
    ],
    [
      'the second one does not come back',
      {},
      ['1 v/v leader old', '2 v/v broken', '3 v/v follower'],
      [
        'Rolling: wait, revision',
        'waits until every member is well: zk-2 cannot run: container zookeeper: CrashLoopBackOff',
        'Others run well with the same revision, so look at the node and the volumes of zk-2 first: kubectl describe pod zk-2, kubectl logs zk-2 --all-containers. A commit that mends or reverts what was applied last helps, too.',
      ],
    ],
    [
      'the first one is back',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower'],
      ['Rolling: restart 2, uid-2', 'zk-2: it runs revision a, and b was applied, 1 more after it'],
    ],
    [
      'the first one failed, and the revision was mended or reverted',
      {},
      ['1 v/v leader', '2 v/v follower', '3 v/v broken old'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 cannot run: container zookeeper: CrashLoopBackOff, and it runs revision a, and b was applied',
      ],
    ],
    [
      'the first one serves and never became ready, and the revision was mended',
      {},
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower unready stalled old'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 serves and is not ready yet, and it runs revision a, and b was applied',
      ],
    ],
    [
      'none is ready, and the revision was mended',
      {},
      [
        '1 v/v leader unready stalled old',
        '2 v/v follower unready stalled old',
        '3 v/v follower unready stalled old',
      ],
      [
        'Healing: restart 3, uid-3',
        'zk-3 serves and is not ready yet, and it runs revision a, and b was applied',
      ],
    ],
    [
      'none was ready, and the mended revision fails',
      {},
      ['1 v/v leader unready stalled old', '2 v/v follower unready stalled old', '3 v/v broken'],
      [
        'Rolling: wait, revision',
        'waits until every member is well: zk-1 serves and is not ready yet; zk-2 serves and is not ready yet; zk-3 cannot run: container zookeeper: CrashLoopBackOff',
        'zk-3 fails on what was applied last: apply a commit that mends or reverts it. Members that serve are left alone until it is well.',
      ],
    ],
    [
      'a member is silent that the majority may need',
      {},
      ['1 v/v leader old', '2 v/v old stalled', '3 v/v ending'],
      [
        'Rolling: wait, member',
        'waits until every member is well: zk-2 does not answer: no answer within 2000 ms; zk-3 is being deleted',
        'Read what zk-2 says: kubectl describe pod zk-2, kubectl logs zk-2 --all-containers',
      ],
    ],
    [
      'a silent member that the majority does not need',
      {},
      ['1 v/v leader old', '2 v/v old stalled', '3 v/v follower'],
      [
        'Healing: restart 2, uid-2',
        'zk-2 does not answer: no answer within 2000 ms, and it runs revision a, and b was applied',
      ],
    ],
    [
      'another member is away',
      {},
      ['1 v/v leader old', '2 v/v no', '3 v/v follower old'],
      ['Rolling: wait, member', 'waits until every member is well: member 2 has no pod yet'],
    ],
    [
      'two voters',
      {},
      ['1 v/v leader', '2 v/v follower old'],
      ['Rolling: wait, majority', 'no majority would be in step without zk-2'],
    ],
    [
      'two voters, of which one leaves and one is never ready',
      { founders: [1] },
      ['1 v/v leader unready stalled old', '2 -/v follower'],
      ['Shrinking: dismiss 2', 'zk-2 is wanted no more'],
    ],
    [
      'one voter',
      { founders: [1] },
      ['1 v/v leader old'],
      ['Rolling: restart 1, uid-1', 'zk-1: it runs revision a, and b was applied'],
    ],
    [
      'one voter and an observer',
      { founders: [1] },
      ['1 v/v leader old', '2 o/o observer'],
      ['Rolling: restart 1, uid-1', 'zk-1: it runs revision a, and b was applied'],
    ],
    [
      'one voter that serves and never became ready',
      { founders: [1] },
      ['1 v/v leader unready stalled old'],
      [
        'Healing: restart 1, uid-1',
        'zk-1 serves and is not ready yet, and it runs revision a, and b was applied',
      ],
    ],

    // Shrinking.
    [
      'from three to one',
      {},
      ['1 v/v leader', '2 -/v follower', '3 -/v follower'],
      ['Shrinking: dismiss 3', 'zk-3 is wanted no more'],
    ],
    [
      'from three to one with a new revision',
      {},
      ['1 v/v leader old', '2 -/v follower old', '3 -/v follower old'],
      ['Rolling: restart 1, uid-1', 'zk-1: it runs revision a, and b was applied'],
    ],
    [
      'from three to one with a new revision, and one that leaves is being deleted',
      {},
      ['1 v/v leader old', '2 -/v follower ending', '3 -/v follower old'],
      ['Shrinking: dismiss 2', 'zk-2 is wanted no more'],
    ],
    [
      'two are left, and a new revision',
      { replicas: 3 },
      ['1 v/v leader old', '2 -/v follower', '3 -/- observer'],
      ['Shrinking: scale to 2', 'member 3 has left the cluster'],
    ],
    [
      'a dismissed member has its pod',
      {},
      ['1 v/v leader', '2 -/v follower', '3 -/- observer'],
      ['Shrinking: scale to 2', 'member 3 has left the cluster'],
    ],
    [
      'the leader is wanted no more',
      {},
      ['1 v/v follower', '2 -/v follower', '3 -/v leader'],
      ['Shrinking: dismiss 2', 'zk-2 is wanted no more'],
    ],
    [
      'the leader is the last to leave',
      {},
      ['1 v/v follower', '2 -/- observer', '3 -/v leader'],
      ['Shrinking: dismiss 3', 'zk-3 is wanted no more'],
    ],
    [
      'the pod of a dismissed member ends',
      { replicas: 2 },
      ['1 v/v leader', '2 -/v follower', '3 -/- ending'],
      ['Shrinking: dismiss 2', 'zk-2 is wanted no more'],
    ],
    [
      'the last pod ends',
      { replicas: 1 },
      ['1 v/v leader', '2 -/- ending'],
      ['Shrinking: wait, leaving', 'waits for pods to end: zk-2'],
    ],
    [
      'the last pod does not end',
      { replicas: 1 },
      ['1 v/v leader', '2 -/- ending stalled'],
      [
        'Shrinking: wait, leaving',
        'waits for pods to end: zk-2',
        'zk-2 has not ended in time, so its node node-1 may be lost. If the machine is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the member elsewhere.',
      ],
    ],
    [
      'a member that leaves is dead',
      {},
      ['1 v/v leader', '2 v/v follower', '3 v/v follower', '4 -/v broken old', '5 -/v no'],
      ['Shrinking: dismiss 4', 'zk-4 is wanted no more and does not serve'],
    ],
    [
      'a member that leaves is dead, and another copies',
      {},
      ['1 v/v leader', '2 v/v follower behind', '3 -/v broken'],
      ['Healing: wait, member', 'waits until every member is well: zk-2 is 12 changes behind the leader'],
    ],
    [
      'five to three with a new revision',
      { founders: [1, 2, 3, 4, 5] },
      [
        '1 v/v leader old',
        '2 v/v follower old',
        '3 v/v follower old',
        '4 -/v follower old',
        '5 -/v follower old',
      ],
      ['Rolling: restart 3, uid-3', 'zk-3: it runs revision a, and b was applied, 2 more after it'],
    ],
    [
      'a member that stays is away',
      {},
      ['1 v/v leader', '2 v/v no', '3 v/v follower', '4 -/v follower', '5 -/v follower'],
      ['Healing: wait, member', 'waits until every member is well: member 2 has no pod yet'],
    ],
    [
      'one of two that leave would break the majority',
      {},
      ['1 v/v leader', '2 -/v follower ending', '3 -/v follower'],
      ['Shrinking: dismiss 2', 'zk-2 is wanted no more'],
    ],
    [
      'the replicas were reset to 1 when one was applied',
      { replicas: 1 },
      ['1 v/v leader', '2 -/v follower ending', '3 -/v follower ending'],
      ['Healing: scale to 3', 'member 3 belongs to the cluster, and the StatefulSet has replicas: 1'],
    ],
    [
      'the replicas were reset, and one that leaves has no pod any more',
      { replicas: 2 },
      ['1 v/v leader', '2 -/v follower', '3 -/v no'],
      ['Shrinking: dismiss 3', 'member 3 is wanted no more and does not serve'],
    ],
    [
      'a voter becomes an observer',
      {},
      ['1 v/v leader', '2 o/v follower', '3 o/v follower'],
      ['Shrinking: admit 3 as observer', 'zk-3 should be an observer'],
    ],
    [
      'the leader becomes an observer last',
      {},
      ['1 v/v follower', '2 o/v leader', '3 o/v follower'],
      ['Shrinking: admit 3 as observer', 'zk-3 should be an observer'],
    ],
    [
      'voters become observers, and a new revision arrives between',
      {},
      ['1 v/v leader old', '2 o/v follower old', '3 o/o observer'],
      ['Shrinking: admit 2 as observer', 'zk-2 should be an observer'],
    ],

    // Members that need a place before they start.
    [
      'by invitation: one that waits at its gate',
      { invites: true },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower', '4 v/- gate empty', '5 v/- no'],
      ['Growing: admit 4 as observer', 'zk-4 waits for its place'],
    ],
    [
      'by invitation: the next pod comes once the one before is in step, which is not ready until it votes',
      { invites: true },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower', '4 v/o observer unready', '5 v/- no'],
      ['Growing: scale to 5', 'member 5 is wanted and has no pod yet'],
    ],
    [
      'by invitation: one at a time',
      { invites: true },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower', '4 v/o observer behind', '5 v/- gate empty'],
      [
        'Growing: wait, joining',
        'joining: zk-4 is 12 changes behind the leader; zk-5 waits at its gate: it waits for 2',
      ],
    ],
    [
      'by invitation: nobody votes before all are in step',
      { invites: true },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower', '4 v/o observer unready', '5 v/- gate empty'],
      ['Growing: admit 5 as observer', 'zk-5 waits for its place'],
    ],
    [
      'by invitation: all are in step',
      { invites: true },
      [
        '1 v/v leader',
        '2 v/v follower',
        '3 v/v follower',
        '4 v/o observer unready',
        '5 v/o observer unready',
      ],
      ['Growing: admit 4 as voter', 'zk-4 is in step and becomes a voter'],
    ],
    [
      'by invitation: of an even number the next may vote at once',
      { invites: true },
      ['1 v/v leader', '2 v/v follower', '3 v/o observer unready', '4 v/- gate empty', '5 v/- no'],
      ['Growing: admit 3 as voter', 'zk-3 is in step and becomes a voter'],
    ],
    [
      'by invitation: a lost disk takes its place with it',
      { invites: true },
      ['-3 -/v ghost', '1 v/v leader', '2 v/v follower', '3 v/- gate empty'],
      ['Healing: dismiss -3', 'the lost disk of zk-3 is wanted no more and does not serve'],
    ],
    [
      'by invitation: no place is given up that the majority needs',
      { invites: true },
      ['-3 -/v ghost', '1 v/v leader', '2 v/v gate', '3 v/- gate empty'],
      ['Growing: wait, joining', 'joining: zk-3 waits at its gate: it waits for 2'],
    ],
    [
      'by invitation: one that was taken out by hand has to go back to its gate',
      { invites: true },
      ['1 v/v leader', '2 v/v follower', '3 v/- broken started'],
      [
        'Healing: restart 3, uid-3',
        'zk-3 cannot run: container zookeeper: CrashLoopBackOff, and its gate has to hear that it was taken out of the membership',
      ],
    ],

    // What a system objects to, and what is due in it.
    [
      'an upgrade that the system does not support',
      { refused: { why: '3.4 does not become 3.6', todo: 'Apply 3.5 first.' } },
      ['1 v/v leader old', '2 v/v follower old', '3 v/v follower old broken'],
      ['Rolling: wait, upgrade', '3.4 does not become 3.6', 'Apply 3.5 first.'],
    ],
    [
      'a membership that has to stay as it is',
      { held: { why: 'zk-1 is all that is left', todo: 'Say so no more.' } },
      ['1 v/v leader', '2 v/- follower', '3 v/- gate'],
      ['Healing: wait, held', 'zk-1 is all that is left', 'Say so no more.'],
    ],
    [
      'a chore while all is well',
      { chore: { why: 'the file of zk-2 is half empty' } },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower'],
      ['Maintaining: maintain', 'the file of zk-2 is half empty'],
    ],
    [
      'a chore that can wait',
      { chore: { why: 'the file of zk-2 is half empty' } },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower old'],
      ['Rolling: restart 3, uid-3', 'zk-3: it runs revision a, and b was applied'],
    ],
    [
      'a chore that cannot wait',
      { chore: { why: 'no space is left', urgent: true } },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower old'],
      ['Maintaining: maintain', 'no space is left'],
    ],
    [
      'a chore that goes on',
      { chore: { why: 'zk-2 tidies up', busy: true } },
      ['1 v/v leader', '2 v/v follower', '3 v/v follower old'],
      ['Maintaining: wait, maintenance', 'zk-2 tidies up'],
    ],
    [
      'a majority that will not come back, and what is left to do',
      { lastResort: 'Make it anew from zk-1.' },
      ['1 v/v waiting unready stalled', '2 v/v ending stalled', '3 v/v ending stalled'],
      [
        'Healing: wait, quorum',
        'no leader serves: zk-1 runs and finds no majority; zk-2 is being deleted; zk-3 is being deleted',
        'zk-2 has not ended in time, so its node node-1 may be lost. If the machine is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the member elsewhere. Make it anew from zk-1.',
      ],
    ],
  ])('%s', (_, given, members, expected) => {
    expect(said(nextStep(factsOf(given, ...members)))).toEqual(expected);
  });

  it('names what people know: the words of Kubernetes, of the gate, and of the network', () => {
    const facts = factsOf(
      {},
      '1 v/v leader',
      '2 v/v gate',
      '3 v/v no',
      '4 v/v broken',
      '5 v/v ready',
      '6 v/v follower unready',
    );
    expect(facts.members.map(describeMember)).toEqual([
      'zk-1 serves',
      'zk-2 waits at its gate: it waits for 2',
      'member 3 has no pod yet',
      'zk-4 cannot run: container zookeeper: CrashLoopBackOff',
      'zk-5 does not answer: no answer within 2000 ms',
      'zk-6 serves and is not ready yet',
    ]);
  });

  it('says nothing of a node that it does not know', () => {
    const { members, ...facts } = factsOf({}, '1 v/v leader', '2 v/v ending stalled', '3 v/v follower');
    const nowhere = members.map((member) => ({
      ...member,
      pod: member.pod && { ...member.pod, node: undefined },
    }));
    expect(said(nextStep({ ...facts, members: nowhere })).at(-1)).toMatch(
      /^zk-2 has not ended in time, so its node may be lost\./,
    );
  });
});
