import { describe, expect, test } from 'vitest';
import { sizes } from '../../../lib/core/lint/size';
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
