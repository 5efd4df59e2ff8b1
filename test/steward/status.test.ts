import { describe, expect, it } from 'vitest';
import type { Facts, Member, MemberPod, Server, Step } from '../../lib/steward/facts';
import { nextStep } from '../../lib/steward/next-step';
import { sentence, statusOf } from '../../lib/steward/status';

const pod = (id: number, change: Partial<MemberPod> = {}): MemberPod => ({
  name: `zk-${id}`,
  uid: `uid-${id}`,
  revision: 'zk-7d9f8b6c5',
  ready: true,
  terminating: false,
  stalled: false,
  node: `node-${id}`,
  zone: `zone-${'abc'[id - 1]}`,
  ...change,
});
const serving = (role: 'leader' | 'follower' | 'observer', lag = 0): Server => ({
  state: 'serving',
  role,
  synced: lag === 0,
  lag,
});
const member = (id: number, change: Partial<Member> = {}): Member => ({
  id,
  wanted: 'voter',
  listed: 'voter',
  pod: pod(id),
  server: serving(id === 1 ? 'leader' : 'follower'),
  ...change,
});
const facts = (members: readonly Member[], change: Partial<Facts> = {}): Facts => ({
  formed: true,
  founders: [1],
  firstId: 1,
  replicas: members.length,
  quorum: true,
  provisioned: true,
  members,
  ...change,
});

/** The status as `kubectl describe configmap` shows it. */
function told(now: Facts): string {
  const { phase, doing, todo, members } = statusOf(now, nextStep(now));
  return `\nphase: ${phase}\ndoing: ${doing}\ntodo: ${todo}\n\n${members}`;
}

