import { App } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Environment, type EnvironmentProps, type PlacementProps } from '../../lib';
import { checkPlacement, renderPlacement } from '../../lib/core/placement';

const ZONES = ['h', 'i', 'j'];
const LABELS = { a: 'b' };
const labelSelector = { matchLabels: LABELS };
const host = { topologyKey: 'kubernetes.io/hostname', labelSelector };

function environmentOf(props: EnvironmentProps = {}): Environment {
  return Environment.attach(new App(), { name: 'test', ...props });
}

function render(props: PlacementProps = {}, environment?: EnvironmentProps) {
  return renderPlacement(environmentOf(environment), props, LABELS);
}

const required = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [host] } };
const preferred = {
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: host }],
  },
};

describe('renderPlacement', () => {
  it.each<[string, EnvironmentProps, PlacementProps, object]>([
    ['hosts apart in production', {}, {}, required],
    ['preferably in development', { durability: 'development' }, {}, preferred],
    ['as was asked for', {}, { hostAntiAffinity: 'preferred' }, preferred],
    [
      'as was asked for, in development',
      { durability: 'development' },
      { hostAntiAffinity: 'required' },
      required,
    ],
  ])('keeps %s', (_, environment, props, affinity) => {
    expect(render(props, environment).affinity).toEqual(affinity);
  });

  it('lets hosts be shared when told so', () => {
    expect(render({ hostAntiAffinity: 'none' }).affinity).toBeUndefined();
  });

  it.each<[string, EnvironmentProps, string]>([
    ['hard where the zones are known', { zones: ZONES }, 'DoNotSchedule'],
    ['soft where they are not: members could be left without a node', {}, 'ScheduleAnyway'],
    ['soft where none is listed', { zones: [] }, 'ScheduleAnyway'],
    ['soft in development', { zones: ZONES, durability: 'development' }, 'ScheduleAnyway'],
  ])('spreads over zones, %s', (_, environment, whenUnsatisfiable) => {
    expect(render({}, environment).topologySpreadConstraints).toEqual([
      { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 1, whenUnsatisfiable, labelSelector },
    ]);
  });

  it.each(['host', 'none'] as const)('does not spread over zones with spread %s', (spread) => {
    expect(render({ spread }, { zones: ZONES }).topologySpreadConstraints).toBeUndefined();
  });

  it('selects and tolerates dedicated nodes, and what else was asked for', () => {
    const environment: EnvironmentProps = {
      ssdNodeLabels: { disk: 'ssd' },
      dedicatedNodes: {
        labels: { group: 'stateful' },
        taints: [
          { key: 'a', value: 'b' },
          { key: 'c', effect: 'NoExecute' },
        ],
      },
    };
    const props: PlacementProps = {
      ssd: true,
      dedicated: true,
      nodeSelector: { x: 'y' },
      tolerations: [{ key: 'z' }],
      priorityClassName: 'high',
    };
    expect(render(props, environment)).toMatchObject({
      nodeSelector: { group: 'stateful', disk: 'ssd', x: 'y' },
      tolerations: [
        { key: 'a', operator: 'Equal', value: 'b', effect: 'NoSchedule' },
        { key: 'c', operator: 'Exists', effect: 'NoExecute' },
        { key: 'z' },
      ],
      priorityClassName: 'high',
    });
    expect(render({}, environment)).toMatchObject({
      nodeSelector: undefined,
      tolerations: undefined,
      priorityClassName: undefined,
    });
  });
});

describe('checkPlacement', () => {
  const check = (props: PlacementProps, voters: number, environment?: EnvironmentProps) =>
    checkPlacement(environmentOf(environment), props, voters);

  it('refuses to spread a quorum over too few zones in production', () => {
    expect(check({}, 3, { zones: ['h', 'i'] })).toEqual([
      {
        code: 'core/zones',
        message:
          '3 voters need 3 zones for one to be lost safely, the environment "test" has 2 (h, i); add a zone or set ' +
          "placement.spread to 'host'",
      },
    ]);
  });

  it.each<[string, PlacementProps, number, EnvironmentProps]>([
    ['there are enough', {}, 5, { zones: ZONES }],
    ['they are not known', {}, 3, {}],
    ['none is listed', {}, 3, { zones: [] }],
    ['hosts are asked for', { spread: 'host' }, 3, { zones: ['h'] }],
    ['there is no quorum to lose', {}, 1, { zones: ['h'] }],
    ['it is development', {}, 3, { zones: ['h'], durability: 'development' }],
  ])('has nothing to say of zones where %s', (_, props, voters, environment) => {
    expect(check(props, voters, environment)).toEqual([]);
  });

  it('refuses nodes that the environment does not describe', () => {
    expect(check({ ssd: true, dedicated: true }, 3)).toEqual([
      {
        code: 'core/placement',
        message: 'placement.ssd: the environment "test" has no ssdNodeLabels; set them, or use nodeSelector',
      },
      {
        code: 'core/placement',
        message:
          'placement.dedicated: the environment "test" has no dedicatedNodes; set them, or use nodeSelector and tolerations',
      },
    ]);
    expect(
      check({ ssd: true, dedicated: true }, 3, { ssdNodeLabels: { a: 'b' }, dedicatedNodes: {} }),
    ).toEqual([]);
  });
});
