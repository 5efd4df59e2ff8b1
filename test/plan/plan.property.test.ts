import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments, stringify, type ToStringOptions } from 'yaml';
import { isBuiltIn } from '../../lib/plan/identity';
import { plan } from '../../lib/plan/plan';
import type { Manifest } from '../../lib/plan/types';
import { rendering } from './pair';
import { pairs } from './pairs';

/** Every object of the table, once under each name. */
const objects = [
  ...new Map(
    pairs
      .flatMap(({ before, after }) => [...before, ...after])
      .map((manifest) => [
        `${manifest.kind}/${manifest.metadata.namespace}/${manifest.metadata.name}`,
        manifest,
      ]),
  ).values(),
];

const nothing = { subjects: [], unknown: [] };

const some = fc.uniqueArray(fc.constantFrom(...objects), {
  selector: ({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`,
  maxLength: 12,
});

/** A value whose maps name their fields in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((entry) => shuffled(entry, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [random(), key, shuffled(inner, random)] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => a - b).map(([, key, inner]) => [key, inner]));
}

const seed = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 7, maxLength: 31 });

function dice(numbers: readonly number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length];
}

const format: fc.Arbitrary<ToStringOptions> = fc.record({
  indent: fc.constantFrom(2, 4),
  lineWidth: fc.constantFrom(0, 40, 120),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
  defaultKeyType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE'),
  collectionStyle: fc.constantFrom('any', 'flow', 'block'),
});

test('applying what is applied does nothing', () => {
  fc.assert(
    fc.property(some, (manifests) => {
      expect(plan(rendering(manifests), rendering(structuredClone(manifests)))).toEqual(nothing);
    }),
  );
});

test('order of objects, order of fields and format of YAML say nothing', () => {
  fc.assert(
    fc.property(some, seed, format, (manifests, numbers, options) => {
      const random = dice(numbers);
      const other = manifests
        .map((manifest) => [random(), shuffled(manifest, random)] as const)
        .sort(([a], [b]) => a - b)
        .map(([, manifest]) => stringify(manifest, options));
      const read = parseAllDocuments(other.join('\n---\n')).map((document) => document.toJS() as Manifest);
      expect(plan(rendering(manifests), rendering(read))).toEqual(nothing);
    }),
  );
});

/** A value with fields that are null here and there, and such entries of lists where Kubernetes knows them. */
function sprinkled(value: unknown, random: () => number, lists: boolean): unknown {
  if (Array.isArray(value)) {
    const inner = value.map((entry) => sprinkled(entry, random, lists));
    return lists && random() < 0.2 ? [null, ...inner] : inner;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, sprinkled(inner, random, lists)] as const,
  );
  const absent = ABSENT.filter((key) => !(key in value) && random() < 0.3).map((key) => [key, null] as const);
  return Object.fromEntries([...entries, ...absent]);
}

const ABSENT = [
  ...['annotations', 'containers', 'data', 'env', 'envFrom', 'initContainers', 'labels', 'ports', 'rules'],
  ...[
    'resources',
    'securityContext',
    'selector',
    'spec',
    'template',
    'updateStrategy',
    'volumes',
    'subjects',
  ],
];

test('fields that are null are absent, wherever they are', () => {
  fc.assert(
    fc.property(some, some, seed, (before, after, numbers) => {
      const random = dice(numbers);
      const [one, other] = [before, after].map((all) =>
        rendering(all.map((of) => sprinkled(of, random, isBuiltIn(of)) as Manifest)),
      );
      expect(plan(one, other)).toEqual(plan(rendering(before), rendering(after)));
      expect(plan(rendering(before), one)).toEqual(nothing);
    }),
  );
});

test('the plan of a change does not depend on order either', () => {
  fc.assert(
    fc.property(some, some, seed, (before, after, numbers) => {
      const random = dice(numbers);
      const turned = (manifests: readonly Manifest[]) =>
        rendering([...manifests].reverse().map((manifest) => shuffled(manifest, random) as Manifest));
      const [straight, other] = [
        plan(rendering(before), rendering(after)),
        plan(turned(before), turned(after)),
      ];
      // Of several workloads, a message names the first few in the order of the file.
      const bare = (planned: typeof straight) =>
        planned.subjects.flatMap(({ name, effects }) =>
          effects.map(({ verdict, field }) => [name, verdict, field]),
        );
      expect(bare(other)).toEqual(bare(straight));
    }),
  );
});

test('every object that differs is spoken of', () => {
  fc.assert(
    fc.property(some, some, (before, after) => {
      const { subjects, unknown } = plan(rendering(before), rendering(after));
      const said = [
        ...subjects.flatMap(({ effects }) => effects.map(({ object }) => object)),
        ...unknown,
      ].join('\n');
      const [old, now] = [before, after].map(
        (all) =>
          new Map(
            all.map((of) => [
              `${of.kind} ${of.metadata.namespace ? `${of.metadata.namespace}/` : ''}${of.metadata.name}`,
              of,
            ]),
          ),
      );
      for (const name of new Set([...old.keys(), ...now.keys()])) {
        const [from, to] = [old.get(name), now.get(name)];
        if (!from || !to) expect(said).toContain(name);
      }
    }),
  );
});