describe('a status says', () => {
  it('that all is well', () => {
    expect(told(facts([1, 2, 3].map((id) => member(id))))).toMatchInlineSnapshot(`
      "
      phase: Settled
      doing: everything is as the manifests say
      todo: nothing

      MEMBER  ROLE      PLACE  BEHIND  REVISION   NODE    ZONE    SAYS
      zk-1    leader    voter  0       7d9f8b6c5  node-1  zone-a  ready
      zk-2    follower  voter  0       7d9f8b6c5  node-2  zone-b  ready
      zk-3    follower  voter  0       7d9f8b6c5  node-3  zone-c  ready
      "
    `);
  });

  it('how far a roll has come', () => {
    const old = {
      revision: 'zk-5c8b6d4f7',
      outdated: 'it runs revision 5c8b6d4f7, and 7d9f8b6c5 was applied',
    };
    const now = facts([
      member(1, { pod: pod(1, old) }),
      member(2, { pod: pod(2, old) }),
      member(3, { pod: pod(3, { ready: false }), server: serving('follower', 1_234) }),
    ]);
    expect(told(now)).toMatchInlineSnapshot(`
      "
      phase: Rolling
      doing: waits until every member is well: zk-3 is 1234 changes behind the leader
      todo: nothing

      MEMBER  ROLE      PLACE  BEHIND  REVISION         NODE    ZONE    SAYS
      zk-1    leader    voter  0       5c8b6d4f7 (old)  node-1  zone-a  ready
      zk-2    follower  voter  0       5c8b6d4f7 (old)  node-2  zone-b  ready
      zk-3    follower  voter  1234    7d9f8b6c5        node-3  zone-c  not ready yet
      "
    `);
  });

  it('that a new member cannot run, and what to do', () => {
    const broken = 'not scheduled: 0/3 nodes are available: 3 Insufficient memory.';
    const now = facts([
      member(1),
      member(2),
      member(3, {
        listed: undefined,
        pod: pod(3, { ready: false, stalled: true, broken, node: undefined, zone: undefined }),
        server: { state: 'silent', reason: 'its name does not resolve yet' },
      }),
    ]);
    expect(told(now)).toMatchInlineSnapshot(`
      "
      phase: Growing
      doing: joining: zk-3 cannot run: not scheduled: 0/3 nodes are available: 3 Insufficient memory.
      todo: Others run well with the same revision, so look at the node and the volumes of zk-3 first: kubectl describe pod zk-3, kubectl logs zk-3 --all-containers. A commit that mends or reverts what was applied last helps, too.

      MEMBER  ROLE      PLACE    BEHIND  REVISION   NODE    ZONE    SAYS
      zk-1    leader    voter    0       7d9f8b6c5  node-1  zone-a  ready
      zk-2    follower  voter    0       7d9f8b6c5  node-2  zone-b  ready
      zk-3    -         not yet  -       7d9f8b6c5  -       -       not scheduled: 0/3 nodes are available: 3 Insufficient memory.
      "
    `);
  });

  it('that a majority is gone, and what to do', () => {
    const gone = { ready: false, stalled: true };
    const silent: Server = { state: 'silent', reason: 'no answer within 2000 ms' };
    const now = facts(
      [
        member(1, { listed: undefined, server: { state: 'waiting' }, pod: pod(1, { ready: false }) }),
        member(2, { listed: undefined, server: silent, pod: pod(2, { ...gone, terminating: true }) }),
        member(3, {
          listed: undefined,
          server: silent,
          pod: pod(3, { ...gone, terminating: true, node: 'node-2' }),
        }),
      ],
      { quorum: false },
    );
    expect(told(now)).toMatchInlineSnapshot(`
      "
      phase: Healing
      doing: no leader serves: zk-1 runs and finds no majority; zk-2 is being deleted; zk-3 is being deleted
      todo: zk-2 has not ended in time, so its node node-2 may be lost. If the machine is gone for good, delete the Node or taint it out-of-service; Kubernetes then starts the member elsewhere.

      MEMBER  ROLE  PLACE    BEHIND  REVISION   NODE    ZONE    SAYS
      zk-1    -     unknown  -       7d9f8b6c5  node-1  zone-a  runs without a majority
      zk-2    -     unknown  -       7d9f8b6c5  node-2  zone-b  is being deleted
      zk-3    -     unknown  -       7d9f8b6c5  node-2  zone-c  is being deleted
      "
    `);
  });

  it('who leaves, who has a place without being there, and what a gate waits for', () => {
    const now = facts([
      member(1),
      member(2, { wanted: 'observer', listed: 'observer', server: serving('observer') }),
      member(3, {
        wanted: undefined,
        server: { state: 'gate', disk: 'data', says: 'it waits for member 1.' },
      }),
      member(4, {
        wanted: undefined,
        pod: undefined,
        server: { state: 'silent', reason: 'it was not asked' },
      }),
      member(5, {
        listed: undefined,
        pod: pod(5, { zone: undefined }),
        server: { state: 'gate', disk: 'empty' },
      }),
    ]);
    expect(statusOf(now, nextStep(now)).members).toMatchInlineSnapshot(`
      "MEMBER    ROLE      PLACE            BEHIND  REVISION   NODE    ZONE    SAYS
      zk-1      leader    voter            0       7d9f8b6c5  node-1  zone-a  ready
      zk-2      observer  observer         0       7d9f8b6c5  node-2  zone-b  ready
      zk-3      gate      voter (leaving)  -       7d9f8b6c5  node-3  zone-c  it waits for member 1.
      member 4  -         voter (leaving)  -       -          -       -       no pod
      zk-5      gate      not yet          -       7d9f8b6c5  node-5  -       waits at its gate
      "
    `);
  });
});

it.each<[Step, string]>([
  [{ phase: 'Settled', step: 'rest', why: 'all is well' }, 'all is well'],
  [{ phase: 'Healing', step: 'wait', cause: 'member', why: 'zk-1 is away' }, 'zk-1 is away'],
  [{ phase: 'Growing', step: 'scale', replicas: 3, why: 'why' }, 'scales the StatefulSet to 3: why'],
  [{ phase: 'Forming', step: 'mark-formed', why: 'why' }, 'marks the cluster as formed: why'],
  [{ phase: 'Provisioning', step: 'provision', why: 'why' }, 'provisions: why'],
  [{ phase: 'Rolling', step: 'restart', id: 2, uid: 'u', why: 'why' }, 'restarts member 2: why'],
  [{ phase: 'Growing', step: 'admit', id: 2, as: 'voter', why: 'why' }, 'changes the membership: why'],
  [{ phase: 'Shrinking', step: 'dismiss', id: 2, why: 'why' }, 'takes member 2 out of the membership: why'],
])('the step %j is told as %j', (step, text) => {
  expect(sentence(step)).toBe(text);
});
