import { expect, it } from 'vitest';
import type { MemberPod } from '../../lib/steward/facts';
import { count, few, podCells, podRemark, podTrouble } from '../../lib/steward/words';

const POD: MemberPod = {
  name: 'zk-1',
  uid: 'uid-1',
  revision: 'zk-7d9f8b6c5',
  ready: true,
  terminating: false,
  stalled: false,
};

it('counts', () => {
  expect([0, 1, 2].map((number) => count(number, 'key'))).toEqual(['0 keys', '1 key', '2 keys']);
});

it('names a few of many', () => {
  expect(few([])).toBe('');
  expect(few(['a', 'b', 'c'])).toBe('a, b, c');
  expect(few(['a', 'b', 'c', 'd'])).toBe('a, b, c, and 1 more');
  expect(few(['a', 'b', 'c'], '; ', 1)).toBe('a; and 2 more');
});

it.each<[MemberPod | undefined, string | undefined, string | undefined]>([
  [undefined, 'zk-1 has no pod yet', 'no pod'],
  [{ ...POD, terminating: true }, 'zk-1 is being deleted', 'is being deleted'],
  [{ ...POD, broken: 'it failed: x' }, 'zk-1 cannot run: it failed: x', 'it failed: x'],
  [POD, undefined, undefined],
])('says why nothing runs in a pod (%#)', (pod, sentence, remark) => {
  expect(podTrouble('zk-1', pod)).toBe(sentence);
  expect(podRemark(pod)).toBe(remark);
});

it('says where a pod is, and of which revision', () => {
  expect(podCells(undefined)).toEqual(['-', '-', '-']);
  const pod = { ...POD, outdated: 'another was applied', node: 'node-1', zone: 'a' };
  expect(podCells(pod)).toEqual(['7d9f8b6c5 (old)', 'node-1', 'a']);
});
