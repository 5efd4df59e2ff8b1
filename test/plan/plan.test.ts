import { describe, expect, test } from 'vitest';
import { plan } from '../../lib/plan/plan';
import { type Manifest, VERDICTS } from '../../lib/plan/types';
import * as o from './objects';
import { patched } from './objects';
import { rendering } from './pair';
import { pairs } from './pairs';

describe('what is said of plain objects', () => {
  test.each(pairs.map((pair) => [pair.name, pair] as const))('%s', (_, { before, after, says, unknown }) => {
    const planned = plan(rendering(before), rendering(after));
    const said = planned.subjects.flatMap(({ effects }) =>
      effects.map(({ verdict, what }) => `${verdict}: ${what}`),
    );
    expect(said).toEqual(says);
    expect(planned.unknown).toEqual(unknown ?? []);
  });

  test('the table has each verdict', () => {
    const said = pairs.flatMap(({ says }) => says.map((line) => line.split(':')[0]));
    expect(new Set(said)).toEqual(new Set(VERDICTS));
  });

  test('what is refused and what loses data says what to do instead', () => {
    for (const { before, after } of pairs) {
      for (const { effects } of plan(rendering(before), rendering(after)).subjects) {
        for (const effect of effects) {
          if (effect.verdict === 'refused') expect(effect.instead, effect.what).toBeTruthy();
          expect(effect.what).toMatch(/^[^A-Z]|^[A-Z]\w+ ([a-z-]+\/)?[a-z0-9.-]+/);
        }
      }
    }
  });
});

describe('a yes', () => {
  const asked = (name: string) => {
    const { before, after } = pairs.find((pair) => pair.name === name) ?? { before: [], after: [] };
    const effects = plan(rendering(before), rendering(after)).subjects.flatMap((subject) => subject.effects);
    return effects.filter(({ needsYes }) => needsYes).map(({ verdict }) => verdict);
  };

  test.each([
    ['ConfigMap: deleted, and pods that are being replaced still need it', ['applied-live']],
    [
      'ConfigMap: deleted, and pods that nobody replaces still need it',
      ['outage', 'outage', 'outage', 'outage'],
    ],
    ['ConfigMap: deleted, and nobody needs it', []],
    ['Certificate: other names', []],
    ['Certificate: another issuer', ['applied-live']],
    ['Certificate: another Secret, and pods stay with the old one', ['outage']],
    ['Certificate: deleted, and nobody here has its Secret', ['applied-live']],
    ['ExternalSecret: deleted, and pods need its Secret', ['outage']],
    ['ExternalSecret: deleted, and its Secret belongs to nobody', []],
  ])('is asked for: %s', (name, verdicts) => {
    expect(pairs.map((pair) => pair.name)).toContain(name);
    expect(asked(name)).toEqual(verdicts);
  });
});

describe('subjects', () => {
  const image = { spec: { template: { spec: { containers: [{ ...o.container, image: 'nginx:1.28' }] } } } };

  test('each object that is of no cluster is a subject, the most alarming first', () => {
    const before = rendering([o.configMap, o.claim, o.deployment]);
    const after = rendering([
      patched(o.configMap, { data: { level: 'debug' } }),
      patched(o.deployment, image),
    ]);
    const { subjects } = plan(before, after);
    expect(subjects.map(({ name, effects }) => [name, effects[0].verdict])).toEqual([
      ['PersistentVolumeClaim shop/data', 'data-lost'],
      ['Deployment shop/web', 'rolling-restart'],
      ['ConfigMap shop/settings', 'applied-live'],
    ]);
  });

  test('objects of a cluster of ours are one subject in each stack and namespace', () => {
    const labels = { 'cdk8s-stateful/cluster': 'thing', 'app.kubernetes.io/name': 'thing' };
    const [one, two] = [o.configMap, o.service].map((of) => patched(of, { metadata: { labels } }));
    const elsewhere = patched(one, { metadata: { namespace: 'store' } });
    const after = {
      objects: [one, two, elsewhere].map((manifest) => ({ stack: 'prod/registry', manifest })),
    };
    const { subjects } = plan({ objects: [] }, after);
    expect(subjects.map(({ stack, name, system, effects }) => [stack, name, system, effects.length])).toEqual(
      [
        ['prod/registry', 'thing', 'thing', 2],
        ['prod/registry', 'thing', 'thing', 1],
      ],
    );
  });

  test('an effect names the field and its values', () => {
    const { subjects } = plan(rendering([o.deployment]), rendering([patched(o.deployment, image)]));
    expect(subjects).toEqual([
      {
        name: 'Deployment shop/web',
        effects: [
          {
            verdict: 'rolling-restart',
            what:
              '4 pods of Deployment shop/web are replaced, at most 1 missing and 1 more than wanted at a time: ' +
              'image of web nginx:1.27 -> nginx:1.28',
            object: 'Deployment shop/web',
            field: 'spec.template.spec.containers[web].image',
            from: 'nginx:1.27',
            to: 'nginx:1.28',
          },
        ],
      },
    ]);
  });

  test('nobody reads a Secret in it', () => {
    const other = patched(o.secret, { stringData: { password: 'battery staple', more: 'tr0ub4dor' } });
    const planned = JSON.stringify(plan(rendering([o.secret]), rendering([other])));
    for (const value of ['battery staple', 'tr0ub4dor', 'correct horse']) {
      expect(planned).not.toContain(value);
      expect(planned).not.toContain(Buffer.from(value).toString('base64'));
    }
  });

  test('an object without a name is told, not left out', () => {
    const nameless = patched(o.job, { metadata: { name: null, generateName: 'migrate-' } });
    expect(plan({ objects: [] }, rendering([nameless])).unknown).toEqual([
      'Job shop/(without a name): it has no name, so it cannot be compared; an object with generateName is made anew ' +
        'whenever somebody creates it',
    ]);
    expect(plan(rendering([nameless]), rendering([nameless])).unknown).toEqual([]);
  });

  test('an object that is rendered twice, and differently, is told', () => {
    const twice = rendering([
      o.configMap,
      o.service,
      o.service,
      patched(o.configMap, { data: { level: 'debug' } }),
    ]);
    expect(plan(twice, twice)).toEqual({
      subjects: [],
      unknown: [
        'ConfigMap shop/settings: it is rendered more than once, and differently; the last one is what is compared',
      ],
    });
  });

  test.each([
    ['metadata', { annotations: null, labels: null }],
    ['entries of metadata', { annotations: { 'helm.sh/hook': null }, labels: { app: null } }],
  ])('what is null in %s is not there', (_, metadata) => {
    for (const { before, after } of pairs) {
      const empty = (all: readonly Manifest[]) =>
        all.map((of) => ({ ...of, metadata: { ...metadata, ...of.metadata } }) as unknown as Manifest);
      const planned = plan(rendering(before), rendering(after));
      expect(plan(rendering(empty(before)), rendering(empty(after)))).toEqual(planned);
    }
  });

  test('lists are what is in them', () => {
    const list = { apiVersion: 'v1', kind: 'List', metadata: { name: '' }, items: [o.deployment, o.service] };
    expect(plan(rendering([list]), rendering([o.service, o.deployment]))).toEqual({
      subjects: [],
      unknown: [],
    });
  });
});
