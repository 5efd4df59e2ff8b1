import type { QuorumReplica, QuorumState } from '../../../lib/kafka/wire/types';

/** By the clock of the leader. */
const NOW = 1_000_000;

/**
 * A quorum from one line for each entry: id, directory, `v` or `o`, and words: `leads`, `fetched <ms ago>`, `behind <records>`,
 * `caught <ms ago>`; without, it has just fetched everything. `never` has not fetched yet.
 */
export function quorumOf(...lines: string[]): QuorumState {
  const entries = lines.map((line) => {
    const [id, directoryId, part, ...words] = line.split(' ');
    const number = (word: string, otherwise: number) =>
      words.includes(word) ? Number(words[words.indexOf(word) + 1]) : otherwise;
    const never = words.includes('never');
    const fetched = number('fetched', 0);
    const replica: QuorumReplica = {
      id: Number(id),
      directoryId,
      logEndOffset: never ? -1 : 500 - number('behind', 0),
      lastFetchTimestamp: never ? -1 : NOW - fetched,
      lastCaughtUpTimestamp: never ? -1 : NOW - number('caught', fetched),
    };
    return { replica, part, leads: words.includes('leads') };
  });
  const list = (wanted: string) =>
    entries.filter(({ part }) => part === wanted).map(({ replica }) => replica);
  return {
    leaderId: entries.find(({ leads }) => leads)?.replica.id ?? -1,
    leaderEpoch: 3,
    highWatermark: 500,
    voters: list('v'),
    observers: list('o'),
  };
}
