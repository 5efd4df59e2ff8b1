import { expect, test } from 'vitest';
import { secretData } from '../../../lib/core/lint/secrets';
import { messages, object } from './manifests';

test.each([
  ['a Secret that something fills', object('Secret', 'a', undefined, { type: 'Opaque' })],
  ['empty data', object('Secret', 'a', undefined, { data: {}, stringData: {} })],
  ['a ConfigMap', object('ConfigMap', 'a', undefined, { data: { a: 'b' } })],
  ['a Secret of somebody else', object('example.com/v1 Secret', 'a', undefined, { data: { a: 'b' } })],
])('%s is fine', (_, manifest) => expect(messages(secretData, [manifest])).toEqual([]));

test.each([
  [{ data: { token: 'aGk=' } }, '"token"'],
  [{ data: { b: 'aGk=' }, stringData: { a: 'hi' } }, '"a", "b"'],
])('values are refused and not repeated: %j', (fields, keys) => {
  expect(messages(secretData, [object('Secret', 's', undefined, fields)])).toEqual([
    `Secret "s" carries the value of ${keys}, values do not belong into git; refer to an existing Secret, ` +
      'use an ExternalSecret, or have it generated in the cluster',
  ]);
});
