import { describe, expect, it } from 'vitest';
import type {
  ClusterFacts,
  ClusterNode,
  ClusterStep,
} from '../../../../lib/redis/steward/cluster/cluster-facts';
import { nextClusterStep } from '../../../../lib/redis/steward/cluster/next-cluster-step';
import type { Scenario } from './cluster-model';
import { commits, SCENARIOS, walkAll } from './cluster-scenarios';

const ENOUGH = 600_000;

describe('a Redis Cluster and its steward, on random ways', () => {
  it.each(Object.entries(SCENARIOS))(
    '%s: loses nothing, and ends as it is wanted',
    (name, scenario) => {
      const { rests } = walkAll(scenario, 1_000, 250);
      // What is applied fails for good here, or takes what only a person may take.
      const stuck = ['crashing'].includes(name);
      expect(rests).toBeGreaterThan(stuck ? 20 : 100);
    },
    ENOUGH,
  );
});

type Variant = (facts: ClusterFacts, slots: number) => ClusterStep;

const why = 'it is wrong';
const nothing: ClusterStep = { phase: 'Healing', step: 'wait', cause: 'member', why };
const without =
  (dropped: (step: ClusterStep, facts: ClusterFacts) => unknown): Variant =>
  (facts, slots) => {
    const step = nextClusterStep(facts, slots);
    return dropped(step, facts) ? nothing : step;
  };
const first =
  (wrong: (facts: ClusterFacts) => ClusterStep | undefined): Variant =>
  (facts, slots) =>
    wrong(facts) ?? nextClusterStep(facts, slots);
const restart = ({ pod, kube }: ClusterNode): ClusterStep => ({
  ...{ phase: 'Rolling', step: 'restart', pod, uid: kube?.uid ?? '', why },
});
const isMaster = ({ server }: ClusterNode): boolean => server.state === 'serving' && server.role === 'master';
const own = ({ view }: ClusterNode) => view?.nodes.find(({ id }) => id === view.id);

