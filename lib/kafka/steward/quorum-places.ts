import type { QuorumReplica, QuorumState } from '../wire/types';

/** `controller.quorum.fetch.timeout.ms`: within it a voter must have had all there was, to count for a majority. */
const CAUGHT_UP_MS = 2_000;
/** Who has not asked for records so long does not run, or not as a part of this quorum. */
const FOLLOWS_MS = 10_000;

/** A server in the metadata quorum. */
export interface Place {
  /** With the disk that it runs with. */
  readonly replica: QuorumReplica;
  /** Whether it has a vote with that disk. */
  readonly votes: boolean;
}

/** When the leader said so, by its own clock. */
function answeredAt({ leaderId, voters, observers }: QuorumState): number {
  const times = [...voters, ...observers]
    .filter(({ id }) => id === leaderId)
    .map(({ lastFetchTimestamp }) => lastFetchTimestamp);
  return Math.max(...times, 0);
}

/** Whether a server asks the leader for records; one that has just begun to lead has heard of nobody yet. */
export function follows(quorum: QuorumState, { lastFetchTimestamp }: QuorumReplica): boolean {
  return lastFetchTimestamp >= 0 && answeredAt(quorum) - lastFetchTimestamp <= FOLLOWS_MS;
}

/** Whether a server had everything that the leader had a moment ago. */
export function hasCaughtUp(quorum: QuorumState, { lastCaughtUpTimestamp }: QuorumReplica): boolean {
  return lastCaughtUpTimestamp >= 0 && answeredAt(quorum) - lastCaughtUpTimestamp <= CAUGHT_UP_MS;
}

/** By how many records of metadata a server is behind the leader. */
export function lagOf(
  { leaderId, voters, observers, highWatermark }: QuorumState,
  replica: QuorumReplica,
): number {
  const leader = [...voters, ...observers].find(({ id }) => id === leaderId);
  return Math.max(0, (leader?.logEndOffset ?? highWatermark) - Math.max(0, replica.logEndOffset));
}

/**
 * Where a server is in the quorum: of several disks that an id was known with, the one with which it asked for records
 * last. undefined: it has never asked this leader, and has no vote.
 */
export function placeOf(quorum: QuorumState, id: number): Place | undefined {
  const { voters, observers } = quorum;
  const voter = voters.find((each) => each.id === id);
  const places = [
    ...(voter ? [{ replica: voter, votes: true }] : []),
    // A disk that is gone is listed for minutes after.
    ...observers
      .filter((each) => each.id === id && follows(quorum, each))
      .map((replica) => ({ replica, votes: false })),
  ];
  const [first] = places.sort((a, b) => b.replica.lastFetchTimestamp - a.replica.lastFetchTimestamp);
  return first;
}

/** Votes of disks that are gone: the server of that id runs with another one. */
export function lostVotes(quorum: QuorumState): QuorumReplica[] {
  return quorum.voters.filter(({ id }) => placeOf(quorum, id)?.votes === false);
}
