import { describe, expect, it } from 'vitest';
import { nextReplicationStep } from '../../../../lib/redis/steward/replication/next-replication-step';
import type { ReplicationFacts } from '../../../../lib/redis/steward/replication/replication-facts';
import {
  atGate,
  factsOf,
  knows,
  kube,
  master,
  OLD,
  replica,
  sentinel,
  sentinelHost,
  server,
  serverHost,
  silent,
} from './facts-of';

/** A step and what it is about, in a line. */
function decided(facts: ReplicationFacts): string {
  const step = nextReplicationStep(facts);
  const what = {
    ...('pod' in step && { pod: step.pod }),
    ...('sentinel' in step && { pod: step.sentinel }),
    ...('set' in step && { set: `${step.set} to ${step.replicas}` }),
    ...('roles' in step && {
      roles: Object.entries(step.roles)
        .map((each) => each.join('='))
        .join(),
    }),
  };
  return [step.phase, step.step, ...Object.values(what), ...('cause' in step ? [step.cause] : [])].join(' ');
}

const whyOf = (facts: ReplicationFacts): string => nextReplicationStep(facts).why;
const todoOf = (facts: ReplicationFacts): string | undefined => {
  const step = nextReplicationStep(facts);
  return step.step === 'wait' ? step.todo : undefined;
};

const old = (ordinal: number, more = {}) => ({ kube: kube(`cache-${ordinal}`, { ...OLD, ...more }) });
const oldSentinel = (ordinal: number) => ({ kube: kube(`cache-sentinel-${ordinal}`, OLD) });
const sentinelsOf = (of: number, servers: number, change = {}) =>
  [0, 1, 2].map((ordinal) => sentinel(ordinal, knows(ordinal, of, servers, 3, change)));

describe('a deployment that forms', () => {
  it.each([
    [
      'starts all servers at once',
      { replicas: 1, wanted: 3, servers: [server(0, atGate('empty'))], sentinels: [] },
      'Forming scale cache to 3',
    ],
    [
      'starts all Sentinels at once',
      { sentinelReplicas: 1, sentinels: [] },
      'Forming scale cache-sentinel to 3',
    ],
    [
      'waits for servers',
      {
        servers: [
          server(0, master(1), { label: 'master' }),
          server(1, replica(0)),
          server(2, atGate('empty')),
        ],
      },
      'Forming wait founders',
    ],
    ['waits until Sentinels know everybody', { sentinels: sentinelsOf(0, 2) }, 'Forming wait founders'],
    ['is marked then', {}, 'Forming mark-formed'],
  ])('%s', (_, change, expected) => {
    expect(decided(factsOf({ ...change, formed: false }))).toBe(expected);
  });

  it('says what it waits for', () => {
    const servers = [server(0, master(1)), server(1, replica(0)), server(2, atGate('empty'))];
    expect(whyOf(factsOf({ servers, formed: false }))).toBe(
      'the deployment forms once all serve: cache-2 waits at its gate: it waits',
    );
    expect(whyOf(factsOf({ sentinels: sentinelsOf(0, 2), formed: false }))).toBe(
      'the deployment forms once all serve: cache-sentinel-0 has yet to hear of cache-2; ' +
        'cache-sentinel-1 has yet to hear of cache-2; cache-sentinel-2 has yet to hear of cache-2',
    );
  });
});

describe('labels', () => {
  it('follow the master before anything else, and never name two', () => {
    const servers = [
      server(0, replica(1), { label: 'master' }),
      server(1, master(0, 2), { label: 'replica' }),
      server(2, replica(1)),
    ];
    const facts = factsOf({ servers, sentinels: sentinelsOf(1, 3), unapplied: 'not yet' });
    expect(decided(facts)).toBe('Healing label cache-0=replica,cache-1=master');
  });

  it('are taken from a master that does not answer, once there is another one', () => {
    const servers = [server(0, silent, { label: 'master' }), server(1, master(2)), server(2, replica(1))];
    expect(decided(factsOf({ servers, sentinels: sentinelsOf(1, 3) }))).toBe('Healing label cache-0=replica');
  });

  it('stay while nobody is known to be the master', () => {
    const servers = [server(0, silent, { label: 'master' }), server(1, replica(0)), server(2, replica(0))];
    expect(decided(factsOf({ servers }))).toBe('Healing wait quorum');
  });
});

