import { k8s } from 'cdk8s-plus-27';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type DeepPartial, merge } from '../../lib/core/merge';

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
const key = fc.constantFrom('a', 'b', 'c', 'd');
const named = fc.uniqueArray(fc.record({ name: key, value: leaf }), {
  selector: ({ name }) => name,
  maxLength: 4,
});
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    named,
    fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).node;
const object = fc.dictionary(key, tree, { maxKeys: 4, noNullPrototype: true });
const patch = fc.dictionary(
  key,
  fc.oneof(
    tree,
    fc.constant(null),
    fc.dictionary(key, fc.oneof(leaf, fc.constant(null)), { noNullPrototype: true }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);

function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.values(value).some(holdsNull);
}

describe('merge, in general', () => {
  it('leaves both arguments as they were', () => {
    fc.assert(
      fc.property(object, patch, (base, over) => {
        const before = [structuredClone(base), structuredClone(over)];
        merge(base, over);
        expect([base, over]).toEqual(before);
      }),
    );
  });

  it('changes nothing where nothing is laid over it', () => {
    fc.assert(
      fc.property(object, (base) => {
        expect(merge(base, {})).toEqual(base);
        expect(merge(base, undefined)).toEqual(base);
        expect(merge(base, base)).toEqual(base);
      }),
    );
  });

  it('gives the same when it is done twice', () => {
    fc.assert(
      fc.property(object, patch, (base, over) => {
        const once = merge(base, over);
        expect(merge(once, over)).toEqual(once);
      }),
    );
  });

  it('never leaves a null behind', () => {
    fc.assert(
      fc.property(object, patch, (base, over) => {
        expect(holdsNull(merge(base, over))).toBe(false);
      }),
    );
  });

  it('keeps what is not named', () => {
    fc.assert(
      fc.property(object, patch, (base, over) => {
        const result = merge(base, over) as Record<string, unknown>;
        for (const [name, value] of Object.entries(base))
          if (!(name in over)) expect(result[name]).toEqual(value);
      }),
    );
  });
});

describe('merge, by example', () => {
  it('merges objects all the way down', () => {
    expect(merge({ a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } })).toEqual({ a: { b: 1, c: 3, d: 4 } });
  });

  it('removes what is null, also in what it adds', () => {
    expect(merge({ a: { b: 1, c: 2 } }, { a: { b: null }, x: { y: null } })).toEqual({ a: { c: 2 }, x: {} });
    expect(merge({ list: [{ name: 'a' }] }, { list: [{ name: 'b', value: null }] })).toEqual({
      list: [{ name: 'a' }, { name: 'b' }],
    });
  });

  it('takes undefined for nothing said', () => {
    expect(merge({ a: 1 }, { a: undefined })).toEqual({ a: 1 });
  });

  it('merges lists of named things by name, keeping their order and putting new ones last', () => {
    const base = {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    };
    expect(
      merge(base, {
        env: [
          { name: 'C', value: '3' },
          { name: 'A', value: '9' },
        ],
      }),
    ).toEqual({
      env: [
        { name: 'A', value: '9' },
        { name: 'B', value: '2' },
        { name: 'C', value: '3' },
      ],
    });
  });

  it('mounts a volume at one more place: mounts are known by where they are', () => {
    const base = [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'data', mountPath: '/data' },
    ];
    expect(merge(base, [{ name: 'tmp', mountPath: '/var/tmp' }])).toEqual([
      ...base,
      { name: 'tmp', mountPath: '/var/tmp' },
    ]);
    expect(merge(base, [{ name: 'other', mountPath: '/tmp' }])).toEqual([
      { name: 'other', mountPath: '/tmp' },
      base[1],
    ]);
    const two = [
      { name: 'new', mountPath: '/a' },
      { name: 'new', mountPath: '/b' },
    ];
    expect(merge(base, two)).toEqual([...base, ...two]);
  });

  it('merges ports without names by their number, and spread constraints by their key', () => {
    expect(
      merge([{ name: 'client', containerPort: 2181 }], [{ containerPort: 2181, hostIP: '127.0.0.1' }]),
    ).toEqual([{ name: 'client', containerPort: 2181, hostIP: '127.0.0.1' }]);
    expect(merge([{ topologyKey: 'zone', maxSkew: 1 }], [{ topologyKey: 'zone', maxSkew: 2 }])).toEqual([
      { topologyKey: 'zone', maxSkew: 2 },
    ]);
  });

  it('replaces other lists, and empties one for an empty list', () => {
    expect(merge({ args: ['a', 'b'] }, { args: ['c'] })).toEqual({ args: ['c'] });
    expect(merge({ list: [{ name: 'a' }] }, { list: [] })).toEqual({ list: [] });
  });

  it('takes quantities and ports for values, not for objects to look into', () => {
    const quantity = k8s.Quantity.fromString('2Gi');
    expect(merge({ memory: k8s.Quantity.fromString('1Gi') }, { memory: quantity }).memory).toBe(quantity);
    expect(
      merge({ port: k8s.IntOrString.fromNumber(1) }, { port: k8s.IntOrString.fromString('a') }).port.value,
    ).toBe('a');
  });
});

it('lets types say that null removes', () => {
  expectTypeOf({ spec: { containers: [{ name: 'zookeeper', lifecycle: null }], hostname: null } }).toExtend<
    DeepPartial<k8s.PodTemplateSpec>
  >();
  const typed: DeepPartial<k8s.PodTemplateSpec> = {
    spec: { containers: [{ name: 'zookeeper', lifecycle: null }] },
  };
  expect(merge({ spec: { containers: [{ name: 'zookeeper', lifecycle: {} }] } }, typed)).toEqual({
    spec: { containers: [{ name: 'zookeeper' }] },
  });
});
