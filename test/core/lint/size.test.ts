import { describe, expect, test } from 'vitest';
import { sizes, variables } from '../../../lib/core/lint/size';
import { messages, object } from './manifests';

const KIB = 1024;
const config = (text: string) => object('ConfigMap', 'program', undefined, { data: { text } });
const empty = JSON.stringify(config('')).length;
const fitting = 200 * KIB - empty;

describe('the size of an object', () => {
  test.each([
    ['small', config('a')],
    ['at the limit', config('a'.repeat(fitting))],
    ['at the limit in two bytes a character', config('é'.repeat(fitting / 2))],
    ['without text', object('ConfigMap', 'a', { list: [1, true, null, undefined] })],
  ])('%s', (_, manifest) => expect(messages(sizes, [manifest])).toEqual([]));

  const message = (size: number) =>
    `ConfigMap "program" is ${size} KiB of JSON, at most 200 KiB fit the annotation that kubectl apply ` +
    'keeps a copy in; split it, or load what is in it from a volume or an image';
  test.each([
    ['one byte more', config('a'.repeat(fitting + 1)), message(201)],
    ['bytes count, not characters', config('é'.repeat(fitting / 2 + 1)), message(201)],
    ['escapes count', config('\n'.repeat(150 * KIB)), message(301)],
  ])('fails with %s', (_, manifest, text) => expect(messages(sizes, [manifest])).toEqual([text]));
});

describe('the size of a variable', () => {
  const value = (length: number) => 'a'.repeat(length);
  const pod = (text: string) =>
    object('Pod', 'program', { containers: [{ name: 'main', env: [{ name: 'SETTINGS', value: text }] }] });
  const most = 128 * KIB - 'SETTINGS='.length - 1;
  test('may be what Linux hands to a program', () => {
    expect(messages(variables, [pod(value(most))])).toEqual([]);
    expect(messages(variables, [object('Pod', 'program', { containers: [{ name: 'main' }] })])).toEqual([]);
  });
  test('is no more than that', () => {
    expect(messages(variables, [pod(value(most + 1))])).toEqual([
      'Pod "program": the variable SETTINGS of container main has 129 KiB, and Linux starts no program with more than ' +
        '128 KiB in one; declare less in one place',
    ]);
  });
});
