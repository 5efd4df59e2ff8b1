import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerSays } from '../../../../lib/redis/steward/facts';
import { nextReplicationStep } from '../../../../lib/redis/steward/replication/next-replication-step';
import type {
  ReplicationFacts,
  ReplicationStep,
  SentinelSays,
} from '../../../../lib/redis/steward/replication/replication-facts';
import {
  isInStep,
  isSentinelWell,
  isWell,
  knowing,
  masterOf,
  namedMaster,
  surplusOf,
  unknownTo,
  wantedSentinels,
  wantedServers,
} from '../../../../lib/redis/steward/replication/replication-state';
import type { MemberPod } from '../../../../lib/steward/facts';
import { atGate, factsOf, knows, kube, master, OLD, replica, sentinel, server, silent } from './facts-of';

/** Mostly well, so that there is something to do besides waiting. */
const mostly = <T>(well: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(well) }, ...others.map((each) => fc.constant(each)));

const podOf = (name: string): fc.Arbitrary<MemberPod | undefined> =>
  fc
    .record({
      there: mostly(true, false),
      old: fc.boolean(),
      ready: mostly(true, false),
      terminating: mostly(false, true),
      stalled: mostly(false, true),
      broken: mostly(undefined, 'container redis: CrashLoopBackOff'),
    })
    .map(({ there, old, ...how }) => (there ? kube(name, { ...how, ...(old && OLD) }) : undefined));

const facts: fc.Arbitrary<ReplicationFacts> = fc
  .record({
    servers: fc.integer({ min: 1, max: 4 }),
    leaving: fc.integer({ min: 0, max: 2 }),
    lead: fc.nat(),
    formed: mostly(true, false),
    unapplied: mostly(undefined, 'not yet'),
    unprovisioned: mostly(undefined, 'a user is missing'),
    more: mostly(0, 1),
  })
  .chain(({ servers, leaving, lead, more, ...others }) => {
    const count = servers + leaving;
    const of = lead % count;
    const replicas = Array.from({ length: count }, (_, ordinal) => ordinal).filter(
      (ordinal) => ordinal !== of,
    );
    const saysOf = (ordinal: number): fc.Arbitrary<ServerSays> =>
      ordinal === of
        ? mostly<ServerSays>(
            master(...replicas),
            silent,
            replica((of + 1) % count),
            atGate('empty'),
            atGate(),
          )
        : mostly<ServerSays>(
            replica(of),
            silent,
            replica(of, { linked: false }),
            master(),
            replica(9),
            atGate(),
          );
    const sentinelSays = (ordinal: number): fc.Arbitrary<SentinelSays> =>
      mostly<SentinelSays>(
        knows(ordinal, of, count),
        knows(ordinal, of, count - 1),
        knows(ordinal, of, count + 1, 4),
        knows(ordinal, of, count, 3, { down: true }),
        knows(ordinal, of, count, 3, { failingOver: true }),
        knows(ordinal, of, count, 3, { unsettled: 'its quorum should be changed' }),
        knows(ordinal, (of + 1) % count, count),
        { state: 'blank' },
        { state: 'silent', reason: 'refused' },
      );
    const label = mostly<string | undefined>('as it is', 'master', 'replica', undefined);
    return fc
      .record({
        servers: fc.tuple(
          ...Array.from({ length: count }, (_, ordinal) =>
            fc.record({ says: saysOf(ordinal), pod: podOf(`cache-${ordinal}`), label }).map((each) => {
              const change = { kube: each.pod, wanted: ordinal < servers };
              const labels = each.label === 'as it is' ? {} : { label: each.label };
              return server(ordinal, each.says, { ...change, ...labels });
            }),
          ),
        ),
        sentinels: fc.tuple(
          ...[0, 1, 2].map((ordinal) =>
            fc
              .record({ says: sentinelSays(ordinal), pod: podOf(`cache-sentinel-${ordinal}`) })
              .map(({ says, pod }) => sentinel(ordinal, says, { kube: pod })),
          ),
        ),
      })
      .map((members) => factsOf({ ...members, ...others, wanted: servers, replicas: count + more }));
  });

