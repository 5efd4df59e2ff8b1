import { expect, test } from 'vitest';
import { keyOf, shardParts, slotOf, slotParts } from './records';

test('slots are those of CLUSTER KEYSLOT', () => {
  expect(['foo', 'bar', 'b', '123456789'].map(slotOf)).toEqual([12182, 5061, 3300, 12739]);
});

test('records go to all parts of the slots in turn, and to many slots of each', () => {
  const parts = slotParts(6);
  const slots = Array.from({ length: 600 }, (_, record) => slotOf(keyOf('plain', record, parts)));
  expect(slots.map((slot) => Math.floor((slot * 6) / 16384))).toEqual(slots.map((_, record) => record % 6));
  expect(new Set(slots).size).toBeGreaterThan(500);
});

test('records go to all shards behind a proxy in turn', () => {
  const parts = shardParts(['a', 'b', 'c']);
  const shards = Array.from({ length: 30 }, (_, record) => parts.of(keyOf('plain', record, parts)));
  expect(shards).toEqual(shards.map((_, record) => record % 3));
});

test('the same record has the same key, and each lane its own', () => {
  const parts = slotParts(1);
  expect(keyOf('plain', 7, parts)).toBe(keyOf('plain', 7, parts));
  expect(keyOf('plain', 7, parts)).not.toBe(keyOf('waited', 7, parts));
});
