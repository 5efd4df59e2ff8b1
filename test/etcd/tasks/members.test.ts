import { describe, expect, it } from 'vitest';
import { inOrder, problemOf, whyNot } from '../../../lib/etcd/tasks/members';
import { statusOf } from './fake-members';

describe('inOrder', () => {
  const member = (memberId: bigint, raftAppliedIndex: bigint) => ({
    status: statusOf({ memberId, raftAppliedIndex, leader: 2n }),
  });
  const ids = (...members: ReturnType<typeof member>[]) =>
    inOrder(members).map(({ status }) => status.memberId);

  it('takes the follower first that knows most, and the leader last', () => {
    expect(ids(member(1n, 8n), member(2n, 10n), member(3n, 9n))).toEqual([3n, 1n, 2n]);
  });

  it('takes the leader where there is nobody else', () => {
    expect(ids(member(2n, 10n))).toEqual([2n]);
  });
});

it.each([
  ['a follower', {}, undefined],
  ['a learner', { learner: true }, 'it is a learner, which may be far behind'],
  ['one without a leader', { leader: 0n }, 'it knows no leader'],
  [
    'a corrupt one',
    { errors: ['memberID:2 alarm:CORRUPT '] },
    'its data is corrupt, by an alarm of the cluster',
  ],
  ['one that is full', { errors: ['memberID:22 alarm:CORRUPT ', 'memberID:2 alarm:NOSPACE '] }, undefined],
])('whyNot of %s', (_, status, why) => {
  expect(whyNot(statusOf(status))).toBe(why);
});

it('names a member in what went wrong, once', () => {
  expect(problemOf('a:1', new Error('broken'))).toBe('a:1: broken');
  expect(problemOf('a:1', new Error('connect ECONNREFUSED a:1'))).toBe('connect ECONNREFUSED a:1');
});