function holds(predicate: (facts: ReplicationFacts, step: ReplicationStep) => void): void {
  fc.assert(
    fc.property(facts, (found) => {
      predicate(found, nextReplicationStep(found));
    }),
    { numRuns: 2_000 },
  );
}

const others = <T extends { readonly pod: string }>(all: readonly T[], pod: string): T[] =>
  all.filter((each) => each.pod !== pod);

describe('whatever is seen', () => {
  it('what is well is stopped only while everything else is', () => {
    holds((found, step) => {
      if (step.step !== 'restart') return;
      const lead = masterOf(found);
      const target = found.servers.members.find(({ pod }) => pod === step.pod);
      const watcher = found.sentinels?.members.find(({ pod }) => pod === step.pod);
      const wasWell = target ? isWell(target, lead) : watcher !== undefined && isSentinelWell(found, watcher);
      if (!wasWell) return;
      expect(others(wantedServers(found), step.pod).every((each) => isWell(each, lead))).toBe(true);
      expect(others(wantedSentinels(found), step.pod).every((each) => isSentinelWell(found, each))).toBe(
        true,
      );
    });
  });

  it('a master is stopped only where no replica could take its place', () => {
    holds((found, step) => {
      const lead = masterOf(found);
      if (step.step === 'restart' && step.pod === lead?.pod) {
        expect(found.servers.members.some((each) => isInStep(each, lead))).toBe(false);
      }
      if (step.step === 'scale' && step.set === 'cache' && step.replicas < found.servers.replicas) {
        expect(step.replicas).toBeGreaterThan(lead?.ordinal ?? Number.POSITIVE_INFINITY);
        expect(step.replicas).toBeGreaterThanOrEqual(found.servers.wanted);
      }
    });
  });

  it('the role is handed over only to what is in step, and while nobody else is about to', () => {
    holds((found, step) => {
      if (step.step !== 'hand-over') return;
      const lead = masterOf(found);
      expect(lead?.pod).toBe(step.pod);
      expect(lead && found.servers.members.some((each) => isInStep(each, lead))).toBe(true);
      expect(knowing(found).some(({ says }) => says.failingOver || says.master !== lead?.host)).toBe(false);
    });
  });

  it('nobody is told to follow anybody but the master that all Sentinels name', () => {
    holds((found, step) => {
      if (step.step !== 'follow') return;
      expect(step.host).toBe(namedMaster(found));
      expect(step.pod).not.toBe(masterOf(found)?.pod);
      expect(knowing(found).every(({ says }) => says.master === step.host)).toBe(true);
    });
  });

  it('a Sentinel forgets only while all others know everybody', () => {
    holds((found, step) => {
      if (step.step !== 'forget') return;
      const target = knowing(found).find(({ pod }) => pod === step.sentinel);
      expect(target && surplusOf(found, target).length).toBeGreaterThan(0);
      const rest = others(knowing(found), step.sentinel);
      expect(rest).toHaveLength(2);
      expect(rest.flatMap((each) => unknownTo(found, each))).toEqual([]);
    });
  });

  it('no pod but that of the master that serves is labelled as such', () => {
    holds((found, step) => {
      const lead = masterOf(found);
      if (!lead) {
        expect(step.step).not.toBe('label');
        return;
      }
      const roles = step.step === 'label' ? step.roles : {};
      const labelled = found.servers.members.filter(
        ({ pod, kube: there, label }) => there && (roles[pod] ?? label) === 'master',
      );
      expect(labelled.every(({ pod }) => pod === lead.pod)).toBe(true);
    });
  });

  it('nothing but labels is touched before all manifests are applied', () => {
    holds((found, step) => {
      if (found.unapplied) expect(['wait', 'label']).toContain(step.step);
    });
  });

  it('every step says why', () => {
    holds((_, step) => expect(step.why).toMatch(/^\S.*\S$/s));
  });
});