describe('what is not as it should be', () => {
  const three = (last: ReturnType<typeof server>) => [server(0, master(1)), server(1, replica(0)), last];

  it.each([
    [
      'manifests are applied first',
      { unapplied: 'the StatefulSet cache does not exist' },
      'Applying wait apply',
    ],
    ['pods are missing', { wanted: 4, replicas: 3 }, 'Growing scale cache to 4'],
    [
      'a pod of an older revision cannot run',
      {
        servers: three(
          server(2, silent, old(2, { ready: false, broken: 'container gate: CrashLoopBackOff' })),
        ),
      },
      'Healing restart cache-2',
    ],
    [
      'one waits on an older revision for long',
      { servers: three(server(2, atGate(), old(2, { ready: false, stalled: true }))) },
      'Healing restart cache-2',
    ],
    [
      'it fails on the newest',
      {
        servers: three(
          server(2, silent, { kube: kube('cache-2', { ready: false, broken: 'ImagePullBackOff' }) }),
        ),
      },
      'Healing wait revision',
    ],
    [
      'an older Sentinel cannot run',
      {
        sentinels: [
          ...sentinelsOf(0, 3).slice(0, 2),
          sentinel(
            2,
            { state: 'silent', reason: 'refused' },
            { kube: kube('cache-sentinel-2', { ...OLD, ready: false, broken: 'it failed' }) },
          ),
        ],
      },
      'Healing restart cache-sentinel-2',
    ],
    [
      'a Sentinel monitors nothing',
      { sentinels: [...sentinelsOf(0, 3).slice(0, 2), sentinel(2, { state: 'blank' })] },
      'Healing monitor cache-sentinel-2',
    ],
    ['users are missing', { unprovisioned: 'user app is missing' }, 'Provisioning provision'],
    ['a certificate is old', { staleCertificates: ['cache-1'] }, 'Provisioning reload-certificate cache-1'],
    [
      'no majority of Sentinels is there',
      {
        sentinels: [
          sentinel(0, knows(0, 0, 3)),
          sentinel(1, { state: 'gate' }),
          sentinel(2, { state: 'silent', reason: 'refused' }),
        ],
      },
      'Healing wait quorum',
    ],
    ['a replica follows somebody else', { servers: three(server(2, replica(1))) }, 'Healing follow cache-2'],
    [
      'there is a second master',
      { servers: three(server(2, master(), { label: 'replica' })) },
      'Healing follow cache-2',
    ],
    [
      'but Sentinels are about to decide',
      { servers: three(server(2, replica(1))), sentinels: sentinelsOf(0, 3, { failingOver: true }) },
      'Healing wait member',
    ],
    [
      'a Sentinel was told otherwise',
      {
        sentinels: [
          ...sentinelsOf(0, 3).slice(0, 2),
          sentinel(2, knows(2, 0, 3, 3, { unsettled: 'its quorum should be changed' })),
        ],
      },
      'Provisioning settle cache-sentinel-2',
    ],
    [
      'a replica has yet to catch up',
      { servers: three(server(2, replica(0, { linked: false }))) },
      'Healing wait member',
    ],
    [
      'a replica is not ready',
      {
        servers: [
          server(0, master(1, 2)),
          server(1, replica(0)),
          server(2, replica(0), { kube: kube('cache-2', { ready: false }) }),
        ],
      },
      'Healing wait member',
    ],
    [
      'a Sentinel misses the master',
      { sentinels: [...sentinelsOf(0, 3).slice(0, 2), sentinel(2, knows(2, 0, 3, 3, { down: true }))] },
      'Healing wait member',
    ],
    [
      'a Sentinel does not know a replica',
      { sentinels: [...sentinelsOf(0, 3).slice(0, 2), sentinel(2, knows(2, 0, 2))] },
      'Healing wait member',
    ],
    [
      'provisioning fails',
      { unprovisioned: 'user app is missing', provisionFailed: 'NOPERM' },
      'Provisioning wait provision',
    ],
    [
      'a replica is new',
      {
        servers: three(server(2, atGate('empty'), { kube: kube('cache-2', { ready: false }) })),
        sentinels: sentinelsOf(0, 2),
      },
      'Growing wait member',
    ],
    [
      'a replica of an older revision does not catch up',
      { servers: three(server(2, replica(0, { linked: false }), old(2, { ready: false, stalled: true }))) },
      'Healing restart cache-2',
    ],
    ['nothing', {}, 'Settled rest'],
  ] as const)('%s', (_, change, expected) => {
    expect(decided(factsOf(change))).toBe(expected);
  });

  it('has words for a master that is gone', () => {
    const servers = [
      server(0, silent, { kube: undefined }),
      server(1, replica(0, { linked: false })),
      server(2, silent),
    ];
    expect(whyOf(factsOf({ servers, sentinels: sentinelsOf(0, 3, { down: true }) }))).toBe(
      'Sentinels name cache-0 as the master, which does not serve as one: cache-0 has no pod yet; ' +
        'cache-1 is not connected to cache-0; cache-2 does not answer: refused; cache-sentinel-0 misses cache-0; ' +
        'cache-sentinel-1 misses cache-0; cache-sentinel-2 misses cache-0',
    );
  });

  it('says what to do when all volumes are lost', () => {
    const servers = [0, 1, 2].map((ordinal) =>
      server(ordinal, atGate('empty'), { kube: kube(`cache-${ordinal}`, { ready: false }) }),
    );
    expect(todoOf(factsOf({ servers }))).toBe(
      'The disks of all servers are empty. Look for their volumes first, or restore a backup into a deployment of another name. ' +
        'To start anew with nothing, delete the ConfigMap that marks this deployment as formed.',
    );
  });

  it('says what to do about a revision that fails', () => {
    const broken = server(2, silent, {
      kube: kube('cache-2', { ready: false, broken: 'container redis: CrashLoopBackOff' }),
    });
    const servers = (how: object) => [server(0, master(1), how), server(1, replica(0), how), broken];
    expect(todoOf(factsOf({ servers: servers({}) }))).toBe(
      'Others run well with the same revision, so look at the node and the volumes of cache-2 first: ' +
        'kubectl describe pod cache-2, kubectl logs cache-2 --all-containers. ' +
        'A commit that mends or reverts what was applied last helps, too.',
    );
    const older = factsOf({
      servers: [server(0, master(1), old(0)), server(1, replica(0), old(1)), broken],
      sentinels: [0, 1, 2].map((ordinal) => sentinel(ordinal, knows(ordinal, 0, 3), oldSentinel(ordinal))),
    });
    expect(todoOf(older)).toBe(
      'cache-2 fails on what was applied last: apply a commit that mends or reverts it. What serves is left alone until it is well.',
    );
    expect(decided(older)).toBe('Rolling wait revision');
  });
});

