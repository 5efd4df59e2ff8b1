import { describe, expect, it } from 'vitest';
import { hasCaughtUp, lagOf, lostVotes, placeOf } from '../../../lib/kafka/steward/quorum-places';
import { quorumOf } from './quorum-states';

const LEADER = '3000 a v leads';

describe('the disk that a controller runs with', () => {
  const disk = (...lines: string[]) => {
    const place = placeOf(quorumOf(LEADER, ...lines), 3001);
    return place && `${place.replica.directoryId} ${place.votes ? 'votes' : 'observes'}`;
  };

  it.each([
    ['its only one', ['3001 b v'], 'b votes'],
    ['its only one, long silent', ['3001 b v fetched 60000'], 'b votes'],
    ['its only one, of which a new leader has not heard', ['3001 b v never'], 'b votes'],
    ['the new one, when it lost the one that votes', ['3001 b v fetched 9000', '3001 c o'], 'c observes'],
    ['the new one, under a new leader', ['3001 b v never', '3001 c o'], 'c observes'],
    ['the one that votes, when the other is gone', ['3001 b v', '3001 c o fetched 9000'], 'b votes'],
    ['the newer one of two without a vote', ['3001 c o fetched 5000', '3001 d o fetched 100'], 'd observes'],
    ['none, when it does not fetch any more', ['3001 c o fetched 20000'], undefined],
    ['none, when it was never seen', [], undefined],
  ])('is %s', (_, lines, expected) => expect(disk(...lines)).toBe(expected));
});

it('only votes of disks that were replaced are lost, not those of servers that are away', () => {
  const quorum = quorumOf(
    LEADER,
    '3001 b v fetched 9000',
    '3001 c o',
    '3002 d v fetched 99000',
    '0 x o',
    '1 y o',
  );
  expect(lostVotes(quorum).map(({ id, directoryId }) => `${id} ${directoryId}`)).toEqual(['3001 b']);
});

it('a vote is not lost that was given back, while the old disk is still listed', () => {
  expect(lostVotes(quorumOf(LEADER, '3001 c v', '3001 b o fetched 8000'))).toEqual([]);
});

it.each([
  ['caught 0', true],
  ['caught 2000', true],
  ['caught 2001', false],
  ['fetched 0 caught 5000 behind 7', false],
  ['never', false],
])('a voter with "%s" has caught up: %s', (words, expected) => {
  const quorum = quorumOf(LEADER, `3001 b v ${words}`);
  expect(hasCaughtUp(quorum, quorum.voters[1])).toBe(expected);
});

it('lag is counted from the end of the leader’s log', () => {
  const quorum = quorumOf(LEADER, '3001 b v behind 7', '3002 c v never');
  expect(quorum.voters.map((replica) => lagOf(quorum, replica))).toEqual([0, 7, 500]);
});

it('a leader that was dismissed and has not gone yet is an observer, and the clock is still its own', () => {
  const quorum = quorumOf('3000 a o leads', '3001 b v fetched 500', '3002 c v fetched 300');
  expect(quorum.voters.map((replica) => hasCaughtUp(quorum, replica))).toEqual([true, true]);
  expect(placeOf(quorum, 3000)?.votes).toBe(false);
});
