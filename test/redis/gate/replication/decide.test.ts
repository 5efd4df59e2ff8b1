import { describe, expect, it } from 'vitest';
import { decideReplication } from '../../../../lib/redis/gate/replication/decide';
import type { ReplicationFacts, SentinelAnswer } from '../../../../lib/redis/gate/replication/facts';
import { blank, factsOf, gate, loading, master, mute, names, replica, silent } from './facts-of';

const all = (pod: string, more = {}): SentinelAnswer[] => [
  names(pod, more),
  names(pod, more),
  names(pod, more),
];
const none = [blank, blank, blank];
const fresh: Partial<ReplicationFacts> = { formed: false, disk: 'empty' };

/** What is decided, in a word: `master`, `replica of cache-1`, or `wait`, for something that has a limit or not. */
function decided(facts: ReplicationFacts): string {
  const decision = decideReplication(facts);
  if (decision.action === 'replica') return `replica of ${decision.of}`;
  return decision.action === 'wait' && decision.awaits ? `wait for the ${decision.awaits}` : decision.action;
}

const reasonOf = (facts: ReplicationFacts): string => {
  const decision = decideReplication(facts);
  return decision.action === 'wait' ? decision.reason : decision.action;
};

describe('a server whose master is another one', () => {
  const named = all('cache-1');

  it.each([
    ['the master serves', [master(), replica()], {}, 'replica of cache-1'],
    [
      'the master serves, and this disk is empty',
      [master(), silent],
      { disk: 'empty' },
      'replica of cache-1',
    ],
    ['the master reads its data', [loading, replica()], {}, 'replica of cache-1'],
    ['the master comes back with its data', [gate('data'), silent], {}, 'wait for the master'],
    ['the master does not answer', [silent, replica()], {}, 'wait for the master'],
    ['the master has lost its data', [gate('empty'), silent], {}, 'replica of cache-1'],
    ['the master serves as a replica by now', [replica(), replica()], {}, 'replica of cache-1'],
    ['the master is away, and this disk is empty', [silent, replica()], { disk: 'empty' }, 'wait'],
    ['both have lost their data', [gate('empty'), gate('empty')], { disk: 'empty' }, 'wait'],
  ] as const)('%s', (_, peers, change, expected) => {
    expect(decided(factsOf(peers, named, change))).toBe(expected);
  });

  it('offers itself once the master has been away for long', () => {
    const away = (ms: number) => factsOf([silent, silent], named, { awaited: { what: 'master', ms } });
    expect(decided(away(19_999))).toBe('wait for the master');
    expect(decided(away(20_000))).toBe('replica of cache-1');
  });

  it('follows a master that is no server of the manifests any more', () => {
    const facts = factsOf([replica(), replica()], all('cache-9.cache-headless.default.svc'), {
      awaited: { what: 'master', ms: 20_000 },
    });
    expect(decided(facts)).toBe('replica of cache-9.cache-headless.default.svc');
  });

  it('goes by a majority of all Sentinels', () => {
    expect(
      decided(factsOf([master(), master()], [names('cache-1'), names('cache-1'), names('cache-2')])),
    ).toBe('replica of cache-1');
    expect(decided(factsOf([master(), master()], [names('cache-1'), mute, mute]))).toBe('wait');
  });
});

describe('a server that Sentinels name as the master', () => {
  it.each([
    [
      'it has a log, and nobody has missed it',
      [replica(false), replica(false)],
      all('cache-0'),
      {},
      'master',
    ],
    ['it is missed', [replica(false), silent], all('cache-0', { down: true }), {}, 'wait for the failover'],
    [
      'it is missed by one',
      [replica(false), silent],
      [names('cache-0', { down: true }), names('cache-0'), names('cache-0')],
      {},
      'master',
    ],
    [
      'it is missed, and nobody could take its place',
      [gate('data'), silent],
      all('cache-0', { down: true }),
      {},
      'master',
    ],
    [
      'it is being replaced',
      [replica(false), silent],
      all('cache-0', { failingOver: true }),
      {},
      'wait for the failover',
    ],
    [
      'it has a snapshot, and others may have more',
      [replica(false), silent],
      all('cache-0'),
      { disk: 'snapshot' },
      'wait for the failover',
    ],
    [
      'it has a snapshot, and nobody else serves',
      [gate('data'), silent],
      all('cache-0'),
      { disk: 'snapshot' },
      'master',
    ],
    ['another one serves as a master', [master(), replica()], all('cache-0'), {}, 'wait'],
    ['it has nothing, and others have', [replica(false), silent], all('cache-0'), { disk: 'empty' }, 'wait'],
    [
      'it has nothing, and one does not answer',
      [gate('empty'), silent],
      all('cache-0'),
      { disk: 'empty' },
      'wait',
    ],
    [
      'it has nothing, and one waits with data',
      [gate('data'), gate('empty')],
      all('cache-0'),
      { disk: 'empty' },
      'wait',
    ],
    [
      'nobody has anything any more',
      [gate('empty'), replica(false, 0)],
      all('cache-0'),
      { disk: 'empty' },
      'wait',
    ],
    [
      'nothing is kept, and nobody has anything',
      [gate('empty'), replica(false, 0)],
      all('cache-0'),
      { disk: 'empty', keepsData: false },
      'master',
    ],
    [
      'it was not formed yet, and nobody has anything',
      [gate('empty'), gate('empty')],
      all('cache-0'),
      fresh,
      'master',
    ],
  ] as const)('%s', (_, peers, sentinels, change, expected) => {
    expect(decided(factsOf(peers, sentinels, change))).toBe(expected);
  });

  it('waits no longer than a failover may take, unless one is under way', () => {
    const awaited = { what: 'failover', ms: 20_000 };
    const missed = all('cache-0', { down: true });
    expect(decided(factsOf([replica(false), silent], missed, { awaited }))).toBe('master');
    expect(decided(factsOf([replica(false), silent], missed, { awaited, disk: 'empty' }))).toBe('wait');
    const busy = all('cache-0', { down: true, failingOver: true });
    expect(decided(factsOf([replica(false), silent], busy, { awaited }))).toBe('wait for the failover');
  });

  it('says that the volumes are lost', () => {
    expect(reasonOf(factsOf([gate('empty'), gate('empty')], all('cache-0'), { disk: 'empty' }))).toBe(
      'the deployment was formed, and the disks of all servers are empty, so its data is gone: ' +
        'cache-1: waits at its gate, disk: empty; cache-2: waits at its gate, disk: empty. ' +
        'Look for the volumes first, or restore a backup into a deployment of another name. To start anew with nothing, ' +
        'delete the ConfigMap cache-formed.',
    );
  });
});