describe('rolling', () => {
  const all = [server(0, replica(1), old(0)), server(1, master(0, 2), old(1)), server(2, replica(1), old(2))];
  const allBut = (...done: readonly number[]) =>
    all.map((each) => (done.includes(each.ordinal) ? { ...each, kube: kube(each.pod) } : each));
  const sentinels = sentinelsOf(1, 3);

  it('restarts Sentinels one by one', () => {
    const some = sentinels.map((each) =>
      each.ordinal === 2 ? each : { ...each, ...oldSentinel(each.ordinal) },
    );
    expect(decided(factsOf({ servers: all, sentinels: some }))).toBe('Rolling restart cache-sentinel-1');
    expect(whyOf(factsOf({ servers: all, sentinels: some }))).toBe(
      'cache-sentinel-1: it runs revision old, and new was applied, 1 more after it',
    );
  });

  it('then replicas, the highest number first, and the master last', () => {
    expect(decided(factsOf({ servers: all, sentinels }))).toBe('Rolling restart cache-2');
    expect(decided(factsOf({ servers: allBut(2), sentinels }))).toBe('Rolling restart cache-0');
    expect(decided(factsOf({ servers: allBut(0, 2), sentinels }))).toBe('Rolling hand-over cache-1');
  });

  it('has only what is away restarted where nobody could take its place', () => {
    const alone = factsOf({ servers: [server(0, master(), old(0))], sentinels: 'none' });
    expect(decided(alone)).toBe('Rolling restart cache-0');
    expect(whyOf(alone)).toBe(
      'cache-0: it runs revision old, and new was applied; nobody can take its place, so that there is no server meanwhile',
    );
  });

  it('waits for Sentinels that are about to replace the master', () => {
    const some = sentinels.map((each, index) =>
      index > 0 ? each : sentinel(0, knows(0, 1, 3, 3, { failingOver: true })),
    );
    expect(decided(factsOf({ servers: all, sentinels: some }))).toBe('Rolling wait member');
  });
});

