import { describe, expect, it } from 'vitest';
import type { SentinelAnswer } from '../../../../lib/redis/gate/replication/facts';
import { decideSentinel } from '../../../../lib/redis/gate/sentinel/decide';
import type { SentinelFacts, WatchedServer } from '../../../../lib/redis/gate/sentinel/facts';
import { blank, mute, names } from '../replication/facts-of';

const master = (linked = 0): WatchedServer => ({ state: 'serving', role: 'master', linked });
const replica: WatchedServer = { state: 'serving', role: 'replica', linked: 0 };
const gate: WatchedServer = { state: 'gate' };
const silent: WatchedServer = { state: 'silent' };
const waiting: SentinelAnswer = { state: 'gate' };

/** What a Sentinel's gate decides from that has two others, and three servers a, b and c. */
function factsOf(
  servers: readonly WatchedServer[],
  others: readonly SentinelAnswer[],
  change: Partial<SentinelFacts> = {},
): SentinelFacts {
  const hosts = ['a', 'b', 'c'];
  return {
    formed: true,
    others: new Map(others.map((answer, index) => [`cache-sentinel-${index + 1}`, answer])),
    servers: new Map(servers.map((server, index) => [hosts[index], server])),
    ...change,
  };
}

function decided(facts: SentinelFacts): string {
  const decision = decideSentinel(facts);
  return decision.action === 'wait' ? 'wait' : `${decision.master} ${decision.epoch ?? ''}`.trim();
}

describe('a Sentinel', () => {
  it.each([
    [
      'goes on with the master that it knew',
      [silent, master(), silent],
      [names('b'), names('b')],
      { kept: 'a' },
      'a',
    ],
    [
      'forgets one that is no server any more',
      [replica, master(), replica],
      [names('b'), names('b')],
      { kept: 'x' },
      'b 0',
    ],
    ['takes the master from others', [silent, silent, silent], [names('b', { epoch: 4 }), mute], {}, 'b 4'],
    [
      'takes what was agreed on last',
      [silent, master(), silent],
      [names('b', { epoch: 4 }), names('a', { epoch: 3 })],
      {},
      'b 4',
    ],
    ['waits where others name two masters', [silent, silent, silent], [names('b'), names('a')], {}, 'wait'],
    [
      'waits where another server serves as the master',
      [master(), silent, silent],
      [names('b'), names('b')],
      {},
      'wait',
    ],
    ['waits for others that know', [master(2), replica, replica], [waiting, blank], {}, 'wait'],
    ['takes the first master', [master(), gate, silent], [mute, mute], { formed: false }, 'a'],
    ['waits for the first master', [gate, gate, gate], [blank, blank], { formed: false }, 'wait'],
    [
      'waits where two serve as masters',
      [master(), master(), gate],
      [blank, blank],
      { formed: false },
      'wait',
    ],
    ['takes the only master where all servers answer', [master(), gate, gate], [blank, blank], {}, 'a'],
    ['takes the only master that most servers follow', [master(1), replica, silent], [blank, blank], {}, 'a'],
    ['waits where another one may be the master', [master(0), gate, silent], [blank, blank], {}, 'wait'],
  ] as const)('%s', (_, servers, others, change, expected) => {
    expect(decided(factsOf(servers, others, change))).toBe(expected);
  });

  it('says why it waits', () => {
    expect(decideSentinel(factsOf([gate, silent, replica], [blank, mute]))).toEqual({
      action: 'wait',
      reason:
        'no Sentinel knows who is the master, and the only server that serves as one would be: a waits at its gate; ' +
        'b does not answer; c serves as replica. Sentinels: cache-sentinel-1: knows no master; cache-sentinel-2: refused.',
    });
    expect(decideSentinel(factsOf([gate, gate, gate], [names('b'), names('a')]))).toMatchObject({
      reason:
        'other Sentinels have yet to agree on the master: cache-sentinel-1: names b; cache-sentinel-2: names a. ' +
        'Servers: a waits at its gate; b waits at its gate; c waits at its gate.',
    });
  });
});
