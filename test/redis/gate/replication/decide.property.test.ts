import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideReplication } from '../../../../lib/redis/gate/replication/decide';
import {
  namedMaster,
  type ReplicationFacts,
  type SentinelAnswer,
  type ServerPeer,
} from '../../../../lib/redis/gate/replication/facts';
import { blank, factsOf, gate, loading, master, mute, names, replica, silent } from './facts-of';

const peer: fc.Arbitrary<ServerPeer> = fc.oneof(
  fc.constantFrom(silent, loading, master(), master(0)),
  fc
    .tuple(fc.constantFrom('empty' as const, 'data' as const), fc.boolean())
    .map(([disk, was]) => gate(disk, was)),
  fc.tuple(fc.boolean(), fc.constantFrom(0, 7)).map(([linked, keys]) => replica(linked, keys)),
);
const answer: fc.Arbitrary<SentinelAnswer> = fc.oneof(
  fc.constantFrom<SentinelAnswer>(blank, mute, { state: 'gate' }),
  fc
    .tuple(fc.constantFrom('cache-0', 'cache-0', 'cache-1', 'gone'), fc.boolean(), fc.boolean())
    .map(([pod, down, failingOver]) => names(pod, { down, failingOver })),
);
const facts: fc.Arbitrary<ReplicationFacts> = fc
  .record({
    self: fc.constantFrom('cache-0', 'cache-1'),
    peers: fc.array(peer, { maxLength: 3 }),
    sentinels: fc
      .constantFrom(3, 5)
      .chain((count) => fc.array(answer, { minLength: count, maxLength: count })),
    formed: fc.boolean(),
    keepsData: fc.boolean(),
    disk: fc.constantFrom('empty' as const, 'snapshot' as const, 'log' as const),
    wasMaster: fc.boolean(),
    claims: fc.boolean(),
    restore: fc.constantFrom(undefined, 'backup'),
    awaited: fc.constantFrom(undefined, { what: 'failover', ms: 60_000 }, { what: 'master', ms: 60_000 }),
  })
  .map(({ peers, sentinels, ...change }) => factsOf(peers, sentinels, change))
  // Where nothing is kept nothing on a disk counts.
  .map((found) => (found.keepsData ? found : { ...found, disk: 'empty', wasMaster: false }));

const serves = (peers: ReplicationFacts['peers'], role: 'master' | 'replica') =>
  [...peers.values()].filter((each) => each.state === 'serving' && each.role === role);
const mayHaveData = (each: ServerPeer): boolean =>
  each.state === 'silent' ||
  each.state === 'loading' ||
  (each.state === 'gate' && each.disk === 'data') ||
  (each.state === 'serving' && (each.linked || each.keys > 0));

function holds(predicate: (facts: ReplicationFacts) => void): void {
  fc.assert(fc.property(facts, predicate), { numRuns: 1_500 });
}

describe('whatever servers and Sentinels say', () => {
  it('a server becomes the master only where nobody else serves as one, or is named as one', () => {
    holds((found) => {
      if (decideReplication(found).action !== 'master') return;
      expect(serves(found.peers, 'master')).toEqual([]);
      expect([undefined, found.self]).toContain(namedMaster(found));
    });
  });

  it('a server with nothing becomes the master only where nobody might have anything', () => {
    holds((found) => {
      if (decideReplication(found).action !== 'master' || found.disk !== 'empty') return;
      const founders = namedMaster(found) === undefined ? found.founders : [...found.peers.keys()];
      const others = founders.flatMap((pod) => (pod === found.self ? [] : (found.peers.get(pod) ?? silent)));
      expect(others.filter(mayHaveData)).toEqual([]);
      expect(found.formed && found.keepsData).toBe(false);
    });
  });

  it('a server never follows itself, nor anybody whom nobody names and who does not serve', () => {
    holds((found) => {
      const decision = decideReplication(found);
      if (decision.action !== 'replica') return;
      expect(decision.of).not.toBe(found.self);
      const other = found.peers.get(decision.of);
      const isMaster = other?.state === 'serving' && other.role === 'master';
      expect(isMaster || namedMaster(found) === decision.of).toBe(true);
    });
  });

  it('a server with nothing follows nobody that does not serve as the master', () => {
    holds((found) => {
      const decision = decideReplication(found);
      if (decision.action !== 'replica' || found.disk !== 'empty') return;
      expect(found.peers.get(decision.of)).toMatchObject({ state: 'serving', role: 'master' });
    });
  });

  it('every wait says why', () => {
    holds((found) => {
      const decision = decideReplication(found);
      if (decision.action === 'wait') expect(decision.reason).toMatch(/^\S.*[^ ]$/s);
    });
  });
});