describe('shrinking', () => {
  const leaving = { wanted: false };

  it('stops the servers with the highest numbers', () => {
    const servers = [
      server(0, master(1, 2, 3)),
      server(1, replica(0)),
      server(2, replica(0), leaving),
      server(3, replica(0), leaving),
    ];
    expect(decided(factsOf({ servers, replicas: 4 }))).toBe('Shrinking scale cache to 2');
  });

  it('but first has another one take the place of the master', () => {
    const servers = [
      server(0, replica(2)),
      server(1, replica(2)),
      server(2, master(0, 1, 3), leaving),
      server(3, replica(2), leaving),
    ];
    const sentinels = sentinelsOf(2, 4);
    expect(decided(factsOf({ servers, sentinels, replicas: 4 }))).toBe('Shrinking scale cache to 3');
    const three = [server(0, replica(2)), server(1, replica(2)), server(2, master(0, 1), leaving)];
    expect(decided(factsOf({ servers: three, sentinels, replicas: 3 }))).toBe('Shrinking hand-over cache-2');
  });

  it('waits until pods have ended, then has Sentinels forget them, one after the other', () => {
    const rest = [server(0, master(1)), server(1, replica(0))];
    const ending = server(2, silent, {
      ...leaving,
      kube: kube('cache-2', { terminating: true, ready: false }),
    });
    expect(decided(factsOf({ servers: [...rest, ending], replicas: 2 }))).toBe('Shrinking wait leaving');

    const counting = (ordinal: number) => sentinel(ordinal, knows(ordinal, 0, 3));
    expect(decided(factsOf({ servers: rest, sentinels: [0, 1, 2].map(counting) }))).toBe(
      'Shrinking forget cache-sentinel-0',
    );
    const learning = sentinel(0, knows(0, 0, 1, 1));
    expect(decided(factsOf({ servers: rest, sentinels: [learning, counting(1), counting(2)] }))).toBe(
      'Shrinking wait member',
    );
    const done = sentinel(0, knows(0, 0, 2));
    expect(decided(factsOf({ servers: rest, sentinels: [done, counting(1), counting(2)] }))).toBe(
      'Shrinking forget cache-sentinel-1',
    );
    expect(whyOf(factsOf({ servers: rest, sentinels: [done, counting(1), counting(2)] }))).toBe(
      `cache-sentinel-1 still counts ${serverHost(2)}`,
    );
  });

  it('stops Sentinels that are not wanted, and has the others forget them', () => {
    const five = [0, 1, 2, 3, 4].map((ordinal) =>
      sentinel(ordinal, knows(ordinal, 0, 3, 5), { wanted: ordinal < 3 }),
    );
    expect(decided(factsOf({ sentinels: five, sentinelReplicas: 5 }))).toBe(
      'Shrinking scale cache-sentinel to 3',
    );
    expect(decided(factsOf({ sentinels: five.slice(0, 3) }))).toBe('Shrinking forget cache-sentinel-0');
    expect(whyOf(factsOf({ sentinels: five.slice(0, 3) }))).toBe(
      `cache-sentinel-0 still counts ${sentinelHost(3)}, ${sentinelHost(4)}`,
    );
  });
});

describe('a server that is alone', () => {
  const alone = (change = {}) => factsOf({ servers: [server(0, master())], sentinels: 'none', ...change });

  it.each([
    [alone({ formed: false }), 'Forming mark-formed'],
    [alone(), 'Settled rest'],
    [alone({ servers: [server(0, master(), { label: undefined })] }), 'Settled rest'],
    [
      alone({ servers: [server(0, silent, { kube: kube('cache-0', { ready: false }) })] }),
      'Healing wait quorum',
    ],
    [
      alone({
        servers: [server(0, atGate('empty'), { kube: kube('cache-0', { ready: false }) })],
        formed: false,
      }),
      'Forming wait founders',
    ],
  ])('%#', (facts, expected) => {
    expect(decided(facts)).toBe(expected);
  });
});

describe('a replica of an older revision that cannot follow a newer master', () => {
  // No release reads a data set of a later one.
  const lost = replica(2, { linked: false });
  const servers = (master2: object, replica1: object) => [
    server(0, lost, old(0)),
    server(1, replica(2), replica1),
    server(2, master(1), master2),
  ];
  const facts = (master2 = {}, replica1 = {}, change = {}) =>
    factsOf({ servers: servers(master2, replica1), sentinels: sentinelsOf(2, 3, change) });

  it('is restarted without waiting for it', () => {
    expect(decided(facts())).toBe('Rolling restart cache-0');
    expect(whyOf(facts())).toBe(
      'cache-0: it runs revision old, and new was applied; it is not in step with cache-2',
    );
  });

  it.each([
    ['the master is of the same revision', facts(old(2))],
    ['another server is not well', facts({}, { kube: kube('cache-1', { ready: false }) })],
    ['Sentinels may be about to replace the master', facts({}, {}, { failingOver: true })],
  ])('is waited for while %s', (_, state) => {
    expect(decided(state)).toBe('Rolling wait member');
  });
});