describe('the walks', () => {
  // Each of these is wrong; the walks show that they see it.
  it.each<[string, Scenario, RegExp, Variant]>([
    [
      'masters are restarted without handing over',
      SCENARIOS.rolling,
      /ended c-\d-\d, which is a master and has a replica|while c-\d-\d is not ready/,
      first(({ nodes }) => {
        const old = nodes.find((node) => node.kube?.outdated && node.kube.ready && isMaster(node));
        return old && restart(old);
      }),
    ],
    [
      'nodes are restarted whatever the others do',
      SCENARIOS.rolling,
      /while c-\d-\d is not ready/,
      first(({ nodes }) => {
        const old = nodes.find((node) => node.kube?.outdated && node.kube.ready && !isMaster(node));
        return old && restart(old);
      }),
    ],
    [
      'a revision that fails is rolled out',
      SCENARIOS.unreadyAndMended,
      /ended c-\d-\d|at rest, and not as wanted|goes on for ever/,
      (facts, slots) =>
        nextClusterStep(
          {
            ...facts,
            nodes: facts.nodes.map((node) => {
              return node.kube && node.server.state === 'serving'
                ? { ...node, kube: { ...node.kube, ready: true } }
                : node;
            }),
          },
          slots,
        ),
    ],
    [
      'nobody who lost its addresses is met again',
      { ...SCENARIOS.healing, looksUp: false, faults: { kill: 6 } },
      /at rest, and not as wanted/,
      without((step) => step.step === 'meet' && /looks for/.test(step.why)),
    ],
    [
      'nobody is forgotten',
      SCENARIOS.healing,
      /at rest, and (not )?as wanted/,
      without((step) => step.step === 'forget'),
    ],
    [
      'a place is forgotten as soon as its pod is gone',
      { ...SCENARIOS.shrinking, faults: {} },
      /forgotten, which has slots/,
      first(({ nodes, shards }) => {
        const leaver = nodes.find(
          ({ shard, view }) => view && shards.some((each) => each.index === shard && each.leaving),
        );
        const ids = own(leaver ?? nodes[0])?.slots.length ? [leaver?.view?.id ?? ''] : [];
        return leaver && ids.length > 0 ? { phase: 'Shrinking', step: 'forget', ids, why } : undefined;
      }),
    ],
    [
      'a shard is stopped before it is empty',
      { ...SCENARIOS.shrinking, faults: {} },
      /took the pod of c-3-\d, which has slots/,
      first(({ shards }) => {
        const leaver = shards.find(({ leaving, replicas }) => leaving && replicas > 0);
        return leaver && { phase: 'Shrinking', step: 'scale', shard: leaver.index, replicas: 0, why };
      }),
    ],
    [
      'the last replica goes, master or not',
      {
        ...SCENARIOS.shrinkingReplicas,
        commits: commits('2 2 2 0', '2 2 2 1', '1 1 1 1'),
        faults: { kill: 2 },
      },
      /took the pod of c-\d-1, which has slots/,
      first(({ shards }) => {
        const more = shards.find(({ servers, replicas }) => replicas > servers);
        return more && { phase: 'Shrinking', step: 'scale', shard: more.index, replicas: more.servers, why };
      }),
    ],
    [
      'slots that are half moved stay so',
      SCENARIOS.growing,
      /at rest, and not as wanted/,
      without((step) => /in part|on its way/.test(step.why)),
    ],
    [
      'slots that are half moved are only marked as settled',
      SCENARIOS.growing,
      /at rest, and not as wanted|lost the keys/,
      (facts, slots) => {
        const step = nextClusterStep(facts, slots);
        if (step.step !== 'move-slots' || !/in part/.test(step.why)) return step;
        return {
          phase: 'Healing',
          step: 'settle-slots',
          slots: step.moves.flatMap((move) => move.slots),
          why,
        };
      },
    ],
    [
      'everything is moved at once',
      { ...SCENARIOS.swapping, slots: 12 },
      /moves \d+ slots at a time/,
      (facts, slots) => nextClusterStep({ ...facts, slotsAtATime: 99 }, slots),
    ],
    [
      'new shards stay empty',
      SCENARIOS.growing,
      /at rest, and not as wanted/,
      without((step) => step.step === 'move-slots'),
    ],
    [
      'slots that a lost master had are given to others',
      SCENARIOS.dropping,
      /gave slot \d to who has no keys of it|forgotten, which has slots/,
      (facts, slots) => nextClusterStep({ ...facts, keepsData: false }, slots),
    ],
    [
      'it is marked as formed at once',
      SCENARIOS.forming,
      /marked as formed what is not/,
      first(({ formed }) => (formed ? undefined : { phase: 'Forming', step: 'mark-formed', why })),
    ],
    [
      'a replica takes over from one that may come back',
      SCENARIOS.healing,
      /forced a master to give way that may come back/,
      first(({ nodes }) => {
        const heir = nodes.find(({ view, server }) => {
          const master = server.state === 'serving' && !server.linked && own({ view } as ClusterNode)?.master;
          return view?.nodes.some(({ id, failed }) => id === master && failed === 'yes');
        });
        return heir && { phase: 'Healing', step: 'failover', pod: heir.pod, force: true, why };
      }),
    ],
    [
      'replicas are told whom to follow whatever they have',
      { ...SCENARIOS.healing, faults: { kill: 2, wipe: 2 } },
      /keys of [\d, ]+ be lost|lost the keys/,
      first(({ nodes }) => {
        const stray = nodes.find(
          (node) =>
            node.view &&
            own(node)?.role === 'replica' &&
            node.server.state === 'serving' &&
            !node.server.linked,
        );
        const other = nodes.find((node) => node.view && isMaster(node) && (own(node)?.slots.length ?? 0) > 0);
        return stray && other && own(stray)?.master !== other.view?.id
          ? { phase: 'Healing', step: 'replicate', pod: stray.pod, of: other.pod, why }
          : undefined;
      }),
    ],
    [
      'nothing useless is replaced',
      SCENARIOS.hangingAndMended,
      /at rest, and not as wanted/,
      without((step) => step.step === 'restart' && step.phase === 'Healing'),
    ],
    [
      'nobody is told what to do',
      SCENARIOS.crashing,
      /nobody is told what to do/,
      (facts, slots) => {
        const step = nextClusterStep(facts, slots);
        return step.step === 'wait' ? { ...step, todo: undefined } : step;
      },
    ],
    [
      'a reset set stays as it is',
      { ...SCENARIOS.healing, faults: { reset: 1 } },
      /at rest, and (not )?as wanted/,
      without((step) => step.step === 'scale'),
    ],
    [
      'nobody says that a shard was dropped',
      SCENARIOS.dropping,
      /at rest, and not as wanted: rest/,
      (facts, slots) => {
        const step = nextClusterStep(facts, slots);
        const names = step.step === 'wait' && /dropped/.test(`${step.why} ${step.todo}`);
        return names ? { phase: 'Settled', step: 'rest', why } : step;
      },
    ],
  ])(
    'would show it if %s',
    (_, scenario, what, variant) => {
      const wrong = { ...scenario, decide: variant };
      expect(() => walkAll(wrong, 1, 400)).toThrow(what);
    },
    ENOUGH,
  );
});