describe('while no majority of Sentinels names a master', () => {
  it.each([
    ['the first founder forms it', [gate('empty'), gate('empty')], none, fresh, 'master'],
    [
      'Sentinels need not be there for that',
      [gate('empty'), gate('empty')],
      [mute, mute, mute],
      fresh,
      'master',
    ],
    ['not before all founders say that their disks are empty', [gate('empty'), silent], none, fresh, 'wait'],
    ['nor where one serves', [gate('empty'), replica(false, 0)], none, fresh, 'wait'],
    [
      'nor where a Sentinel knows of a master',
      [gate('empty'), gate('empty')],
      [names('cache-1'), blank, blank],
      fresh,
      'wait',
    ],
    ['nor where it was formed already', [gate('empty'), gate('empty')], none, { disk: 'empty' }, 'wait'],
    [
      'one that keeps nothing forms anew',
      [gate('empty'), gate('empty')],
      none,
      { disk: 'empty', keepsData: false },
      'master',
    ],
    [
      'not without the backup that it is formed from',
      [gate('empty'), gate('empty')],
      none,
      { ...fresh, restore: 'b' },
      'wait',
    ],
    [
      'but with it',
      [gate('empty'), gate('empty')],
      none,
      { formed: false, restore: 'b', disk: 'snapshot' },
      'master',
    ],
    [
      'another founder waits for the first',
      [gate('empty'), gate('empty')],
      none,
      { ...fresh, self: 'cache-1' },
      'wait',
    ],
    ['and follows it', [master(0), gate('empty')], none, { ...fresh, self: 'cache-1' }, 'replica of cache-0'],
    [
      'whoever comes back follows the only master',
      [master(), silent],
      [mute, mute, mute],
      {},
      'replica of cache-1',
    ],
    ['none of two masters is followed', [master(), master()], [mute, mute, mute], {}, 'wait'],
    [
      'Sentinels are waited for where there is data',
      [gate('data'), gate('data')],
      [mute, blank, blank],
      { wasMaster: true },
      'wait',
    ],
    [
      'the last master goes on where Sentinels know nothing',
      [gate('data'), gate('empty')],
      none,
      { wasMaster: true },
      'master',
    ],
    ['not before everybody says what it has', [gate('data'), silent], none, { wasMaster: true }, 'wait'],
    ['nor where two were the master', [gate('data', true), gate('data')], none, { wasMaster: true }, 'wait'],
    [
      'unless a person says whose data counts',
      [gate('data', true), gate('data')],
      none,
      { wasMaster: true, claims: true },
      'master',
    ],
    ['others wait for the last master', [gate('data', true), gate('data')], none, {}, 'wait'],
    [
      'the first founder goes on that ended before it was formed',
      [gate('empty'), gate('empty')],
      [mute, mute, mute],
      { formed: false, wasMaster: true },
      'master',
    ],
  ] as const)('%s', (_, peers, sentinels, change, expected) => {
    expect(decided(factsOf(peers, sentinels, change))).toBe(expected);
  });

  it.each([
    [
      factsOf([gate('empty'), silent], none, fresh),
      'this server forms the deployment once the gates of all founders say that their disks are empty: ' +
        'cache-1: waits at its gate, disk: empty; cache-2: no answer within 2000 ms.',
    ],
    [
      factsOf([gate('data', true), gate('data')], none, { wasMaster: true }),
      'Sentinels know of no master, and of the servers cache-0 and cache-1 say that they were the master last. ' +
        'Sentinels: cache-sentinel-0: knows no master; cache-sentinel-1: knows no master; cache-sentinel-2: knows no master. ' +
        'Servers: cache-1: waits at its gate, disk: data; cache-2: waits at its gate, disk: data. ' +
        'Whose data counts is for a person to say: kubectl exec <pod of that server> -c gate -- touch /data/i-am-the-master',
    ],
    [
      factsOf([gate('empty'), gate('empty')], none, { ...fresh, restore: 'cache/20260101' }),
      'the backup cache/20260101 is not on this disk, which the deployment is formed from.',
    ],
  ])('says why (%#)', (facts, expected) => {
    expect(reasonOf(facts)).toBe(expected);
  });
});
